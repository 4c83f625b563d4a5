// Boot and wiring: what arrives goes into the store, the store into the sections, at most ten times a second.

import { BwBadge } from './bw-badge.js'
import { BwPosition } from './bw-position.js'
import { BwRegime } from './bw-regime.js'
import { BwSection } from './bw-section.js'
import { announce } from './announce.js'
import { attr, h, text } from './dom.js'
import { label } from './format.js'
import { live } from './live.js'
import { Past } from './past.js'
import { sessionText, zoneOf } from './session.js'
import { apply, reset, restore, save, slotOf } from './store.js'

for (const [name, element] of [['bw-badge', BwBadge], ['bw-regime', BwRegime], ['bw-position', BwPosition]]) {
  customElements.define(name, element)
}
// Below the first screen: each by itself, so that a file that does not arrive takes only its own section with it.
const LATER = { 'bw-timeframe': 'BwTimeframe', 'bw-breadth': 'BwBreadth', 'bw-index': 'BwIndex', 'bw-plain': 'BwPlain' }
const SHORT = { position: 'Size', timeframe: 'Frames', index: 'Indices' }

const LANE = new URLSearchParams(location.search).get('lane') ?? 'live'
const FLUSH = 100
const $ = id => document.getElementById(id)
const badge = document.querySelector('bw-badge')
const boot = JSON.parse($('boot').textContent)

let hello = boot.hello ?? { sections: [], universes: { universes: [] }, exchanges: [] }
let universe = boot.universe ?? new URLSearchParams(location.search).get('u')
let board = new Map()
let links = new Map()
let lastFlush = 0
let flushing = 0
let reports = 0

const past = new Past({ at: null }, () => flush())
const now = Date.now()
for (const snapshot of boot.snapshots ?? []) board = apply(board, snapshot, now)
// The gateway sent these itself a moment ago, so it hears the sections.
for (const { head } of board.values()) links.set(head.section, { link: 'live', keys: [] })
if (universe) board = restore(localStorageOrNone(), board, universe)

function localStorageOrNone () {
  try { return localStorage } catch { return { length: 0, setItem () {} } }
}

function cards () {
  for (const name of hello.sections) {
    if ($(name)) continue
    const title = h('h2', { id: `${name}-title` }, label(name))
    const card = h('bw-plain', { id: name, 'aria-labelledby': `${name}-title` }, title, h('div', { class: 'skeleton' }))
    $('main').append(card)
  }
  const known = [...document.querySelectorAll('main > [id]:not(bw-system, bw-metrics, bw-logs)')].filter(card => hello.sections.length === 0 || hello.sections.includes(card.id))
  for (const card of document.querySelectorAll('main > [id]:not(bw-system, bw-metrics, bw-logs)')) card.hidden = !known.includes(card)
  const want = known.map(card => card.id).join()
  if ($('nav').dataset.sections === want) return
  $('nav').dataset.sections = want
  $('nav').replaceChildren(...known.map(card => h('a', { href: `#${card.id}` }, SHORT[card.id] ?? label(card.id))))
}

async function define (name, element) {
  try {
    customElements.define(name, (await import(`./${name}.js`))[element])
  } catch (error) {
    customElements.define(name, class extends BwSection {
      build () { return [] }
      update () { throw new Error(`${name}.js did not arrive (${error.message}); reload the page`) }
    })
  }
  flush()
}

function flush () {
  if (flushing) return
  const wait = Math.max(0, lastFlush + FLUSH - Date.now())
  flushing = setTimeout(() => requestAnimationFrame(() => { flushing = 0; lastFlush = Date.now(); draw() }), wait)
}

function draw () {
  cards()
  for (const card of document.querySelectorAll('main > [id]')) {
    const entry = board.get(slotOf({ section: card.id, lane: LANE, universe }))
    const wanted = customElements.get(card.localName)?.past
    const series = wanted && entry ? past.of(entry, wanted) : null
    card.show?.({ entry, link: links.get(card.id), exchanges: hello.exchanges, zone: zoneOf(entry, hello.exchanges), series })
  }
  frame()
}

/** What is around the sections. */
function frame () {
  const entries = [...board.values()].filter(({ head }) => head.universe === universe && head.lane === LANE)
  const newest = entries.reduce((best, entry) => !best || entry.head.scan.ordinal > best.head.scan.ordinal ? entry : best, null)
  // Until something is known, the first look of theme.js stands.
  if (newest) document.documentElement.toggleAttribute('data-sample', Boolean(newest.head.scan.sample))
  text($('session'), newest?.head.scan.sample ? '' : sessionText(newest, hello.exchanges, Date.now()))
  text($('source'), newest ? `${universe}, revision ${newest.head.revision}` : '')
  text($('build'), hello.build ? `Build ${hello.build}` : '')
  const failing = document.querySelectorAll('main > [data-state="error"]').length
  const headline = $('regime')?.headline
  const title = [failing ? `(${failing}) ` : '', headline ? `${headline.words}, ` : '', 'Bellwether'].join('')
  if (document.title !== title) document.title = title
  attr($('favicon'), 'href', `/favicon-${headline?.way ?? 'flat'}.svg`)
  if (headline && headline.class !== frame.class) {
    if (frame.class) announce(`Market regime is now ${headline.words}.`)
    frame.class = headline.class
  }
  universes()
}

