// A stored scan in place of the newest one: the bar under the header, its slider, play and step, and the way back.

import { attr, h, style, text } from './dom.js'
import { count, instant, label } from './format.js'
import { read } from './json.js'
import { SPEEDS, gently, gradient, onward, proven, runs, upTo } from './replay-time.js'
import { apply, slotOf } from './store.js'

const $ = id => document.getElementById(id)
/** Positions that are asked for in a second while the slider is dragged. */
const A_SECOND = 5
const LOOK = 1000

/** @type {any} */
let bar = null
/** @type {EventSource | null} */
let playing = null
/** @type {any} */
let timeline = null
let speed = '8x'
let problem = ''

/** Shows the scan the address names. @param {any} page */
export async function stand (page) {
  stop(page, '')
  const at = page.at
  try {
    const overview = await read(`/api/v2/overview?${about(page, { at })}`)
    // The reader went on while this was on its way.
    if (page.at !== at) return
    page.past = new Map(Object.entries(overview.sections).map(([section, { data, as_of: _, age_seconds: __, part: ___, ...head }]) =>
      [slotOf({ ...head, section }), { head: { ...head, section }, parts: data ?? {}, receivedAt: null, fresh: new Set() }]))
    for (const [section, missing] of Object.entries(overview.missing ?? {})) page.troubles.set(section, { code: missing.code ?? 'missing', words: missing.detail ?? String(missing) })
    draw(page)
    await learn(page)
  } catch (error) {
    if (page.at !== at) return
    for (const card of page.sections()) page.troubles.set(card.id, { code: error.code ?? 'no_answer', words: error.words ?? error.message })
    problem = error.words ?? error.message
  }
  draw(page)
}

const about = (page, more) => new URLSearchParams({ universe: page.universe ?? '', lane: page.lane, ...more })
const here = page => [...page.past.values()][0]?.head
const slot = page => `${page.lane}|${page.universe}`

/** The classes up to the scan that is shown; nothing is asked for of what came later. */
async function learn (page) {
  const scan = here(page)?.scan
  if (!scan) return
  const known = timeline?.of === slot(page) && onward(timeline, scan, page.entry('regime')?.parts.current?.class ?? null)
  if (known) { timeline = known; return }
  const answer = await read(`/api/v2/timeline?${about(page, { at: scan.ordinal })}`)
  timeline = { ...answer, of: slot(page) }
}

/** One scan on or back. @param {any} page @param {number} by */
export function step (page, by) {
  stop(page, '')
  const ordinal = page.entry('regime')?.head.scan.ordinal
  if (ordinal) move(page, ordinal + by, false)
}

/** From live to the newest scan, standing still. @param {any} page */
export function enter (page) {
  if (!page.at) step(page, 0)
}

function move (page, ordinal, quietly) {
  if (ordinal < 1) return
  const newest = page.board.get(slotOf({ section: 'regime', lane: page.lane, universe: page.universe }))?.head.scan.ordinal ?? Infinity
  page.travel(String(Math.min(newest, ordinal)), quietly)
}

/** Plays from the scan that is shown, or pauses. @param {any} page */
export function play (page) {
  if (playing) return stop(page, '')
  const ordinal = here(page)?.scan.ordinal
  if (!page.at || !ordinal) return enter(page)
  if (timeline && ordinal >= timeline.last) return stop(page, 'This is the newest scan')
  // The gateway keeps the time, and sends nothing that is still to come.
  playing = new EventSource(`/api/v2/stream?${about(page, { playback: ordinal + 1, speed })}`)
  playing.addEventListener('snapshot', event => took(page, JSON.parse(event.data)))
  playing.addEventListener('bye', () => stop(page, 'The gateway is restarting; it stays at this scan'))
  playing.onerror = () => stop(page, 'The link was lost; it stays at this scan')
  problem = ''
  draw(page)
}

function took (page, snapshot) {
  if (!page.at) return stop(page, '')
  page.past = apply(page.past, snapshot, page.now())
  const { scan, section } = snapshot
  if (section === 'regime' && String(scan.ordinal) !== page.at) {
    page.at = String(scan.ordinal)
    page.state({ at: page.at })
    learn(page).catch(() => {}).then(() => draw(page))
    if (timeline && scan.ordinal >= timeline.last) stop(page, 'This is the newest scan')
  }
  page.flush()
}

