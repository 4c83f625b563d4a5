// The frame every section stands in. What a section's own file must hold to:
//
//   class BwThing extends BwSection {
//     static needs = ['current.class']   // fields that must be in the value (null is a value); a missing one is named
//     static past = { fields: ['current.class'], points: 60, more: ['current.hits'], large: 250 }  // series it wants, see
//                                  // `updatePast`; `more` and `large` are what the large view has beyond that
//     build ()                     // once; returns the nodes of the body. Nothing is known yet.
//     update (value, envelope)     // the whole value, at most ten times a second
//     patch (path, value)          // optional: one changed scalar, `current.hits`; false asks for `update` instead
//     updatePast (series)          // optional: `{ columns: { ordinal, session, as_of, scan, 'current.class': [] } }`
//     resize (large)               // optional: the large view was entered or left; `update` follows
//     empty (value, envelope)      // optional: `{ title, detail, command, fault }` when this value has nothing to show;
//                                  `fault` makes that an error
//     subline (value, envelope)    // optional: words for the sub line, before scan and coverage
//     csv (value, envelope)        // optional: rows `[[head, …], [cell, …], …]`; by default every field with its path
//     get headline ()              // optional: `{ words, way, class }` for the title of the page
//   }
//
// - `value` is `{ part: data }` as in `GET /api/<section>`; `envelope` is all of that answer but the data, e.g.
//   `envelope.scan.session`. The sections system, metrics and logs get what `store.js` collects of the stream's ticks:
//   `{ connection, services, health }`, `{ metrics, history: { columns } }` and `{ lines }` (newest last, 500 at most);
//   their envelope has no scan.
// - `this.large` says whether the section has the page to itself; `this.zone` is the time zone to write times in.
// - `await this.read(path, query)` gets JSON from `/api/v2/…` for this section's universe, lane and instant, and throws
//   with the problem's words. A section never calls `fetch` itself.
// - `this.remember({ sym })` puts view state into the address, `this.remembered('sym')` reads it at the start. Keys 1 to 5
//   arrive as the window's event `bw-range` with the detail `1M 3M 6M 1Y All`, a change of colours as `bw-theme`.
// - Every number carries `data-prov="part.path"` (`h('b', { 'data-prov': 'kelly.risk_fraction' })`): a click on it, or
//   `i`, tells where it comes from. Amounts of money carry `data-amount` too, and are hidden with `h`.
// - Everything here runs behind a wall: what throws puts this section into the error state, is reported once, and no
//   other section notices. States, ages, quality, retries, the menu, CSV, PNG and print belong to this class.
// - Heights are reserved in `sections.css` by `--reserve` for each breakpoint, so that loading to live moves nothing;
//   inside a card only container queries (540 px, 440 px) are used. What is drawn is patched, not drawn anew.

import { attr, h, s, text } from './dom.js'
import { age, closeDay, count, instant, label, percent } from './format.js'
import { delay, slots, stateOf } from './states.js'
import { at, changes } from './store.js'

const CHIP = { loading: 'Loading', empty: 'No data', error: 'Unavailable', replay: 'Replay' }
const DRAWN = ['live', 'stale', 'replay']
const ICONS = { error: 'M12 3 22 20H2ZM12 10v4M12 17v.5', empty: 'M4 13h4l2 3h4l2-3h4M4 13l3-8h10l3 8v6H4Z' }
/** More changed scalars than this are quicker drawn as a whole. */
const PATCHES = 24

/**
 * @typedef {{ section: string, universe?: string, lane?: string, status?: string, reason?: string | null,
 *   scan?: any, revision?: number, epoch?: string, coverage?: any, quality?: string, quality_reason?: string | null }} Envelope
 * @typedef {{ head: Envelope, parts: Record<string, any>, receivedAt: number | null, cached?: boolean }} Entry
 * @typedef {{ entry?: Entry, link?: any, exchanges?: any[], zone?: string, series?: any, at?: string | null,
 *   trouble?: { code: string, words: string } | null, interval?: number | null, now?: () => number }} Known
 */

export class BwSection extends HTMLElement {
  /** @type {{ fields: string[], points: number, more?: string[], large?: number } | null} */
  static past = null
  /** @type {string[]} */
  static needs = []

