import { BwSection, need } from './bw-section.js'
import { attr, h, number, s, text } from './dom.js'
import { classes, count, dayMonth, label, percent, percent0, ratio, session, step } from './format.js'
import { forecastOf } from './forecast.js'
import { Bar, Ribbon, Split } from './mini.js'

const ARROWS = { up: 'M3 16l6-6 4 4 8-8M15 6h6v6', down: 'M3 8l6 6 4-4 8 8M15 18h6v-6', flat: 'M3 12h18M16 7l5 5-5 5' }
const way = name => step(name) > 0 ? 'up' : step(name) < 0 ? 'down' : 'flat'
const WIDE = '(min-width: 761px)'
const DOWN_FROM_TOP = [...classes].reverse()

/** The market regime: verdict, how sure, what would change it, how it came about. */
export class BwRegime extends BwSection {
  static past = { fields: ['current.class', 'current.confidence', 'current.long_hits', 'current.short_hits'], points: 60 }

  build () {
    this.ribbon = new Ribbon('ribbon', 'Regime class of the last scans')
    this.ribbon.onpoint = index => this.readout(index)
    this.forecast = new Split('distribution')
    this.distribution = new Split('distribution thin')
    return [h('div', { class: 'regime' }, this.buildVerdict(), this.buildPast(), this.buildPosterior())]
  }

