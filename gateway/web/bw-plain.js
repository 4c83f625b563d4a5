import { BwSection } from './bw-section.js'
import { h, number } from './dom.js'
import { columnsOf, isTable, sorted } from './fields.js'
import { count, label, ratio } from './format.js'

const ROWS = 8
const COLUMNS = 6
const VALUES = 12
const DEPTH = 2

/** Any section nobody has drawn a card for yet: its fields by name. */
export class BwPlain extends BwSection {
  build () {
    this.fields = h('div', { class: 'plain', tabindex: '0', role: 'group', 'aria-label': `Fields of ${this.querySelector('h2')?.textContent ?? this.id}` })
    return [this.fields]
  }

  update (parts) {
    this.fields.replaceChildren(...Object.entries(parts).map(([name, part]) => h('section', {}, h('h3', {}, label(name)), ...show(part, 1))))
  }
}

function show (value, depth) {
  if (isTable(value)) return [table('', value)]
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [leaf(value)]
  const { scalars, tables, nested } = sorted(value)
  const deep = depth >= DEPTH
  const facts = [...scalars.flatMap(([name, item, reason]) => pair(name, leaf(item, reason))),
    ...(deep ? nested : []).flatMap(([name, object]) => pair(name, h('span', { class: 'dim' }, `${Object.keys(object).length} fields`)))]
  return [facts.length ? h('dl', { class: 'facts' }, ...facts) : null, ...tables.map(([name, items]) => table(label(name), items)),
    ...(deep ? [] : nested).map(([name, object]) => h('div', { class: 'plain-part' }, h('h4', {}, label(name)), ...show(object, depth + 1)))].filter(Boolean)
}

const pair = (name, node) => [h('dt', {}, label(name)), h('dd', {}, node)]

function table (title, items) {
  const { columns, left } = columnsOf(items, COLUMNS)
  const more = [items.length > ROWS && `and ${count(items.length - ROWS)} more`, left && `${count(left)} more ${left === 1 ? 'column' : 'columns'}`].filter(Boolean).join(', ')
  if (columns.length === 0) return h('p', { class: 'note dim' }, `${title} ${count(items.length)} items`)
  return h('div', { class: 'plain-table' }, h('table', { class: 'rows small' }, h('caption', {}, title),
    h('thead', {}, h('tr', {}, ...columns.map(name => h('th', { scope: 'col' }, label(name))))),
    h('tbody', {}, ...items.slice(0, ROWS).map(item => h('tr', {}, ...columns.map(name => cell(item[name], item[`${name}_reason`])))))), more && h('p', { class: 'note dim' }, more))
}

function cell (value, reason) {
  const node = h('td', { class: typeof value === 'number' ? 'num' : '' })
  number(node, value, written, reason)
  return node
}

function leaf (value, reason) {
  if (Array.isArray(value)) return values(value)
  const node = h('span', { class: typeof value === 'number' ? 'num' : '' })
  number(node, value, written, reason)
  return node
}

function values (items) {
  if (items.length === 0) return h('span', { class: 'dim' }, 'none')
  const more = items.length > VALUES ? ` and ${count(items.length - VALUES)} earlier` : ''
  return h('span', {}, items.slice(-VALUES).map(item => item === null ? '–' : written(item)).join(', ') + more)
}

function written (value) {
  if (typeof value === 'number') return Number.isInteger(value) ? count(value) : ratio(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (value !== null && typeof value === 'object') return `${Object.keys(value).length} fields`
  return String(value)
}
