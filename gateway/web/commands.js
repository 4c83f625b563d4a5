// Everything the page can do by name: for keys, palette and help, one list.

import { isDark, settings } from './settings.js'
import { withState } from './route.js'

const NAMES = { regime: ['r', 'Regime'], position: ['k', 'Position size'], timeframe: ['t', 'Timeframes'], breadth: ['b', 'Breadth'], index: ['i', 'Indices'], system: ['s', 'System'], logs: ['l', 'Logs'], metrics: ['m', 'Metrics'] }
const RANGES = ['1M', '3M', '6M', '1Y', 'All']
const $ = id => document.getElementById(id)

/** `[{ id, title, group, keys, run }]`; `keys` are what `event.key` says, sequences apart by a space. @param {any} page */
export function commands (page) {
  const here = () => current(page)
  const on = run => () => { const card = here(); if (card) run(card) }
  const list = [
    ['palette', 'Search', 'Page', ['Ctrl+k', '/'], () => page.later('bw-palette', 'open')],
    ['help', 'Keys and settings', 'Page', ['?'], () => page.later('bw-help', 'open')],
    ['overview', 'Go to the overview', 'Go', ['g o'], () => page.go('/')],
    ...Object.entries(NAMES).map(([id, [key, name]]) => [`go-${id}`, `Go to ${name}`, 'Go', [`g ${key}`], () => visit(page, id)]),
    ['next', 'Next section', 'Go', ['j'], () => step(page, 1)],
    ['previous', 'Previous section', 'Go', ['k'], () => step(page, -1)],
    ['compare', 'Compare two scans', 'Go', ['g c'], () => page.go('/compare')],
    ['large', 'Open section large, or back', 'Section', ['f'], on(card => page.go(page.route === card.id ? `/#${card.id}` : `/${card.id}`))],
    ['refresh', 'Refresh section', 'Section', ['r'], on(card => card.askAgain(true))],
    ['provenance', 'Where a number comes from', 'Section', ['i'], on(card => page.later('bw-provenance', 'open', card, numberAt(card)))],
    ['csv', 'Download CSV', 'Section', ['e'], on(card => page.later('export', 'csv', card))],
    ['png', 'Download PNG', 'Section', [], on(card => page.later('export', 'png', card))],
    ['link', 'Copy link', 'Section', ['c'], on(card => page.later('export', 'link', card))],
    ['hide', 'Hide amounts of money, or show them', 'Look', ['h'], () => settings.set('hide', settings.get('hide') ? '' : '1')],
    ['theme', 'Dark or light', 'Look', ['t'], () => settings.set('theme', isDark() ? 'light' : 'dark')],
    ['print', 'Print', 'Page', [], () => print()],
    ['kiosk', 'Wall screen', 'Look', [], () => location.assign(location.pathname + withState(location.search, { kiosk: '1' }))],
    ...RANGES.map((range, index) => [`range-${range}`, `Chart range ${range}`, 'Charts', [String(index + 1)], () => dispatchEvent(new CustomEvent('bw-range', { detail: range }))]),
    ['before', 'Previous scan', 'Replay', ['['], () => page.later('bw-replay', 'step', -1)],
    ['after', 'Next scan', 'Replay', [']'], () => page.later('bw-replay', 'step', 1)],
    ['play', 'Play or pause', 'Replay', [' '], () => page.later('bw-replay', 'play')],
    ['step-back', 'Step back', 'Replay', [','], () => page.later('bw-replay', 'step', -1)],
    ['step-forward', 'Step forward', 'Replay', ['.'], () => page.later('bw-replay', 'step', 1)],
    ['replay', 'Replay', 'Replay', [], () => page.later('bw-replay', 'enter')],
    ['live', 'Back to live', 'Replay', ['L'], () => page.travel(null)],
    ['close', 'Close', 'Page', ['Escape'], () => close(page)]
  ]
  return list.map(([id, title, group, keys, run]) => ({ id, title, group, keys: keptKeys(id) ?? keys, usual: keys, run }))
}

/** What the reader put in place of a command's keys. */
function keptKeys (id) {
  try { return JSON.parse(settings.get('keymap') || '{}')[id] } catch { return undefined }
}

/** The section the reader is at: the one with the focus, the large one, or the uppermost on the screen. @param {any} page */
export function current (page) {
  const cards = page.sections().filter(card => card.offsetParent)
  return document.activeElement?.closest('main > [id]') ?? cards.find(card => card.id === page.route) ??
    cards.find(card => card.getBoundingClientRect().bottom > 120) ?? cards.at(-1)
}

const numberAt = card => {
  const at = document.activeElement?.closest('[data-prov]')
  return card.contains(at) ? at : null
}

function visit (page, id) {
  const card = $(id)
  if (page.route !== 'overview') return page.go(`/${id}`)
  focus(card)
}

function step (page, by) {
  const cards = page.sections().filter(card => card.offsetParent)
  const at = document.activeElement?.closest('main > [id]')
  const from = at ? cards.indexOf(at) : by > 0 ? -1 : cards.length
  focus(cards[Math.max(0, Math.min(cards.length - 1, from + by))])
}

function focus (card) {
  if (!card) return
  card.tabIndex = -1
  card.focus({ preventScroll: true })
  card.scrollIntoView({ block: 'start', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' })
}

function close (page) {
  if (page.route !== 'overview') page.go('/')
}
