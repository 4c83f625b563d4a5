import { BwSection } from './bw-section.js'
import { attr, h, text } from './dom.js'
import { age, count } from './format.js'
import { detail, healthRows, healthy, milliseconds } from './health.js'
import { Spark } from './mini.js'
import { Table } from './table.js'

const BEATS = 120
const SHAPES = { ok: '●', degraded: '▲', down: '◆', unknown: '○' }

/** The services, this browser's own link among them: which is how fast, how far behind and how well. */
export class BwSystem extends BwSection {
  static needs = ['connection', 'services']

  build () {
    this.beats = new Map()
    this.table = new Table('Services', [
      { name: 'Service', of: 'c-service', node: (row, old) => this.name(row, old) },
      { name: 'Health', node: word },
      { name: 'p95', value: row => row.p95_ms, format: milliseconds, reason: row => row.p95_ms_reason },
      { name: 'Lag', value: row => row.lag, format: count, reason: row => row.lag_reason },
      { name: 'Last event', of: 'c-age', value: row => row.last_event_age_seconds, format: age, reason: row => row.age_reason }], 'system small')
    this.table.body.addEventListener('click', event => this.open(event.target.closest('tr')?.dataset.key))
    this.spark = new Spark()
    this.saying = h('p')
    this.detailTitle = h('h3')
    this.detail = h('div', { class: 'detail', hidden: true }, this.detailTitle, this.saying, this.spark.node)
    this.none = h('p', { class: 'note dim', hidden: true }, 'No service has reported yet; each reports once a second.')
    return [h('div', {}, h('div', { class: 'scroll' }, this.table.node), this.none, this.detail)]
  }

  subline ({ services }) { return healthy(services) }

  update (value) {
    this.rows = healthRows(value)
    for (const { key, p95_ms: p95 } of this.rows) this.beats.set(key, [...this.beats.get(key) ?? [], p95 ?? null].slice(-BEATS))
    for (const key of this.beats.keys()) if (!this.rows.some(row => row.key === key)) this.beats.delete(key)
    this.table.set(this.rows)
    this.none.hidden = value.services.length > 0
    this.showDetail()
  }

  name (row, old) {
    const button = old ?? h('button', { type: 'button', class: 'pick-row', 'aria-expanded': 'false' }, h('span', {}), h('span', { class: 'dim' }))
    text(button.firstChild, row.service)
    text(button.lastChild, row.several ? ` ${row.instance}` : '')
    attr(button, 'aria-expanded', String(this.opened === row.key))
    return button
  }

  open (key) {
    if (!key) return
    this.opened = this.opened === key ? null : key
    this.table.set(this.rows)
    this.showDetail()
  }

  showDetail () {
    const row = this.rows.find(known => known.key === this.opened)
    this.detail.hidden = !row
    for (const line of this.table.body.children) attr(line, 'data-selected', line.dataset.key === this.opened)
    if (!row) return
    text(this.detailTitle, `${row.service}${row.instance ? `, ${row.instance}` : ''}`)
    text(this.saying, detail(row) || 'Nothing more is known of it.')
    const beats = this.beats.get(row.key)
    const known = beats.filter(beat => beat !== null)
    this.spark.node.toggleAttribute('hidden', known.length < 2)
    if (known.length > 1) this.spark.set(beats, `p95 of the last ${known.length} reports, ${milliseconds(Math.min(...known))} to ${milliseconds(Math.max(...known))}`, false)
  }
}

function word (row, old) {
  const node = old ?? h('span', { class: 'health' }, h('span', { 'aria-hidden': 'true' }), h('span', {}))
  attr(node, 'data-health', row.level)
  attr(node, 'title', row.reason)
  text(node.firstChild, SHAPES[row.level])
  text(node.lastChild, ` ${row.word}`)
  return node
}