  /** @type {Known} */
  known = {}
  /** @type {string | null} */
  failure = null
  large = false
  attempts = 0
  nextTry = 0
  /** @type {Entry | null} */
  drawn = null
  /** @type {string | undefined} */
  state

  connectedCallback () {
    if (this.body) return
    this.classList.add('card')
    attr(this, 'role', 'region')
    const title = this.querySelector('h2') ?? h('h2', { id: `${this.id}-title` }, label(this.id))
    this.words = title.textContent ?? ''
    this.sub = h('p', { class: 'sub' })
    this.chipText = h('span', {}, 'Loading')
    this.chip = h('span', { class: 'chip', 'data-state': 'loading' }, h('span', { class: 'shape', 'aria-hidden': 'true' }), this.chipText)
    this.retry = h('button', { type: 'button', class: 'retry', hidden: true }, 'Retry')
    this.retry.addEventListener('click', () => this.askAgain(true))
    this.menu = h('button', { type: 'button', class: 'menu-button', 'aria-haspopup': 'menu', 'aria-label': `${this.words}: more` }, '⋯')
    this.menu.addEventListener('click', () => this.tell('bw-menu', { button: this.menu }))
    this.body = h('div', { class: 'body', hidden: true })
    this.message = h('div', { class: 'message', hidden: true })
    this.skeleton = /** @type {HTMLElement} */ (this.querySelector('.skeleton') ?? h('div', { class: 'skeleton' }))
    this.replaceChildren(h('div', { class: 'head' }, title, this.sub, this.retry, this.chip, this.menu), this.skeleton, this.body, this.message)
    this.guard(() => this.body?.append(...this.build()))
    this.show({})
  }

  /** @returns {Node[]} */
  build () { return [] }
  /** @param {Record<string, any>} _value @param {Envelope} _envelope */
  update (_value, _envelope) {}

  get zone () { return this.known.zone }

  /** The page's own clock, set by the gateway's. */
  now () { return this.known.now?.() ?? Date.now() }

  /** Takes what is known and draws what changed of it. @param {Known} known */
  show (known) {
    this.known = known
    const { entry, series } = known
    if (entry && entry !== this.drawn && entry !== this.refused && Object.keys(entry.parts).length > 0) this.draw(entry)
    if (series && series !== this.series && this.drawn) {
      this.series = series
      this.guard(() => this.updatePast?.(series))
    }
    this.tick(this.now())
  }

  /** @param {Entry} entry */
  draw (entry) {
    const before = this.drawn
    this.drawn = entry
    this.failure = null
    this.nothing = null
    this.guard(() => {
      const missing = /** @type {typeof BwSection} */ (this.constructor).needs.find(path => at(entry.parts, path) === undefined)
      if (missing) throw new Error(`the result has no field "${missing}"`)
      this.nothing = this.empty?.(entry.parts, entry.head) ?? null
      if (!this.nothing && !this.patched(before, entry)) this.update(entry.parts, entry.head)
    })
    this.refused = this.failure ? entry : null
    if (this.failure) this.drawn = null
  }

  /** Whether patches were enough. @param {Entry | null} before @param {Entry} entry */
  patched (before, entry) {
    if (!this.patch || !before) return false
    const changed = changes(before.parts, entry.parts, PATCHES)
    return changed !== null && changed.every(([path, value]) => this.patch?.(path, value) !== false)
  }

  /** The section gets the page to itself, or gives it back. @param {boolean} large */
  enlarge (large) {
    if (this.large === large) return
    this.large = large
    this.toggleAttribute('data-large', large)
    this.guard(() => {
      this.resize?.(large)
      if (this.drawn) this.update(this.drawn.parts, this.drawn.head)
    })
  }

