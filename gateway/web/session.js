import { age } from './format.js'

const exchangeOf = (entry, exchanges) => exchanges?.find(known => known.code === entry?.head.scan.exchange)

/** The zone times are shown in: the exchange's, or the reader's when it is not known. */
export const zoneOf = (entry, exchanges) => exchangeOf(entry, exchanges)?.zone

/** "NYSE open, closes in 1 h 27 m" */
export function sessionText (entry, exchanges, now) {
  const exchange = exchangeOf(entry, exchanges)
  const next = exchange?.sessions.find(session => Date.parse(session.close) > now)
  if (!next) return ''
  const short = { XNYS: 'NYSE', XNAS: 'Nasdaq', XNSE: 'NSE' }[exchange.code] ?? exchange.code
  const opens = Date.parse(next.open)
  if (now >= opens) return `${short} open, closes in ${coarse(Date.parse(next.close) - now)}`
  return `${short} closed, opens in ${coarse(opens - now)}`
}

const coarse = milliseconds => age(Math.ceil(milliseconds / 60_000) * 60).replace(/ 0 s$/, '')
