// The one stream of a browser, for all its tabs: HTTP/1.1 allows six connections per host, and a stream per tab would
// hang the seventh. Runs as a SharedWorker; where there is none, the page runs the same hub for itself.

import { delay } from './states.js'

const WATCHDOG = 40_000
const HEALTHY = 10_000
const AWAY = 300_000
const PACE = 50
const LINES = 200
const EVENTS = ['hello', 'snapshot', 'tick', 'hb', 'flags', 'reset', 'bye']

/** What was heard and not told yet, each thing once: a later value takes the place of an earlier one. */
export class News {
  /** @type {Map<string, any>} */
  snapshots = new Map()
  /** @type {any[]} */
  resets = []
  /** @type {Record<string, any>} */
  last = {}

  /** @param {string} name @param {any} data */
  add (name, data) {
    if (name === 'snapshot') this.snapshots.set(slot(data), data)
    else if (name === 'reset') this.reset(data)
    else if (name === 'tick') this.last.tick = joined(this.last.tick, data)
    else if (name === 'broken') this.last[`broken|${data.section}`] = data
    else this.last[name] = data
  }

  /** @param {any} data */
  reset (data) {
    this.resets.push(data)
    for (const [key, { section }] of this.snapshots) if (!data.section || section === data.section) this.snapshots.delete(key)
  }

  /** Every event to tell, in the order they must be told. */
  all () {
    const { hello, ...others } = this.last
    return [...hello ? [['hello', hello]] : [], ...this.resets.map(data => ['reset', data]),
      ...[...this.snapshots.values()].map(data => ['snapshot', data]), ...Object.entries(others).map(([name, data]) => [name.split('|')[0], data])]
  }
}

/** @param {any} data */
const slot = ({ section, lane, universe, part }) => `${section}|${lane}|${universe}|${part}`

/** Two ticks as one: the newest of each service, the lines of both. @param {any} before @param {any} after */
export function joined (before, after) {
  if (!before) return after
  const by = (/** @type {string} */ field, /** @type {(item: any) => string} */ name) =>
    [...new Map([before[field], after[field]].filter(Array.isArray).flat().map(item => [name(item), item])).values()]
  const both = { ...before, ...after }
  if (both.services) both.services = by('services', item => `${item.service}|${item.instance}`)
  if (both.health) both.health = by('health', item => item.section)
  if (both.logs) both.logs = by('logs', item => item.seq).slice(-LINES)
  if (both.metrics) both.metrics = { ...before.metrics, ...after.metrics }
  return both
}

/** One stream and the tabs that look at it. */
export class Feed {
  /** @type {Set<any>} */
  tabs = new Set()
  current = new News()
  /** @type {EventSource | null} */
  source = null
  /** @type {any} */
  link = { name: 'connecting' }
  attempts = 0
  told = 0
  /** @type {Record<string, any>} */
  timers = {}

  /** @param {string} address @param {string} vector @param {number} away milliseconds without a visible tab until the stream is closed */
  constructor (address, vector, away = AWAY) {
    Object.assign(this, { address, vector, away })
  }

  /** @param {any} tab */
  join (tab) {
    tab.news = new News()
    this.tabs.add(tab)
    tab.post({ link: this.link })
    this.show(tab)
  }

  /** The tab is seen: it gets everything as it stands, in one message. @param {any} tab */
  show (tab) {
    tab.shown = true
    clearTimeout(this.timers.away)
    const events = [...tab.news.resets.map((/** @type {any} */ data) => ['reset', data]), ...this.current.all()]
    tab.news = new News()
    if (events.length) tab.post({ events })
    if (!this.source) this.now()
  }

  /** The tab is hidden: what is heard is kept for it. @param {any} tab */
  hold (tab) {
    tab.shown = false
    this.rest()
  }

  /** @param {any} tab */
  leave (tab) {
    this.tabs.delete(tab)
    if (this.tabs.size === 0) this.close()
    else this.rest()
    return this.tabs.size
  }

  rest () {
    if ([...this.tabs].some(tab => tab.shown)) return
    this.timers.away = setTimeout(() => { this.close(); this.tell({ name: 'resting' }) }, this.away)
  }

  /** Tries at once. */
  now () {
    this.attempts = 0
    this.open()
  }

  open () {
    this.close()
    if (navigator.onLine === false) return this.tell({ name: 'offline' })
    if (this.link.name !== 'reconnecting') this.tell({ name: 'connecting' })
    const url = new URL(this.address ?? '', location.href)
    if (this.vector) url.searchParams.set('since', this.vector)
    this.source = new EventSource(url)
    this.source.onerror = () => this.failed()
    for (const name of EVENTS) this.source.addEventListener(name, event => this.hear(name, event))
    this.watch()
  }

