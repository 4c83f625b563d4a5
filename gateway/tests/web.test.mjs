import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

// The page's files are modules by their element, not by a package.json; a data URL says so to node.
async function load (name) {
  let source = await readFile(new URL(`../web/${name}`, import.meta.url), 'utf8')
  for (const [, specifier] of source.matchAll(/from '\.\/([\w-]+\.js)'/g)) {
    source = source.replace(`'./${specifier}'`, `'${await address(specifier)}'`)
  }
  return import(toUrl(source))
}
const toUrl = source => 'data:text/javascript,' + encodeURIComponent(source).replaceAll("'", '%27')
const address = async name => toUrl(await readFile(new URL(`../web/${name}`, import.meta.url), 'utf8'))

const { apply, changes, extend, reset, restore, save, slotOf } = await load('store.js')
const { delay, slots, stateOf } = await load('states.js')
const { linePath, niceTicks } = await load('mini.js')
const format = await load('format.js')
const { sessionText } = await load('session.js')

const snapshot = (revision, part = 'current', more = {}) => ({
  section: 'regime', lane: 'live', universe: 'us', part, revision, epoch: 'e1', status: 'ok', reason: null, quality: 'ok',
  scan: { ordinal: revision, session: '2024-03-14', as_of: '2024-03-14T20:00:00Z', basis: 'close', exchange: 'XNYS' },
  coverage: null, value: { n: revision }, ...more
})
const slot = slotOf(snapshot(1))

test('older and repeated events change nothing', () => {
  const board = apply(new Map(), snapshot(5), 1)
  assert.equal(apply(board, snapshot(4), 2), board)
  assert.equal(apply(board, snapshot(5), 2), board)
  assert.equal(apply(board, snapshot(6), 2).get(slot).parts.current.n, 6)
})

test('the parts of one revision come together', () => {
  let board = apply(new Map(), snapshot(5), 1)
  board = apply(board, snapshot(5, 'history'), 1)
  assert.deepEqual(Object.keys(board.get(slot).parts), ['current', 'history'])
  assert.equal(board.get(slot).head.revision, 5)
})

test('another epoch starts over, and a rejected scan without data keeps the last', () => {
  let board = apply(new Map(), snapshot(5, 'history'), 1)
  board = apply(board, snapshot(1, 'current', { epoch: 'e2' }), 1)
  assert.deepEqual(Object.keys(board.get(slot).parts), ['current'])
  board = apply(board, snapshot(2, null, { epoch: 'e2', status: 'rejected', value: null }), 1)
  assert.deepEqual([board.get(slot).head.status, board.get(slot).parts.current.n], ['rejected', 1])
})

test('a reset drops one section or all', () => {
  let board = apply(new Map(), snapshot(5), 1)
  board = apply(board, { ...snapshot(6), section: 'breadth' }, 1)
  assert.equal(reset(board, 'regime').size, 1)
  assert.equal(reset(board, null).size, 0)
})

test('what changed is told by its path, unless the shape changed or it is too much', () => {
  const before = { current: { n: 1, list: [1, 2] } }
  assert.deepEqual(changes(before, { current: { n: 2, list: [1, 3] } }, 5), [['current.n', 2], ['current.list.1', 3]])
  assert.equal(changes(before, { current: { n: 2, list: [1, 3] } }, 1), null)
  assert.equal(changes(before, { current: { n: 1, list: [1, 2, 3] } }, 5), null)
  assert.equal(changes(before, { current: { n: null, list: [1, 2] } }, 5).length, 1)
})

test('kept results are shown until something is heard, and are not kept again', () => {
  const held = new Map()
  const storage = { get length () { return held.size }, key: n => [...held.keys()][n], getItem: k => held.get(k), setItem: (k, v) => held.set(k, v), removeItem: k => held.delete(k) }
  save(storage, apply(new Map(), snapshot(5), 1))
  const board = restore(storage, new Map(), 'us')
  assert.equal(board.get(slot).cached, true)
  assert.equal(restore(storage, new Map(), 'other').size, 0)
  assert.equal(apply(board, snapshot(3), 1).get(slot).parts.current.n, 3)
})

