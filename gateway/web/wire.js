// Wiring: what arrives goes into the store, the store into the sections, at most ten times a second.

import { OPERATIONS, page, storage } from './app.js'
import { BwSection } from './bw-section.js'
import { frame } from './frame.js'
import { live } from './live.js'
import { Past } from './past.js'
import { carried, routeOf, withState } from './route.js'
import { apply, intervalOf, reset, save } from './store.js'
import { Ticks } from './ticks.js'

// Below the first screen: each by itself, so that a file that does not arrive takes only its own section with it.
const LATER = {
  timeframe: () => import('./bw-timeframe.js').then(({ BwTimeframe }) => BwTimeframe),
  breadth: () => import('./bw-breadth.js').then(({ BwBreadth }) => BwBreadth),
  index: () => import('./bw-index.js').then(({ BwIndex }) => BwIndex),
  plain: () => import('./bw-plain.js').then(({ BwPlain }) => BwPlain),
  system: () => import('./bw-system.js').then(({ BwSystem }) => BwSystem),
  metrics: () => import('./bw-metrics.js').then(({ BwMetrics }) => BwMetrics),
  logs: () => import('./bw-logs.js').then(({ BwLogs }) => BwLogs)
}
const ON_DEMAND = {
  'bw-palette': () => import('./bw-palette.js'),
  'bw-help': () => import('./bw-help.js'),
  'bw-menu': () => import('./bw-menu.js'),
  'bw-provenance': () => import('./bw-provenance.js'),
  'bw-since': () => import('./bw-since.js'),
  'bw-compare': () => import('./bw-compare.js'),
  'bw-replay': () => import('./bw-replay.js'),
  export: () => import('./export.js'),
  machinery: () => import('./machinery.js')
}
const REPORTS = 10
/** How long a section that has nothing yet is not asked for again. */
const AGAIN = 30_000
/** The first view has the line to itself for so long. */
const REST = 8000
const SLOW = [250, 5000]
const $ = id => document.getElementById(id)
const root = document.documentElement
const { boot } = page
Object.assign(page, {
  route: routeOf(location.pathname), ticks: new Ticks(), link: { name: 'connecting' },
  flush, go, travel, choose, ask, state, later
})

const series = new Past(page, flush)
const asked = new Map()
const started = Date.now()
let flushing = false
let lastFlush = 0
let pace = 100
let slow = 0
let reports = 0

/** Draws soon, at most every 100 ms; where that is too much work, every 250 ms for a while. */
function flush () {
  if (flushing) return
  flushing = true
  setTimeout(() => requestAnimationFrame(() => {
    flushing = false
    lastFlush = performance.now()
    draw()
    measure(performance.now() - lastFlush)
  }), Math.max(0, lastFlush + pace - performance.now()))
}

function measure (took) {
  slow = took > 12 ? slow + 1 : 0
  if (slow < 2 || pace > 100) return
  pace = SLOW[0]
  setTimeout(() => { pace = 100 }, SLOW[1])
}

function draw () {
  cards()
  for (const card of page.sections()) if (!card.hidden) show(card)
  frame(page)
}

/** Gives a section what is known of it. */
function show (card) {
  const section = card.id
  const entry = page.entry(section)
  const wanted = customElements.get(card.localName)?.past
  card.show?.({
    ...page.known(section, entry),
    ...OPERATIONS.includes(section) && { link: operations() },
    series: wanted && entry?.head.scan ? series.of(entry, wanted, card.large) : null,
    interval: intervalOf(series.held(page.board.get(page.slot('regime'))))
  })
}

/** The machinery is heard while the page's own link stands. */
function operations () {
  if (['live', 'connecting'].includes(page.link.name)) return { link: 'live', keys: [] }
  return { link: 'lost', reason: 'This page does not hear the gateway' }
}

/** Which sections there are: those of the page that the gateway serves, and those it serves that nobody has drawn a card for. */
function cards () {
  const served = page.hello.sections
  for (const name of served) if (!$(name)) $('main').append(plain(name))
  for (const card of page.sections()) card.hidden = served.length > 0 && !served.includes(card.id) && !OPERATIONS.includes(card.id)
}

function plain (name) {
  define('plain')
  const card = document.createElement('bw-plain')
  card.id = name
  card.setAttribute('aria-labelledby', `${name}-title`)
  return card
}

