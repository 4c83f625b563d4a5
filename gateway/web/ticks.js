// What the stream's ticks say of the machinery, as values of the sections system, metrics and logs. No DOM.

const LINES = 500
/** What is no list is none. */
const list = value => Array.isArray(value) ? value : []

/** Collects ticks; `entry(section)` is what that section is shown. */
export class Ticks {
  services = new Map()
  health = new Map()
  metrics = null
  history = null
  lines = []
  connection = { name: 'connecting' }
  heardAt = null
  versions = { system: 0, metrics: 0, logs: 0 }
  #entries = new Map()

  /** Takes a tick; only what it names has changed. */
  tick (data, now) {
    this.heardAt = now
    for (const service of list(data.services)) this.services.set(`${service.service}|${service.instance}`, service)
    for (const section of list(data.health)) this.health.set(section.section, section)
    if (data.services || data.health) this.versions.system++
    if (data.metrics && typeof data.metrics === 'object') this.#measure(data.metrics, now)
    if (list(data.logs).length) this.append(data.logs)
  }

  /** How this browser's own link stands: the first row of the system. */
  connected (link) {
    this.connection = link
    this.versions.system++
  }

  #measure (metrics, now) {
    this.metrics = { ...this.metrics, ...metrics }
    this.versions.metrics++
    const { columns } = this.history ?? {}
    if (!columns) return
    const row = { ...this.metrics, time: new Date(now).toISOString() }
    for (const name of Object.keys(columns)) columns[name] = [...columns[name], row[name] ?? null].slice(-LINES)
  }

  /** The minutes before this page was opened. */
  remember (history) {
    if (!history?.columns) throw new TypeError('it has no columns')
    this.history = history
    this.versions.metrics++
  }

  /** Lines in any order and with repeats; the newest 500 stay, oldest first. */
  append (lines) {
    if (!Array.isArray(lines)) throw new TypeError('it has no lines')
    const known = new Map([...this.lines, ...lines].map(line => [line.seq, line]))
    this.lines = [...known.values()].sort((a, b) => a.seq - b.seq).slice(-LINES)
    this.versions.logs++
  }

  /** The same object until something of it changed. */
  entry (section) {
    const version = this.versions[section]
    if (!version) return undefined
    const held = this.#entries.get(section)
    if (held?.version === version) return held.entry
    const entry = { head: { section, status: 'ok', quality: 'ok', scan: null }, parts: this.#value(section), receivedAt: this.heardAt, fresh: new Set() }
    this.#entries.set(section, { version, entry })
    return entry
  }

  #value (section) {
    if (section === 'system') return { connection: this.connection, services: [...this.services.values()], health: [...this.health.values()] }
    if (section === 'metrics') return { metrics: this.metrics ?? {}, history: this.history ?? { columns: {} } }
    return { lines: this.lines }
  }
}
