// What the large view of the breadth adds: oscillators and shares over time, sectors, and who crossed an average.

import { h, text } from './dom.js'
import { Chart, trend } from './chart.js'
import { count, percent, percent0, ratio, signedCount, signedDecimal1, volume } from './format.js'
import { Split } from './mini.js'
import { Table, scrolled } from './table.js'

const CHARTS = {
  shares: ['Stocks above their averages', percent0, [0, 1], [['SMA 20', 'sma.averages.2.share', 'sma20'], ['SMA 50', 'sma.averages.3.share', 'sma50'], ['SMA 200', 'sma.averages.5.share', 'sma200']], percent],
  oscillator: ['McClellan oscillator', value => signedCount(Math.round(value)), undefined, [['Oscillator', 'current.mcclellan_oscillator', 'accent']], signedDecimal1],
  summation: ['McClellan summation', value => signedCount(Math.round(value)), undefined, [['Summation', 'current.mcclellan_summation', 'accent']]],
  records: ['New highs and lows', count, undefined, [['New highs', 'current.new_highs', 'up'], ['New lows', 'current.new_lows', 'down']]],
  zweig: ['Zweig EMA 10 of the advancing share', percent0, undefined, [['EMA 10', 'current.zweig_ema10', 'accent']], percent],
  hilo: ['High-low index', percent0, [0, 1], [['Index', 'current.high_low_index', 'accent']], percent],
  trin: ['Open TRIN, 10 sessions', ratio, undefined, [['Open TRIN', 'volume.trin_open10', 'accent']]],
  volume: ['Volume line', volume, undefined, [['Volume line', 'volume.volume_line', 'accent']]]
}
const share = ({ symbols, advances }) => symbols > 0 ? advances / symbols : null

export class Large {
  constructor (host) {
    this.charts = Object.fromEntries(Object.entries(CHARTS).map(([key, [name]]) => {
      const read = h('span', { class: 'num read' })
      const chart = new Chart({ label: name, sync: 'scans', onpoint: index => text(read, index === null ? '' : chart.words(index)) })
      return [key, { chart, node: h('div', {}, h('div', { class: 'pair' }, h('h3', {}, name), read), chart.node) }]
    }))
    this.sectors = new Table('Sectors', [
      { name: 'Sector', node: (row, old) => old ?? document.createTextNode(row.sector) },
      { name: 'Symbols', value: row => row.symbols, format: count, prov: row => `current.sectors.${row.index}.symbols` },
      { name: 'Advancing', value: row => row.advances, format: count, way: () => 'up', prov: row => `current.sectors.${row.index}.advances` },
      { name: 'Declining', value: row => row.declines, format: count, way: () => 'down', prov: row => `current.sectors.${row.index}.declines` },
      { name: 'Up and down', of: 'wide more', node: sectorBar },
      { name: 'Advancing share', value: share, format: percent0, prov: row => `current.sectors.${row.index}.advances` },
      { name: 'Above SMA 50', value: row => row.above_sma50_share, format: percent, reason: row => row.above_sma50_share_reason, prov: row => `current.sectors.${row.index}.above_sma50_share` }], 'small')
    this.crossed = new Table('Symbols that crossed an average in this scan', [
      { name: 'Average', value: row => row.n, format: n => `SMA ${n}`, prov: row => `sma.averages.${row.index}.n` },
      { name: 'Above', value: row => row.above, format: (value, row) => `${count(value)} of ${count(row.have)}`, prov: row => `sma.averages.${row.index}.above` },
      { name: '▲ crossed up', of: 'words', node: row => symbols(row.crossed_up) }, { name: '▼ crossed down', of: 'words', node: row => symbols(row.crossed_down) }], 'small')
    this.noSectors = h('p', { class: 'note dim' }, 'No sector is known: none came with the symbols (bellwether import … --sectors FILE).')
    this.facts = h('p', { class: 'note num' })
    host.append(...Object.values(this.charts).map(({ node }) => node), h('div', { class: 'wide' }, h('h3', {}, 'Sectors'), scrolled('Sectors', this.sectors.node), this.noSectors),
      h('div', { class: 'wide' }, h('h3', {}, 'Symbols that crossed in this scan, largest by traded value'), scrolled('Symbols that crossed in this scan', this.crossed.node), this.facts))
  }

  update ({ current, sma, volume: volumes }) {
    const sectors = (current.sectors ?? []).map((sector, index) => ({ ...sector, key: sector.sector, index })).sort((a, b) => share(b) - share(a))
    this.sectors.node.hidden = sectors.length === 0
    this.noSectors.hidden = sectors.length > 0
    this.sectors.set(sectors)
    this.crossed.set((sma?.averages ?? []).map((average, index) => ({ ...average, key: average.n, index })))
    text(this.facts, [volumes?.ninety_percent_day && `A 90 % ${volumes.ninety_percent_day} day.`, `Counting closes: ${count(current.new_highs_close)} new highs, ${count(current.new_lows_close)} new lows.`,
      `RANA ${current.rana === null ? '–' : signedDecimal1(current.rana)}, McClellan EMA 19 ${current.mcclellan_ema19 === null ? '–' : signedDecimal1(current.mcclellan_ema19)}, EMA 39 ${current.mcclellan_ema39 === null ? '–' : signedDecimal1(current.mcclellan_ema39)}.`].filter(Boolean).join(' '))
  }

  updatePast ({ columns }, zone) {
    for (const [key, [name, format, within, series, own]] of Object.entries(CHARTS)) {
      const lines = series.map(([title, field, tone]) => ({ name: title, values: columns[field], tone, tag: series.length > 1, area: series.length === 1, format: own ?? format }))
      this.charts[key].chart.set({ label: `${name}, ${trend(lines[0].values, own ?? format)}`, days: columns.session, times: columns.as_of, zone, format, within, series: lines })
    }
  }
}

function sectorBar (row, old) {
  const bar = old?.bar ?? new Split()
  bar.node.bar = bar
  bar.set([['up', row.advances], ['flat', Math.max(0, row.symbols - row.advances - row.declines)], ['down', row.declines]])
  return bar.node
}

const symbols = names => h('span', { class: names?.length ? '' : 'dim' }, names?.length ? names.join(' ') : 'none')