/** Fetches a section's code; what does not arrive is an error of that section. */
async function define (name) {
  const element = `bw-${name}`
  if (customElements.get(element) || define[name]) return
  define[name] = true
  try {
    customElements.define(element, await LATER[name]())
  } catch (error) {
    customElements.define(element, class extends BwSection {
      build () { return [] }
      update () { throw new Error(`${element}.js did not arrive (${error.message}); reload the page`) }
    })
  }
  for (const card of document.querySelectorAll(element)) card.enlarge?.(card.id === page.route)
  flush()
}

/** Below the screen: when the reader comes near, and the rest once the page is at rest. */
function defineLater () {
  const seen = new IntersectionObserver(entries => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) { seen.unobserve(target); define(target.localName.slice(3)) }
  }, { rootMargin: '200px' })
  for (const card of page.sections()) if (LATER[card.localName.slice(3)]) seen.observe(card)
  const all = () => { for (const card of page.sections()) if (LATER[card.localName.slice(3)]) define(card.localName.slice(3)) }
  const rest = globalThis.requestIdleCallback ?? setTimeout
  setTimeout(() => rest(all), REST)
  addEventListener('beforeprint', all)
}

const handlers = {
  hello (data) {
    const changed = page.hello.build && data.build !== page.hello.build
    page.hello = data
    page.offset = Date.parse(data.server_time) - Date.now()
    if (!page.universe && data.universes.default) page.universe = data.universes.default
    if (changed) later('bw-since', 'renewed')
  },
  hb (data) { page.offset = Date.parse(data.server_time) - Date.now() },
  snapshot (data) {
    // The first universe to have a result, when the page was opened before there was any.
    if (!page.universe && data.lane === page.lane) page.universe = data.universe
    const before = page.board
    page.board = apply(before, data, page.now())
    if (page.board !== before) page.troubles.delete(data.section)
    // The first result of an exchange: its calendar was not in the greeting.
    if (data.scan.exchange && !page.hello.exchanges.some(known => known.code === data.scan.exchange)) refresh(data.scan.exchange)
  },
  tick (data) {
    for (const section of Array.isArray(data.health) ? data.health : []) page.links.set(section.section, section)
    page.ticks.tick(data, page.now())
  },
  reset (data) { page.board = reset(page.board, data.section) },
  broken ({ section }) { if (section) ask(section) },
  flags (data) { page.hello = { ...page.hello, flags: data } }
}

const stream = live({
  address: () => `/api/v2/stream?lane=${encodeURIComponent(page.lane)}${page.universe ? `&universe=${encodeURIComponent(page.universe)}` : ''}`,
  since: boot.vector,
  seed: boot.snapshots,
  on (name, data) { handlers[name]?.(data) },
  done: flush,
  link (state) {
    page.link = state
    page.ticks.connected(state)
    flush()
  }
})

/** Another universe. */
function choose (name) {
  page.universe = name
  state({ u: name })
  page.troubles.clear()
  stream.restart()
  if (page.at) past(page.at)
  flush()
}

/** Puts view state into the address, so that a link shows the same. */
function state (changes) {
  history.replaceState(history.state, '', location.pathname + withState(location.search, changes) + location.hash)
}

/** Another route of the page. */
function go (path) {
  const to = new URL(path, location.href)
  const search = to.search || carried(location.search)
  if (to.pathname + search !== location.pathname + location.search) history.pushState(null, '', to.pathname + search + to.hash)
  arrive(to.hash)
}

/** To a stored scan, or with null back to the running market; `quietly` leaves no step in the browser's history. */
function travel (at, quietly = false) {
  history[quietly ? 'replaceState' : 'pushState'](null, '', location.pathname + withState(location.search, { at }))
  arrive('')
}

function arrive (hash) {
  const route = routeOf(location.pathname)
  const moved = route !== page.route
  page.route = route
  root.dataset.route = route
  const at = new URLSearchParams(location.search).get('at')
  if (at !== page.at) past(at)
  for (const card of page.sections()) card.enlarge?.(card.id === route)
  if (route === 'compare') later('bw-compare', 'compare')
  if (moved) {
    scrollTo(0, 0)
    $('main').focus({ preventScroll: true })
  }
  if (hash) document.getElementById(hash.slice(1))?.scrollIntoView({ behavior: 'auto' })
  flush()
}

/** A stored scan in place of the newest; null goes back to the running market. */
async function past (at) {
  page.at = at
  page.past = new Map()
  page.troubles.clear()
  root.toggleAttribute('data-past', Boolean(at))
  $('replay').hidden = !at
  flush()
  if (at) await later('bw-replay', 'stand')
  flush()
}

