import { BwSection, need } from './bw-section.js'
import { attr, h, number, text } from './dom.js'
import { decimal1, label, percent0, signedCount, signedRatio } from './format.js'
import { FRAMES, alignmentOf, formingText, labelText, sentenceOf, trendsOf } from './frames.js'
import { Diverging, enlarge } from './mini.js'
import { Table } from './table.js'

/** Trends on daily, weekly and monthly bars, and whether they agree. */
export class BwTimeframe extends BwSection {
  static needs = ['all.alignment', 'all.frames']
  static past = { fields: [], more: ['all.alignment', 'all.agreement', ...FRAMES.map(frame => `${frame}.universe.strength`)], points: 1, large: 2000 }

  build () {
    this.alignment = h('p', { class: 'hero num', 'data-prov': 'all.alignment' })
    this.agreement = h('p', { class: 'num strong', 'data-prov': 'all.agreement' })
    this.sentence = h('p', { class: 'frames-sentence' })
    this.frames = new Table('Trend of the universe by frame', COLUMNS, 'frames-table')
    this.benchmarks = new Table('Trend of each benchmark by frame', [{ name: 'Benchmark', node: (row, old) => old ?? document.createTextNode(row.key) }, ...FRAMES.map(strength), aligned], 'small frames-benchmarks only-large')
    this.more = h('div', { class: 'large' })
    return [h('div', { class: 'frames' },
      h('div', { class: 'frames-top' }, h('div', {}, h('p', { class: 'label' }, 'Alignment, −100 to +100'), this.alignment), h('div', {}, h('p', { class: 'label' }, 'Agreement'), this.agreement)),
      this.frames.node, this.sentence, this.benchmarks.node), this.more]
  }

  update (parts) {
    const all = need(parts, 'all')
    const { words, way } = alignmentOf(all)
    number(this.alignment, words, String, all.alignment_reason ?? all.flat_reason)
    attr(this.alignment, 'data-way', way)
    number(this.agreement, all.agreement, percent0, all.agreement_reason)
    this.frames.set(FRAMES.map(frame => ({ key: frame, ...(parts[frame]?.universe ?? all.frames.find(known => known.frame === frame)) })))
    text(this.sentence, sentenceOf(Object.fromEntries(FRAMES.map(frame => [frame, parts[frame]?.universe?.label ?? null]))))
    this.benchmarks.node.hidden = all.benchmarks.length === 0
    this.benchmarks.set(all.benchmarks.map((one, index) => ({ key: one.symbol, index, all: one, trends: trendsOf(parts, one.symbol) })))
    enlarge(this, () => import('./timeframe-large.js'), parts)
  }

  updatePast (series) { if (this.large) this.view?.updatePast(series, this.zone) }
}

const prov = field => row => `${row.key}.universe.${field}`
const COLUMNS = [
  { name: 'Frame', node: frameCell },
  { name: 'Trend', of: 'wide', node: (row, old) => { const bar = old?.bar ?? made(new Diverging()); bar.set(row.strength); return bar.node } },
  { name: 'Strength', value: row => row.strength, format: signedRatio, reason: row => row.strength_reason, way: row => row.label, prov: prov('strength') },
  { name: 'RSI', value: row => row.rsi14, format: decimal1, reason: row => row.rsi14_reason, prov: prov('rsi14') },
  { name: 'Label', value: row => row.label, format: labelText, reason: row => row.label_reason, way: row => row.label, prov: prov('label') }
]

function made (bar) {
  bar.node.bar = bar
  return bar
}

function frameCell (row, old) {
  const node = old ?? h('span', {}, label(row.key), h('span', { class: 'dim forming', 'data-prov': `${row.key}.universe.forming` }))
  text(node.lastChild, formingText(row.forming) || 'bar complete')
  attr(node, 'title', row.forming ? `Bar under way, ${row.forming.sessions} ${row.forming.sessions === 1 ? 'session' : 'sessions'} from ${row.forming.from} to ${row.forming.to}; the trend speaks of completed bars alone` : row.forming_reason)
  return node
}

function strength (frame) {
  const of = row => row.trends[frame]
  return {
    name: label(frame),
    value: row => of(row)?.strength,
    format: (value, row) => `${labelText(of(row).label).charAt(0)} ${signedRatio(value)}`,
    reason: row => of(row) ? of(row).strength_reason : 'no bar of this benchmark',
    way: row => of(row)?.label,
    prov: row => `${frame}.benchmarks.${row.index}.strength`
  }
}

const aligned = {
  name: 'Aligned',
  value: ({ all }) => all.flat ? 'flat' : all.alignment,
  format: value => value === 'flat' ? '■ flat' : signedCount(Math.round(value)),
  reason: ({ all }) => all.alignment_reason,
  prov: row => `all.benchmarks.${row.index}.alignment`
}
