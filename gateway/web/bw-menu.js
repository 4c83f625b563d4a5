// The menu of a section.

import { h } from './dom.js'

const ITEMS = [
  ['Inspect', (page, card) => page.later('bw-provenance', 'open', card, null)],
  ['CSV', (page, card) => page.later('export', 'csv', card)],
  ['PNG', (page, card) => page.later('export', 'png', card)],
  ['Copy link', (page, card) => page.later('export', 'link', card)],
  ['Open large', (page, card) => page.go(`/${card.id}`)]
]

/** @param {any} page @param {any} card @param {HTMLElement} button */
export function open (page, card, button) {
  const before = card.querySelector('.menu')
  if (before) {
    button.setAttribute('aria-expanded', 'false')
    return before.remove()
  }
  const items = ITEMS.filter(([title]) => title !== 'Open large' || page.route !== card.id)
  const menu = h('div', { class: 'menu', role: 'menu', 'aria-label': `${card.words}: more` }, ...items.map(([title, run]) => {
    const item = h('button', { type: 'button', role: 'menuitem', tabindex: '-1' }, title)
    item.addEventListener('click', () => { close(); run(page, card) })
    return item
  }))
  const away = () => { menu.remove(); button.setAttribute('aria-expanded', 'false') }
  // The focus goes first: a menu that is taken away under it would lose it, and tell so while it goes.
  const close = () => { button.focus({ preventScroll: true }); away() }
  menu.addEventListener('keydown', event => move(event, menu, close))
  menu.addEventListener('focusout', ({ relatedTarget }) => { if (!menu.contains(relatedTarget) && relatedTarget !== button) away() })
  button.setAttribute('aria-expanded', 'true')
  card.querySelector('.head').append(menu)
  menu.firstChild.focus()
}

function move (event, menu, close) {
  const items = [...menu.children]
  const at = items.indexOf(document.activeElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
  if (event.key === 'Escape' || event.key === 'Tab') { event.preventDefault(); event.stopPropagation(); return close() }
  if (to === undefined) return
  event.preventDefault()
  event.stopPropagation()
  items[(to + items.length) % items.length].focus()
}