/** A module that is needed now and was not before. */
async function later (module, name, ...more) {
  try {
    return await (await ON_DEMAND[module]())[name](page, ...more)
  } catch (error) {
    report('page', error)
  }
}

/** Asks for one section by REST; what goes wrong is said in that section. */
async function ask (section) {
  if (OPERATIONS.includes(section)) return later('machinery', 'machinery', section)
  if (!page.universe || asked.get(section) === Infinity) return flush()
  asked.set(section, Infinity)
  try {
    const about = new URLSearchParams({ lane: page.lane, universe: page.universe })
    const answer = await fetch(`/api/v2/${section}?${about}`, { signal: AbortSignal.timeout(5000) })
    const body = await answer.json().catch(() => { throw new Error('its answer is not JSON') })
    if (!answer.ok) throw Object.assign(new Error(body.detail), { refusal: `${answer.status} ${body.code}`, known: answer.status === 404 })
    took(body)
  } catch (error) {
    if (error.known) {
      page.troubles.delete(section)
      // The stream will say when there is something; asking is for a stream that does not.
      asked.set(section, Date.now() + AGAIN)
    } else page.troubles.set(section, { code: error.refusal ?? 'no_answer', words: error.name === 'TimeoutError' ? 'It did not answer within 5 s. The rest of the page is not affected' : error.message })
  }
  if (asked.get(section) === Infinity) asked.delete(section)
  flush()
}

function took ({ data, part: _, as_of: __, age_seconds: ___, ...head }) {
  if (head.status === 'stale') throw Object.assign(new Error(head.reason ?? 'its results are stale'), { refusal: 'stale' })
  for (const [part, value] of Object.entries(data ?? {})) page.board = apply(page.board, { ...head, part, value }, page.now(), true)
  page.troubles.delete(head.section)
}

/** What the stream has not told of a while after the start is asked for. */
function askMissing () {
  if (Date.now() - started < 2000 || document.hidden || page.at) return
  for (const card of page.sections()) {
    if (!card.hidden && !OPERATIONS.includes(card.id) && !page.entry(card.id) && !page.troubles.has(card.id) && !(asked.get(card.id) > Date.now())) ask(card.id)
  }
}

const refreshed = new Set()
/** A page that stays open for days outlives the calendar it was greeted with. */
async function refresh (exchange) {
  if (document.hidden || refreshed.has(exchange)) return
  if (exchange) refreshed.add(exchange)
  try {
    const [universes, exchanges] = await Promise.all(['universes', 'exchanges'].map(async name => (await fetch(`/api/v2/${name}`)).json()))
    page.hello = { ...page.hello, universes, exchanges }
    flush()
  } catch { /* the link says so itself */ }
}

function report (section, error) {
  console.error(error)
  if (reports++ >= REPORTS) return
  const body = JSON.stringify({ section, message: String(error?.stack ?? error).slice(0, 2000) })
  fetch('/api/v2/client-errors', { method: 'POST', body, headers: { 'content-type': 'application/json' } }).catch(() => {})
}

addEventListener('bw-reconnect', () => stream.now())
addEventListener('bw-retry', ({ target }) => page.at ? past(page.at) : ask(target.id))
addEventListener('bw-remember', ({ detail }) => state(detail))
addEventListener('bw-failure', ({ target, detail }) => report(target.id, detail.stack))
addEventListener('bw-menu', ({ target, detail }) => later('bw-menu', 'open', target, detail.button))
addEventListener('click', event => {
  const number = event.target.closest?.('[data-prov]')
  if (number) return later('bw-provenance', 'open', number.closest('main > [id]'), number)
  const link = event.target.closest?.('a[href^="/"]')
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || link.target || link.pathname.startsWith('/api')) return
  event.preventDefault()
  go(link.getAttribute('href'))
})
addEventListener('popstate', () => arrive(location.hash))

setInterval(() => {
  const now = page.now()
  for (const card of page.sections()) if (!card.hidden) card.guard?.(() => card.tick(now))
  askMissing()
  frame(page)
}, 1000)
setInterval(refresh, 300_000)
setInterval(() => save(storage, page.board), 10_000)
addEventListener('pagehide', () => save(storage, page.board))

for (const card of page.sections()) if (card.failure) report(card.id, new Error(card.failure))
arrive(location.hash)
if (page.at) past(page.at)
draw()
defineLater()
const shell = () => import('./shell.js').then(({ start }) => start(page)).catch(error => report('page', error))
if (document.readyState === 'complete') shell()
else addEventListener('load', shell)