  close () {
    for (const name of ['again', 'watchdog', 'healthy']) clearTimeout(this.timers[name])
    this.source?.close()
    this.source = null
  }

  /** No byte for so long means that the connection is half open. */
  watch () {
    clearTimeout(this.timers.watchdog)
    this.timers.watchdog = setTimeout(() => this.again(), WATCHDOG)
  }

  /** @param {string} name @param {MessageEvent} event */
  hear (name, event) {
    this.watch()
    if (event.lastEventId) this.vector = event.lastEventId
    let data
    try {
      data = JSON.parse(event.data)
    } catch {
      // One event that cannot be read costs its section a question by REST, and the others nothing.
      return this.pass('broken', { section: /"section":"([\w-]+)"/.exec(event.data)?.[1] ?? null })
    }
    if (name === 'hello') this.greeted()
    if (name === 'bye') return this.again(data.retry_ms)
    if (name === 'hb') this.measure()
    this.pass(name, data)
  }

  greeted () {
    this.tell({ name: 'live', latency: this.link.latency })
    this.timers.healthy = setTimeout(() => { this.attempts = 0 }, HEALTHY)
  }

  /** The way to the gateway and back. */
  async measure () {
    const start = performance.now()
    try {
      await fetch('/health/live', { cache: 'no-store' })
      if (this.link.name === 'live') this.tell({ name: 'live', latency: Math.round(performance.now() - start) })
    } catch { /* the stream itself will say so */ }
  }

  /** @param {string} name @param {any} data */
  pass (name, data) {
    if (name !== 'broken') this.current.add(name, data)
    this.current.resets = []
    for (const tab of this.tabs) tab.news.add(name, data)
    this.timers.flush ??= setTimeout(() => this.flush(), Math.max(0, this.told + PACE - Date.now()))
  }

  flush () {
    this.timers.flush = undefined
    this.told = Date.now()
    for (const tab of this.tabs) {
      if (!tab.shown) continue
      const events = tab.news.all()
      tab.news = new News()
      if (events.length) tab.post({ events })
    }
  }

  async failed () {
    const refused = this.source?.readyState === 2
    this.again()
    if (!refused) return
    // An EventSource does not say why: only a refused session must not be tried for ever.
    const answer = await fetch('/api/v2/universes').catch(() => null)
    if (answer?.status !== 401) return
    this.close()
    this.tell({ name: 'signed_out' })
  }

  /** @param {number} [least] */
  again (least) {
    this.close()
    const wait = (least ?? 0) + delay(this.attempts++)
    this.tell({ name: navigator.onLine === false ? 'offline' : 'reconnecting', at: Date.now() + wait, announced: least !== undefined })
    this.timers.again = setTimeout(() => this.open(), wait)
  }

  /** @param {any} link */
  tell (link) {
    this.link = link
    for (const tab of this.tabs) tab.post({ link })
  }
}

/** All feeds of the browser: tabs with the same view share one. */
export class Hub {
  /** @type {Map<string, Feed>} */
  feeds = new Map()

  constructor (away = AWAY) { this.away = away }

  /** A tab by the way to speak to it; the function takes its messages. @param {(message: any) => void} post */
  tab (post) {
    const tab = { post, news: new News(), shown: false }
    /** @type {Feed | undefined} */
    let feed
    const leave = () => { if (feed?.leave(tab) === 0) this.feeds.delete(feed.address ?? '') }
    return (/** @type {any} */ message) => {
      switch (message.do) {
        case 'join':
          leave()
          feed = this.feed(message)
          return feed.join(tab)
        case 'show': return feed?.show(tab)
        case 'hold': return feed?.hold(tab)
        case 'now': return feed?.now()
        case 'leave': leave(); feed = undefined
      }
    }
  }

  /** @param {{ address: string, since: string, seed: any[] }} asked */
  feed ({ address, since, seed }) {
    let feed = this.feeds.get(address)
    if (!feed) {
      feed = new Feed(address, since, this.away)
      // What the first page was served with will not be sent again: `since` says that it is known.
      for (const snapshot of seed) feed.current.add('snapshot', snapshot)
      this.feeds.set(address, feed)
    }
    return feed
  }
}

const worker = /** @type {any} */ (globalThis)
if ('onconnect' in worker) {
  const hub = new Hub()
  worker.onconnect = (/** @type {MessageEvent} */ event) => {
    const [port] = event.ports
    const take = hub.tab(message => port?.postMessage(message))
    if (port) port.onmessage = ({ data }) => take(data)
  }
}
