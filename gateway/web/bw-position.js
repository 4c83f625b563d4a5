import { BwSection, need } from './bw-section.js'
import { attr, h, number, text } from './dom.js'
import { count, label, multiple, percent, percent0, ratio } from './format.js'
import { Bar, Range, enlarge } from './mini.js'
import { equity, growth, headline, outcomes, pressure, rangeOf, scoreOf } from './sizing.js'

const BRAKES = { kelly_fraction: 'Kelly', volatility_target: 'Volatility', drawdown: 'Drawdown', breadth: 'Breadth', floor: 'Floor', cap: 'Cap' }
const RISKS = { volatility: 'Volatility', var_95: 'VaR 95%', cvar_95: 'CVaR 95%', drawdown: 'Drawdown' }
const GLYPHS = { size: '●', count: '≡', brake: '◆' }
const FEW = 30

/** How much to risk: the size, what it rests on, what lowers it and how good such advice was. */
export class BwPosition extends BwSection {
  static needs = ['kelly.risk_fraction', 'kelly.brakes']
  static past = { fields: [], more: ['kelly.risk_fraction', 'kelly.kelly_shrunk', 'kelly.notional_fraction', 'kelly.negative_edge_probability', 'risk.volatility', 'risk.var_95', 'risk.cvar_95', 'risk.drawdown'], points: 1, large: 2000 }

  build () {
    this.range = new Range('range', 'Range of the share at risk')
    this.rangeNote = h('p', { class: 'note dim', hidden: true })
    this.brakes = h('ol', { class: 'brakes', 'aria-label': 'Brakes, in order' })
    this.sentences = h('ul', { class: 'guidance' })
    this.score = h('p', { class: 'score' })
    this.more = h('div', { class: 'large' })
    return [h('div', { class: 'position' }, h('div', { class: 'position-top' }, this.buildSize(), this.buildFacts()),
      h('div', {}, this.range.node, this.rangeNote), this.brakes, this.buildRisks(), this.sentences, this.score), this.more]
  }

  buildSize () {
    this.side = h('p', { class: 'label' })
    this.hero = h('p', { class: 'hero num', 'data-prov': 'kelly.risk_fraction' })
    this.money = h('span', { class: 'num', 'data-amount': true, 'data-prov': 'kelly.risk_fraction' })
    this.notional = h('span', { class: 'num', 'data-prov': 'kelly.notional_fraction' })
    this.stop = h('span', { class: 'num', 'data-prov': 'kelly.stop_distance' })
    this.under = h('p', { class: 'label' }, this.money, 'notional ', this.notional, ', stop ', this.stop, ' away')
    return h('div', { class: 'size' }, this.side, this.hero, this.under)
  }

  buildFacts () {
    const names = { n: 'Outcomes, this class', rate: 'Win rate', means: 'Mean win, loss', negative: 'Chance edge < 0' }
    const prov = { n: 'n', rate: 'win_rate', means: 'mean_win_r', negative: 'negative_edge_probability' }
    this.facts = Object.fromEntries(Object.keys(names).map(key => [key, h('dd', { class: 'num', 'data-prov': `kelly.${prov[key]}` })]))
    return h('dl', { class: 'facts' }, ...Object.entries(names).flatMap(([key, name]) => [h('dt', {}, name), this.facts[key]]))
  }

  buildRisks () {
    this.risks = Object.entries(RISKS).map(([field, name]) => {
      const [bar, value, limit, word] = [new Bar(), h('b', { class: 'num', 'data-prov': `risk.${field}` }), h('span', { class: 'num dim', 'data-prov': `risk.limits.${field}` }), h('span', { class: 'risk-word' })]
      return { field, bar, value, limit, word, node: h('div', { class: 'risk' }, h('p', { class: 'pair' }, h('span', { class: 'label' }, name), word), h('p', {}, value, limit), bar.node) }
    })
    return h('div', { class: 'risks' }, ...this.risks.map(({ node }) => node))
  }

  update (parts) {
    const kelly = need(parts, 'kelly')
    this.showSize(kelly)
    this.showFacts(kelly)
    this.showBrakes(kelly)
    if (parts.risk) this.showRange(kelly, parts.risk.limits)
    if (parts.risk) this.showRisks(parts.risk)
    if (parts.guidance) this.showGuidance(parts.guidance, kelly)
    enlarge(this, () => import('./position-large.js'), parts)
  }

  updatePast (series) { if (this.large) this.view?.updatePast(series, this.zone) }

  subline ({ kelly, risk }) {
    const part = risk?.limits.fraction
    return [kelly.side && `${kelly.side} side`, part && (part === 0.5 ? 'half Kelly' : `${ratio(part)} of Kelly`)].filter(Boolean).join(', ')
  }

