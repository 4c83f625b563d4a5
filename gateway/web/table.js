// Tables whose rows stay where they are while their numbers change.

import { attr, h, number } from './dom.js'

/** A figure that says where it comes from. */
export const figure = (prov, of = '', tag = 'b') => h(tag, { class: `num ${of}`.trim(), 'data-prov': prov })

/** Room for something that may be wider than its section: it scrolls by itself, by keyboard too, and the page does not. */
export const scrolled = (title, ...nodes) => h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': title }, ...nodes)

/**
 * A table. A column is `{ name, of, value, format, reason, way, prov, node }`: `of` are its classes, the rest functions
 * of the row; `node` gives an element of its own instead of a number. The first column names the row.
 */
export class Table {
  #columns
  #rows = new Map()

  constructor (caption, columns, className = '', key = row => row.key) {
    this.#columns = columns
    this.key = key
    this.body = h('tbody')
    this.node = h('table', { class: `rows ${className}` }, h('caption', { class: 'vh' }, caption),
      h('thead', {}, h('tr', {}, ...columns.map(({ name, of = '' }) => h('th', { scope: 'col', class: of }, name)))), this.body)
  }

  /** Shows these rows, in this order. */
  set (rows) {
    const lines = rows.map((row, index) => this.#line(row, index))
    const { body } = this
    if (lines.length !== body.children.length || lines.some((line, index) => body.children[index] !== line)) body.replaceChildren(...lines)
    for (const key of this.#rows.keys()) if (!rows.some(row => this.key(row) === key)) this.#rows.delete(key)
  }

  #line (row, index) {
    const key = this.key(row)
    if (!this.#rows.has(key)) this.#rows.set(key, this.#build(key))
    const { line, cells } = this.#rows.get(key)
    for (const [at, column] of this.#columns.entries()) this.#fill(cells[at], column, row, index)
    return line
  }

  #build (key) {
    const cells = this.#columns.map(({ of = '' }, index) => index === 0 ? h('th', { scope: 'row', class: of }) : h('td', { class: `num ${of}` }))
    return { cells, line: h('tr', { 'data-key': key }, ...cells) }
  }

  #fill (cell, { value, format = String, reason, way, prov, node }, row, index) {
    if (node) {
      const made = node(row, cell.firstChild)
      if (made !== cell.firstChild) cell.replaceChildren(made)
      return
    }
    number(cell, value(row), known => format(known, row), reason?.(row))
    if (way) attr(cell, 'data-way', way(row))
    if (prov) attr(cell, 'data-prov', prov(row, index))
  }
}
