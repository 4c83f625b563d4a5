import { BwSection, need } from './bw-section.js'
import { Chart, trend } from './chart.js'
import { attr, h, number, text } from './dom.js'
import { count, dayMonth, direction, percent, points, ratio, session, signedCount, signedDecimal1, volume } from './format.js'
import { Bar, Split, enlarge } from './mini.js'
import { figure } from './table.js'

const SPANS = [5, 10, 20, 50, 100, 200]
const SHOWN = [20, 50, 200]

/** Market breadth: advances and declines, symbols above their averages, the A-D line and what is made of it. */
export class BwBreadth extends BwSection {
  static needs = ['current.advances', 'current.declines', 'current.ad_line']
  static past = {
    fields: ['current.ad_line', 'current.net_advances'],
    more: ['current.mcclellan_oscillator', 'current.mcclellan_summation', 'current.new_highs', 'current.new_lows', 'current.high_low_index', 'current.zweig_ema10',
      'sma.averages.2.share', 'sma.averages.3.share', 'sma.averages.5.share', 'volume.trin_open10', 'volume.volume_line'],
    points: 120,
    large: 2000
  }

  build () {
    this.line = new Chart({ className: 'ad-line', label: 'Advance-decline line', sync: 'scans', onpoint: index => this.readout(index) })
    this.more = h('div', { class: 'large' })
    return [h('div', { class: 'breadth' },
      h('div', { class: 'breadth-counts' }, this.buildSplits(), this.buildAverages()), this.buildMeasures(), this.buildLine()), this.more]
  }

  buildSplits () {
    const rows = {
      moves: ['Advancing', 'declining', 'current.advances', 'current.declines'],
      volumes: ['Up volume', 'down volume', 'volume.up_volume', 'volume.down_volume'],
      records: ['New highs', 'new lows', 'current.new_highs', 'current.new_lows']
    }
    this.splits = Object.fromEntries(Object.entries(rows).map(([name, [left, right, first, second]]) => {
      const [a, b, middle] = [figure(first, 'up'), figure(second, 'down'), h('span', { class: 'num dim', 'data-prov': 'current.unchanged' })]
      const bar = new Split()
      const row = h('div', { class: 'split-row' }, h('p', { class: 'pair' },
        h('span', {}, h('span', { class: 'label' }, `${left} `), a), middle, h('span', {}, b, h('span', { class: 'label' }, ` ${right}`))), bar.node)
      return [name, { a, b, middle, bar, row }]
    }))
    return h('div', {}, ...Object.values(this.splits).map(({ row }) => row))
  }

  buildAverages () {
    this.averages = SPANS.map((n, index) => {
      const bar = new Bar('mid')
      const [share, change] = ['share', 'change_share'].map(field => figure(`sma.averages.${index}.${field}`, field === 'share' ? 'strong' : '', 'td'))
      return { n, bar, share, change, row: h('tr', { class: SHOWN.includes(n) ? '' : 'only-large' }, h('th', { scope: 'row' }, `SMA ${n}`), h('td', { class: 'wide' }, bar.node), share, change) }
    })
    return h('div', {}, h('p', { class: 'label' }, 'Above moving average, tick = previous'),
      h('table', { class: 'bars averages' }, h('caption', { class: 'vh' }, 'Share of stocks above their moving average, and its change'), h('tbody', {}, ...this.averages.map(({ row }) => row))))
  }

  buildMeasures () {
    const names = {
      trin: ['TRIN', 'volume.trin'], open10: ['Open TRIN 10', 'volume.trin_open10'], oscillator: ['McClellan', 'current.mcclellan_oscillator'],
      summation: ['Summation', 'current.mcclellan_summation'], zweig: ['Zweig EMA 10', 'current.zweig_ema10'], hilo: ['High-low index', 'current.high_low_index']
    }
    this.measures = Object.fromEntries(Object.entries(names).map(([key, [name, prov]]) => {
      const [value, words] = [figure(prov), h('span', { class: 'dim' })]
      return [key, { value, words, node: h('div', { class: 'measure' }, h('span', { class: 'label' }, name), value, words) }]
    }))
    return h('div', { class: 'measures' }, ...Object.values(this.measures).map(({ node }) => node))
  }

