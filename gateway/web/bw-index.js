import { BwSection, need } from './bw-section.js'
import { attr, h, number, text } from './dom.js'
import { crossText, divergenceOf, rowsOf } from './benchmarks.js'
import { arrow, change, decimal1, direction, ratio, signedPercent } from './format.js'

// Classes `more` and `most` leave a column out where the card is narrow.
const COLUMNS = [['symbol', 'Index'], ['last', 'Last'], ['change', 'Change'], ['sma20', 'vs SMA 20', 'more'], ['sma50', 'vs SMA 50', 'more'], ['sma200', 'vs SMA 200', 'more'],
  ['rsi', 'RSI', 'more'], ['roc', 'ROC 10', 'more'], ['divergence', 'Divergence'], ['cross', 'SMA 50 × 200', 'most']]

/** The benchmarks: where they stand, how they move, and where price and what is behind it part. */
export class BwIndex extends BwSection {
  build () {
    this.rows = new Map()
    this.tbody = h('tbody')
    this.none = h('p', { class: 'note dim', hidden: true }, 'This universe has no benchmark in this scan.')
    return [h('div', {}, h('table', { class: 'rows index' }, h('caption', { class: 'vh' }, 'Benchmarks'),
      h('thead', {}, h('tr', {}, ...COLUMNS.map(([key, name, more = '']) => h('th', { scope: 'col', class: `${more} c-${key}` }, name)))), this.tbody), this.none)]
  }

  update (parts) {
    need(parts, 'sma')
    const rows = rowsOf(parts)
    this.none.hidden = rows.length > 0
    const nodes = rows.map(row => this.showRow(row))
    if (nodes.some((node, index) => this.tbody.children[index] !== node) || nodes.length !== this.tbody.children.length) this.tbody.replaceChildren(...nodes)
  }

  showRow (row) {
    if (!this.rows.has(row.symbol)) this.rows.set(row.symbol, line(row.symbol))
    const { node, cells } = this.rows.get(row.symbol)
    number(cells.last, row.close, ratio)
    figure(cells.change, row.change, value => `${arrow(value, 0.00005)} ${change(value)}`, row.change_reason, 0.00005)
    for (const { n, distance, distance_reason: reason } of row.distances) figure(cells[`sma${n}`], distance, change, reason)
    number(cells.rsi, row.rsi14, decimal1, row.rsi14_reason)
    figure(cells.roc, row.roc10.value, signedPercent, row.roc10.value_reason)
    const { words, way, title } = divergenceOf(row.divergences)
    const tag = cells.divergence.firstChild
    text(tag, words ?? '–')
    attr(tag, 'data-way', way)
    attr(tag, 'class', way ? 'tag' : 'dim')
    attr(tag, 'title', title)
    number(cells.cross, row.cross, crossText, row.cross_reason)
    return node
  }
}

function line (symbol) {
  const cells = Object.fromEntries(COLUMNS.map(([key, , more = '']) => [key, key === 'symbol' ? h('th', { scope: 'row' }, symbol) : h('td', { class: `num ${more} c-${key}` })]))
  cells.divergence.append(h('span'))
  return { cells, node: h('tr', {}, ...Object.values(cells)) }
}

function figure (cell, value, format, reason, dead = 0) {
  number(cell, value, format, reason)
  attr(cell, 'data-way', value === null || value === undefined ? null : direction(value, dead))
}
