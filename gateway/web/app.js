// The first paint: what the page was served with goes into the store, the store into the sections. All else is in
// `wire.js`, which comes after it.

import { BwPosition } from './bw-position.js'
import { BwRegime } from './bw-regime.js'
import { apply, restore, slotOf } from './store.js'

customElements.define('bw-regime', BwRegime)
customElements.define('bw-position', BwPosition)

const boot = JSON.parse(document.getElementById('boot').textContent)
const query = new URLSearchParams(location.search)
export const OPERATIONS = ['system', 'metrics', 'logs']
export const storage = (() => { try { return localStorage } catch { return { length: 0, key: () => '', getItem: () => null, setItem () {}, removeItem () {} } } })()

/** All that is known; modules that come later are given this. */
export const page = {
  boot,
  lane: query.get('lane') ?? 'live',
  universe: boot.universe ?? query.get('u'),
  at: query.get('at'),
  hello: boot.hello ?? { sections: [], universes: { universes: [] }, exchanges: [] },
  board: new Map(),
  past: new Map(),
  links: new Map(),
  troubles: new Map(),
  offset: 0,
  now: () => Date.now() + page.offset,
  sections: () => [...document.querySelectorAll('main > [id]')],
  slot: section => slotOf({ section, lane: page.lane, universe: page.universe }),
  entry: section => OPERATIONS.includes(section) ? page.ticks?.entry(section) : (page.at ? page.past : page.board).get(page.slot(section)),
  exchange: entry => page.hello.exchanges?.find(known => known.code === entry?.head.scan?.exchange),
  /** What a section is shown. */
  known: (section, entry) => ({
    entry, at: page.at, link: page.links.get(section), trouble: page.troubles.get(section),
    exchanges: page.hello.exchanges, zone: page.exchange(entry)?.zone, now: page.now
  })
}

for (const snapshot of boot.snapshots ?? []) page.board = apply(page.board, snapshot, page.now())
// The gateway sent these itself a moment ago, so it hears the sections.
for (const { head } of page.board.values()) page.links.set(head.section, { link: 'live', keys: [] })
if (page.universe) page.board = restore(storage, page.board, page.universe)
for (const card of page.sections()) card.show?.(page.known(card.id, page.entry(card.id)))

/** The rest of the page. Until it is here nothing is heard, and a page that hears nothing must say so. */
const rest = () => import('./wire.js').catch(error => {
  const badge = document.getElementById('badge')
  badge.dataset.link = 'offline'
  badge.title = error.message
  badge.querySelector('.badge-text').textContent = 'Part of the page did not arrive'
  setTimeout(rest, 3000)
})
const painted = document.hidden ? setTimeout : requestAnimationFrame
painted(() => setTimeout(rest))
