// What the large view of the indices adds: every figure of every benchmark, its divergences, momentum over time.

import { h, text } from './dom.js'
import { Chart, trend } from './chart.js'
import { measureOf, windowOf } from './benchmarks.js'
import { change, count, decimal1, percent, percent0, ratio, session, signedPercent, signedRatio } from './format.js'
import { Table, scrolled } from './table.js'

const SPANS = [20, 50, 100, 200]
const sign = value => value > 0 ? 'up' : value < 0 ? 'down' : null
const motion = (name, field, format, more) => ({ name, value: row => row.motion?.[field], format, reason: row => row.motion?.[`${field}_reason`], prov: row => `momentum.benchmarks.${row.index}.${field}`, ...more })
const symbol = { name: 'Index', node: (row, old) => old ?? document.createTextNode(row.symbol) }
const CHARTS = {
  rsi: ['RSI 14', decimal1, [0, 100], [['RSI 14', 'rsi14', 'accent']]],
  macd: ['MACD 12, 26, 9', ratio, undefined, [['Histogram', 'macd_histogram', 'text3', 'bars'], ['MACD', 'macd', 'accent'], ['Signal', 'macd_signal', 'sma20']]],
  adx: ['ADX 14', decimal1, [0, 100], [['ADX 14', 'adx14', 'accent']]],
  volatility: ['Volatility, EWMA, yearly', percent0, undefined, [['Volatility', 'volatility', 'accent']], percent]
}

export class Large {
  constructor (host, section) {
    this.section = section
    this.charts = Object.fromEntries(Object.entries(CHARTS).map(([key, [name]]) => {
      const [read, title] = [h('span', { class: 'num read' }), h('h3', {}, name)]
      const chart = new Chart({ label: name, sync: 'scans', onpoint: index => text(read, index === null ? '' : chart.words(index)) })
      return [key, { chart, title, node: h('div', {}, h('div', { class: 'pair' }, title, read), chart.node) }]
    }))
    this.averages = new Table('Moving averages', [symbol, ...SPANS.flatMap(n => this.average(n))], 'small')
    this.momentum = new Table('Momentum', [symbol, motion('RSI 14', 'rsi14', decimal1), motion('MACD', 'macd', signedRatio), motion('Signal', 'macd_signal', signedRatio), motion('Histogram', 'macd_histogram', signedRatio, { way: row => sign(row.motion?.macd_histogram) }),
      ...[5, 10, 20, 60].map(n => this.roc(n)), motion('ADX 14', 'adx14', decimal1), motion('ATR 14', 'atr14_share', percent), motion('Volatility', 'volatility', percent)], 'small')
    this.divergences = new Table('Divergences', [symbol, { name: 'Kind', node: row => h('span', { class: 'tag', 'data-way': row.kind === 'bullish' ? 'up' : 'down' }, row.kind === 'bullish' ? '▲ Bullish' : '▼ Bearish') },
      { name: 'Against', value: row => measureOf(row.measure)[0], prov: row => row.prov }, { name: 'From', value: row => ends(row, row.first), prov: row => `${row.prov}.first.price` }, { name: 'To', value: row => ends(row, row.second), prov: row => `${row.prov}.second.price` }, { name: 'Confirmed', value: row => session(row.confirmed, section.day), prov: row => `${row.prov}.confirmed` }], 'small')
    this.none = h('p', { class: 'note dim' }, 'No divergence was confirmed in the last 10 sessions.')
    host.append(...Object.values(this.charts).map(({ node }) => node), ...[['Moving averages: distance, slope over 5 sessions, sessions above or below', this.averages.node], ['Momentum', this.momentum.node], ['Divergences, newest first', this.divergences.node, this.none]]
      .map(([title, ...nodes]) => h('div', { class: 'wide' }, h('h3', {}, title), scrolled(title, ...nodes))))
  }

  average (n) {
    const of = row => row.sma.find(known => known.n === n)
    const cell = (name, field, format, way) => ({ name, value: row => of(row)?.[field], format, reason: row => of(row)?.[`${field}_reason`], way, prov: row => `sma.benchmarks.${row.index}.sma.${row.sma.indexOf(of(row))}.${field}` })
    return [cell(`SMA ${n}`, 'value', ratio), cell('dist.', 'distance', change, row => sign(of(row)?.distance)), cell('slope', 'slope', change, row => sign(of(row)?.slope)), cell('streak', 'streak', count)]
  }

  roc (n) {
    const of = row => row.motion?.roc.find(known => known.n === n)
    return { name: `ROC ${n}`, value: row => of(row)?.value, format: signedPercent, reason: row => of(row)?.value_reason, way: row => sign(of(row)?.value), prov: row => `momentum.benchmarks.${row.index}.roc` }
  }

  update ({ sma, momentum, divergence }) {
    const rows = sma.benchmarks.map((one, index) => ({ ...one, key: one.symbol, index, motion: momentum?.benchmarks.find(known => known.symbol === one.symbol) }))
    this.averages.set(rows)
    this.momentum.set(rows)
    const events = (divergence?.benchmarks ?? []).flatMap((one, index) => one.divergences.map((event, at) => ({ ...event, symbol: one.symbol, key: `${one.symbol}|${event.measure}|${event.confirmed}|${event.kind}|${at}`, prov: `divergence.benchmarks.${index}.divergences.${at}` })))
    this.none.hidden = events.length > 0
    this.divergences.node.hidden = events.length === 0
    this.divergences.set(events.sort((a, b) => b.confirmed.localeCompare(a.confirmed)))
    this.showCharts()
  }

  /** Charts of the benchmark that is selected. */
  showCharts () {
    const { section } = this
    const at = section.parts.momentum?.benchmarks.findIndex(known => known.symbol === section.symbol) ?? -1
    if (at < 0) return
    const path = `momentum.benchmarks.${at}`
    const series = section.seriesOf(['rsi14', 'macd', 'macd_signal', 'macd_histogram', 'adx14', 'volatility', 'symbol'].map(field => `${path}.${field}`), section.points)
    if (!series) return
    const columns = windowOf(series.columns, section.range, `${path}.symbol`, section.symbol)
    for (const [key, [name, format, within, lines, own]] of Object.entries(CHARTS)) {
      const shown = lines.map(([title, field, tone, kind]) => ({ name: title, values: columns[`${path}.${field}`], tone, kind, format: own ?? format }))
      text(this.charts[key].title, `${section.symbol}: ${name}`)
      this.charts[key].chart.set({ label: `${section.symbol}, ${name}, ${trend(shown[0].values, own ?? format)}`, days: columns.session, times: columns.as_of, zone: section.zone, format, within, series: shown })
    }
  }
}

function ends ({ measure }, { session: day, price, value }) {
  const [, format] = measureOf(measure)
  return `${session(day)}: ${ratio(price)} at ${format(value)}`
}
