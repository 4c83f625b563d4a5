import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

// The bodies' pure modules, with what they import, as data URLs: node takes the page's files for scripts otherwise.
const loaded = new Map()
async function address (name) {
  if (!loaded.has(name)) loaded.set(name, compile(name))
  return loaded.get(name)
}
async function compile (name) {
  let source = await readFile(new URL(`../web/${name}`, import.meta.url), 'utf8')
  for (const [, specifier] of source.matchAll(/from '\.\/([\w-]+\.js)'/g)) source = source.replaceAll(`'./${specifier}'`, `'${await address(specifier)}'`)
  return 'data:text/javascript,' + encodeURIComponent(source).replaceAll("'", '%27')
}
const load = async name => import(await address(name))

const { dateTicks, indexAt, thin } = await load('axis.js')
const { RANGES, crossesOf, pivotsOf, windowOf } = await load('benchmarks.js')
const { detail, fieldsText, healthRows, healthy, means, milliseconds, sifted } = await load('health.js')
const { spread } = await load('mini.js')
const { Past, cut } = await load('past.js')
const { trendsOf } = await load('frames.js')

/** Weekdays from a date on; holidays do not matter to an axis over scans. */
function weekdays (from, n) {
  const days = []
  for (let at = Date.parse(`${from}T12:00:00Z`); days.length < n; at += 86_400_000) {
    if (![0, 6].includes(new Date(at).getUTCDay())) days.push(new Date(at).toISOString().slice(0, 10))
  }
  return days
}
const labels = ticks => ticks.map(({ label }) => label)

