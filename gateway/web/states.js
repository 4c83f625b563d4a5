// Which state a section is in, as a function of what is known. No DOM, no clock.

/** Closes an exchange has had since the scan: what should have been seen and was not. */
export function missedCloses (head, exchanges, now) {
  const exchange = exchanges?.find(known => known.code === head.scan.exchange)
  if (!exchange || !head.scan.as_of) return 0
  const asOf = Date.parse(head.scan.as_of)
  // A scan needs some time after the bell; ten minutes is late.
  const closes = exchange.sessions.map(session => Date.parse(session.close))
  return closes.filter(close => close > asOf && close + 600_000 < now).length
}

/**
 * `{ state, reason }`: `loading`, `live`, `stale`, `error` or `empty`.
 * `link` is what the gateway says of the section, `failure` what the section's own code threw.
 */
export function stateOf ({ entry, link, exchanges, failure, now }) {
  if (failure) return { state: 'error', reason: failure }
  const heard = link?.link ?? 'loading'
  if (!entry) {
    if (heard === 'live') return { state: 'empty', reason: 'No scan of this universe has been folded yet.' }
    if (heard === 'lost') return { state: 'error', reason: link.reason ?? 'The results cannot be read.' }
    return { state: 'loading', reason: null }
  }
  const { head } = entry
  if (Object.keys(entry.parts).length === 0) return { state: 'error', reason: head.reason ?? 'The scan was rejected.' }
  if (entry.cached) return { state: 'stale', reason: 'Kept by this browser; nothing newer was heard yet.' }
  if (heard === 'lost') return { state: 'stale', reason: link.reason ?? 'The link to the results is lost.' }
  const key = link?.keys?.find(known => known.universe === head.universe && known.lane === head.lane)
  if (key?.status === 'stale') return { state: 'stale', reason: key.reason }
  if (head.status === 'rejected') return { state: 'stale', reason: head.reason }
  const missed = head.scan.sample ? 0 : missedCloses(head, exchanges, now)
  if (missed >= 2) return { state: 'stale', reason: missed >= 6 ? 'No scan for 6 sessions or more.' : `No scan for ${missed} sessions.` }
  return { state: 'live', reason: null }
}
