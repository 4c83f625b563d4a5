// Rows of the table of benchmarks. No DOM.

import { count, percent, ratio, session } from './format.js'

const MEASURES = { ad_line: ['A-D line', count], above_sma50_share: ['share above SMA 50', percent], rsi14: ['RSI 14', ratio] }

/** One row per benchmark, joined from the parts by symbol; a part that is not there leaves nulls. */
export function rowsOf ({ sma, momentum, divergence }) {
  return sma.benchmarks.map(averages => {
    const bySymbol = part => part?.benchmarks.find(({ symbol }) => symbol === averages.symbol)
    const motion = bySymbol(momentum) ?? { roc: [] }
    return {
      ...averages,
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
  const [name, format] = MEASURES[measure] ?? [measure, ratio]
  const ends = pivot => `${session(pivot.session, second.session)}: price ${ratio(pivot.price)}, ${name} ${format(pivot.value)}`
  return `${kind === 'bullish' ? 'Bullish' : 'Bearish'} against ${name}, from ${ends(first)} to ${ends(second)}; confirmed ${session(confirmed, second.session)}`
}

/** "Golden, 12 sessions" */
export const crossText = ({ kind, sessions }) => `${kind === 'golden' ? 'Golden' : 'Death'}, ${sessions === 0 ? 'today' : `${count(sessions)} ${sessions === 1 ? 'session' : 'sessions'}`}`