function universes () {
  const names = [...new Set([...hello.universes.universes.filter(known => known.lane === LANE).map(known => known.universe), ...(universe ? [universe] : [])])].sort()
  $('pick').hidden = names.length < 2
  if ($('universe').dataset.names !== names.join()) {
    $('universe').dataset.names = names.join()
    $('universe').replaceChildren(...names.map(name => h('option', { value: name }, name)))
  }
  if ($('universe').value !== universe) $('universe').value = universe ?? ''
}

function choose (name) {
  universe = name
  const url = new URL(location.href)
  url.searchParams.set('u', name)
  history.replaceState(null, '', url)
  stream.restart()
  flush()
}

const handlers = {
  hello (data) {
    hello = data
    if (!universe && data.universes.default) universe = data.universes.default
  },
  snapshot (data) {
    // The first universe to have a result, when the page was opened before there was any.
    if (!universe && data.lane === LANE) universe = data.universe
    board = apply(board, data, Date.now())
    // The first result of an exchange: its calendar was not in the greeting.
    if (data.scan.exchange && !hello.exchanges.some(known => known.code === data.scan.exchange)) refreshFor(data.scan.exchange)
  },
  tick (data) {
    for (const section of data.health ?? []) links.set(section.section, section)
  },
  reset (data) { board = reset(board, data.section) }
}

const stream = live({
  address: () => `/api/v2/stream?lane=${encodeURIComponent(LANE)}${universe ? `&universe=${encodeURIComponent(universe)}` : ''}`,
  since: boot.vector,
  on (name, data) { handlers[name]?.(data); flush() },
  link (state) { badge.set(state) }
})

addEventListener('bw-reconnect', () => stream.now())
addEventListener('bw-retry', event => retry(event.target.id))
addEventListener('bw-state', ({ target, detail: { from, to } }) => {
  if (from && from !== 'loading') announce(`${label(target.id)} is ${to}.`)
})
addEventListener('bw-failure', ({ target, detail: { stack } }) => {
  console.error(stack)
  if (reports++ >= 10) return
  const body = JSON.stringify({ section: target.id, message: stack.slice(0, 2000) })
  fetch('/api/v2/client-errors', { method: 'POST', body, headers: { 'content-type': 'application/json' } }).catch(() => {})
})

/** Asks for one section by REST; the answer of an empty or silent gateway changes nothing. */
async function retry (section) {
  if (!universe) return flush()
  try {
    const answer = await fetch(`/api/v2/${section}?lane=${LANE}&universe=${encodeURIComponent(universe)}`)
    if (!answer.ok) return
    const { data, part, as_of: _, age_seconds: __, status, ...head } = await answer.json()
    if (status === 'stale') return
    for (const [name, value] of Object.entries(data ?? {})) board = apply(board, { ...head, status, part: name, value }, Date.now())
  } catch { /* the section keeps saying that it is not answering */ } finally { flush() }
}

const asked = new Set()
function refreshFor (exchange) {
  if (asked.has(exchange)) return
  asked.add(exchange)
  refresh()
}

/** A page that stays open for days outlives the calendar it was greeted with. */
async function refresh () {
  if (document.hidden) return
  try {
    const [universes, exchanges] = await Promise.all(['universes', 'exchanges'].map(async name => (await fetch(`/api/v2/${name}`)).json()))
    hello = { ...hello, universes, exchanges }
    flush()
  } catch { /* the link says so itself */ }
}

$('universe').addEventListener('change', event => choose(event.target.value))
$('theme').addEventListener('click', () => {
  const root = document.documentElement
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : !matchMedia('(prefers-color-scheme: light)').matches
  root.dataset.theme = dark ? 'light' : 'dark'
  try { localStorage.setItem('bw:theme', root.dataset.theme) } catch { /* for this page only, then */ }
})
setInterval(() => {
  const at = Date.now()
  for (const card of document.querySelectorAll('main > [id]')) card.guard?.(() => card.tick(at))
  badge.tick(at)
  frame()
}, 1000)
setInterval(refresh, 300_000)
setInterval(() => save(localStorageOrNone(), board), 10_000)
addEventListener('pagehide', () => save(localStorageOrNone(), board))
draw()
for (const [name, element] of Object.entries(LATER)) define(name, element)
