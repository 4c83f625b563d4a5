// Rows of the table of benchmarks. No DOM.

import { count, percent, ratio, session } from './format.js'

const MEASURES = { ad_line: ['A-D line', count], above_sma50_share: ['share above SMA 50', percent], rsi14: ['RSI 14', ratio] }

/** `[name, format]` of what a divergence is measured against. */
export const measureOf = measure => MEASURES[measure] ?? [measure, ratio]

/** Ranges of the chart in sessions. */
export const RANGES = [['1M', 21], ['3M', 63], ['6M', 126], ['1Y', 252], ['All', 100_000]].map(([name, sessions]) => ({ name, sessions }))

/** One row per benchmark, joined from the parts by symbol; a part that is not there leaves nulls. */
export function rowsOf ({ sma, momentum, divergence }) {
  return sma.benchmarks.map((averages, index) => {
    const bySymbol = part => part?.benchmarks.find(({ symbol }) => symbol === averages.symbol)
    const motion = bySymbol(momentum) ?? { roc: [] }
    return {
      ...averages,
      key: averages.symbol,
      index,
      distances: [20, 50, 200].map(n => averages.sma.find(average => average.n === n) ?? { n, distance: null, distance_reason: `the scan has no SMA ${n}` }),
      rsi14: motion.rsi14 ?? null,
      rsi14_reason: motion.rsi14_reason,
      roc10: motion.roc.find(({ n }) => n === 10) ?? { value: null },
      divergences: bySymbol(divergence)?.divergences ?? null
    }
  })
}

/** `{ words, way, title }` of the newest divergence, with all of them in the title. */
export function divergenceOf (events) {
  if (!events) return { words: null, way: null, title: 'the scan has no divergences' }
  if (events.length === 0) return { words: 'None', way: null, title: 'No divergence was confirmed in the last 10 sessions' }
  const way = events[0].kind === 'bullish' ? 'up' : 'down'
  return { words: way === 'up' ? '▲ Bullish' : '▼ Bearish', way, title: events.map(eventText).join('\n') }
}

function eventText ({ kind, measure, first, second, confirmed }) {
  const [name, format] = measureOf(measure)
  const ends = pivot => `${session(pivot.session, second.session)}: price ${ratio(pivot.price)}, ${name} ${format(pivot.value)}`
  return `${kind === 'bullish' ? 'Bullish' : 'Bearish'} against ${name}, from ${ends(first)} to ${ends(second)}; confirmed ${session(confirmed, second.session)}`
}

/** "Golden, 12 sessions" */
export const crossText = ({ kind, sessions }) => `${kind === 'golden' ? 'Golden' : 'Death'}, ${sessions === 0 ? 'today' : `${count(sessions)} ${sessions === 1 ? 'session' : 'sessions'}`}`

/** `{ marks, joins }` of the divergences: both pivots of each, joined; a pivot before the first session is left out. */
export function pivotsOf (events, sessions) {
  const joins = events.flatMap(event => {
    const ends = [event.first, event.second].map(({ session: day, price }) => ({ at: sessions.lastIndexOf(day), value: price, tone: event.kind === 'bullish' ? 'up' : 'down', words: eventText(event), hollow: true }))
    return ends.every(({ at }) => at >= 0) ? [ends] : []
  })
  return { joins, marks: joins.flat() }
}

/** Golden and death crosses as dots on the SMA 50. Each scan says how long ago the last one was, so none is missed. */
export function crossesOf (ordinals, crosses, values) {
  const found = new Map()
  crosses.forEach((cross, index) => { if (cross) found.set(ordinals[index] - cross.sessions, cross.kind) })
  return [...found].flatMap(([ordinal, kind]) => {
    const at = ordinals.indexOf(ordinal)
    return at < 0 || values[at] === null ? [] : [{ at, value: values[at], tone: kind === 'golden' ? 'up' : 'down', words: `${kind === 'golden' ? 'Golden' : 'Death'} cross` }]
  })
}

/** The sessions of a range; a scan in which another benchmark had this place counts as unknown. */
export function windowOf (columns, range, path, symbol) {
  const keep = RANGES.find(({ name }) => name === range).sessions
  const of = columns[path]
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column.map((value, at) => name.includes('.') && of[at] !== symbol ? null : value).slice(-keep)]))
}
