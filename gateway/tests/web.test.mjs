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

const { apply, extend, reset, restore, save, slotOf } = await load('store.js')
const { missedCloses, stateOf } = await load('states.js')
const { delay } = await load('live.js')
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
  assert.equal(missedCloses(head, exchanges, at('2024-03-15T19:00:00Z')), 0)
  assert.equal(missedCloses(head, exchanges, at('2024-03-17T12:00:00Z')), 1)
  assert.equal(missedCloses(head, exchanges, at('2024-03-18T20:30:00Z')), 2)
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
})

test('reconnecting waits longer each time, to half a minute', () => {
  assert.equal(delay(0, () => 1), 500)
  assert.equal(delay(3, () => 1), 4000)
  assert.equal(delay(30, () => 1), 30_000)
  assert.equal(delay(30, () => 0), 0)
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