  showSize (kelly) {
    const { words, number: risk } = headline(kelly)
    text(this.side, `Risk per position${kelly.side ? `, ${kelly.side} side` : ''}`)
    attr(this.side, 'title', kelly.class ? `In a market of class ${label(kelly.class).toLowerCase()}` : kelly.class_reason)
    if (words) { text(this.hero, words); attr(this.hero, 'title', kelly.binding_reason) } else number(this.hero, risk, percent, kelly.risk_fraction_reason)
    attr(this.hero, 'data-words', Boolean(words))
    number(this.notional, kelly.notional_fraction, percent, kelly.notional_fraction_reason)
    number(this.stop, kelly.stop_distance, percent, kelly.stop_distance_reason)
    const own = equity()
    text(this.money, own && risk ? `${count(Math.round(own * risk))} at the stop, ` : '')
  }

  showFacts (kelly) {
    const { n, rate, means, negative } = this.facts
    const pool = kelly.n !== null && kelly.n < FEW ? kelly.pooled : null
    const also = words => pool ? ` (${words()})` : ''
    const or = (value, format) => value === null || value === undefined ? '–' : format(value)
    number(n, kelly.n, value => count(value) + also(() => `all ${count(pool.n)}`), kelly.n_reason)
    number(rate, kelly.win_rate, value => percent(value) + also(() => or(pool.win_rate, percent)), kelly.win_rate_reason)
    const both = kelly.mean_win_r === null && kelly.mean_loss_r === null ? null : kelly
    number(means, both, value => `${or(value.mean_win_r, multiple)}, ${or(value.mean_loss_r, multiple)}` + also(() => `${or(pool.mean_win_r, multiple)}, ${or(pool.mean_loss_r, multiple)}`), kelly.mean_win_r_reason ?? kelly.mean_loss_r_reason)
    number(negative, kelly.negative_edge_probability, percent0, kelly.negative_edge_probability_reason)
  }

  showRange (kelly, limits) {
    const figures = rangeOf(kelly, limits)
    this.range.node.hidden = !figures
    this.rangeNote.hidden = Boolean(figures)
    text(this.rangeNote, figures ? '' : `No interval: ${kelly.interval_reason ?? kelly.kelly_shrunk_reason ?? 'not known'}`)
    this.range.set(figures)
    if (figures) attr(this.range.node, 'aria-label', `Share at risk in percent: ${[...figures.ticks.map(({ words }) => words), figures.band && `10 to 90 % ${figures.band[2]} to ${figures.band[3]}`, `applied ${percent(figures.applied)}`].filter(Boolean).join(', ')}`)
  }

  showBrakes ({ brakes, binding, binding_reason: reason }) {
    this.brakes.replaceChildren(...brakes.map((brake, index) => {
      const [result, factor] = [h('b', { class: 'num', 'data-prov': `kelly.brakes.${index}.result` }), h('span', { class: 'num dim', 'data-prov': `kelly.brakes.${index}.factor` })]
      number(result, brake.result, percent, brake.result_reason)
      number(factor, brake.factor, value => `× ${ratio(value)}`, brake.factor_reason)
      const binds = brake.name === binding
      return h('li', { 'data-binding': binds }, h('span', { class: 'brake-name' }, BRAKES[brake.name] ?? label(brake.name), binds && ' ', binds && h('span', { class: 'vh' }, 'binding')),
        h('span', { class: 'brake-figures' }, result, ' ', factor))
    }))
    attr(this.brakes, 'title', binding ? null : reason)
  }

  showRisks (risk) {
    for (const { field, bar, value, limit, word, node } of this.risks) {
      const most = risk.limits?.[field]
      number(value, risk[field], percent, risk[`${field}_reason`])
      text(limit, most > 0 ? ` / ${percent(most)}` : '')
      bar.set(most > 0 && risk[field] !== null ? risk[field] / most : 0)
      const level = pressure(risk[field], most)
      attr(node, 'data-level', level)
      text(word, level)
      attr(node, 'title', level === 'over' ? `Over its limit; measured on ${risk.benchmark ?? 'the benchmark'}` : risk.benchmark && `Measured on ${risk.benchmark}`)
    }
  }

  showGuidance ({ sentences, score }, kelly) {
    // The headline says already that there is no edge.
    const shown = sentences.filter(({ topic }) => !(topic === 'side' && headline(kelly).negative)).slice(0, 4)
    this.sentences.replaceChildren(...shown.map(({ topic, text: words, fields }) => h('li', { 'data-topic': topic, title: `From ${fields.join(', ')}` },
      h('span', { class: 'glyph', 'aria-hidden': 'true' }, topic === 'side' ? (kelly.side === 'short' ? '↓' : '↑') : GLYPHS[topic] ?? '·'), h('span', {}, words),
      h('span', { class: 'rests dim' }, fields.map(field => label(field.split('.').at(-1)).toLowerCase()).join(', ')))))
    if (!score) return text(this.score, '')
    const { ways, verdict } = scoreOf(score)
    this.score.replaceChildren(`${outcomes(score.n)}: `, ...ways.flatMap(({ name, value, reason }, index) => {
      const figure = h('b', { class: 'num', 'data-prov': 'guidance.score' })
      number(figure, value, growth, reason)
      return [index ? ', ' : '', `${name} `, figure]
    }), '. ', verdict ? h('span', { class: 'verdict-words' }, verdict) : '')
  }
}
