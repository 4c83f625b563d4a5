import { BwSection, need } from './bw-section.js'
import { RANGES, crossesOf, crossText, divergenceOf, pivotsOf, rowsOf, windowOf } from './benchmarks.js'
import { Chart, trend } from './chart.js'
import { attr, h, text } from './dom.js'
import { arrow, change, count, decimal1, direction, ratio, signedPercent } from './format.js'
import { Spark, enlarge } from './mini.js'
import { Past } from './past.js'
import { Table } from './table.js'

const SPARK = 30
const YEAR = 252
const ALL = 2000
const LINES = [['Close', 'close', 'text'], ['SMA 20', 20, 'sma20'], ['SMA 50', 50, 'sma50'], ['SMA 200', 200, 'sma200']]
const wayOf = (value, dead = 0) => value === null || value === undefined ? null : direction(value, dead)
const distance = (n, index) => ({
  name: `vs SMA ${n}`, of: 'more', value: row => row.distances[index].distance, format: change, reason: row => row.distances[index].distance_reason,
  way: row => wayOf(row.distances[index].distance), prov: row => `sma.benchmarks.${row.index}.sma`
})

/** The benchmarks: where they stand, how they move, and where price and what is behind it part. */
export class BwIndex extends BwSection {
  static needs = ['sma.benchmarks']

  build () {
    const asked = new URLSearchParams(location.search)
    this.symbol = asked.get('sym')
    this.range = RANGES.some(({ name }) => name === asked.get('range')) ? asked.get('range') : '1Y'
    this.table = new Table('Benchmarks', this.columns(), 'index')
    this.table.body.addEventListener('click', event => this.select(event.target.closest('tr')?.dataset.key))
    this.table.body.addEventListener('keydown', event => this.step(event))
    this.more = h('div', { class: 'large' })
    addEventListener('bw-range', event => this.choose(event.detail))
    return [h('div', { class: 'indices' }, this.table.node, this.buildChart()), this.more]
  }

  // Classes `more` and `most` leave a column out where the card is narrow.
  columns () {
    return [
      { name: 'Index', of: 'c-symbol', node: (row, old) => this.picker(row, old) },
      { name: 'Last', value: row => row.close, format: ratio, prov: row => `sma.benchmarks.${row.index}.close` },
      { name: 'Change', value: row => row.change, format: value => `${arrow(value, 0.00005)} ${change(value)}`, reason: row => row.change_reason, way: row => wayOf(row.change, 0.00005), prov: row => `sma.benchmarks.${row.index}.change` },
      distance(20, 0), distance(50, 1), distance(200, 2),
      { name: 'RSI', of: 'more', value: row => row.rsi14, format: decimal1, reason: row => row.rsi14_reason, prov: row => `momentum.benchmarks.${row.index}.rsi14` },
      { name: 'ROC 10', of: 'more', value: row => row.roc10.value, format: signedPercent, reason: row => row.roc10.value_reason, way: row => wayOf(row.roc10.value), prov: row => `momentum.benchmarks.${row.index}.roc` },
      { name: 'Divergence', node: divergence },
      { name: 'SMA 50 × 200', of: 'most', value: row => row.cross, format: crossText, reason: row => row.cross_reason, prov: row => `sma.benchmarks.${row.index}.cross` },
      { name: `${SPARK} closes`, of: 'most', node: (row, old) => this.spark(row, old) }
    ]
  }

  buildChart () {
    this.heading = h('h3')
    this.reading = h('span', { class: 'num read' })
    this.chart = new Chart({ className: 'tall', label: 'Close and moving averages', sync: 'scans', onpoint: index => this.readout(index) })
    this.ranges = RANGES.map(({ name }) => h('button', { type: 'button', 'data-range': name }, name))
    const control = h('div', { class: 'segments', role: 'group', 'aria-label': 'Range' }, ...this.ranges)
    control.addEventListener('click', event => { if (event.target.dataset.range) this.choose(event.target.dataset.range) })
    const legend = h('ul', { class: 'legend' }, ...LINES.slice(1).map(([name, , tone]) => h('li', {}, h('span', { class: `swatch tone-${tone}`, 'aria-hidden': 'true' }), name)))
    this.block = h('div', { class: 'index-chart', hidden: true }, h('div', { class: 'pair' }, h('div', { class: 'index-title' }, this.heading, legend), this.reading, control), this.chart.node)
    return this.block
  }

  empty ({ sma }) {
    return sma.benchmarks.length ? null : { title: 'No benchmark in this scan', detail: 'The universe came without bars of an index or a fund.', command: 'bellwether import FILES --universe NAME --benchmarks FILE' }
  }

