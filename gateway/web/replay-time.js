// What the slider of a replay shows. No DOM.

import { step } from './format.js'

export const SPEEDS = ['1x', '2x', '8x', '60x', 'max']

/** The timeline up to a scan: what came later is not known there. @param {any} timeline @param {number} ordinal */
export function upTo (timeline, ordinal) {
  const keep = timeline.columns.ordinal.findLastIndex((/** @type {number} */ known) => known <= ordinal) + 1
  const columns = Object.fromEntries(Object.entries(timeline.columns).map(([name, column]) => [name, column.slice(0, keep)]))
  return { ...timeline, columns }
}

/** The timeline with one scan more; null when scans before it are missing. @param {any} timeline @param {any} scan @param {string | null} name */
export function onward (timeline, scan, name) {
  const { ordinal } = timeline.columns
  if (scan.ordinal <= (ordinal.at(-1) ?? 0)) return timeline
  if (scan.ordinal !== (ordinal.at(-1) ?? 0) + 1) return null
  const row = { ordinal: scan.ordinal, session: scan.session, as_of: scan.as_of, scan: scan.id, class: name }
  const columns = Object.fromEntries(Object.entries(timeline.columns).map(([field, column]) => [field, [...column, row[field] ?? null]]))
  return { ...timeline, columns, last: Math.max(timeline.last, scan.ordinal) }
}

/** Runs of one class as shares of the whole slider: `[{ name, from, to }]`, ending at the newest scan known. @param {any} timeline */
export function runs (timeline) {
  const { ordinal, class: names } = timeline.columns
  const width = Math.max(1, timeline.last - timeline.first)
  const share = (/** @type {number} */ at) => (at - timeline.first) / width
  const found = []
  for (let index = 0; index < ordinal.length; index++) {
    const run = found.at(-1)
    if (run && run.name === names[index]) run.to = share(ordinal[index])
    else found.push({ name: names[index], from: run ? run.to : share(ordinal[index]), to: share(ordinal[index]) })
  }
  return found
}

const HUE = name => step(name) > 0 ? '--up' : step(name) < 0 ? '--down' : '--flat'

/** The runs as a gradient: a class is its direction's colour, the stronger the fuller; what is to come is plain. @param {any[]} found */
export function gradient (found) {
  const percent = (/** @type {number} */ share) => `${Math.round(share * 10000) / 100}%`
  const stops = found.map(({ name, from, to }) => {
    const colour = name === null ? 'transparent' : `color-mix(in srgb, var(${HUE(name)}) ${40 + 20 * Math.abs(step(name))}%, transparent)`
    return `${colour} ${percent(from)} ${percent(to)}`
  })
  const end = found.at(-1)?.to ?? 0
  return `linear-gradient(90deg, ${[...stops, `transparent ${percent(end)}`].join(', ')}, transparent)`
}

/** Calls at most every `pause` milliseconds, and always with the last value. @param {(value: any) => void} run @param {number} pause */
export function gently (run, pause, now = Date.now, later = setTimeout) {
  let at = -Infinity
  let waiting = false
  /** @type {any} */
  let newest
  return (/** @type {any} */ value) => {
    newest = value
    if (waiting) return
    const wait = at + pause - now()
    const go = () => { waiting = false; at = now(); run(newest) }
    if (wait <= 0) return go()
    waiting = true
    later(go, wait)
  }
}

/** What a proof says, in words. @param {any} proof */
export function proven (proof) {
  if (proof.status === 'failed') return `Could not be verified: ${proof.reason}`
  if (proof.status === 'running') return proof.head ? `Verifying, ${Math.floor(100 * proof.reached / proof.head)}%` : 'Verifying'
  if (proof.identical) return `✓ Computed again: identical, ${proof.head} scans`
  return `✗ Computed again: other from scan ${proof.wrong[0]} on (${proof.wrong.length} scans)`
}
