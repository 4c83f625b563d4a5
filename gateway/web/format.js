// Every number, time and name the page shows is written here.

const plain = (min, max = min, more = {}) =>
  new Intl.NumberFormat(undefined, { minimumFractionDigits: min, maximumFractionDigits: max, signDisplay: 'negative', ...more })
const whole = plain(0)
const one = plain(1)
const two = plain(2)
const three = plain(3)
const percents = plain(1, 1, { style: 'percent' })
const twoPercents = plain(2, 2, { style: 'percent' })
const wholePercents = plain(0, 0, { style: 'percent' })

const minus = text => text.replace('-', '−')
const plus = (value, text) => value > 0 ? '+' + text : text

export const count = value => minus(whole.format(value))
export const decimal1 = value => minus(one.format(value))
export const ratio = value => minus(two.format(value))
/** A score. */
export const decimal3 = value => minus(three.format(value))
export const percent = share => minus(percents.format(share))
export const percent0 = share => minus(wholePercents.format(share))
export const signedCount = value => plus(value, count(value))
export const signedDecimal1 = value => Math.abs(value) < 0.05 ? one.format(0) : plus(value, decimal1(value))
/** A change as a percent with its sign: "+0.82%". */
export const change = share => plus(share, minus(twoPercents.format(share)))
export const signedPercent = share => plus(share, percent(share))
export const signedRatio = value => plus(value, ratio(value))
/** A multiple of the risk taken. */
export const multiple = value => `${ratio(value)} R`
/** A change of a share, in percentage points. */
export const points = share => `${arrow(share, 0.0005)} ${one.format(Math.abs(share) * 100)} pt`

/** Volume with K, M or B. */
export function volume (value) {
  const size = Math.abs(value)
  for (const [unit, name] of [[1e12, 'T'], [1e9, 'B'], [1e6, 'M'], [1e3, 'K']]) {
    if (size >= unit) return `${minus(two.format(value / unit))} ${name}`
  }
  return count(value)
}

export const arrow = (value, dead = 0) => value > dead ? '▲' : value < -dead ? '▼' : '■'
export const direction = (value, dead = 0) => value > dead ? 'up' : value < -dead ? 'down' : 'flat'

const CLASSES = ['strong_downtrend', 'downtrend', 'choppy_bearish', 'choppy', 'choppy_bullish', 'uptrend', 'strong_uptrend']
/** Regime classes, from the most bearish to the most bullish. */
export const classes = CLASSES
/** −3 … 3. */
export const step = name => CLASSES.indexOf(name) - 3
export const label = name => { const text = String(name).replaceAll('_', ' '); return text.charAt(0).toUpperCase() + text.slice(1) }

/** "12 s", "4 m 12 s", "3 h 5 m", "9 d", "4 y". */
export function age (seconds) {
  const s = Math.max(0, Math.floor(seconds))
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} m ${s % 60} s`
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} m`
  if (s < 730 * 86400) return `${Math.floor(s / 86400)} d`
  return `${Math.floor(s / 86400 / 365.25)} y`
}

const dates = new Map()
function date (options) {
  const name = JSON.stringify(options)
  if (!dates.has(name)) dates.set(name, new Intl.DateTimeFormat(undefined, options))
  return dates.get(name)
}

// A session is a date without a zone; noon UTC is that date everywhere.
const noon = session => new Date(`${session}T12:00:00Z`)
/** "Thu 19 Nov", with the year when it is not that of `near`. */
export const session = (day, near) => date({ weekday: 'short', day: 'numeric', month: 'short', ...(near?.slice(0, 4) !== day.slice(0, 4) && { year: 'numeric' }), timeZone: 'UTC' }).format(noon(day))
/** "19 Nov" */
export const dayMonth = day => date({ day: 'numeric', month: 'short', timeZone: 'UTC' }).format(noon(day))
/** "Fri" within a week, else the date. */
export const closeDay = (day, ageSeconds) => ageSeconds < 6 * 86400
  ? date({ weekday: 'short', timeZone: 'UTC' }).format(noon(day))
  : date({ day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(noon(day))
/** "16:00:00" in a zone. */
export const clock = (at, zone, seconds = true) =>
  date({ hour: '2-digit', minute: '2-digit', ...(seconds && { second: '2-digit' }), hourCycle: 'h23', timeZone: zone }).format(at)
/** "Fri 20 Nov 2020, 16:00" with the zone's name. */
export const instant = (at, zone) => date({
  weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone, timeZoneName: 'short'
}).format(at)
