// What is around the sections: session and clock, link, title, footer, universe. Drawn with every flush and every second.

import { attr, h, text } from './dom.js'
import { clock, count } from './format.js'
import { badge } from './bw-badge.js'
import { sessionText } from './session.js'

const $ = id => document.getElementById(id)
const root = document.documentElement

/** @param {any} page */
export function frame (page) {
  const newest = newestOf(page)
  // Until something is known, the first look of theme.js stands.
  if (newest) root.toggleAttribute('data-sample', Boolean(newest.head.scan.sample))
  time(page, newest)
  badge($('badge'), page, newest)
  foot(page, newest)
  title(page)
  universes(page)
  navigation(page)
}

function newestOf (page) {
  const entries = [...(page.at ? page.past : page.board).values()].filter(({ head }) => head.universe === page.universe && head.lane === page.lane)
  return entries.reduce((best, entry) => !best || entry.head.scan.ordinal > best.head.scan.ordinal ? entry : best, null)
}

function time (page, newest) {
  const exchange = page.exchange(newest)
  const known = exchange && !page.at && !newest.head.scan.sample
  text($('session'), known ? sessionText(newest, page.hello.exchanges, page.now()) : '')
  text($('clock'), known ? `${clock(page.now(), exchange.zone)} ${zoneName(page.now(), exchange.zone)}` : '')
}

const zoneName = (now, zone) => {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'shortGeneric' }).formatToParts(now)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

function foot (page, newest) {
  const source = newest?.head.scan.sample ? 'Made-up sample market' : newest ? `Universe ${newest.head.universe}` : ''
  text($('source'), source)
  text($('event'), newest ? `Event ${count(newest.head.revision)}` : '')
  text($('build'), page.hello.build ? `Build ${page.hello.build}` : '')
  text($('layout'), root.dataset.variant ? `Layout ${root.dataset.variant}` : '')
}

function title (page) {
  const failing = page.sections().filter(({ hidden, dataset }) => !hidden && dataset.state === 'error').length
  const headline = $('regime')?.headline
  const words = [page.at ? 'REPLAY ' : '', failing ? `(${failing}) ` : '', headline ? `${headline.words}, ` : '', 'Bellwether'].join('')
  if (document.title !== words) document.title = words
  attr($('favicon'), 'href', `/favicon-${page.at ? 'replay' : headline?.way ?? 'flat'}.svg`)
}

function universes (page) {
  const served = page.hello.universes?.universes ?? []
  const names = [...new Set([...served.filter(({ lane }) => lane === page.lane).map(({ universe }) => universe), ...page.universe ? [page.universe] : []])].sort()
  $('pick').hidden = names.length < 2
  const select = $('universe')
  if (select.dataset.names !== names.join()) {
    select.dataset.names = names.join()
    select.replaceChildren(...names.map(name => h('option', { value: name }, name)))
  }
  if (select.value !== page.universe) select.value = page.universe ?? ''
}

function navigation (page) {
  for (const link of document.querySelectorAll('#nav a')) {
    const route = link.dataset.to
    attr(link, 'aria-current', route === page.route || (route === 'system' && ['logs', 'metrics'].includes(page.route)) ? 'page' : null)
  }
}