test('an axis over sessions has weeks, months or years, whatever fits, and no closed day', () => {
  const days = weekdays('2024-01-02', 520)
  const of = (from, to, most) => dateTicks(days, null, from, to, most, 'America/New_York')
  const week = of(0, 4, 6)
  assert.deepEqual(week.map(({ at }) => days[at]), ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-08'])
  assert.ok(of(0, 62, 16).every(({ at }) => new Date(days[at]).getUTCDay() === 1), 'weeks begin on Mondays')
  const months = of(0, 251, 14)
  assert.ok(months.length >= 11 && months.every(({ at }) => days[at].slice(0, 7) !== days[at - 1].slice(0, 7)))
  assert.ok(labels(of(0, 519, 4)).includes('2025'))
  for (const most of [1, 2, 3, 5, 8, 13]) assert.ok(of(0, 519, most).length <= most, `at most ${most}`)
})

test('hours of a session are those of the exchange, over a weekend and on the days the clocks change', () => {
  // New York moved to summer time on Sunday 10 March 2024: 14:30 UTC is 9:30 on Friday and 10:30 on Monday.
  const scans = ['2024-03-08', '2024-03-11'].flatMap(day => Array.from({ length: 13 }, (_, index) => `${day}T${String(14 + Math.floor((30 * (index + (day.endsWith('08') ? 1 : -1))) / 60)).padStart(2, '0')}:${index % 2 ? '00' : '30'}:00Z`))
  const days = scans.map(at => at.slice(0, 10))
  const ticks = dateTicks(days, scans, 0, scans.length - 1, 20, 'America/New_York')
  assert.ok(labels(ticks).includes('10:00') && labels(ticks).includes('15:00'), String(labels(ticks)))
  const monday = ticks.find(({ at }) => at === 13)
  assert.match(monday.label, /11/, 'the first scan of a session has its date')
  assert.ok(!labels(ticks).some(label => /^(1[6-9]|2|0[0-8])/.test(label) && label.includes(':')), `no closed hour: ${labels(ticks)}`)
})

test('minutes of the machinery are told where all falls into one hour', () => {
  const times = Array.from({ length: 600 }, (_, index) => new Date(Date.parse('2024-03-08T10:00:00Z') + 1000 * index).toISOString())
  const ticks = dateTicks(times.map(at => at.slice(0, 10)), times, 0, 599, 6, 'UTC')
  assert.deepEqual(labels(ticks), ['10:02', '10:04', '10:06', '10:08'])
})

test('a thinned series keeps its ends and the extremes of each stretch', () => {
  const values = Array.from({ length: 1000 }, (_, index) => Math.sin(index / 9))
  values[333] = 9
  values[777] = -9
  values[500] = null
  const kept = thin(values, 100)
  assert.ok(kept.length <= 100 && kept[0] === 0 && kept.at(-1) === 999)
  assert.ok(kept.includes(333) && kept.includes(777) && !kept.includes(500))
  assert.deepEqual(thin([1, 2, 3], 10), [0, 1, 2])
  assert.ok(thin(Array(50).fill(null), 10).length <= 10)
})

test('cursors meet by time', () => {
  const instants = [10, 20, 30]
  assert.deepEqual([5, 10, 25, 99].map(time => indexAt(instants, time)), [-1, 0, 1, 2])
})

test('value tags shift so that none covers another and all stay inside', () => {
  const wanted = [100, 102, 103, 101]
  const centres = spread(wanted, wanted.map(() => 17), 110, 1)
  const sorted = [...centres].sort((a, b) => a - b)
  assert.ok(sorted.every((at, index) => index === 0 || at - sorted[index - 1] >= 17.99), String(sorted))
  assert.ok(sorted[0] >= 8.5 && sorted.at(-1) <= 101.5)
  assert.ok(centres[0] < centres[3] && centres[3] < centres[1], 'their order is that of the values')
})

test('crosses are found from what each scan says of the last one, though their own scan was thinned out', () => {
  const ordinals = [1, 4, 5, 9]
  const crosses = [null, { kind: 'golden', sessions: 0 }, { kind: 'golden', sessions: 1 }, { kind: 'death', sessions: 0 }]
  const dots = crossesOf(ordinals, crosses, [10, 11, 12, 13])
  assert.deepEqual(dots.map(({ at, value, tone }) => [at, value, tone]), [[1, 11, 'up'], [3, 13, 'down']])
  assert.deepEqual(crossesOf([7], [{ kind: 'death', sessions: 3 }], [1]), [])
})

test('pivots are marked and joined where both are in the range', () => {
  const pivot = (day, price) => ({ session: day, price, value: 40 })
  const event = { measure: 'rsi14', kind: 'bearish', confirmed: '2024-03-13', first: pivot('2024-03-05', 10), second: pivot('2024-03-08', 11) }
  const days = weekdays('2024-03-04', 8)
  const { marks, joins } = pivotsOf([event], days)
  assert.deepEqual(marks.map(({ at, value, tone }) => [at, value, tone]), [[1, 10, 'down'], [4, 11, 'down']])
  assert.equal(joins.length, 1)
  assert.deepEqual(pivotsOf([event], days.slice(2)), { joins: [], marks: [] })
})

test('a range is its last sessions, without values of another benchmark in the same place', () => {
  const columns = { session: ['a', 'b', 'c'], 'sma.benchmarks.0.close': [1, 2, 3], 'sma.benchmarks.0.symbol': ['OLD', 'SPY', 'SPY'] }
  const found = windowOf(columns, 'All', 'sma.benchmarks.0.symbol', 'SPY')
  assert.deepEqual(found['sma.benchmarks.0.close'], [null, 2, 3])
  assert.deepEqual(found.session, ['a', 'b', 'c'])
  assert.deepEqual(RANGES.map(({ name }) => name), ['1M', '3M', '6M', '1Y', 'All'])
})

test('the past of a recorded scan ends with it', async () => {
  const series = { epoch: 'e', columns: { ordinal: [1, 2, 3, 4], session: [1, 2, 3, 4], 'current.n': [1, 2, 3, 4] } }
  assert.deepEqual(cut(series, 2).columns, { ordinal: [1, 2], session: [1, 2], 'current.n': [1, 2] })
  const asked = []
  globalThis.fetch = async url => { asked.push(url); return { ok: true, json: async () => structuredClone(series) } }
  const entry = ordinal => ({ head: { section: 'regime', lane: 'live', universe: 'us', epoch: 'e', scan: { ordinal } }, parts: { current: { n: ordinal } } })
  const want = { fields: ['current.n'], points: 2, large: 9 }
  const page = { at: '4' }
  await new Promise(resolve => { const past = new Past(page, resolve); past.of(entry(4), want); globalThis.past = past })
  assert.match(asked[0], /points=2&to=4/)
  assert.deepEqual(globalThis.past.of(entry(2), want).columns['current.n'], [1, 2], 'nothing after the head')
  assert.deepEqual(globalThis.past.held(entry(2)).columns.ordinal, [1, 2])
})

test('the link of this browser comes first, then the worst', () => {
  const service = (name, status, more = {}) => ({ service: name, instance: '1', status, p95_ms: 3, lag: 0, last_event_age_seconds: 1, restarts: 0, ...more })
  const health = [{ section: 'breadth', link: 'lost', reason: 'no answer for 3 s' }, { section: 'regime', link: 'live' }]
  const rows = healthRows({ connection: { name: 'live', latency: 12 }, services: [service('scanner', 'ok'), service('breadth', 'degraded'), service('index', 'down')], health })
  assert.deepEqual(rows.map(({ service: name, word }) => `${name}: ${word}`), ['This browser: live', 'breadth results: lost', 'index: down', 'breadth: degraded', 'scanner: ok'])
  assert.equal(rows[0].p95_ms, 12)
  assert.deepEqual(healthRows({ connection: { name: 'offline' }, services: [], health: [] }).map(({ word, lag }) => [word, lag]), [['offline', null]])
  assert.equal(healthy([service('a', 'ok'), service('b', 'down')]), '1 of 2 healthy')
  assert.equal(healthy([]), '')
})

test('a service is told in one line, and nothing is told that it did not say', () => {
  assert.equal(detail({ restarts: 2, version: '0.1.0', pid: 7, last_error: 'boom', last_event_age_seconds: 4 }), 'Started again 2 times. Last error: boom. Last event 4 s ago. Version 0.1.0, process 7.')
  assert.equal(detail({ restarts: 0, last_error: null, last_event_age_seconds: null }), 'Never started again. No error since it started.')
  assert.equal(detail({}), '')
  assert.deepEqual([0.44, 38.4, 1234].map(milliseconds), ['0.4 ms', '38 ms', '1.2 s'])
})

test('a small line shows means, and nothing where nothing is known', () => {
  assert.deepEqual(means([1, 3, null, 5, null, null, 7], 4), [2, 5, null, 7])
  assert.deepEqual(means([1, 2], 60), [1, 2])
})

test('log lines are sifted newest first', () => {
  const lines = [
    { seq: 1, level: 'info', service: 'regime', message: 'class changed', scan: 'us-2024-03-14', fields: {} },
    { seq: 2, level: 'warn', service: 'breadth', message: 'lag', fields: { lag: 214 } },
    { seq: 3, level: 'error', service: 'breadth', message: 'feed timed out', fields: {} }
  ]
  const seqs = filter => sifted(lines, filter, 10).map(({ seq }) => seq)
  assert.deepEqual(seqs({ level: 'info' }), [3, 2, 1])
  assert.deepEqual(seqs({ level: 'warn' }), [3, 2])
  assert.deepEqual(seqs({ level: 'info', service: 'regime' }), [1])
  assert.deepEqual(seqs({ level: 'info', text: '214' }), [2])
  assert.deepEqual(seqs({ level: 'info', scan: '2024-03-14' }), [1])
  assert.equal(sifted(lines, { level: 'info' }, 1).length, 1)
  assert.equal(fieldsText({ key: 'live.us', lag: 214 }), 'key=live.us, lag=214')
})

test('a benchmark without a bar of a frame has none', () => {
  const parts = { daily: { benchmarks: [{ symbol: 'A', strength: 1 }] } }
  assert.deepEqual(trendsOf(parts, 'A'), { daily: { symbol: 'A', strength: 1 }, weekly: undefined, monthly: undefined })
})