  subline ({ sma }) { return `${count(sma.benchmarks.length)} ${sma.benchmarks.length === 1 ? 'benchmark' : 'benchmarks'}` }

  /** The recorded scan that is looked at; null when it is the newest. */
  get at () { return this.known.at }

  update (parts, { scan }) {
    need(parts, 'sma')
    this.parts = parts
    this.day = scan.session
    this.past ??= new Past(this, () => this.guard(() => this.showPast()))
    this.rows = rowsOf(parts)
    if (!this.rows.some(({ symbol }) => symbol === this.symbol)) this.symbol = this.rows[0]?.symbol ?? null
    this.table.set(this.rows)
    this.showPast()
    enlarge(this, () => import('./index-large.js'), parts)
  }

  picker ({ symbol }, old) {
    const button = old ?? h('button', { type: 'button', class: 'pick-row' }, symbol)
    attr(button, 'aria-pressed', String(symbol === this.symbol))
    return button
  }

  spark ({ symbol, closes }, old) {
    const spark = old?.spark ?? new Spark()
    spark.node.spark = spark
    if (closes) spark.set(closes, `${symbol}, last ${closes.length} closes: ${trend(closes, ratio)}`)
    return spark.node
  }

  select (symbol, focus = false) {
    if (!symbol || symbol === this.symbol) return
    this.symbol = symbol
    this.table.set(this.rows)
    if (focus) this.row(symbol)?.querySelector('button').focus()
    this.place()
    this.guard(() => this.showPast())
    this.view?.update(this.parts)
  }

  row (symbol) { return [...this.table.body.children].find(line => line.dataset.key === symbol) }

  step (event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    const next = by && this.rows[this.rows.findIndex(({ symbol }) => symbol === this.symbol) + by]
    if (by) event.preventDefault()
    if (next) this.select(next.symbol, true)
  }

  choose (range) {
    this.range = range
    this.chart.anew()
    this.place()
    this.guard(() => this.showPast())
    this.view?.update(this.parts)
  }

  place () { this.tell('bw-remember', { sym: this.symbol, range: this.range }) }

  /** Series of one kind for the benchmark in question; null until they are here. */
  seriesOf (fields, points) { return this.drawn && this.past?.of(this.drawn, { fields, points }) }

  get points () { return this.range === 'All' ? ALL : YEAR }

  showPast () {
    if (!this.rows) return
    const sparks = this.seriesOf(this.rows.map(({ index }) => `sma.benchmarks.${index}.close`), SPARK)
    if (sparks) this.table.set(this.rows = this.rows.map(row => ({ ...row, closes: sparks.columns[`sma.benchmarks.${row.index}.close`] })))
    for (const button of this.ranges) attr(button, 'aria-pressed', String(button.dataset.range === this.range))
    for (const line of this.table.body.children) attr(line, 'data-selected', line.dataset.key === this.symbol)
    const row = this.rows.find(({ symbol }) => symbol === this.symbol)
    this.block.hidden = !row
    if (row) this.showChart(row)
    if (this.large) this.view?.showCharts()
  }

  showChart ({ symbol, index, sma, divergences }) {
    text(this.heading, symbol)
    const path = `sma.benchmarks.${index}`
    const fields = LINES.map(([, of]) => of === 'close' ? `${path}.close` : `${path}.sma.${sma.findIndex(({ n }) => n === of)}.value`)
    const series = this.seriesOf([...fields, `${path}.symbol`, `${path}.cross`], this.points)
    if (!series) return
    const columns = windowOf(series.columns, this.range, `${path}.symbol`, symbol)
    const lines = LINES.map(([name, , tone], at) => ({ name, tone, values: columns[fields[at]], tag: true, width: at ? 1.3 : 1.8 }))
    const { marks, joins } = pivotsOf(divergences ?? [], columns.session)
    this.chart.set({
      label: `${symbol}, close over ${count(columns.session.length)} sessions, ${trend(lines[0].values, ratio)}`, days: columns.session, times: columns.as_of, zone: this.zone, format: ratio, axis: value => Number.isInteger(value) ? count(value) : ratio(value),
      series: lines, marks: [...marks, ...crossesOf(columns.ordinal, columns[`${path}.cross`], lines[2].values)], joins
    })
    this.readout(this.chart.cursor)
  }

  readout (index) { text(this.reading, index === null ? '' : this.chart.words(index)) }
}

function divergence (row, old) {
  const { words, way, title } = divergenceOf(row.divergences)
  const tag = old ?? h('span', { 'data-prov': `divergence.benchmarks.${row.index}` })
  text(tag, words ?? '–')
  attr(tag, 'data-way', way)
  attr(tag, 'class', way ? 'tag' : 'dim')
  attr(tag, 'title', title)
  return tag
}
