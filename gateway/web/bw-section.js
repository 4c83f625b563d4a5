import { attr, h, s, text } from './dom.js'
import { age, closeDay, count, instant, percent } from './format.js'
import { stateOf } from './states.js'

const CHIP = { loading: 'Loading', empty: 'No data', error: 'Unavailable' }
const LARGEST_RETRY = 60_000

/**
 * A section: frame, states, age, and a wall around its own code, so that one that fails harms no other.
 * A subclass has `build()` (once, returns the body's children) and `update(parts, entry)`.
 */
export class BwSection extends HTMLElement {
  /** Fields of the past the section wants as `this.series`: `{ fields, points }`. */
  static past = null

  connectedCallback () {
    if (this.body) return
    this.classList.add('card')
    attr(this, 'role', 'region')
    const title = this.querySelector('h2')
    this.sub = h('p', { class: 'sub' })
    this.chip = h('span', { class: 'chip', 'data-state': 'loading' }, h('span', { class: 'shape', 'aria-hidden': 'true' }), h('span', {}, 'Loading'))
    this.retry = h('button', { type: 'button', class: 'retry', hidden: true }, 'Retry')
    this.retry.addEventListener('click', () => this.askAgain(true))
    this.body = h('div', { class: 'body', hidden: true })
    this.message = h('div', { class: 'message', hidden: true })
    this.skeleton = this.querySelector('.skeleton') ?? h('div', { class: 'skeleton' })
    this.replaceChildren(h('div', { class: 'head' }, title, this.sub, this.retry, this.chip), this.skeleton, this.body, this.message)
    this.guard(() => this.body.append(...this.build()))
    this.show({})
  }

  /** Takes what is known: `{ entry, link, exchanges, series, zone }`. */
  show (known) {
    this.known = known
    const { entry } = known
    if (entry && entry !== this.drawn && Object.keys(entry.parts).length > 0) {
      this.drawn = entry
      this.failure = null
      this.guard(() => this.update(entry.parts, entry))
    }
    if (known.series && known.series !== this.series && this.drawn) {
      this.series = known.series
      this.guard(() => this.updatePast?.(this.series))
    }
    this.tick(Date.now())
  }

  /** Once a second: the state and the age, which change though nothing arrives. */
  tick (now) {
    if (!this.body || !this.known) return
    const { state, reason } = stateOf({ ...this.known, failure: this.failure, now })
    const { entry } = this.known
    if (this.state !== state) {
      this.dispatchEvent(new CustomEvent('bw-state', { bubbles: true, detail: { from: this.state, to: state } }))
      this.state = state
      attr(this, 'data-state', state)
    }
    attr(this, 'aria-busy', String(state === 'loading'))
    this.skeleton.hidden = state !== 'loading'
    this.body.hidden = state !== 'live' && state !== 'stale'
    this.message.hidden = state !== 'error' && state !== 'empty'
    attr(this.chip, 'data-state', state)
    text(this.chip.lastChild, CHIP[state] ?? this.ageText(entry, now, state))
    attr(this.chip, 'title', entry?.head.scan.as_of ? `As of ${instant(Date.parse(entry.head.scan.as_of), this.known.zone)}` : null)
    this.showSub(state, reason, entry)
    if (!this.message.hidden) this.showMessage(state, reason, entry)
    this.retry.hidden = state !== 'stale'
    if (state === 'error') this.retryLater(now)
    else this.nextTry = this.attempts = 0
  }

  ageText (entry, now, state) {
    const { scan } = entry.head
    const words = scan.sample || !scan.as_of ? this.sinceReceived(entry, now) : this.sinceMarket(scan, now)
    return state === 'stale' ? `Stale, ${words}` : words
  }

  sinceReceived (entry, now) {
    return entry.receivedAt === null ? 'kept' : age((now - entry.receivedAt) / 1000)
  }

  sinceMarket (scan, now) {
    const seconds = (now - Date.parse(scan.as_of)) / 1000
    if (seconds < 43_200) return age(seconds)
    return scan.basis === 'close' && scan.session ? `Close, ${closeDay(scan.session, seconds)}` : age(seconds)
  }

