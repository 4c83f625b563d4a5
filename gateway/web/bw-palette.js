// The command palette: a dialog with a combobox over everything the page can do and show.

import { attr, h } from './dom.js'
import { dialog } from './dialog.js'
import { count } from './format.js'
import { shown } from './keys.js'
import { PALETTES, THEMES, settings } from './settings.js'

const MOST = 12

/** How well `words` holds the letters of `typed` in order; null when it does not. */
export function fit (typed, words) {
  const [needle, hay] = [typed.toLowerCase().replaceAll(' ', ''), words.toLowerCase()]
  let at = -1
  let gaps = 0
  for (const letter of needle) {
    const next = hay.indexOf(letter, at + 1)
    if (next < 0) return null
    gaps += at < 0 ? next * 0.2 : next - at - 1
    at = next
  }
  return gaps + hay.length * 0.01
}

/** @param {any} page */
export function open (page) {
  const list = h('ul', { class: 'palette-list', role: 'listbox', id: 'palette-list', 'aria-label': 'Commands' })
  const input = h('input', { class: 'palette-input', type: 'text', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'palette-list', 'aria-autocomplete': 'list', 'aria-label': 'Search commands, sections, universes and scans', placeholder: 'Search, or type the number of a scan', autocomplete: 'off', spellcheck: 'false' })
  const all = entries(page)
  let found = []
  let at = 0
  const draw = () => {
    found = matching(all, input.value, page)
    at = Math.min(at, Math.max(0, found.length - 1))
    list.replaceChildren(...found.length ? found.map(option) : [h('li', { class: 'palette-none' }, 'Nothing has that name.')])
    mark()
  }
  const option = ({ title, group, keys }, index) => {
    const node = h('li', { role: 'option', id: `palette-${index}` }, h('span', { class: 'palette-group' }, group), h('span', { class: 'palette-title' }, title), ...keys.map(key => h('kbd', {}, shown(key))))
    node.addEventListener('click', () => run(index))
    node.addEventListener('pointermove', () => { if (at !== index) { at = index; mark() } })
    return node
  }
  const mark = () => {
    for (const [index, node] of [...list.children].entries()) attr(node, 'aria-selected', node.role === 'option' ? String(index === at) : null)
    attr(input, 'aria-activedescendant', found.length ? `palette-${at}` : null)
    list.children[at]?.scrollIntoView?.({ block: 'nearest' })
  }
  const run = index => {
    const chosen = found[index]
    node.close()
    chosen?.run()
  }
  input.addEventListener('input', () => { at = 0; draw() })
  input.addEventListener('keydown', event => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: found.length - 1 }[event.key]
    if (event.key === 'Enter') { event.preventDefault(); run(at) }
    if (to === undefined || found.length === 0) return
    event.preventDefault()
    at = (to + found.length) % found.length
    mark()
  })
  const node = dialog('palette', 'Search', input, list)
  draw()
  input.focus()
}

function entries (page) {
  const simple = (group, title, run) => ({ group, title, keys: [], run })
  const universes = [...new Set((page.hello.universes?.universes ?? []).filter(({ lane }) => lane === page.lane).map(({ universe }) => universe))]
  return [...page.commands.filter(({ id }) => id !== 'palette' && id !== 'close'),
    ...universes.map(name => simple('Universe', name, () => page.choose(name))),
    ...THEMES.map(name => simple('Theme', `Theme: ${name}`, () => settings.set('theme', name))),
    ...Object.entries(PALETTES).map(([name, words]) => simple('Colours', `Colours: ${words.toLowerCase()}`, () => name === 'custom' ? page.later('bw-help', 'open') : settings.set('updown', name)))]
}

function matching (all, typed, page) {
  const words = typed.trim()
  const fits = all.map(entry => ({ entry, rank: words ? fit(words, `${entry.title} ${entry.group}`) : 0 })).filter(({ rank }) => rank !== null)
  const found = fits.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry)
  if (!words) return found
  // A number is a scan, a date a session.
  const scan = /^#?\d{1,9}$/.test(words) ? words.replace('#', '') : /^\d{4}-\d\d-\d\d$/.test(words) ? words : null
  const show = scan && { group: 'Replay', title: /-/.test(scan) ? `Show the session of ${scan}` : `Show scan ${count(Number(scan))}`, keys: [], run: () => page.travel(scan) }
  return [...show ? [show] : [], ...found].slice(0, MOST)
}
