// Where a number comes from: the message it was in, the messages that one was made of, and the command that gets it.

import { h, text } from './dom.js'
import { dialog } from './dialog.js'
import { count, instant, percent } from './format.js'
import { read } from './json.js'
import { at } from './store.js'

/** Opens on a number, or on the section. @param {any} page @param {any} card @param {Element | null} number */
export async function open (page, card, number) {
  const entry = page.entry(card.id)
  const fields = fieldsOf(card)
  let path = number?.getAttribute('data-prov') ?? fields[0] ?? Object.keys(entry?.parts ?? {})[0] ?? ''
  const body = h('div', { class: 'prov-body', 'aria-live': 'off' })
  const pick = h('select', { 'aria-label': 'Number' }, ...[...new Set([path, ...fields])].map(name => h('option', { value: name }, name)))
  pick.value = path
  pick.addEventListener('change', () => { path = pick.value; fill() })
  const fill = () => show(page, card, path, body)
  const node = dialog('prov', `${card.words}: where it comes from`, h('h2', {}, card.words), pick, body)
  node.querySelector('select').focus()
  await fill()
}

/** Every number of the section that says what it is. */
const fieldsOf = card => [...new Set([...card.querySelectorAll('[data-prov]')].map(node => node.getAttribute('data-prov')))]

async function show (page, card, path, body) {
  const entry = page.entry(card.id)
  const part = path.split('.')[0]
  const value = entry ? at(entry.parts, path) : undefined
  const reason = entry ? at(entry.parts, `${path}_reason`) : undefined
  const known = [['Value', written(value)], ['Why', reason], ...entry ? envelope(entry.head, page.exchange(entry)?.zone) : []]
  body.replaceChildren(facts(known), h('p', { class: 'dim' }, 'Asking the gateway …'))
  if (!entry?.head.scan) return body.lastChild.replaceWith(h('p', { class: 'dim' }, 'Measured by the gateway itself; no message of the market lies behind it.'))
  const about = new URLSearchParams({ part, universe: page.universe, lane: page.lane, ...page.at && { at: page.at } })
  try {
    body.lastChild.replaceWith(...answer(await read(`/api/v2/provenance/${card.id}?${about}`)))
  } catch (error) {
    body.lastChild.replaceWith(h('p', { class: 'warn' }, `The gateway does not say more: ${error.words ?? error.message}.`))
  }
}

const written = value => value === undefined ? null : value === null ? '– (not known)' : typeof value === 'object' ? `${count(Object.keys(value).length)} fields` : String(value)

function envelope ({ scan, revision, coverage, quality, quality_reason: why, epoch }, zone) {
  return [['Revision', `${count(revision)} of the log made ${epoch}`], ['Scan', scan && `${count(scan.ordinal)}${scan.id ? `, ${scan.id}` : ''}`],
    ['As of', scan?.as_of && instant(Date.parse(scan.as_of), zone)], ['Coverage', coverage && `${count(coverage.eligible)} of ${count(coverage.listed)} symbols, ${percent(coverage.share)}`],
    ['Quality', [quality, why].filter(Boolean).join(': ')]]
}

const facts = rows => h('dl', { class: 'facts prov-facts' }, ...rows.filter(([, value]) => value !== null && value !== undefined && value !== '').flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, String(value))]))

function answer (found) {
  const rows = [['Subject', found.subject], ['Stream', found.stream && `${found.stream}, sequence ${count(found.sequence)}`], ['Bucket', found.bucket && `${found.bucket}, ${found.key}`],
    ['Schema', found.schema], ['Code', found.code], ['Digest', found.digest]]
  const commands = found.commands ?? (found.command ? [found.command] : [])
  return [facts(rows), ...inputs(found.inputs ?? []), ...commands.map(command)]
}

function inputs (items) {
  if (items.length === 0) return []
  return [h('h3', {}, 'Made of'), h('table', { class: 'rows small' }, h('thead', {}, h('tr', {}, ...['Input', 'Subject', 'Sequence', 'Scan'].map(name => h('th', { scope: 'col' }, name)))),
    h('tbody', {}, ...items.map(({ name, subject, sequence, ordinal }) => h('tr', {}, h('th', { scope: 'row' }, name ?? '–'), h('td', { class: 'code' }, subject ?? '–'),
      h('td', { class: 'num' }, sequence === undefined || sequence === null ? '–' : count(sequence)), h('td', { class: 'num' }, ordinal === undefined || ordinal === null ? '–' : count(ordinal))))))]
}

function command (words) {
  const copy = h('button', { type: 'button' }, 'Copy')
  copy.addEventListener('click', async () => {
    await navigator.clipboard?.writeText(words).then(() => text(copy, 'Copied'), () => text(copy, 'Not allowed'))
  })
  return h('p', { class: 'prov-command' }, h('code', { class: 'code' }, words), copy)
}