  showSub (state, reason, entry) {
    attr(this.sub, 'data-tone', state === 'stale' ? 'warn' : entry && entry.head.quality !== 'ok' ? 'warn' : null)
    if (!entry || state === 'error' || state === 'empty') return text(this.sub, '')
    const { scan, coverage, quality } = entry.head
    const words = [`scan ${count(scan.ordinal)}`]
    if (coverage) words.push(quality === 'degraded' ? `degraded, ${percent(coverage.share)} covered` : `${percent(coverage.share)} covered`)
    if (quality === 'insufficient') words.push(entry.head.quality_reason ?? 'insufficient')
    if (scan.sample) words.push('sample')
    text(this.sub, state === 'stale' ? `Last good data: ${words[0]}. ${sentence(reason)}` : words.join(', '))
    attr(this.sub, 'title', [entry.head.quality_reason, coverage && `${count(coverage.eligible)} of ${count(coverage.listed)} symbols`].filter(Boolean).join('; ') || null)
  }

  showMessage (state, reason, entry) {
    const name = this.querySelector('h2').textContent
    const words = state === 'error' ? `${name} is not answering` : `No ${name.toLowerCase()} yet`
    const facts = state === 'error'
      ? [`${this.id}${entry ? `, last good revision ${entry.head.revision}` : ''}`, this.waitText()]
      : ['bellwether import']
    const signature = [words, reason, ...facts].join('|')
    if (this.told === signature) return
    this.told = signature
    const button = state === 'error' && h('button', { type: 'button' }, 'Retry now')
    if (button) button.addEventListener('click', () => this.askAgain(true))
    const icon = s('svg', { viewBox: '0 0 24 24', width: 28, height: 28, 'aria-hidden': 'true' },
      s('path', { d: state === 'error' ? 'M12 3 22 20H2ZM12 10v4M12 17v.5' : 'M4 13h4l2 3h4l2-3h4M4 13l3-8h10l3 8v6H4Z', fill: 'none', stroke: 'currentColor', 'stroke-width': 1.8, 'stroke-linejoin': 'round', 'stroke-linecap': 'round' }))
    this.message.replaceChildren(icon, h('p', { class: 'message-title' }, words), h('p', {}, sentence(reason)), h('p', { class: 'code' }, facts[0]),
      ...[button, facts[1] && h('p', { class: 'wait' }, facts[1])].filter(Boolean))
  }

  waitText () {
    if (!this.nextTry) return 'The rest of the page is not affected.'
    return `Next try in ${Math.max(0, Math.ceil((this.nextTry - Date.now()) / 1000))} s, attempt ${this.attempts + 1}`
  }

  retryLater (now) {
    if (document.hidden || navigator.onLine === false) return
    this.attempts ||= 0
    if (!this.nextTry) this.nextTry = now + 1000 + Math.random() * Math.min(LARGEST_RETRY, 1000 * 2 ** this.attempts)
    if (now < this.nextTry) return
    this.attempts++
    this.nextTry = 0
    this.askAgain(false)
  }

  askAgain (byHand) {
    if (byHand) this.attempts = this.nextTry = 0
    this.failure = null
    this.drawn = null
    this.dispatchEvent(new CustomEvent('bw-retry', { bubbles: true }))
  }

  guard (work) {
    try {
      return work()
    } catch (error) {
      this.failure = `The page's code for this section failed: ${error.message}`
      this.dispatchEvent(new CustomEvent('bw-failure', { bubbles: true, detail: String(error.stack ?? error) }))
    }
  }
}

const sentence = words => words ? words.charAt(0).toUpperCase() + words.slice(1) + (words.endsWith('.') ? '' : '.') : ''

/** A required field of a part; a section without it says which one is missing instead of drawing something else. */
export function need (parts, part) {
  const value = parts[part]
  if (value === null || value === undefined) throw new Error(`the result has no part "${part}"`)
  return value
}