  buildVerdict () {
    this.icon = s('svg', { viewBox: '0 0 24 24', width: 30, height: 30, 'aria-hidden': 'true' }, s('path', { fill: 'none', stroke: 'currentColor', 'stroke-width': 2.4, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' }))
    this.class = h('span')
    this.verdict = h('p', { class: 'verdict' }, this.icon, this.class)
    this.confidence = h('span', { class: 'num strong' })
    this.confidenceBar = new Bar('thick accent')
    this.conflict = h('span', { class: 'tag warn', hidden: true })
    this.facts = { hits: fact('Long, short hits'), smoothed: fact('Long share, smoothed'), since: fact('Since'), flip: fact('Flips with') }
    return h('div', { class: 'regime-verdict' },
      h('p', { class: 'label' }, 'Current regime'), this.verdict,
      h('p', { class: 'pair' }, h('span', { class: 'label' }, 'Confidence ', this.conflict), this.confidence), this.confidenceBar.node,
      h('dl', { class: 'facts' }, ...Object.values(this.facts).flatMap(({ row }) => row)))
  }

  buildPosterior () {
    this.posterior = DOWN_FROM_TOP.map(name => {
      const bar = new Bar(`s${step(name)}`)
      const value = h('td', { class: 'num' })
      const row = h('tr', {}, h('th', { scope: 'row' }, label(name)), h('td', { class: 'wide' }, bar.node), value)
      return { name, bar, value, row }
    })
    // On a phone the verdict and the prediction come first; this is one touch away.
    const why = h('details', { class: 'regime-posterior' }, h('summary', { class: 'label' }, 'Posterior by class'),
      h('table', { class: 'bars' }, h('caption', { class: 'vh' }, 'Posterior probability of each class'), h('tbody', {}, ...this.posterior.map(({ row }) => row))))
    const wide = matchMedia(WIDE)
    why.open = wide.matches
    wide.addEventListener('change', () => { why.open = wide.matches })
    return why
  }

  buildPast () {
    this.pastTitle = h('span', { class: 'label' }, `Last ${BwRegime.past.points} scans: height is the class, opacity the confidence`)
    this.pastRead = h('span', { class: 'num read' })
    this.forecastTitle = h('span', { class: 'label' }, 'Prediction')
    this.forecastWorth = h('span', { class: 'worth num' })
    this.forecastNone = h('p', { class: 'note dim', hidden: true })
    this.forecastBlock = h('div', { class: 'forecast', hidden: true }, h('p', { class: 'pair' }, this.forecastTitle, this.forecastWorth), this.forecast.node, this.forecastNone)
    this.legend = classes.map(name => ({ name, share: h('span', { class: 'num' }) }))
    this.distributionTitle = h('span', { class: 'label' }, 'Classes of the last 7 sessions')
    this.distributionWords = h('span', { class: 'vh' })
    this.changes = h('ol', { class: 'changes' })
    this.alarm = h('p', { class: 'note warn', hidden: true })
    return h('div', { class: 'regime-past' },
      h('p', { class: 'pair' }, this.pastTitle, this.pastRead), this.ribbon.node, this.forecastBlock,
      h('ul', { class: 'legend' }, ...this.legend.map(({ name, share }) => h('li', {}, h('span', { class: `swatch s${step(name)}`, 'aria-hidden': 'true' }), label(name), ' ', share))),
      h('div', { class: 'regime-recent' }, h('div', {}, this.distributionTitle, this.distributionWords, this.distribution.node),
        h('div', {}, h('p', { class: 'label' }, 'Latest changes'), this.changes)), this.alarm)
  }

  update (parts, envelope) {
    const current = need(parts, 'current')
    this.showVerdict(current)
    this.day = envelope.scan.session
    this.showFacts(current)
    for (const { name, bar, value, row } of this.posterior) {
      bar.set(current.posterior?.[name])
      number(value, current.posterior?.[name], percent0, current.posterior_reason)
      attr(row, 'aria-current', name === current.class ? 'true' : null)
    }
    if (parts.history) this.showHistory(parts.history)
    this.forecastBlock.hidden = !parts.prediction
    if (parts.prediction) this.showForecast(parts.prediction)
  }

  showVerdict (current) {
    const known = current.class !== null
    attr(this.verdict, 'data-way', known ? way(current.class) : 'none')
    attr(this.icon.firstChild, 'd', ARROWS[known ? way(current.class) : 'flat'])
    text(this.class, known ? label(current.class) : 'No class yet')
    attr(this.verdict, 'title', known ? null : current.class_reason)
    number(this.confidence, current.confidence, percent0, current.confidence_reason)
    this.confidenceBar.set(current.confidence)
    const { factor, conflict, opposing_share: opposing } = current.breadth ?? { factor: 1 }
    this.conflict.hidden = factor === 1
    text(this.conflict, `${conflict ? 'conflict' : 'breadth'}, × ${ratio(factor)}`)
    attr(this.conflict, 'title', opposing === undefined || opposing === null ? null : `${percent(opposing)} of the symbols move against the class`)
  }

  showFacts (current) {
    const { hits, smoothed, since, flip } = this.facts
    hits.value.replaceChildren(h('span', { class: 'up' }, count(current.long_hits)), ' / ', h('span', { class: 'down' }, count(current.short_hits)),
      current.ratio === null ? '' : h('span', { class: 'dim' }, `  ratio ${ratio(current.ratio)}`))
    attr(hits.value, 'title', current.ratio_reason)
    number(smoothed.value, current.smoothed_share, percent, current.smoothed_share_reason)
    number(since.value, current.since, value => `${session(value.session, this.day)} (${count(current.scans_in_class)} ${current.scans_in_class === 1 ? 'scan' : 'scans'})`, current.since_reason)
    number(flip.value, current.flip, flipText, current.flip_reason)
    if (current.class === null) text(flip.value, current.class_reason)
  }

  showHistory (history) {
    const shares = history.distribution.sessions_7
    const known = classes.filter(name => shares?.[name] > 0)
    this.distribution.set(known.map(name => [`s${step(name)}`, shares[name], `${label(name)} ${percent0(shares[name])}`]))
    attr(this.distributionTitle, 'title', known.length ? null : history.distribution.sessions_7_reason)
    text(this.distributionWords, known.map(name => `${label(name)} ${percent0(shares[name])}`).join(', ') || 'none')
    const changes = history.changes.slice(-3).reverse()
    this.changes.replaceChildren(...(changes.length ? changes.map(item => change(item, this.day)) : [h('li', { class: 'dim' }, 'The class has not changed yet.')]))
    const { alarm, recent, all } = history.entropy
    this.alarm.hidden = !alarm
    if (alarm) text(this.alarm, `The class hardly varies: entropy ${ratio(recent)} bits of the last 50 scans, ${ratio(all)} of all. The classifier may be stuck.`)
  }

  showForecast (prediction) {
    const { title, worth, skilful, probabilities, reason } = forecastOf(prediction)
    text(this.forecastTitle, title)
    text(this.forecastWorth, worth)
    attr(this.forecastWorth, 'data-plain', !skilful)
    this.forecast.set(classes.map(name => [`s${step(name)}`, probabilities?.[name] ?? 0, percent0(probabilities?.[name] ?? 0)]))
    this.forecastNone.hidden = Boolean(probabilities)
    text(this.forecastNone, probabilities ? '' : `No prediction: ${reason ?? 'not known'}`)
    for (const { name, share } of this.legend) text(share, probabilities ? percent0(probabilities[name]) : '')
  }

  updatePast ({ columns }) {
    const sessions = columns.session
    const columnsOf = sessions.map((day, index) => {
      const name = columns['current.class'][index]
      const confidence = columns['current.confidence'][index]
      return { step: name === null ? null : step(name), opacity: 0.35 + 0.65 * (confidence ?? 0), label: day && dayMonth(day) }
    })
    this.past = columns
    text(this.pastTitle, `Last ${sessions.length} scans: height is the class, opacity the confidence`)
    this.ribbon.set(columnsOf)
    const named = columns['current.class'].filter(Boolean)
    attr(this.ribbon.node, 'aria-label', `Regime of the last ${sessions.length} scans, from ${named[0] ? label(named[0]) : 'none'} to ${named.length ? label(named.at(-1)) : 'none'}. Arrow keys read single scans.`)
    this.readout(null)
  }

  readout (index) {
    if (index === null || !this.past) return text(this.pastRead, '')
    const name = this.past['current.class'][index]
    const confidence = this.past['current.confidence'][index]
    const hits = `${this.past['current.long_hits'][index] ?? '–'} / ${this.past['current.short_hits'][index] ?? '–'}`
    text(this.pastRead, `${session(this.past.session[index], this.day)}: ${name ? label(name) : 'no class'}${confidence === null ? '' : `, ${percent0(confidence)}`}, ${hits}`)
  }

  /** For the title of the page and the announcement of a change. */
  get headline () {
    const current = this.known?.entry?.parts.current
    return current?.class ? { class: current.class, way: way(current.class), words: `${label(current.class)} ${current.confidence === null ? '' : percent0(current.confidence)}`.trim() } : null
  }
}

function flipText ({ side, hits, to, scans }) {
  const after = scans > 1 ? ` after ${count(scans)} scans` : ''
  return hits === 0 ? `${label(to)} if it holds${after}` : `+${count(hits)} ${side}: ${label(to)}${after}`
}

function fact (name) {
  const value = h('dd', { class: 'num' })
  return { value, row: [h('dt', {}, name), value] }
}

function change ({ session: day, from, to, confidence }, near) {
  const name = which => which ? h('span', { class: way(which) }, label(which)) : h('span', { class: 'dim' }, 'none')
  return h('li', {}, h('span', { class: 'dim num' }, session(day, near)), h('span', {}, name(from), ' → ', name(to)), h('span', { class: 'num' }, confidence === null ? '–' : percent0(confidence)))
}