test('a series is carried on by what arrives and says when there is a hole in it', () => {
  const series = { epoch: 'e1', columns: { ordinal: [1, 2], session: ['a', 'b'], as_of: [null, null], 'current.n': [1, 2] } }
  const entry = apply(new Map(), snapshot(3), 1).get(slot)
  assert.deepEqual(extend(series, entry, ['current.n'], 2).columns['current.n'], [2, 3])
  assert.equal(extend(series, entry, ['current.n'], 2).hole, false)
  const jumped = extend(series, apply(new Map(), snapshot(5), 1).get(slot), ['current.n'], 2)
  assert.deepEqual([jumped.columns['current.n'], jumped.hole], [[2, 5], true])
  assert.equal(extend(jumped, apply(new Map(), snapshot(6), 1).get(slot), ['current.n'], 2).hole, true)
  assert.equal(extend({ ...series, epoch: 'e0' }, entry, ['current.n'], 2), null)
  assert.equal(extend(series, apply(new Map(), snapshot(1), 1).get(slot), ['current.n'], 2), series)
})

const sessions = ['2024-03-14', '2024-03-15', '2024-03-18'].map(day => ({ session: day, open: `${day}T13:30:00Z`, close: `${day}T20:00:00Z` }))
const exchanges = [{ code: 'XNYS', zone: 'America/New_York', sessions }]
const at = text => Date.parse(text)

test('a close is fresh over the weekend and stale after two missed sessions', () => {
  const { head } = apply(new Map(), snapshot(5), 1).get(slot)
  const missed = (now, interval = null) => slots(head.scan, { exchanges, interval }, at(now))
  assert.equal(missed('2024-03-15T19:00:00Z'), 0)
  assert.equal(missed('2024-03-17T12:00:00Z'), 1)
  assert.equal(missed('2024-03-18T20:30:00Z'), 2)
  // Scanned every five minutes: 13:30 opened, so by 13:50 four scans should be there, the newest of them just now.
  assert.equal(missed('2024-03-15T13:50:00Z', 300_000), 3)
})

test('each state comes from what is known', () => {
  const entry = apply(new Map(), snapshot(5), 1).get(slot)
  const now = at('2024-03-15T12:00:00Z')
  const of = known => stateOf({ exchanges, now, ...known }).state
  assert.equal(of({}), 'loading')
  assert.equal(of({ link: { link: 'live' } }), 'empty')
  assert.equal(of({ link: { link: 'lost' } }), 'error')
  assert.equal(of({ entry, link: { link: 'live' } }), 'live')
  assert.equal(of({ entry, link: { link: 'lost', reason: 'x' } }), 'stale')
  assert.equal(of({ entry, now: at('2024-03-18T21:00:00Z') }), 'stale')
  assert.equal(of({ entry: { ...entry, head: { ...entry.head, scan: { ...entry.head.scan, sample: true } } }, now: at('2030-01-01T00:00:00Z') }), 'live')
  assert.equal(of({ entry: { ...entry, head: { ...entry.head, status: 'rejected' } } }), 'stale')
  assert.equal(of({ entry, failure: 'boom' }), 'error')
  assert.equal(of({ entry, at: '5' }), 'replay')
  assert.equal(of({ entry, nothing: { detail: 'too few hits: 3 of 5' } }), 'empty')
  assert.equal(of({ trouble: { words: 'it did not answer within 5 s' } }), 'error')
})

test('reconnecting waits longer each time, to half a minute', () => {
  const most = n => delay(n, 500, 30_000, () => 1)
  assert.deepEqual([most(0), most(3), most(30)], [500, 4000, 30_000])
  assert.equal(delay(30, 500, 30_000, () => 0), 0)
})

