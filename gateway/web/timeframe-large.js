// What the large view of the timeframes adds: the past of the alignment, and every figure of every frame.

import { h, text } from './dom.js'
import { Chart, trend } from './chart.js'
import { change, count, decimal1, label, percent, percent0, ratio, signedCount, signedRatio } from './format.js'
import { FRAMES, alignmentOf, labelText } from './frames.js'
import { Table, scrolled } from './table.js'

const TONES = { daily: 'sma20', weekly: 'sma50', monthly: 'sma200' }
const column = (name, field, format, way) => ({ name, value: row => row[field], format, reason: row => row[`${field}_reason`], way: way && (row => row.label), prov: row => `${row.prov}.${field}` })

export class Large {
  constructor (host) {
    this.alignmentRead = h('span', { class: 'num read' })
    this.strengthRead = h('span', { class: 'num read' })
    this.alignment = new Chart({ className: 'tall', label: 'Alignment', sync: 'scans', onpoint: index => text(this.alignmentRead, index === null ? '' : this.alignment.words(index)) })
    this.strength = new Chart({ className: 'tall', label: 'Trend strength by frame', sync: 'scans', onpoint: index => text(this.strengthRead, index === null ? '' : this.strength.words(index)) })
    this.weights = new Table('Weights of the frames', [{ name: 'Frame', value: row => row.key, format: label }, { name: 'Weight', value: row => row.weight, format: percent0, prov: row => `all.frames.${row.index}.weight` },
      { name: 'Hits share', value: row => row.hits, format: percent, reason: row => row.reason, prov: row => `${row.key}.hits_share` }], 'small')
    this.bars = new Table('Every frame of every benchmark', [{ name: 'Bars', node: (row, old) => old ?? h('span', {}, row.symbol, h('span', { class: 'dim' }, ` ${row.frame}`)) },
      column('Strength', 'strength', signedRatio, true), column('Label', 'label', labelText, true), column('RSI', 'rsi14', decimal1), column('SMA 10', 'sma10', ratio), column('Bars', 'bars', count),
      { name: 'Last full bar', of: 'more', value: row => row.completed, format: barText, reason: row => row.completed_reason, prov: row => `${row.prov}.completed` },
      { name: 'So far', of: 'more', value: row => row.forming, format: barText, reason: row => row.forming_reason, prov: row => `${row.prov}.forming` }], 'small')
    host.append(h('div', {}, h('div', { class: 'pair' }, h('h3', {}, 'Alignment'), this.alignmentRead), this.alignment.node),
      h('div', {}, h('div', { class: 'pair' }, h('h3', {}, 'Trend strength by frame'), this.strengthRead), this.strength.node),
      h('div', { class: 'wide' }, h('h3', {}, 'Frames'), scrolled('Weights of the frames', this.weights.node)), h('div', { class: 'wide' }, h('h3', {}, 'Universe and benchmarks, every frame'), scrolled('Universe and benchmarks, every frame', this.bars.node)))
  }

  update (parts) {
    this.weights.set(parts.all.frames.map((part, index) => ({ key: part.frame, index, weight: part.weight, hits: parts[part.frame]?.hits_share, reason: parts[part.frame]?.hits_share_reason })))
    const rows = FRAMES.filter(frame => parts[frame]).map(frame => [['universe', parts[frame].universe], ...parts[frame].benchmarks.map((trend, index) => [`benchmarks.${index}`, trend])]
      .map(([path, trend]) => ({ ...trend, key: `${path}|${frame}`, symbol: path === 'universe' ? 'Universe' : trend.symbol, frame, prov: `${frame}.${path}` })))
    this.bars.set(rows.length ? rows[0].flatMap((_, index) => rows.map(frame => frame[index]).filter(Boolean)) : [])
  }

  updatePast ({ columns }, zone) {
    const shared = { days: columns.session, times: columns.as_of, zone }
    const values = columns['all.alignment']
    const points = value => signedCount(Math.round(value))
    this.alignment.set({ ...shared, label: `Alignment over ${count(values.length)} scans, ${trend(values, points)}`, format: points, within: [-100, 100], series: [{ name: 'Alignment', values, tone: 'accent', area: true, format: value => alignmentOf({ alignment: value }).words }] })
    const series = FRAMES.map(frame => ({ name: label(frame), values: columns[`${frame}.universe.strength`], tone: TONES[frame], kind: 'step', tag: true }))
    this.strength.set({ ...shared, label: 'Trend strength of the universe by frame, −1 to 1', format: signedRatio, within: [-1, 1], series })
  }
}

const barText = ({ from, to, open, close }) => `${from === to ? from : `${from} to ${to}`}: ${ratio(close)}${open > 0 ? `, ${change(close / open - 1)}` : ''}`
