// One way to open a dialog: modal, closed by Escape or a click beside it, focus back where it was.

import { h } from './dom.js'

/** @param {string} name @param {string} title @param {...any} content */
export function dialog (name, title, ...content) {
  document.querySelector(`dialog.${name}`)?.remove()
  const close = h('button', { type: 'button', class: 'icon close', 'aria-label': 'Close' }, '×')
  const node = /** @type {HTMLDialogElement} */ (h('dialog', { class: `dialog ${name}`, 'aria-label': title }, h('div', { class: 'dialog-in' }, ...content), close))
  const from = /** @type {HTMLElement | null} */ (document.activeElement)
  close.addEventListener('click', () => node.close())
  node.addEventListener('click', event => { if (event.target === node) node.close() })
  node.addEventListener('close', () => { node.remove(); from?.focus?.({ preventScroll: true }) })
  document.body.append(node)
  node.showModal()
  return node
}
