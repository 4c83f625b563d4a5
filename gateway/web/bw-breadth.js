import { BwSection, need } from './bw-section.js'
import { attr, h, number, text } from './dom.js'
import { count, dayMonth, direction, percent, points, ratio, session, signedCount, signedDecimal1, volume } from './format.js'
import { Bar, Line, Split } from './mini.js'

const SPANS = [20, 50, 200]

/** Market breadth: advances and declines, symbols above their averages, the A-D line and what is made of it. */
export class BwBreadth extends BwSection {
  static past = { fields: ['current.ad_line', 'current.net_advances'], points: 120 }

  build () {
    this.line = new Line('ad-line', 'Advance-decline line')
    this.line.onpoint = index => this.readout(index)
    return [h('div', { class: 'breadth' },
      h('div', { class: 'breadth-counts' }, this.buildSplits(), this.buildAverages()), this.buildMeasures(), this.buildLine())]
  }

  buildSplits () {
    const rows = { moves: ['Advancing', 'declining'], volumes: ['Up volume', 'down volume'], records: ['New highs', 'new lows'] }
    this.splits = Object.fromEntries(Object.entries(rows).map(([name, [left, right]]) => {
      const [a, b, middle] = [h('b', { class: 'num up' }), h('b', { class: 'num down' }), h('span', { class: 'num dim' })]
      const bar = new Split()
      const row = h('div', { class: 'split-row' }, h('p', { class: 'pair' },
        h('span', {}, h('span', { class: 'label' }, `${left} `), a), middle, h('span', {}, b, h('span', { class: 'label' }, ` ${right}`))), bar.node)
      return [name, { a, b, middle, bar, row }]
    }))
    return h('div', {}, ...Object.values(this.splits).map(({ row }) => row))
  }

  buildAverages () {
    this.averages = SPANS.map(n => {
      const bar = new Bar('mid')
      const [share, change] = [h('td', { class: 'num strong' }), h('td', { class: 'num' })]
      return { n, bar, share, change, row: h('tr', {}, h('th', { scope: 'row' }, `SMA ${n}`), h('td', { class: 'wide' }, bar.node), share, change) }
    })
    return h('div', {}, h('p', { class: 'label' }, 'Stocks above moving average, tick = previous close'),
      h('table', { class: 'bars averages' }, h('caption', { class: 'vh' }, 'Share of stocks above their moving average, and its change'), h('tbody', {}, ...this.averages.map(({ row }) => row))))
  }

  buildMeasures () {
    const names = { trin: 'TRIN', open10: 'Open TRIN, 10', oscillator: 'McClellan', summation: 'Summation', zweig: 'Zweig EMA 10', hilo: 'High-low index' }
    this.measures = Object.fromEntries(Object.entries(names).map(([key, name]) => {
      const [value, words] = [h('b', { class: 'num' }), h('span', { class: 'dim' })]
      return [key, { value, words, node: h('div', { class: 'measure' }, h('span', { class: 'label' }, name), value, words) }]
    }))
    return h('div', { class: 'measures' }, ...Object.values(this.measures).map(({ node }) => node))
  }

  buildLine () {
    this.lineRead = h('b', { class: 'num' })
    this.lineDay = h('span', { class: 'dim num' })
    this.lineTitle = h('span', { class: 'label' }, 'Advance decline line')
    return h('div', { class: 'breadth-line' }, h('p', { class: 'pair' }, h('span', {}, this.lineTitle, ' ', this.lineRead), this.lineDay), this.line.node)
  }

  update (parts) {
    const current = need(parts, 'current')
    this.current = current
    this.split('moves', current.advances, current.declines, count, current.unchanged)
    this.split('records', current.new_highs, current.new_lows, count)
    if (parts.volume) this.split('volumes', parts.volume.up_volume, parts.volume.down_volume, volume, parts.volume.unchanged_volume, false)
    if (parts.sma) this.showAverages(parts.sma.averages)
    this.showMeasures(current, parts.volume)
    this.readout(null)
  }

