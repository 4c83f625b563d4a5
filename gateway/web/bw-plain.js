import { BwSection } from './bw-section.js'
import { h, number } from './dom.js'
import { count, label, ratio } from './format.js'

const DEPTH = 4
const ROWS = 12

/** Any section nobody has drawn a card for yet: its fields by name. */
export class BwPlain extends BwSection {
  build () {
    this.fields = h('div', { class: 'plain' })
    return [this.fields]
  }

  update (parts) {
    this.fields.replaceChildren(...Object.entries(parts).map(([name, part]) => h('section', {}, h('h3', {}, label(name)), show(part, 0))))
  }
}

function show (value, depth) {
  if (Array.isArray(value)) return list(value, depth)
  if (value !== null && typeof value === 'object') return fields(value, depth)
  return leaf(value)
}

function fields (object, depth) {
  const rows = Object.entries(object).filter(([name]) => !name.endsWith('_reason'))
  if (depth >= DEPTH) return h('span', { class: 'dim' }, `${rows.length} fields`)
  return h('dl', { class: 'facts' }, ...rows.flatMap(([name, value]) => [h('dt', {}, label(name)), h('dd', {}, value === null ? leaf(null, object[`${name}_reason`]) : show(value, depth + 1))]))
}

function list (items, depth) {
  if (items.length === 0) return h('span', { class: 'dim' }, 'none')
  if (items.every(item => item === null || typeof item !== 'object')) return leaf(items.slice(-ROWS).map(item => item === null ? '–' : written(item)).join(', ') + (items.length > ROWS ? ` and ${count(items.length - ROWS)} earlier` : ''))
  if (depth >= DEPTH) return h('span', { class: 'dim' }, `${items.length} items`)
  const shown = items.slice(-ROWS).map(item => h('li', {}, show(item, depth + 1)))
  const more = items.length > ROWS && h('li', { class: 'dim' }, `and ${count(items.length - ROWS)} earlier`)
  return h('ul', { class: 'items' }, ...shown, more)
}

function leaf (value, reason) {
  const node = h('span', { class: typeof value === 'number' ? 'num' : '' })
  number(node, value, written, reason)
  return node
}

function written (value) {
  if (typeof value === 'number') return Number.isInteger(value) ? count(value) : ratio(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return String(value)
}
