import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { cp, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

// The page's files are modules by their element, not by a package.json; a copy in a folder of its own says so to node.
const folder = await mkdtemp(join(tmpdir(), 'bellwether-web-'))
await cp(new URL('../web', import.meta.url), folder, { recursive: true, filter: path => !path.includes('node_modules') })
await writeFile(join(folder, 'package.json'), '{"type":"module"}')
process.on('exit', () => rmSync(folder, { recursive: true }))
// What modules touch of a browser when they are loaded.
Object.assign(globalThis, { location: new URL('http://page/'), document: { documentElement: { dataset: {} } } })
const load = name => import(pathToFileURL(join(folder, name)))

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

const { News, joined } = await load('hub.js')
const { carried, routeOf, withState } = await load('route.js')
const { meant } = await load('keys.js')
const { Ticks } = await load('ticks.js')
const { flat, toCsv } = await load('export.js')
const { changed } = await load('bw-since.js')
const { fit } = await load('bw-palette.js')
const { contrast } = await load('settings.js')
const { intervalOf } = await load('store.js')

test('what was not told yet is told once, in the order a page needs', () => {
  const news = new News()
  news.add('tick', { services: [{ service: 'a', instance: '1', lag: 1 }], logs: [{ seq: 1 }] })
  news.add('snapshot', snapshot(1))
  news.add('snapshot', snapshot(2))
  news.add('snapshot', { ...snapshot(9), section: 'breadth' })
  news.add('hello', { build: 'x' })
  news.add('broken', { section: 'index' })
  assert.deepEqual(news.all().map(([name, data]) => [name, data.revision]), [['hello', undefined], ['snapshot', 2], ['snapshot', 9], ['tick', undefined], ['broken', undefined]])
  news.add('reset', { section: 'regime' })
  assert.deepEqual(news.all().map(([name, data]) => [name, data.section]).slice(1, 3), [['reset', 'regime'], ['snapshot', 'breadth']])
})

test('two ticks are one: the newest of each service, the lines of both without repeats', () => {
  const both = joined({ services: [{ service: 'a', instance: '1', lag: 1 }, { service: 'b', instance: '1' }], logs: [{ seq: 1 }, { seq: 2 }], metrics: { lag: 1, errors: 2 } },
    { services: [{ service: 'a', instance: '1', lag: 5 }], logs: [{ seq: 2 }, { seq: 3 }], metrics: { lag: 7 } })
  assert.deepEqual(both.services.map(({ lag }) => lag), [5, undefined])
  assert.deepEqual(both.logs.map(({ seq }) => seq), [1, 2, 3])
  assert.deepEqual(both.metrics, { lag: 7, errors: 2 })
})

test('a link carries the state of the screen and nothing else', () => {
  assert.deepEqual(['/', '/regime', '/regime/', '/nowhere', '/compare'].map(routeOf), ['overview', 'regime', 'regime', 'overview', 'compare'])
  assert.equal(withState('?u=us&at=5', { at: null, sym: 'SPX' }), '?u=us&sym=SPX')
  assert.equal(withState('?at=5', { at: '' }), '')
  assert.equal(carried('?u=us&a=1&b=2&theme=dark'), '?u=us&theme=dark')
})

test('keys are single, in sequence of two, or chords', () => {
  const list = [{ id: 'r', keys: ['r'] }, { id: 'go', keys: ['g r'] }, { id: 'find', keys: ['Ctrl+k', '/'] }]
  assert.equal(meant(list, 'r', '').command.id, 'r')
  assert.equal(meant(list, 'g', '').first, 'g')
  assert.equal(meant(list, 'r', 'g').command.id, 'go')
  assert.equal(meant(list, '/', 'g').command.id, 'find')
  assert.equal(meant(list, 'Ctrl+k', '').command.id, 'find')
  assert.deepEqual(meant(list, 'x', ''), {})
})

test('ticks are collected, and an unchanged section stays the same value', () => {
  const ticks = new Ticks()
  assert.equal(ticks.entry('logs'), undefined)
  ticks.tick({ logs: [{ seq: 2 }, { seq: 1 }] }, 5)
  ticks.append([{ seq: 2 }, { seq: 3 }])
  assert.deepEqual(ticks.entry('logs').parts.lines.map(({ seq }) => seq), [1, 2, 3])
  assert.equal(ticks.entry('logs'), ticks.entry('logs'))
  ticks.append(Array.from({ length: 700 }, (_, seq) => ({ seq: seq + 10 })))
  assert.equal(ticks.entry('logs').parts.lines.length, 500)
  ticks.tick({ services: [{ service: 'regime', instance: 'a', status: 'ok' }] }, 6)
  ticks.tick({ services: [{ service: 'regime', instance: 'a', status: 'down' }] }, 7)
  assert.deepEqual(ticks.entry('system').parts.services.map(({ status }) => status), ['down'])
})

test('a CSV has every field, quotes what must be, and runs nothing in a spreadsheet', () => {
  assert.deepEqual(flat({ a: { b: 1, c: [null, 'x'] } }), [['a.b', 1], ['a.c.0', null], ['a.c.1', 'x']])
  assert.equal(toCsv([['a', 'b'], [-1.5, 'x,"y"'], ['=1+1', null]]), 'a,b\r\n-1.5,"x,""y"""\r\n\'=1+1,\r\n')
})

test('since you left says what changed and after how many scans', () => {
  const before = { class: 'choppy', risk: 0.02, alignment: 10, ordinal: 5 }
  assert.deepEqual(changed(before, { class: 'downtrend', risk: 0.016, alignment: -20, ordinal: 19 }), ['regime Choppy to Downtrend', 'risk 2.0% to 1.6%', 'alignment +10 to −20', '14 scans'])
  assert.deepEqual(changed(before, { ...before, ordinal: 9 }), [])
})

test('a search finds letters in their order, the tightest first', () => {
  assert.equal(fit('xz', 'Go to Regime'), null)
  assert.ok(fit('regime', 'Go to Regime') < fit('regime', 'Refresh the great image of me'))
})

test('contrast is that of WCAG, and the interval of scans is the usual one within a day', () => {
  assert.equal(contrast('#ffffff', '#000000').toFixed(1), '21.0')
  const times = gap => ({ columns: { as_of: Array.from({ length: 10 }, (_, n) => new Date(n * gap).toISOString()) } })
  assert.deepEqual([intervalOf(times(300_000)), intervalOf(times(86_400_000)), intervalOf(null)], [300_000, null, null])
})