test('numbers are written with a true minus and never as minus nothing', () => {
  assert.equal(format.signedDecimal1(-62.41), '−62.4')
  assert.equal(format.signedDecimal1(-0.01), '0.0')
  assert.equal(format.signedCount(5), '+5')
  assert.equal(format.points(-0.049), '▼ 4.9 pt')
  assert.equal(format.volume(1.92e9), '1.92 B')
  assert.equal(format.age(252), '4 m 12 s')
  assert.equal(format.step('strong_downtrend'), -3)
  assert.equal(format.label('choppy_bearish'), 'Choppy bearish')
})

test('axes enclose their values and lines break where one is missing', () => {
  const ticks = niceTicks(39_900, 42_800, 4)
  assert.ok(ticks[0] <= 39_900 && ticks.at(-1) >= 42_800 && ticks.length <= 7, String(ticks))
  assert.deepEqual(niceTicks(5, 5, 2), [4, 5, 6])
  assert.equal(linePath([1, null, 2, 3], x => x, y => y), 'M0.0 1.0M2.0 2.0L3.0 3.0')
})

test('the session is told by the calendar', () => {
  const entry = apply(new Map(), snapshot(5), 1).get(slot)
  assert.equal(sessionText(entry, exchanges, at('2024-03-15T18:33:00Z')), 'NYSE open, closes in 1 h 27 m')
  assert.equal(sessionText(entry, exchanges, at('2024-03-16T13:30:00Z')), 'NYSE closed, opens in 2 d')
  assert.equal(sessionText(entry, [], at('2024-03-15T18:33:00Z')), '')
})

const { headline, pressure, rangeOf, scoreOf } = await load('sizing.js')
const { alignmentOf, formingText, labelText, sentenceOf } = await load('frames.js')
const { crossText, divergenceOf, rowsOf } = await load('benchmarks.js')
const { forecastOf } = await load('forecast.js')
const { columnsOf, sorted } = await load('fields.js')
const { spread } = await load('mini.js')

test('a negative edge is said in place of the size, and what is not known is no zero', () => {
  assert.equal(headline({ kelly_shrunk: -0.012, risk_fraction: 0 }).words, 'No position: the edge is negative (g −1.2%)')
  assert.equal(headline({ kelly_shrunk: -0.0001, risk_fraction: 0 }).words, 'No position: the edge is negative (g −0.01%)')
  assert.equal(headline({ kelly_shrunk: 0.01, risk_fraction: 0 }).words, 'No position')
  assert.deepEqual(headline({ kelly_shrunk: 0.07, risk_fraction: 0.016 }), { words: null, number: 0.016, negative: false })
  assert.equal(headline({ kelly_shrunk: null, risk_fraction: null }).number, null)
})

test('the axis of the size holds every mark and zero', () => {
  const limits = { fraction: 0.5, cap: 0.02 }
  const found = rangeOf({ interval: { p10: -0.19, p50: -0.17, p90: -0.15 }, kelly_shrunk: -0.17, risk_fraction: 0 }, limits)
  assert.ok(found.low < -0.19 && found.high > 0.02)
  assert.deepEqual(found.ticks.map(({ words }) => words), ['full −17.0', 'half −8.5', 'cap 2.0'])
  assert.equal(rangeOf({ interval: null, kelly_shrunk: null, risk_fraction: null }, limits), null)
})

test('a risk is near its limit from 85 % of it', () => {
  assert.deepEqual([pressure(0.08, 0.1), pressure(0.09, 0.1), pressure(0.11, 0.1), pressure(null, 0.1), pressure(0.1, 0)], [null, 'near', 'over', null, null])
})

test('the score says when doing nothing was better', () => {
  const score = { half_kelly: 33, full_kelly: -41, fixed_1pct: 12, advised: 2, nothing: 0, n: 9 }
  assert.equal(scoreOf(score).verdict, 'Doing nothing was better than full Kelly.')
  assert.equal(scoreOf({ ...score, full_kelly: 1 }).verdict, '')
  assert.equal(scoreOf({ half_kelly: -1, full_kelly: -2, fixed_1pct: -3, advised: null, nothing: 0, n: 9 }).verdict, 'Doing nothing was better.')
  assert.equal(scoreOf({ half_kelly: null, full_kelly: null, fixed_1pct: null, advised: null, nothing: 0, n: 0 }).verdict, '')
})

