// What changed since the reader last looked, in one line that can be sent away.

import { h } from './dom.js'
import { age, count, label, percent } from './format.js'
import { settings } from './settings.js'

const AWAY = 600_000
const $ = id => document.getElementById(id)

/** @param {any} page */
export function since (page) {
  const before = kept(page)
  const now = seen(page)
  if (before && now && before.epoch === now.epoch && now.ordinal > before.ordinal && Date.now() - before.at > AWAY) {
    const words = changed(before, now)
    if (words.length) strip(`Since you left ${age((Date.now() - before.at) / 1000)} ago`, `${words.join('; ')}.`)
  }
  keep(page)
  setInterval(() => { if (!document.hidden) keep(page) }, 10_000)
}

/** The gateway was built anew while this page was open. */
export function renewed () {
  const reload = h('button', { type: 'button' }, 'Reload')
  reload.addEventListener('click', () => location.reload())
  strip('A new version is there', 'This page is of the one before.', reload)
}

/** What the reader would want to know: the class, the size, the alignment, what leads or lags. */
export function changed (before, now) {
  const words = []
  if (before.class !== now.class && before.class && now.class) words.push(`regime ${label(before.class)} to ${label(now.class)}`)
  if (before.risk !== now.risk && before.risk !== null && now.risk !== null) words.push(`risk ${percent(before.risk)} to ${percent(now.risk)}`)
  if (before.alignment !== null && now.alignment !== null && Math.sign(before.alignment) !== Math.sign(now.alignment)) words.push(`alignment ${signed(before.alignment)} to ${signed(now.alignment)}`)
  if (words.length === 0) return []
  const scans = now.ordinal - before.ordinal
  return [...words, `${count(scans)} ${scans === 1 ? 'scan' : 'scans'}`]
}

const signed = value => value > 0 ? `+${count(value)}` : count(value)

function seen (page) {
  const part = (section, name) => page.board.get(`${section}|${page.lane}|${page.universe}`)?.parts[name]
  const regime = page.board.get(`regime|${page.lane}|${page.universe}`)
  if (!regime || page.at) return null
  return {
    at: Date.now(), epoch: regime.head.epoch, ordinal: regime.head.scan.ordinal, class: part('regime', 'current')?.class ?? null,
    risk: part('position', 'kelly')?.risk_fraction ?? null, alignment: part('timeframe', 'alignment')?.alignment ?? null
  }
}

const name = page => `seen:${page.lane}:${page.universe}`

function kept (page) {
  try { return JSON.parse(settings.get(name(page))) } catch { return null }
}

function keep (page) {
  const now = seen(page)
  if (now) settings.set(name(page), JSON.stringify(now))
}

function strip (title, words, ...more) {
  const close = h('button', { type: 'button', class: 'icon', 'aria-label': 'Dismiss' }, '×')
  close.addEventListener('click', () => { $('since').hidden = true })
  $('since').replaceChildren(h('p', {}, h('strong', {}, title), ' ', words), ...more, close)
  $('since').hidden = false
}
