// What the sizing figures mean in words and marks. No DOM.

import { change, count, percent, signedRatio } from './format.js'

const POLICIES = { half_kelly: 'half Kelly', full_kelly: 'full Kelly', fixed_1pct: 'fixed 1%', advised: 'as advised' }
const NEAR = 0.85

/** `{ words, number }`: a sentence when there is no edge to size, else the share at risk. */
export function headline ({ kelly_shrunk: edge, risk_fraction: risk }) {
  const known = edge !== null && edge !== undefined
  if (known && edge < 0 && !(risk > 0)) return { words: `No position: the edge is negative (g ${fine(edge)})`, number: null, negative: true }
  if (risk === 0) return { words: 'No position', number: null, negative: false }
  return { words: null, number: risk ?? null, negative: false }
}

// One decimal would call a small negative edge 0.0%.
const fine = share => Math.abs(share) < 0.0005 ? change(share) : percent(share)

/** Where everything stands on the axis of the share at risk; null when nothing is known. */
export function rangeOf (kelly, limits) {
  const { interval, kelly_shrunk: full, risk_fraction: applied } = kelly
  if (!interval && (full === null || full === undefined)) return null
  const points = value => percent(value).replace(/\s?%/, '')
  const ticks = []
  if (full !== null && full !== undefined) {
    ticks.push({ at: full, words: `full ${points(full)}`, kind: 'full' })
    ticks.push({ at: full * limits.fraction, words: `${limits.fraction === 0.5 ? 'half' : `× ${limits.fraction}`} ${points(full * limits.fraction)}`, kind: 'half' })
  }
  ticks.push({ at: limits.cap, words: `cap ${points(limits.cap)}`, kind: 'cap' })
  const all = [0, applied ?? 0, ...ticks.map(({ at }) => at), ...(interval ? [interval.p10, interval.p90] : [])]
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const room = (high - low) * 0.03
  return {
    low: low < 0 ? low - room : 0,
    high: high + room,
    band: interval ? [interval.p10, interval.p90, points(interval.p10), points(interval.p90)] : null,
    applied: applied ?? 0,
    ticks
  }
}

/** `over`, `near` (from 85 % of the limit) or null. */
export function pressure (value, limit) {
  if (value === null || value === undefined || !(limit > 0)) return null
  return value > limit ? 'over' : value >= NEAR * limit ? 'near' : null
}

/** `[{ name, value, reason }]` of each way of sizing, and whether to do nothing was better. */
export function scoreOf (score) {
  const idle = score.nothing ?? 0
  const ways = Object.entries(POLICIES).map(([field, name]) => ({ name, value: score[field] ?? null, reason: score[`${field}_reason`] }))
  const known = ways.filter(({ value }) => value !== null)
  const worse = known.filter(({ value }) => value < idle)
  return { ways: [...ways, { name: 'nothing', value: score.nothing ?? null, reason: score.nothing_reason }], verdict: verdict(worse, known) }
}

function verdict (worse, known) {
  if (worse.length === 0) return ''
  if (worse.length === known.length) return 'Doing nothing was better.'
  return `Doing nothing was better than ${worse.map(({ name }) => name).join(' and ')}.`
}

export const growth = value => value === 0 ? '0' : signedRatio(value)
export const outcomes = n => `Log growth over ${count(n)} outcomes`

/** The reader's equity, kept by this browser alone; null until it is set. */
export function equity () {
  try {
    const value = Number(localStorage.getItem('bw:equity'))
    return value > 0 && Number.isFinite(value) ? value : null
  } catch { return null }
}