  /** Once a second: the state and the age, which change though nothing arrives. @param {number} now */
  tick (now) {
    if (!this.body) return
    const { entry } = this.known
    const { state, reason, late } = stateOf({ ...this.known, failure: this.failure, nothing: this.nothing, now })
    if (this.state !== state) {
      this.tell('bw-state', { from: this.state, to: state })
      this.state = state
      attr(this, 'data-state', state)
    }
    attr(this, 'data-late', late)
    attr(this, 'aria-busy', String(state === 'loading'))
    show(this.skeleton, state === 'loading')
    show(this.body, DRAWN.includes(state))
    show(this.message, state === 'error' || state === 'empty')
    this.showChip(state, entry, now)
    this.showSub(state, reason, entry)
    if (state === 'error' || state === 'empty') this.showMessage(state, reason, entry, now)
    show(this.retry, state === 'stale')
    if (state === 'error') this.retryLater(now)
    else if (state !== 'loading') this.nextTry = this.attempts = 0
  }

  /** @param {string} state @param {Entry | undefined} entry @param {number} now */
  showChip (state, entry, now) {
    attr(this.chip, 'data-state', state)
    text(this.chipText, CHIP[/** @type {keyof typeof CHIP} */ (state)] ?? this.ageText(entry, now, state))
    attr(this.chip, 'title', entry?.head.scan?.as_of ? times(entry.head.scan.as_of, this.zone) : null)
  }

  /** @param {Entry | undefined} entry @param {number} now @param {string} state */
  ageText (entry, now, state) {
    const scan = entry?.head.scan
    const words = !entry ? '' : !scan || scan.sample || !scan.as_of ? this.sinceReceived(entry, now) : this.sinceMarket(scan, now)
    return state === 'stale' ? `Stale, ${words}` : words
  }

  /** @param {Entry} entry @param {number} now */
  sinceReceived (entry, now) {
    return entry.receivedAt === null ? 'kept' : age((now - entry.receivedAt) / 1000)
  }

  /** @param {any} scan @param {number} now */
  sinceMarket (scan, now) {
    const seconds = (now - Date.parse(scan.as_of)) / 1000
    if (slots(scan, this.known, now) === 0 && scan.basis === 'close' && scan.session && seconds > 600) return `Close, ${closeDay(scan.session, seconds)}`
    return age(seconds)
  }

  /** @param {string} state @param {string | null} reason @param {Entry | undefined} entry */
  showSub (state, reason, entry) {
    const head = entry?.head
    attr(this.sub, 'data-tone', state === 'stale' || (DRAWN.includes(state) && head && head.quality && head.quality !== 'ok') ? 'warn' : null)
    if (!head || !DRAWN.includes(state)) return text(this.sub, '')
    text(this.sub, state === 'stale' ? `Last good data ${this.whenGood(head)}. ${sentence(reason)}` : this.subWords(entry))
    const { coverage } = head
    attr(this.sub, 'title', [head.quality_reason, coverage && `${count(coverage.eligible)} of ${count(coverage.listed)} symbols`].filter(Boolean).join('; ') || null)
  }

  /** @param {Entry} entry */
  subWords ({ head, parts }) {
    const { scan, coverage, quality } = head
    const words = [this.guard(() => this.subline?.(parts, head))]
    if (scan) words.push(`scan ${count(scan.ordinal)}`)
    if (this.state === 'replay' && scan?.as_of) words.push(instant(Date.parse(scan.as_of), this.zone))
    if (coverage) words.push(quality === 'degraded' ? `degraded, ${percent(coverage.share)} covered` : `${percent(coverage.share)} covered`)
    if (quality === 'insufficient') words.push(head.quality_reason ?? 'insufficient')
    if (scan?.sample) words.push('sample')
    return words.filter(Boolean).join(', ')
  }

  /** @param {Envelope} head */
  whenGood ({ scan }) {
    if (!scan) return ''
    return scan.as_of && !scan.sample ? instant(Date.parse(scan.as_of), this.zone) : `of scan ${count(scan.ordinal)}`
  }