/** Stands still, and says why. It never falls back to live by itself. */
function stop (page, why) {
  playing?.close()
  playing = null
  problem = why
  if (bar) draw(page)
}

function again (page, to) {
  speed = to
  if (!playing) return
  stop(page, '')
  play(page)
}

/** Is the record what comes out again? */
async function verify (page) {
  for (const of = slot(page); of === slot(page);) {
    const proof = await read(`/api/v2/verify?${about(page, {})}`).catch(error => ({ status: 'failed', reason: error.words }))
    text(bar.proof, proven(proof))
    if (proof.status !== 'running') return
    await new Promise(resolve => setTimeout(resolve, LOOK))
  }
}

function build (page) {
  const button = (words, name, run) => { const node = h('button', { type: 'button', 'aria-label': name, title: name }, words); node.addEventListener('click', run); return node }
  const parts = {
    when: h('span', { class: 'replay-when num' }), said: h('span', { class: 'replay-words', role: 'status' }), proof: h('span', { class: 'replay-words num' }),
    play: button('▶', 'Play', () => play(page)), slider: h('input', { type: 'range', class: 'replay-slider', step: '1', 'aria-label': 'Scan' }),
    first: h('span', { class: 'num' }), last: h('span', { class: 'num' })
  }
  const speeds = h('select', { 'aria-label': 'Speed' }, ...SPEEDS.map(name => h('option', { value: name, selected: name === speed }, name.replace('x', '×'))))
  speeds.addEventListener('change', () => again(page, speeds.value))
  const drag = gently(ordinal => move(page, Number(ordinal), true), 1000 / A_SECOND)
  parts.slider.addEventListener('input', () => { stop(page, ''); drag(parts.slider.value) })
  parts.slider.addEventListener('pointermove', event => {
    const { left, width } = parts.slider.getBoundingClientRect()
    const at = timeline && timeline.columns.ordinal.indexOf(Math.round(timeline.first + (event.clientX - left) / width * (timeline.last - timeline.first)))
    attr(parts.slider, 'title', at >= 0 ? timeline.columns.session[at] : null)
  })
  $('replay').replaceChildren(h('strong', {}, 'REPLAY'), parts.when, parts.said,
    h('span', { class: 'replay-buttons' }, button('⏮', 'Step back', () => step(page, -1)), parts.play, button('⏭', 'Step forward', () => step(page, 1)), speeds,
      button('Verify', 'Compute the record again and compare', () => verify(page)), button('Back to live (L)', 'Back to live', () => { stop(page, ''); page.run('live') })),
    h('span', { class: 'replay-track' }, parts.first, parts.slider, parts.last, parts.proof))
  return parts
}

function draw (page) {
  if (!page.at) return
  bar ??= build(page)
  const head = here(page)
  const scan = head?.scan
  const zone = page.exchange({ head })?.zone
  const when = scan?.as_of ? instant(Date.parse(scan.as_of), zone) : ''
  text(bar.when, scan ? `Scan ${count(scan.ordinal)}${when && `, ${when}`}` : '')
  text(bar.said, problem || 'Recorded market, not live. No order or alert is sent.')
  text(bar.play, playing ? '❚❚' : '▶')
  attr(bar.play, 'aria-label', playing ? 'Pause' : 'Play')
  if (timeline?.of === slot(page) && scan) {
    attr(bar.slider, 'min', timeline.first)
    attr(bar.slider, 'max', timeline.last)
    // A hand on it goes before what arrives.
    if (document.activeElement !== bar.slider || playing) bar.slider.value = String(scan.ordinal)
    const known = page.entry('regime')?.parts.current?.class
    attr(bar.slider, 'aria-valuetext', [when, known && label(known)].filter(Boolean).join(', '))
    style(bar.slider, '--track', gradient(runs(upTo(timeline, scan.ordinal))))
    text(bar.first, timeline.columns.session[0])
    text(bar.last, `scan ${count(timeline.last)}`)
  }
  $('replay').hidden = false
}
