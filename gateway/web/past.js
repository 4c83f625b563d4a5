import { extend, slotOf } from './store.js'

const PAUSE = 2000

/** Series of the past, read once and then carried on with what arrives. */
export class Past {
  #lane
  #changed
  #held = new Map()

  constructor (lane, changed) {
    this.#lane = lane
    this.#changed = changed
  }

  /** The series up to `entry`; with a hole, or null, while it is being read. */
  of (entry, { fields, points }) {
    const slot = slotOf(entry.head)
    const held = this.#held.get(slot) ?? { series: null, entry: null, notBefore: 0, reading: false, attempts: 0 }
    this.#held.set(slot, held)
    if (entry === held.entry || entry.cached) return held.series
    const longer = held.series && extend(held.series, entry, fields, points)
    if (longer) Object.assign(held, { series: longer, entry })
    if (!longer || longer.hole) this.#read(held, entry, fields, points)
    return held.series
  }

  async #read (held, entry, fields, points) {
    if (held.reading) return
    held.reading = true
    const wait = held.notBefore - Date.now()
    if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
    try {
      const { section, universe } = entry.head
      const query = new URLSearchParams({ universe, lane: this.#lane, fields: fields.join(','), points })
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
