// How the page's own link stands. It turns amber only after two seconds without one.

import { attr, h, text } from './dom.js'
import { count } from './format.js'

const CALM = 2000
/** A gateway that said goodbye is back in a moment. */
const CALM_AFTER_BYE = 5000
let lostAt = null
let announced = false
let seen = false

/** Draws the badge into its button. @param {any} button @param {any} page @param {any} newest */
export function badge (button, page, newest) {
  const { link } = page
  if (link.name === 'live') lostAt = null
  else if (lostAt === null) { lostAt = Date.now(); announced = Boolean(link.announced) }
  const calm = lostAt !== null && Date.now() - lostAt < (announced ? CALM_AFTER_BYE : CALM)
  if (calm && seen && !page.at) return
  seen ||= link.name === 'live'
  const [name, words, more] = page.at ? ['replay', 'Replay', ''] : wordsOf(link, newest)
  attr(button, 'data-link', name)
  attr(button, 'title', name === 'live' ? 'This page hears the gateway' : name === 'replay' ? 'A recorded scan is shown' : 'Click to try now')
  if (!button.lastChild?.classList?.contains('badge-more')) button.replaceChildren(...build())
  text(button.children[1], words)
  text(button.children[2], more)
}

const build = () => [h('span', { class: 'shape', 'aria-hidden': 'true' }), h('span', { class: 'badge-text' }), h('span', { class: 'badge-more' })]

function wordsOf (link, newest) {
  switch (link.name) {
    case 'live': return ['live', 'Live', [newest && `scan ${count(newest.head.scan.ordinal)}`, link.latency !== undefined && `${link.latency} ms`].filter(Boolean).join(', ')]
    case 'offline': return ['offline', 'Offline', '']
    case 'signed_out': return ['signed-out', 'Signed out', '']
    case 'reconnecting': {
      const wait = Math.ceil((link.at - Date.now()) / 1000)
      return ['reconnecting', wait > 0 ? `Reconnecting in ${wait} s` : 'Reconnecting', '']
    }
    default: return ['connecting', 'Connecting', '']
  }
}
