// Two instants side by side; what differs is marked.

import { h, text } from './dom.js'
import { flat } from './export.js'
import { count, label, session } from './format.js'
import { read } from './json.js'

const MOST = 400

/** @param {any} page */
export async function compare (page) {
  const query = new URLSearchParams(location.search)
  const place = document.querySelector('.compare')
  const newest = page.entry('regime')?.head.scan.ordinal
  const fields = [['a', query.get('a') ?? (newest ? String(Math.max(1, newest - 1)) : '')], ['b', query.get('b') ?? (newest ? String(newest) : '')]]
    .map(([name, value]) => h('input', { name, value, 'aria-label': name === 'a' ? 'First scan' : 'Second scan', placeholder: 'scan, or date of a session', autocomplete: 'off' }))
  const all = h('input', { type: 'checkbox' })
  const body = h('div', { class: 'compare-body', tabindex: '0', role: 'region', 'aria-label': 'Differences' })
  const form = h('form', { class: 'compare-form' }, ...fields, h('button', { type: 'submit' }, 'Compare'), h('label', {}, all, 'Show what is equal, too'))
  const show = () => fill(page, fields.map(({ value }) => value.trim()), body, all.checked)
  form.addEventListener('submit', event => {
    event.preventDefault()
    page.state({ a: fields[0].value.trim(), b: fields[1].value.trim() })
    show()
  })
  all.addEventListener('change', show)
  place.replaceChildren(h('h2', {}, 'Two scans side by side'), form, body)
  await show()
}

async function fill (page, instants, body, all) {
  if (instants.some(instant => !instant)) return body.replaceChildren(h('p', { class: 'dim' }, 'Name two scans by number, id, or the date of a session.'))
  body.replaceChildren(h('p', { class: 'dim' }, 'Reading both …'))
  try {
    const both = await Promise.all(instants.map(at => read(`/api/v2/overview?${new URLSearchParams({ universe: page.universe, lane: page.lane, at })}`)))
    const names = [...new Set(both.flatMap(({ sections }) => Object.keys(sections)))]
    body.replaceChildren(...names.flatMap(name => section(name, both.map(({ sections }) => sections[name]), all)))
  } catch (error) {
    body.replaceChildren(h('p', { class: 'warn' }, `${error.words ?? error.message}.`))
  }
}

/** One section's fields; `[]` when nothing differs and equal ones are not asked for. */
function section (name, envelopes, all) {
  const [a, b] = envelopes.map(envelope => new Map(flat(envelope?.data ?? {})))
  const paths = [...new Set([...a.keys(), ...b.keys()])]
  const rows = paths.map(path => [path, a.get(path), b.get(path)]).filter(([, one, other]) => all || !Object.is(one, other))
  const shown = rows.slice(0, MOST)
  const head = h('h3', {}, `${label(name)}: ${count(rows.filter(([, one, other]) => !Object.is(one, other)).length)} of ${count(paths.length)} fields differ`)
  if (shown.length === 0) return [head]
  const table = h('table', { class: 'rows small compare-rows' }, h('caption', { class: 'vh' }, label(name)),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Field'), ...envelopes.map(envelope => h('th', { scope: 'col' }, instantOf(envelope))), h('th', { scope: 'col' }, 'Differs'))),
    h('tbody', {}, ...shown.map(row)))
  return [head, table, rows.length > MOST ? h('p', { class: 'dim' }, `and ${count(rows.length - MOST)} more`) : ''].filter(Boolean)
}

const instantOf = envelope => envelope ? [`scan ${count(envelope.scan.ordinal)}`, envelope.scan.session && session(envelope.scan.session)].filter(Boolean).join(', ') : 'none'

function row ([path, one, other]) {
  const differs = !Object.is(one, other)
  const cell = value => { const node = h('td', { class: 'num' }); text(node, value === undefined ? '–' : value === null ? 'null' : String(value)); return node }
  return h('tr', { 'data-differs': differs }, h('th', { scope: 'row' }, path), cell(one), cell(other), h('td', {}, differs ? '≠' : ''))
}
