// A stored scan in place of the newest one: the bar under the header, steps, and the way back.

import { h, text } from './dom.js'
import { count, instant } from './format.js'
import { read } from './json.js'
import { slotOf } from './store.js'

const $ = id => document.getElementById(id)

/** Shows the scan the address names. @param {any} page */
export async function stand (page) {
  const at = page.at
  try {
    const overview = await read(`/api/v2/overview?${new URLSearchParams({ universe: page.universe ?? '', lane: page.lane, at })}`)
    // The reader went on while this was on its way.
    if (page.at !== at) return
    page.past = new Map(Object.entries(overview.sections).map(([section, { data, as_of: _, age_seconds: __, part: ___, ...head }]) =>
      [slotOf({ ...head, section }), { head: { ...head, section }, parts: data ?? {}, receivedAt: null, fresh: new Set() }]))
    for (const [section, problem] of Object.entries(overview.missing ?? {})) page.troubles.set(section, { code: problem.code ?? 'missing', words: problem.detail ?? String(problem) })
    bar(page, [...page.past.values()][0]?.head, null)
  } catch (error) {
    if (page.at !== at) return
    for (const card of page.sections()) page.troubles.set(card.id, { code: error.code ?? 'no_answer', words: error.words ?? error.message })
    bar(page, null, error.words ?? error.message)
  }
}

/** One scan on or back. @param {any} page @param {number} by */
export function step (page, by) {
  const ordinal = page.entry('regime')?.head.scan.ordinal
  if (ordinal) move(page, ordinal + by)
}

/** From live to the newest scan, standing still. @param {any} page */
export function enter (page) {
  if (page.at) return
  step(page, 0)
}

/** @param {any} page */
export function play (page) { enter(page) }

function move (page, ordinal) {
  if (ordinal < 1) return
  const newest = page.board.get(slotOf({ section: 'regime', lane: page.lane, universe: page.universe }))?.head.scan.ordinal ?? Infinity
  page.travel(String(Math.min(newest, ordinal)))
}

function bar (page, head, problem) {
  const place = $('replay')
  const button = (words, run) => { const node = h('button', { type: 'button' }, words); node.addEventListener('click', run); return node }
  const when = h('span', { class: 'replay-when num' })
  const zone = page.exchange({ head })?.zone
  text(when, problem ?? (head ? `Scan ${count(head.scan.ordinal)}${head.scan.as_of ? `, ${instant(Date.parse(head.scan.as_of), zone)}` : ''}` : ''))
  place.replaceChildren(h('strong', {}, 'REPLAY'), when, h('span', { class: 'replay-words' }, 'Recorded market, not live. No order or alert is sent.'),
    h('span', { class: 'replay-buttons' }, button('Step back', () => step(page, -1)), button('Step forward', () => step(page, 1)), button('Back to live (L)', () => page.run('live'))))
  place.hidden = false
}
