// What is known, without a DOM: the newest result of each section and universe.

/** Names one result. */
export const slotOf = ({ section, lane, universe }) => `${section}|${lane}|${universe}`

/** The board with a snapshot applied; the same board if it is old news. `again`: what was asked for anew replaces its equal. */
export function apply (board, snapshot, receivedAt, again = false) {
  const { part, value, ...head } = snapshot
  const slot = slotOf(head)
  const known = board.get(slot)
  const sameLog = known && known.head.epoch === head.epoch && !known.cached
  if (sameLog && known.head.revision > head.revision) return board
  if (!again && sameLog && known.head.revision === head.revision && (part === null || part in known.parts && known.fresh.has(part))) return board
  const sameRevision = sameLog && known.head.revision === head.revision
  const parts = { ...(sameLog ? known.parts : {}) }
  const fresh = new Set(sameRevision ? known.fresh : [])
  if (part !== null) { parts[part] = value; fresh.add(part) }
  return new Map(board).set(slot, { head, parts, fresh, receivedAt, cached: false })
}

/** The board without a section, or an empty one. */
export function reset (board, section) {
  if (section === null || section === undefined) return new Map()
  return new Map([...board].filter(([, entry]) => entry.head.section !== section))
}

/** A value inside parts by a path like `current.ad_line`. */
export const at = (parts, path) => path.split('.').reduce((value, step) => value?.[step], parts)

/**
 * Scalars that differ as `[path, value]`; `null` when there are more than `most`, or when the shape differs too: a list
 * that grew, a field that came.
 */
export function changes (before, after, most) {
  const found = []
  const walk = (a, b, path) => {
    if (Object.is(a, b)) return true
    if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') {
      if ((a !== null && typeof a === 'object') || (b !== null && typeof b === 'object')) return false
      return found.push([path, b]) <= most
    }
    const names = Object.keys(b)
    return Object.keys(a).length === names.length && names.every(name => name in a && walk(a[name], b[name], path ? `${path}.${name}` : name))
  }
  return walk(before, after, '') ? found : null
}

/**
 * A series with the newest result added; `hole` says that results before it are missing, so that it must be read
 * again. `null` when the series is of another log, the same series when it is newer than the result.
 */
export function extend (series, entry, fields, points) {
  const ordinals = series.columns.ordinal
  const last = ordinals.at(-1) ?? 0
  const { scan, epoch } = entry.head
  if (series.epoch !== epoch) return null
  if (scan.ordinal < last) return series
  const keep = scan.ordinal === last ? ordinals.length - 1 : ordinals.length
  const row = { ordinal: scan.ordinal, session: scan.session, as_of: scan.as_of }
  for (const field of fields) row[field] = at(entry.parts, field) ?? null
  const columns = {}
  for (const [name, column] of Object.entries(series.columns)) {
    columns[name] = [...column.slice(0, keep), row[name] ?? null].slice(-points)
  }
  return { ...series, columns, hole: Boolean(series.hole) || scan.ordinal > last + 1 }
}

/** The usual milliseconds between two scans of a series when it is scanned within the day, else null. */
export function intervalOf (series) {
  const times = (series?.columns.as_of ?? []).slice(-21).filter(Boolean).map(Date.parse)
  const gaps = times.slice(1).map((time, index) => time - times[index]).sort((a, b) => a - b)
  const middle = gaps[Math.floor(gaps.length / 2)]
  return middle && middle < 21_600_000 ? middle : null
}

const PREFIX = 'bw:last:'
const LIMIT = 128 * 1024

/** Keeps the results for a start without a bus, 128 kB in all; the oldest go when there is no room. */
export function save (storage, board) {
  let room = LIMIT
  const kept = new Set()
  for (const [slot, { head, parts, cached }] of [...board].reverse()) {
    const text = cached ? storage.getItem(PREFIX + slot) : JSON.stringify({ head, parts })
    room -= text?.length ?? 0
    if (!text || room < 0) continue
    kept.add(PREFIX + slot)
    try { if (!cached) storage.setItem(PREFIX + slot, text) } catch { return }
  }
  const names = Array.from({ length: storage.length }, (_, index) => storage.key(index))
  for (const name of names) if (name.startsWith(PREFIX) && !kept.has(name) && board.size > 0) storage.removeItem(name)
}

/** Puts kept results where nothing newer is known. */
export function restore (storage, board, universe) {
  const filled = new Map(board)
  for (let index = 0; index < storage.length; index++) {
    const name = storage.key(index)
    if (!name.startsWith(PREFIX)) continue
    const slot = name.slice(PREFIX.length)
    if (filled.has(slot) || !slot.endsWith(`|live|${universe}`)) continue
    try {
      const { head, parts } = JSON.parse(storage.getItem(name))
      filled.set(slot, { head, parts, fresh: new Set(), receivedAt: null, cached: true })
    } catch { storage.removeItem(name) }
  }
  return filled
}
