// What the large view of the position adds: every class, the brakes with what they measured, ruin, and the past.

import { attr, h, number, text } from './dom.js'
import { Chart, trend } from './chart.js'
import { count, label, multiple, percent, percent0, ratio } from './format.js'
import { equity } from './sizing.js'
import { Table, figure, scrolled } from './table.js'

const column = (name, field, format, more) => ({ name, value: row => row[field], format, reason: row => row[`${field}_reason`], prov: row => row.prov && `${row.prov}.${field}`, ...more })
const sign = field => row => row[field] > 0 ? 'up' : row[field] < 0 ? 'down' : null
const CHARTS = {
  size: ['Share at risk: Kelly shrunk, applied', [['Kelly, shrunk', 'kelly.kelly_shrunk', 'text2'], ['Applied', 'kelly.risk_fraction', 'accent']]],
  notional: ['Notional share of equity', [['Notional', 'kelly.notional_fraction', 'accent']]],
  risk: ['Volatility and drawdown of the benchmark', [['Volatility', 'risk.volatility', 'accent'], ['Drawdown', 'risk.drawdown', 'down']]],
  tail: ['VaR and CVaR, 95 %, one session', [['VaR', 'risk.var_95', 'accent'], ['CVaR', 'risk.cvar_95', 'down']]]
}

export class Large {
  constructor (host, section) {
    this.section = section
    this.charts = Object.fromEntries(Object.entries(CHARTS).map(([key, [name]]) => {
      const read = h('span', { class: 'num read' })
      const chart = new Chart({ label: name, sync: 'scans', onpoint: index => text(read, index === null ? '' : chart.words(index)) })
      return [key, { chart, node: h('div', {}, h('div', { class: 'pair' }, h('h3', {}, name), read), chart.node) }]
    }))
    this.classes = new Table('Outcomes by class and side', [
      { name: 'Class, side', node: (row, old) => old ?? h('span', {}, row.class ? label(row.class) : 'All classes', h('span', { class: 'dim' }, ` ${row.side}`)) },
      column('n', 'n', count), column('Wins', 'wins', count, { of: 'more' }), column('Win rate', 'win_rate', percent), column('Mean win', 'mean_win_r', multiple), column('Mean loss', 'mean_loss_r', multiple),
      column('g, shrunk', 'kelly_shrunk', percent, { way: sign('kelly_shrunk') }), column('g, all classes', 'pooled_kelly_shrunk', percent, { of: 'more', way: sign('pooled_kelly_shrunk') })], 'small')
    this.brakes = new Table('Brakes in order', [{ name: 'Brake', node: (row, old) => old ?? document.createTextNode(label(row.name)) }, column('Measured', 'measured', percent), column('Factor', 'factor', value => `× ${ratio(value)}`), column('Result', 'result', percent)], 'small')
    const facts = { 'Posterior win probability': 'kelly.p_posterior', 'Break-even probability': 'kelly.p_break_even', 'Kelly, raw': 'kelly.kelly_raw', 'Kelly, shrunk': 'kelly.kelly_shrunk', 'Share at risk each, all hits taken': 'kelly.risk_fraction_each',
      'Largest drawdown': 'risk.max_drawdown', 'Chance of ever falling to 80 %': 'risk.fall_to_80_probability', 'Chance of ever falling to 50 %': 'risk.fall_to_50_probability' }
    this.facts = Object.entries(facts).map(([name, prov]) => ({ name, prov, value: figure(prov, '', 'dd') }))
    this.positions = h('dd', { class: 'num', 'data-prov': 'kelly.effective_positions' })
    host.append(...Object.values(this.charts).map(({ node }) => node),
      h('div', {}, h('h3', {}, 'Brakes, in order'), scrolled('Brakes, in order', this.brakes.node)),
      h('div', {}, h('h3', {}, 'Edge and ruin'), h('dl', { class: 'facts' }, ...this.facts.flatMap(({ name, value }) => [h('dt', {}, name), value]), h('dt', {}, 'Hits, and what they count as'), this.positions), this.buildEquity()),
      h('div', { class: 'wide' }, h('h3', {}, 'Outcomes by class and side'), scrolled('Outcomes by class and side', this.classes.node)))
  }

  buildEquity () {
    const input = h('input', { type: 'number', min: '0', step: 'any', id: 'equity', inputmode: 'decimal', 'data-amount': true })
    input.value = equity() ?? ''
    input.addEventListener('change', () => {
      try { localStorage.setItem('bw:equity', input.value) } catch { /* for this page only, then */ }
      this.section.update(this.section.drawn.parts, this.section.drawn.head)
    })
    return h('p', { class: 'equity' }, h('label', { for: 'equity' }, 'Equity, for amounts of money; it stays in this browser'), input)
  }

  update ({ kelly, risk }) {
    this.brakes.set(kelly.brakes.map((brake, index) => ({ ...brake, key: brake.name, prov: `kelly.brakes.${index}` })))
    for (const line of this.brakes.body.children) attr(line, 'aria-current', line.dataset.key === kelly.binding ? 'true' : null)
    const pooled = kelly.pooled ? [{ ...kelly.pooled, key: 'pooled', side: kelly.side ?? '', prov: 'kelly.pooled', pooled_kelly_shrunk: null, pooled_kelly_shrunk_reason: 'this is the figure of all classes' }] : []
    this.classes.set([...kelly.by_class.map((record, index) => ({ ...record, key: `${record.class}|${record.side}`, prov: `kelly.by_class.${index}` })), ...pooled])
    for (const line of this.classes.body.children) attr(line, 'aria-current', line.dataset.key === `${kelly.class}|${kelly.side}` ? 'true' : null)
    for (const { prov, value } of this.facts) {
      const [part, field] = prov.split('.')
      const of = part === 'kelly' ? kelly : risk ?? {}
      number(value, of[field], percent, of[`${field}_reason`])
    }
    number(this.positions, kelly.effective_positions, value => `${kelly.positions === null ? '' : `${count(kelly.positions)}, `}${ratio(value)}`, kelly.effective_positions_reason)
  }

  updatePast ({ columns }, zone) {
    for (const [key, [name, series]] of Object.entries(CHARTS)) {
      const lines = series.map(([title, field, tone]) => ({ name: title, values: columns[field], tone, tag: series.length > 1, area: series.length === 1, format: percent }))
      this.charts[key].chart.set({ label: `${name}, ${trend(lines.at(-1).values, percent)}`, days: columns.session, times: columns.as_of, zone, format: key === 'tail' ? percent : percent0, series: lines })
    }
  }
}
