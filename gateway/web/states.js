// Which state a section is in, as a function of what is known. No DOM, no clock.

/** How long to wait before attempt `n` (0, 1, 2 …): at random, so that clients do not come back all at once. */
export const delay = (n, first = 500, most = 30_000, random = Math.random) => random() * Math.min(most, first * 2 ** n)

/** A scan needs some time after the bell; ten minutes is late. */
const GRACE = 600_000
const AMBER = 2
const RED = 6

/**
 * Scans there should have been since this one and were not: by the exchange's closes, and inside a session by
 * `interval` (milliseconds between two scans, when the universe is scanned within the day).
 */
export function slots (scan, { exchanges, interval }, now) {
  const exchange = exchanges?.find(known => known.code === scan.exchange)
  if (!exchange || !scan.as_of) return 0
  const asOf = Date.parse(scan.as_of)
  const missed = exchange.sessions.filter(({ close }) => Date.parse(close) > asOf && Date.parse(close) + GRACE < now).length
  const open = interval && exchange.sessions.find(session => Date.parse(session.open) <= now && now < Date.parse(session.close))
  if (!open) return missed
  const from = Math.max(asOf, Date.parse(open.open))
  return missed + Math.max(0, Math.floor((now - from) / interval) - 1)
}

/**
 * `{ state, reason, late }`: `loading`, `live`, `stale`, `error`, `replay` or `empty`; `late` is `amber` or `red` while
 * scans are missing. `link` is what the gateway says of the section, `failure` what the section's own code threw,
 * `trouble` how asking for it went wrong, `nothing` what the section says when its value has nothing to show.
 */
export function stateOf ({ entry, link, exchanges, interval, failure, trouble, nothing, at, now }) {
  if (failure) return { state: 'error', reason: failure, late: null }
  if (!entry) return { ...unknown(link, trouble), late: null }
  const { head } = entry
  if (Object.keys(entry.parts).length === 0) return { state: 'error', reason: head.reason ?? 'The scan was rejected.', late: null }
  if (nothing) return { state: nothing.fault ? 'error' : 'empty', reason: nothing.detail ?? null, late: null }
  if (at) return { state: 'replay', reason: null, late: null }
  const missed = head.scan && !head.scan.sample ? slots(head.scan, { exchanges, interval }, now) : 0
  const late = missed >= RED ? 'red' : missed >= AMBER ? 'amber' : null
  const reason = unheard(entry, link) ?? (late ? `${missed} scans that should be here are not` : null)
  return { state: reason ? 'stale' : 'live', reason, late }
}

function unknown (link, trouble) {
  const heard = link?.link ?? 'loading'
  if (heard === 'lost') return { state: 'error', reason: link.reason ?? 'The results cannot be read.' }
  if (trouble) return { state: 'error', reason: trouble.words }
  if (heard === 'live') return { state: 'empty', reason: 'No scan of this universe has been folded yet.' }
  return { state: 'loading', reason: null }
}

/** Why what is shown may not be the newest. */
function unheard ({ head, cached }, link) {
  if (cached) return 'Kept by this browser; nothing newer was heard yet.'
  if (link?.link === 'lost') return link.reason ?? 'The link to the results is lost.'
  const key = link?.keys?.find(known => known.universe === head.universe && known.lane === head.lane)
  if (key?.status === 'stale') return key.reason
  return head.status === 'rejected' ? head.reason ?? 'The newest scan was rejected.' : null
}
