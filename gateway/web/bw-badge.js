import { attr, h, text } from './dom.js'

const CALM = 2000

/** How the page's own link stands. It turns amber only after two seconds without one. */
export class BwBadge extends HTMLElement {
  connectedCallback () {
    this.button = h('button', { type: 'button', class: 'badge', 'data-link': 'connecting' }, h('span', { class: 'shape', 'aria-hidden': 'true' }), h('span', { class: 'badge-text' }, 'Connecting'))
    this.button.addEventListener('click', () => this.dispatchEvent(new CustomEvent('bw-reconnect', { bubbles: true })))
    this.replaceChildren(this.button)
    this.lostAt = Date.now()
    this.link = { name: 'connecting' }
  }

  /** Takes a state of `live.js`; `ordinal` is the newest scan's. */
  set (link, ordinal) {
    if (link.name === 'live') this.lostAt = null
    else this.lostAt ??= Date.now()
    this.link = link.name === 'connecting' && this.link.name === 'reconnecting' ? { ...this.link, trying: true } : link
    this.ordinal = ordinal
    this.tick(Date.now())
  }

  tick (now) {
    if (!this.button) return
    const calm = this.lostAt !== null && now - this.lostAt < CALM + (this.link.announced ? 3000 : 0)
    if (calm && this.seen) return
    const [name, words] = this.words(now)
    this.seen ||= name === 'live'
    attr(this.button, 'data-link', name)
    attr(this.button, 'title', name === 'live' ? 'This page hears the gateway' : 'Click to try now')
    text(this.button.lastChild, words)
  }

  words (now) {
    switch (this.link.name) {
      case 'live': return ['live', 'Live']
      case 'offline': return ['offline', 'Offline']
      case 'reconnecting': {
        const wait = Math.ceil((this.link.at - now) / 1000)
        return ['reconnecting', wait > 0 && !this.link.trying ? `Reconnecting in ${wait} s` : 'Reconnecting']
      }
      default: return ['connecting', 'Connecting']
    }
  }
}
