// Where an axis over scans has its ticks. An index is a scan, so closed hours and days take no room. No DOM.

import { clock, dayMonth } from './format.js'

const month = new Intl.DateTimeFormat(undefined, { month: 'short', timeZone: 'UTC' })
const year = day => day.slice(0, 4)
const monthOf = day => Number(day.slice(5, 7)) - 1
const ofYear = (months, day) => `${year(day)}/${Math.floor(monthOf(day) / months)}`
// The Monday of a date, counted in weeks; 1970-01-01 was a Thursday.
const week = day => Math.floor((Date.parse(`${day}T12:00:00Z`) / 86_400_000 + 3) / 7)

const named = day => monthOf(day) === 0 ? year(day) : month.format(Date.parse(`${day}T12:00:00Z`))
const UNITS = [
  [day => day, dayMonth], [week, dayMonth], [day => day.slice(0, 7), named], [day => ofYear(3, day), named], [day => ofYear(6, day), named],
  [year, year], [day => Math.floor(year(day) / 2), year], [day => Math.floor(year(day) / 5), year], [day => Math.floor(year(day) / 10), year]
]

/**
 * `[{ at, label }]` of at most `most` boundaries between `from` and `to`: hours, days, weeks, months or years, whatever
 * fits. `times` are instants as text; hours are those of `zone`.
 */
export function dateTicks (days, times, from, to, most, zone) {
  const range = [Math.max(0, Math.ceil(from)), Math.min(days.length - 1, Math.floor(to))]
  const hours = hourTicks(days, times, range, most, zone)
  if (hours) return hours
  for (const [key, label] of UNITS) {
    const ticks = boundaries(days, range, key).map(at => ({ at, label: label(days[at]) }))
    if (ticks.length <= most) return ticks
  }
  return []
}

/** Minutes or hours of one or several sessions; null where a session has one scan, or when too many would be needed. */
function hourTicks (days, times, [from, to], most, zone) {
  if (!times || to <= from || days[from] !== days[from + 1]) return null
  const hands = []
  for (let at = from; at <= to; at++) hands[at] = times[at] === null ? null : clock(Date.parse(times[at]), zone, false)
  const minutes = hand => Number(hand.slice(0, 2)) * 60 + Number(hand.slice(3))
  for (const stride of [1, 2, 5, 10, 15, 30, 60, 120]) {
    const ticks = []
    for (let at = Math.max(1, from); at <= to; at++) {
      if (!hands[at] || !hands[at - 1]) continue
      const fresh = days[at] !== days[at - 1]
      if (fresh || Math.floor(minutes(hands[at]) / stride) !== Math.floor(minutes(hands[at - 1]) / stride)) ticks.push({ at, label: fresh ? dayMonth(days[at]) : hands[at] })
    }
    if (ticks.length <= most) return ticks
  }
  return null
}

function boundaries (days, [from, to], key) {
  const found = []
  for (let at = from; at <= to; at++) {
    if (days[at] && (at === 0 ? key === UNITS[0][0] : days[at - 1] && key(days[at]) !== key(days[at - 1]))) found.push(at)
  }
  return found
}

/** Indices of at most `most` points of which each stretch keeps its lowest and its highest; the ends stay. */
export function thin (values, most) {
  const n = values.length
  if (n <= most) return values.map((_, index) => index)
  const kept = new Set([0, n - 1])
  const stretches = Math.max(1, Math.floor((most - 2) / 2))
  for (let stretch = 0; stretch < stretches; stretch++) {
    const [from, to] = [stretch, stretch + 1].map(at => 1 + Math.floor(at * (n - 2) / stretches))
    let [low, high] = [-1, -1]
    for (let at = from; at < to; at++) {
      if (values[at] === null || values[at] === undefined) continue
      if (low < 0 || values[at] < values[low]) low = at
      if (high < 0 || values[at] > values[high]) high = at
    }
    if (low >= 0) kept.add(low).add(high)
    else if (from < to) kept.add(from)
  }
  return [...kept].sort((a, b) => a - b)
}

/** The last index whose instant is not after `time`; -1 when all are later. */
export function indexAt (instants, time) {
  let [low, high] = [0, instants.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (instants[middle] <= time) low = middle + 1; else high = middle
  }
  return low - 1
}
