// What the large view of the regime adds: every forecaster with its scores, how far it can be trusted, the whole past.

import { h, text } from './dom.js'
import { Chart, trend } from './chart.js'
import { count, decimal3, label, percent, percent0, ratio, signedRatio } from './format.js'
import { NAMES } from './forecast.js'
import { Table, scrolled } from './table.js'

const score = (name, field, format) => ({ name, value: row => row[field], format, reason: row => row[`${field}_reason`], prov: row => `prediction.forecasters.${row.key}.${field}` })

export class Large {
  constructor (host) {
    this.share = new Chart({ className: 'tall', label: 'Long share of hits', sync: 'scans', onpoint: index => this.readout(index) })
    this.read = h('span', { class: 'num read' })
    this.scores = new Table('Scores of the forecasters', [{ name: 'Forecaster', node: row => h('span', {}, NAMES[row.key] ?? row.key, row.best ? h('span', { class: 'tag' }, 'best') : '') },
      score('Skill', 'rps_skill', signedRatio), score('RPS', 'rps', decimal3), score('Brier', 'brier', decimal3), score('Log loss', 'log_loss', decimal3), score('Lead, z', 'rps_lead_z', signedRatio), score('n', 'n', count)])
    this.reliability = new Table('Forecast and outcome', [{ name: 'Forecast of', node: row => h('span', { class: 'num' }, `${percent0(row.from)} to ${percent0(row.to)}`) },
      { name: 'Mean forecast', value: row => row.forecast, format: percent, reason: row => row.forecast_reason, prov: row => `${row.prov}.forecast` },
      { name: 'Came true', value: row => row.observed, format: percent, reason: row => row.observed_reason, prov: row => `${row.prov}.observed` },
      { name: 'n', value: row => row.n, format: count, prov: row => `${row.prov}.n` }], 'small')
    this.title = h('h3')
    this.entropy = h('p', { class: 'note dim num', 'data-prov': 'history.entropy' })
    host.append(h('div', { class: 'wide' }, h('div', { class: 'pair' }, h('h3', {}, 'Long share of the hits, smoothed'), this.read), this.share.node),
      h('div', {}, h('h3', {}, 'Forecasters, on the same forecasts'), scrolled('Scores of the forecasters', this.scores.node), this.entropy), h('div', {}, this.title, scrolled('Forecast and outcome', this.reliability.node)))
  }

  update ({ prediction, history }) {
    if (prediction) {
      const { best, forecasters } = prediction
      this.scores.set(Object.entries(forecasters).map(([key, scores]) => ({ key, best: key === best, ...scores })))
      text(this.title, `Reliability, ${NAMES[best] ?? best}`)
      this.reliability.set(forecasters[best].reliability.map((bin, index) => ({ ...bin, key: index, prov: `prediction.forecasters.${best}.reliability.${index}` })))
    }
    const { recent, all, n } = history?.entropy ?? {}
    text(this.entropy, n === undefined ? '' : `Entropy of the class: ${recent === null ? '–' : ratio(recent)} bits over the last 50 scans, ${all === null ? '–' : ratio(all)} over all ${count(n)}.`)
  }

  updatePast ({ columns }, zone) {
    this.columns = columns
    const values = columns['current.smoothed_share']
    this.share.set({ label: `Smoothed long share over ${count(values.length)} scans, ${trend(values, percent)}`, days: columns.session, times: columns.as_of, zone, format: percent0, within: [0, 1], series: [{ name: 'Long share', values, tone: 'accent', area: true, format: percent }] })
  }

  readout (index) {
    const name = index === null ? null : this.columns['current.class'][index]
    text(this.read, index === null ? '' : `${this.share.words(index)}, ${name ? label(name) : 'no class'}`)
  }
}
