// What the timeframes say in words. No DOM.

import { arrow, change, signedCount } from './format.js'

const VERB = { up: ['rises', 'rise'], down: ['falls', 'fall'], flat: ['is flat', 'are flat'] }
const INSIDE = { up: 'a rising month', down: 'a falling month' }
const ARROWS = { up: '▲', down: '▼', flat: '■' }

/** "▲ up" */
export const labelText = name => name === null || name === undefined ? '–' : `${ARROWS[name] ?? ''} ${name}`.trim()

/** `{ words, way }` of an alignment −100 … 100; null words when it is not known. */
export function alignmentOf ({ alignment, flat }) {
  if (flat) return { words: '■ flat', way: 'flat' }
  if (alignment === null || alignment === undefined) return { words: null, way: 'none' }
  const size = Math.round(alignment)
  return { words: `${arrow(size)} ${signedCount(size)}`, way: size > 0 ? 'up' : size < 0 ? 'down' : 'flat' }
}

/** One sentence of the labels, shortest frame first: `{ daily: 'down', weekly: 'down', monthly: 'up' }`. */
export function sentenceOf (labels) {
  const known = Object.entries(labels).filter(([, name]) => VERB[name])
  const missing = Object.entries(labels).filter(([, name]) => !VERB[name]).map(([frame]) => frame)
  if (known.length === 0) return 'No frame has enough bars yet.'
  const rest = missing.length ? ` (${list(missing)} not known yet)` : ''
  return `${capital(said(labels, known))}${rest}.`
}

function said ({ daily, weekly, monthly }, known) {
  const names = new Set(known.map(([, name]) => name))
  if (names.size === 1 && known.length === 3) return daily === 'flat' ? 'no frame has a trend' : `all three frames ${VERB[daily][1]}`
  if (known.length === 3 && daily === weekly && daily !== 'flat' && INSIDE[monthly]) return `daily and weekly ${VERB[daily][1]} inside ${INSIDE[monthly]}`
  return [...names].map(name => {
    const frames = known.filter(([, other]) => other === name).map(([frame]) => frame)
    return `${list(frames)} ${VERB[name][frames.length > 1 ? 1 : 0]}`
  }).join(', ')
}

const list = names => names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
const capital = words => words.charAt(0).toUpperCase() + words.slice(1)

/** "so far −0.29%" of a bar under way; empty when there is none. */
export const formingText = bar => bar && bar.open > 0 ? `so far ${change(bar.close / bar.open - 1)}` : ''

export const FRAMES = ['daily', 'weekly', 'monthly']

/** What each frame says of a benchmark: `{ daily: trend, … }`. */
export const trendsOf = (parts, symbol) => Object.fromEntries(FRAMES.map(frame => [frame, parts[frame]?.benchmarks.find(known => known.symbol === symbol)]))