test('the frames are said in one sentence', () => {
  const said = (daily, weekly, monthly) => sentenceOf({ daily, weekly, monthly })
  assert.equal(said('down', 'down', 'up'), 'Daily and weekly fall inside a rising month.')
  assert.equal(said('up', 'up', 'up'), 'All three frames rise.')
  assert.equal(said('flat', 'flat', 'flat'), 'No frame has a trend.')
  assert.equal(said('up', 'down', 'flat'), 'Daily rises, weekly falls, monthly is flat.')
  assert.equal(said('up', 'down', null), 'Daily rises, weekly falls (monthly not known yet).')
  assert.equal(said(null, null, null), 'No frame has enough bars yet.')
})

test('a flat alignment is a word, an unknown one a dash', () => {
  assert.deepEqual(alignmentOf({ alignment: null, flat: true }), { words: '■ flat', way: 'flat' })
  assert.deepEqual(alignmentOf({ alignment: -56.2, flat: false }), { words: '▼ −56', way: 'down' })
  assert.equal(alignmentOf({ alignment: null, flat: null }).words, null)
  assert.deepEqual([labelText('down'), labelText(null)], ['▼ down', '–'])
  assert.deepEqual([formingText({ open: 100, close: 99.5 }), formingText(null)], ['so far −0.50%', ''])
})

test('the rows of the benchmarks are joined by symbol', () => {
  const sma = { benchmarks: [{ symbol: 'A', close: 1, change: null, sma: [{ n: 50, distance: 0.1 }], cross: null }] }
  const [row] = rowsOf({ sma, momentum: { benchmarks: [{ symbol: 'B', rsi14: 1, roc: [] }] } })
  assert.deepEqual([row.rsi14, row.roc10.value, row.divergences, row.distances[0].distance, row.distances[1].distance], [null, null, null, null, 0.1])
  assert.deepEqual(divergenceOf([]).words, 'None')
  const pivot = day => ({ session: day, price: 10, value: 40 })
  const found = divergenceOf([{ measure: 'rsi14', kind: 'bearish', confirmed: '2025-10-27', first: pivot('2025-10-15'), second: pivot('2025-10-22') }])
  assert.equal(found.words, '▼ Bearish')
  assert.match(found.title, /15.*22.*27|Oct 15.*Oct 22.*Oct 27/)
  assert.deepEqual([crossText({ kind: 'golden', sessions: 0 }), crossText({ kind: 'death', sessions: 1 })], ['Golden, today', 'Death, 1 session'])
})

test('a prediction without skill says so', () => {
  const forecasters = { logistic: { probabilities: null, probabilities_reason: 'no close yet', rps_skill: 0.2, n: 1484 } }
  const prediction = { best: 'logistic', skilful: true, horizon_sessions: 5, forecasters }
  assert.equal(forecastOf(prediction).worth, 'skill +0.20 over persistence, n 1,484')
  assert.equal(forecastOf({ ...prediction, skilful: false }).worth, 'no better than persistence')
  assert.equal(forecastOf(prediction).reason, 'no close yet')
})

test('reasons are tooltips of their fields, not fields', () => {
  const found = sorted({ a: null, a_reason: 'why', rows: [{ x: 1, x_reason: null, deep: {} }], inner: { b: 1 }, lone_reason: 'kept' })
  assert.deepEqual(found.scalars, [['a', null, 'why'], ['lone_reason', 'kept', null]])
  assert.deepEqual(found.nested, [['inner', { b: 1 }]])
  assert.deepEqual(columnsOf(found.tables[0][1], 6), { columns: ['x'], left: 0 })
})

test('labels of an axis neither touch nor leave it', () => {
  assert.deepEqual(spread([10, 12], [20, 20], 100), [10, 38])
  assert.deepEqual(spread([95, 99], [20, 20], 100), [62, 90])
})
