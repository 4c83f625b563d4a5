import { thin } from './axis.js'
import { extend, slotOf } from './store.js'

const PAUSE = 2000
const KEPT = 16

/** A series without what came after a scan: nobody who looks at the past sees what was not known then. */
export function cut (series, ordinal) {
  const keep = series.columns.ordinal.findLastIndex(known => known <= ordinal) + 1
  const columns = Object.fromEntries(Object.entries(series.columns).map(([name, column]) => [name, column.slice(0, keep)]))
  return { ...series, columns }
}

/** A series with the newest result. One that stands for more scans than it has points keeps its beginning and is thinned. */
function carry (series, entry, fields, points) {
  const whole = series.scans > points
  const longer = extend(series, entry, fields, whole ? Infinity : points)
  const first = longer?.columns[fields[0]]
  if (!whole || !first || first.length <= points * 1.25) return longer
  const kept = thin(first, points)
  const columns = Object.fromEntries(Object.entries(longer.columns).map(([name, column]) => [name, kept.map(index => column[index])]))
  return { ...longer, columns }
}

/** Series of the past, read once and then carried on with what arrives. `page.at` is the recorded scan that is looked at. */
export class Past {
  #page
  #changed
  #held = new Map()
  #usual = new Map()

  constructor (page, changed) {
    this.#page = page
    this.#changed = changed
  }

  /** What was read of a result's past so far. */
  held (entry) { return entry && this.#usual.get(slotOf(entry.head))?.series }

  /** The series up to `entry`; with a hole, or null, while it is being read. `large` asks for the large view's fields and points. */
  of (entry, { fields: always, more = [], points: usual, large: most }, large = false) {
    const fields = large ? [...always, ...more] : always
    if (fields.length === 0) return null
    const points = large && most ? most : usual
    const slot = slotOf(entry.head)
    const held = this.#find(`${slot}|${this.#page.at ? 'at' : ''}|${points}|${fields}`)
    if (!large) this.#usual.set(slot, held)
    if (entry === held.entry || entry.cached) return held.series
    const { ordinal } = entry.head.scan
    const ahead = this.#page.at && held.series?.columns.ordinal.at(-1) > ordinal
    if (ahead) held.series = cut(held.series, ordinal)
    const short = ahead && held.series.columns.ordinal.length < points * 0.9 && held.series.columns.ordinal[0] > 1
    const longer = held.series && carry(held.series, entry, fields, points)
    if (longer) Object.assign(held, { series: longer, entry })
    if (!longer || longer.hole || short) this.#read(held, entry, fields, points)
    return held.series
  }

  #find (name) {
    const held = this.#held.get(name) ?? { series: null, entry: null, notBefore: 0, reading: false, attempts: 0 }
    // The one asked for longest ago goes first.
    this.#held.delete(name)
    this.#held.set(name, held)
    if (this.#held.size > KEPT) this.#held.delete(this.#held.keys().next().value)
    return held
  }

  async #read (held, entry, fields, points) {
    if (held.reading) return
    held.reading = true
    const wait = held.notBefore - Date.now()
    if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
    try {
      const { section, universe, lane, scan } = entry.head
      const query = new URLSearchParams({ universe, lane, fields: fields.join(','), points })
      // A recorded scan is shown with nothing after it.
      if (this.#page.at) query.set('to', scan.ordinal)
      const answer = await fetch(`/api/v2/${section}/series?${query}`)
      if (!answer.ok) throw new Error(`${answer.status}`)
      // What arrived meanwhile is added the next time it is asked for.
      Object.assign(held, { series: await answer.json(), entry: null, attempts: 0 })
    } catch {
      held.attempts++
    }
    held.notBefore = Date.now() + Math.min(60_000, PAUSE * 2 ** held.attempts)
    held.reading = false
    if (held.attempts === 0) this.#changed()
    else setTimeout(this.#changed, held.notBefore - Date.now())
  }
}