  buildLine () {
    this.lineRead = figure('current.ad_line')
    this.lineDay = h('span', { class: 'dim num' })
    this.lineTitle = h('span', { class: 'label' }, 'Advance decline line')
    return h('div', { class: 'breadth-line' }, h('p', { class: 'pair' }, h('span', {}, this.lineTitle, ' ', this.lineRead), this.lineDay), this.line.node)
  }

  update (parts, envelope) {
    const current = need(parts, 'current')
    this.current = current
    this.day = envelope.scan.session
    this.split('moves', current.advances, current.declines, count, current.unchanged)
    this.split('records', current.new_highs, current.new_lows, count)
    this.split('volumes', parts.volume?.up_volume, parts.volume?.down_volume, volume)
    this.showAverages(parts.sma?.averages ?? [])
    this.showMeasures(current, parts.volume)
    this.readout(null)
    enlarge(this, () => import('./breadth-large.js'), parts)
  }

  /** Figures of a feed that cannot be right are not shown, however fresh they are. */
  empty (_, { quality, quality_reason: reason }) {
    return quality === 'insufficient' && reason?.startsWith('data fault') ? { title: 'Data fault', detail: reason.replace(/^data fault: /, ''), fault: true } : null
  }

  subline (_, { coverage }) { return coverage ? `${count(coverage.eligible)} of ${count(coverage.listed)} symbols` : '' }

  split (name, a, b, format, middle = 0) {
    const row = this.splits[name]
    number(row.a, a, format)
    number(row.b, b, format)
    text(row.middle, middle ? `${format(middle)} unchanged` : '')
    row.bar.set([['up', a ?? 0], ['flat', middle], ['down', b ?? 0]])
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
    measure(oscillator, current.mcclellan_oscillator, signedDecimal1, current.mcclellan_oscillator_reason, value => value > 70 ? ['overbought', 'up'] : value < -70 ? ['oversold', 'down'] : value > 0 ? ['above zero', 'up'] : value < 0 ? ['below zero', 'down'] : ['zero', 'flat'])
    measure(summation, current.mcclellan_summation, value => signedCount(Math.round(value)), current.mcclellan_summation_reason, value => value > 0 ? ['positive', 'up'] : value < 0 ? ['negative', 'down'] : ['zero', 'flat'])
    const thrust = current.zweig_thrust ?? {}
    measure(zweig, current.zweig_ema10, ratio, current.zweig_ema10_reason, value => thrust.active ? [`thrust ${thrust.session ? dayMonth(thrust.session) : ''}`, 'up'] : value < 0.4 ? ['armed, under 0.40', 'down'] : ['no thrust', 'flat'])
    measure(hilo, current.high_low_index, percent, current.high_low_index_reason, value => value > 0.5 ? ['highs lead', 'up'] : value < 0.5 ? ['lows lead', 'down'] : ['even', 'flat'])
  }

  updatePast (series) {
    const { columns } = series
    this.past = columns
    const values = columns['current.ad_line']
    text(this.lineTitle, `Advance decline line, ${count(values.length)} ${values.length === 1 ? 'session' : 'sessions'}`)
    this.line.set({
      label: `Advance-decline line over ${count(values.length)} sessions, ${trend(values, count)}`, days: columns.session, times: columns.as_of, zone: this.zone, format: count,
      series: [{ name: 'A-D line', values, tone: 'accent', area: true }]
    })
    this.readout(this.line.cursor)
    if (this.large) this.view?.updatePast(series, this.zone)
  }

  readout (index) {
    const value = index === null ? this.current?.ad_line : this.past['current.ad_line'][index]
    number(this.lineRead, value, count)
    const net = index === null ? null : this.past['current.net_advances'][index]
    text(this.lineDay, index === null || !this.past.session[index] ? '' : `${session(this.past.session[index], this.day)}${net === null ? '' : `, ${signedCount(net)}`}`)
  }
}

function measure ({ value, words, node }, amount, format, reason, meaning) {
  number(value, amount, format, reason)
  const [name, way] = amount === null || amount === undefined ? ['', null] : meaning(amount)
  text(words, name)
  attr(node, 'data-way', way)
}