  /** @param {string} state @param {string | null} reason @param {Entry | undefined} entry @param {number} now */
  showMessage (state, reason, entry, now) {
    const failed = state === 'error'
    const found = this.nothing ?? { title: `No ${this.words.toLowerCase()} yet`, detail: sentence(reason), command: 'bellwether import' }
    const title = failed && !found.fault ? `${this.words} is not answering` : found.title
    const detail = failed ? sentence(reason) : found.detail
    const code = failed ? [this.known.trouble?.code, this.id, entry?.head.revision && `last good revision ${entry.head.revision}`].filter(Boolean).join(', ') : found.command
    const signature = [state, title, detail, code].join('|')
    if (this.told !== signature) {
      this.told = signature
      this.wait = h('p', { class: 'wait' })
      const button = h('button', { type: 'button' }, 'Retry now')
      button.addEventListener('click', () => this.askAgain(true))
      this.message?.replaceChildren(icon(ICONS[failed ? 'error' : 'empty']), h('p', { class: 'message-title' }, title), h('p', {}, detail),
        ...code ? [h('p', { class: 'code' }, code)] : [], ...failed ? [button, this.wait] : [])
    }
    if (failed) text(this.wait, this.waitText(now))
  }

  /** @param {number} now */
  waitText (now) {
    if (!this.nextTry) return 'The rest of the page is not affected.'
    return `Next try in ${Math.max(0, Math.ceil((this.nextTry - now) / 1000))} s, attempt ${this.attempts + 1}`
  }

  /** @param {number} now */
  retryLater (now) {
    if (document.hidden || navigator.onLine === false) return
    if (!this.nextTry) this.nextTry = now + delay(this.attempts, 1000, 60_000)
    if (now < this.nextTry) return
    this.attempts++
    this.nextTry = 0
    this.askAgain(false)
  }

  /** @param {boolean} byHand */
  askAgain (byHand) {
    if (byHand) this.attempts = this.nextTry = 0
    this.tell('bw-retry', { byHand })
  }

  /** JSON of a route of the API about what this section shows. @param {string} path @param {Record<string, any>} [query] */
  async read (path, query = {}) {
    const { entry, at: instantAt } = this.known
    const about = { universe: entry?.head.universe, lane: entry?.head.lane, at: instantAt, ...query }
    const search = new URLSearchParams(Object.entries(about).filter(([, value]) => value !== null && value !== undefined))
    const answer = await fetch(`/api/v2/${path}?${search}`, { signal: AbortSignal.timeout(5000) })
    const body = await answer.json()
    if (!answer.ok) throw new Error(body.detail ?? `${answer.status}`)
    return body
  }

  /** Runs a section's own code; what it throws is this section's failure and nobody else's. @template T @param {() => T} work @returns {T | undefined} */
  guard (work) {
    try {
      return work()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.failure = `The page's code for this section failed: ${message}`
      this.tell('bw-failure', { message, stack: String(error instanceof Error ? error.stack : error) })
    }
  }

  /** View state in the page's address, so that a link shows the same: `this.remember({ sym: 'SPX' })`. @param {Record<string, string | null>} state */
  remember (state) { this.tell('bw-remember', state) }

  /** @param {string} name */
  remembered (name) { return new URLSearchParams(location.search).get(name) }

  /** @param {string} name @param {any} detail */
  tell (name, detail) { this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail })) }
}

/** What a subclass may have. @type {any} */
Object.assign(BwSection.prototype, { patch: null, updatePast: null, resize: null, empty: null, subline: null, csv: null })

/** @param {Element | undefined} node @param {boolean} shown */
const show = (node, shown) => { if (node) /** @type {HTMLElement} */ (node).hidden = !shown }

/** @param {string | null} words */
const sentence = words => words ? words.charAt(0).toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? '' : '.') : ''

/** The instant in the exchange's zone, in the reader's, and in UTC. @param {string} asOf @param {string | undefined} zone */
function times (asOf, zone) {
  const moment = Date.parse(asOf)
  return [...new Set([instant(moment, zone), instant(moment), instant(moment, 'UTC')])].join('\n')
}

/** @param {string} path */
const icon = path => s('svg', { viewBox: '0 0 24 24', width: 28, height: 28, 'aria-hidden': 'true' },
  s('path', { d: path, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.8, 'stroke-linejoin': 'round', 'stroke-linecap': 'round' }))

/** A required part; a section without it says which one is missing instead of drawing something else. @param {Record<string, any>} parts @param {string} part */
export function need (parts, part) {
  const value = parts[part]
  if (value === null || value === undefined) throw new Error(`the result has no part "${part}"`)
  return value
}