  split (name, a, b, format, middle = 0, words = true) {
    const row = this.splits[name]
    number(row.a, a, format)
    number(row.b, b, format)
    text(row.middle, middle && words ? `${format(middle)} unchanged` : '')
    row.bar.set([['up', a], ['flat', middle], ['down', b]])
  }

  showAverages (averages) {
    for (const { n, bar, share, change } of this.averages) {
      const found = averages.find(average => average.n === n) ?? { share: null, share_reason: `the scan has no SMA ${n}` }
      const before = found.share === null || found.change_share === null || found.change_share === undefined ? null : found.share - found.change_share
      bar.set(found.share, before)
      number(share, found.share, percent, found.share_reason)
      if (found.share !== null) attr(share, 'title', `${count(found.above)} of ${count(found.have)} stocks with ${n} bars`)
      number(change, found.change_share, points, found.change_share_reason)
      attr(change, 'data-way', found.change_share == null ? null : direction(found.change_share, 0.0005))
    }
  }

  showMeasures (current, volumes) {
    const { trin, open10, oscillator, summation, zweig, hilo } = this.measures
    measure(trin, volumes?.trin, ratio, volumes?.trin_reason, value => value < 0.8 ? ['buying', 'up'] : value > 1.25 ? ['selling', 'down'] : ['balanced', 'flat'])
    measure(open10, volumes?.trin_open10, ratio, volumes?.trin_open10_reason, value => value < 0.8 ? ['overbought', 'flat'] : value > 1.2 ? ['oversold', 'flat'] : ['neutral', 'flat'])
    measure(oscillator, current.mcclellan_oscillator, signedDecimal1, current.mcclellan_oscillator_reason, value => value > 70 ? ['overbought', 'up'] : value < -70 ? ['oversold', 'down'] : value > 0 ? ['rising', 'up'] : value < 0 ? ['falling', 'down'] : ['flat', 'flat'])
    measure(summation, current.mcclellan_summation, value => signedCount(Math.round(value)), current.mcclellan_summation_reason, value => value > 0 ? ['positive', 'up'] : value < 0 ? ['negative', 'down'] : ['zero', 'flat'])
    const thrust = current.zweig_thrust
    measure(zweig, current.zweig_ema10, ratio, current.zweig_ema10_reason, value => thrust.active ? [`thrust ${thrust.session ? dayMonth(thrust.session) : ''}`, 'up'] : value < 0.4 ? ['armed, under 0.40', 'down'] : ['no thrust', 'flat'])
    measure(hilo, current.high_low_index, percent, current.high_low_index_reason, value => value > 0.5 ? ['highs lead', 'up'] : value < 0.5 ? ['lows lead', 'down'] : ['even', 'flat'])
  }

  updatePast ({ columns }) {
    this.past = columns
    const values = columns['current.ad_line']
    this.line.set(values, columns.session.map(day => day && dayMonth(day)), count)
    text(this.lineTitle, `Advance decline line, ${values.length} sessions`)
    const known = values.filter(value => value !== null)
    attr(this.line.node, 'aria-label', `Advance-decline line over ${values.length} sessions, from ${count(known[0] ?? 0)} to ${count(known.at(-1) ?? 0)}. Arrow keys read single sessions.`)
    this.readout(null)
  }

  readout (index) {
    const value = index === null ? this.current?.ad_line : this.past['current.ad_line'][index]
    number(this.lineRead, value, count)
    const net = index === null ? null : this.past['current.net_advances'][index]
    text(this.lineDay, index === null ? '' : `${session(this.past.session[index])}${net === null ? '' : `, ${signedCount(net)}`}`)
  }
}

function measure ({ value, words, node }, figure, format, reason, meaning) {
  number(value, figure, format, reason)
  const [name, way] = figure === null || figure === undefined ? ['', null] : meaning(figure)
  text(words, name)
  attr(node, 'data-way', way)
}
