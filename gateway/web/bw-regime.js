import { BwSection, need } from './bw-section.js'
import { attr, h, number, s, text } from './dom.js'
import { classes, clock, count, dayMonth, label, percent, percent0, ratio, session, step } from './format.js'
import { forecastOf } from './forecast.js'
import { Bar, Ribbon, Split, enlarge } from './mini.js'

const ARROWS = { up: 'M3 16l6-6 4 4 8-8M15 6h6v6', down: 'M3 8l6 6 4-4 8 8M15 18h6v-6', flat: 'M3 12h18M16 7l5 5-5 5' }
const way = name => step(name) > 0 ? 'up' : step(name) < 0 ? 'down' : 'flat'
const WIDE = '(min-width: 761px)'
const DOWN_FROM_TOP = [...classes].reverse()
const SESSIONS = 7
const FEWEST = 60

/** The market regime: verdict, how sure, what would change it, how it came about. */
export class BwRegime extends BwSection {
  static needs = ['current.class', 'current.long_hits', 'current.short_hits']
  static past = { fields: ['current.class', 'current.confidence', 'current.long_hits', 'current.short_hits'], more: ['current.smoothed_share'], points: 300, large: 2000 }

  build () {
    this.ribbon = new Ribbon('ribbon', 'Regime class of the last scans')
    this.ribbon.onpoint = index => this.readout(index)
    this.ribbon.say = index => this.said(index)
    this.forecast = new Split('distribution')
    this.distribution = new Split('distribution thin')
    this.more = h('div', { class: 'large' })
    return [h('div', { class: 'regime' }, this.buildVerdict(), this.buildPast(), this.buildPosterior(), this.buildRecent()), this.more]
  }

  buildVerdict () {
    this.icon = s('svg', { viewBox: '0 0 24 24', width: 30, height: 30, 'aria-hidden': 'true' }, s('path', { fill: 'none', stroke: 'currentColor', 'stroke-width': 2.4, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' }))
    this.class = h('span', { 'data-prov': 'current.class' })
    this.verdict = h('p', { class: 'verdict' }, this.icon, this.class)
    this.confidence = h('span', { class: 'num strong', 'data-prov': 'current.confidence' })
    this.confidenceBar = new Bar('thick accent')
    this.conflict = h('span', { class: 'tag warn', hidden: true, 'data-prov': 'current.breadth.factor' })
    this.facts = { hits: fact('Long, short hits'), smoothed: fact('Smoothed share', 'smoothed_share'), since: fact('Since', 'since'), flip: fact('Flips with', 'flip') }
    this.long = h('b', { class: 'up', 'data-prov': 'current.long_hits' })
    this.short = h('b', { class: 'down', 'data-prov': 'current.short_hits' })
    this.ratio = h('span', { 'data-prov': 'current.ratio' })
    this.facts.hits.value.append(this.long, ' / ', this.short, h('span', { class: 'dim' }, ', ratio ', this.ratio))
    return h('div', { class: 'regime-verdict' },
      h('p', { class: 'label' }, 'Current regime'), this.verdict,
      h('p', { class: 'pair' }, h('span', { class: 'label' }, 'Confidence ', this.conflict), this.confidence), this.confidenceBar.node,
      h('dl', { class: 'facts' }, ...Object.values(this.facts).flatMap(({ row }) => row)))
  }

  buildPosterior () {
    this.posterior = DOWN_FROM_TOP.map(name => {
      const bar = new Bar(`s${step(name)}`)
      const value = h('td', { class: 'num', 'data-prov': `current.posterior.${name}` })
      const row = h('tr', {}, h('th', { scope: 'row' }, label(name)), h('td', { class: 'wide' }, bar.node), value)
      return { name, bar, value, row }
    })
    // On a phone the verdict and the prediction come first; this is one touch away.
    const why = h('details', { class: 'regime-posterior' }, h('summary', { class: 'label' }, 'Why: posterior by class'),
      h('table', { class: 'bars' }, h('caption', { class: 'vh' }, 'Posterior probability of each class'), h('tbody', {}, ...this.posterior.map(({ row }) => row))))
    const wide = matchMedia(WIDE)
    why.open = wide.matches
    wide.addEventListener('change', () => { why.open = wide.matches })
    return why
  }

  buildPast () {
    this.pastTitle = h('span', { class: 'label' }, 'Height is the class, opacity the confidence')
    this.pastRead = h('span', { class: 'num read' })
    this.forecastTitle = h('span', { class: 'label' }, 'Prediction')
    this.forecastWorth = h('span', { class: 'worth num', 'data-prov': 'prediction.skilful' })
    this.forecastNone = h('p', { class: 'note dim', hidden: true })
    this.forecastBlock = h('div', { class: 'forecast', hidden: true }, h('p', { class: 'pair' }, this.forecastTitle, this.forecastWorth), this.forecast.node, this.forecastNone)
    this.legend = classes.map(name => ({ name, share: h('span', { class: 'num', 'data-prov': 'prediction.forecasters' }) }))
    this.alarm = h('p', { class: 'note warn', hidden: true })
    return h('div', { class: 'regime-past' },
      h('p', { class: 'pair' }, this.pastTitle, this.pastRead), this.ribbon.node, this.forecastBlock,
      h('ul', { class: 'legend' }, ...this.legend.map(({ name, share }) => h('li', {}, h('span', { class: `swatch s${step(name)}`, 'aria-hidden': 'true' }), label(name), ' ', share))), this.alarm)
  }

  buildRecent () {
    this.distributionTitle = h('span', { class: 'label' }, `Classes of the last ${SESSIONS} sessions`)
    this.distributionWords = h('span', { class: 'vh' })
    this.changes = h('ol', { class: 'changes' })
    return h('div', { class: 'regime-recent' }, h('div', {}, this.distributionTitle, this.distributionWords, this.distribution.node),
      h('div', {}, h('p', { class: 'label' }, 'Latest changes'), this.changes))
  }

  update (parts, envelope) {
    const current = need(parts, 'current')
    this.day = envelope.scan.session
    this.current = current
    this.showVerdict(current)
    this.showFacts(current)
    for (const { name, bar, value, row } of this.posterior) {
      bar.set(current.posterior?.[name])
      number(value, current.posterior?.[name], percent0, current.posterior_reason)
      attr(row, 'aria-current', name === current.class ? 'true' : null)
    }
    if (parts.history) this.showHistory(parts.history)
    this.forecastBlock.hidden = !parts.prediction
    if (parts.prediction) this.showForecast(parts.prediction)
    enlarge(this, () => import('./regime-large.js'), parts)
  }

  /** Large, the changes are more than their room and scroll, by keyboard too. */
  resize (large) {
    attr(this.changes, 'tabindex', large ? '0' : null)
    attr(this.changes, 'aria-label', large ? 'Latest changes' : null)
  }

  showVerdict (current) {
    const known = current.class !== null
    attr(this.verdict, 'data-way', known ? way(current.class) : 'none')
    attr(this.icon.firstChild, 'd', ARROWS[known ? way(current.class) : 'flat'])
    text(this.class, known ? label(current.class) : none(current))
    attr(this.class, 'data-words', !known)
    number(this.confidence, current.confidence, percent0, current.confidence_reason)
    this.confidenceBar.set(current.confidence)
    const { factor, conflict, opposing_share: opposing } = current.breadth ?? { factor: 1 }
    this.conflict.hidden = factor === 1
    text(this.conflict, `${conflict ? 'conflict' : 'breadth'}, × ${ratio(factor)}`)
    attr(this.conflict, 'title', opposing === undefined || opposing === null ? null : `${percent(opposing)} of the symbols move against the class`)
  }

  showFacts (current) {
    const { smoothed, since, flip } = this.facts
    number(this.long, current.long_hits, count)
    number(this.short, current.short_hits, count)
    number(this.ratio, current.ratio, ratio, current.ratio_reason)
    number(smoothed.value, current.smoothed_share, percent, current.smoothed_share_reason)
    number(since.value, current.since, value => `${this.sinceWhen(value)} (${scans(current.scans_in_class)})`, current.since_reason)
    number(flip.value, current.flip, flipText, current.flip_reason)
  }

  /** A session, with the hour where there are several scans a day: their ids end in it. */
  sinceWhen ({ scan, session: day }) {
    const [, hour, minute] = /T(\d\d)(\d\d)Z$/.exec(scan) ?? []
    return session(day, this.day) + (hour ? `, ${clock(Date.parse(`${day}T${hour}:${minute}:00Z`), this.zone, false)}` : '')
  }

  showHistory (history) {
    const shares = history.distribution.sessions_7
    const known = classes.filter(name => shares?.[name] > 0)
    this.distribution.set(known.map(name => [`s${step(name)}`, shares[name], `${label(name)} ${percent0(shares[name])}`]))
    attr(this.distributionTitle, 'title', known.length ? null : history.distribution.sessions_7_reason)
    text(this.distributionWords, known.map(name => `${label(name)} ${percent0(shares[name])}`).join(', ') || 'none')
    const changes = history.changes.slice(this.large ? -40 : -3).reverse()
    this.changes.replaceChildren(...(changes.length ? changes.map(item => change(item, this.day, this.large)) : [h('li', { class: 'dim' }, 'The class has not changed yet.')]))
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

  updatePast (series) {
    const { columns } = series
    const from = this.large ? 0 : startOf(columns.session)
    const past = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column.slice(from)]))
    this.past = past
    const several = new Set(past.session).size < past.session.length
    this.ribbon.set(past.session.map((day, index) => {
      const name = past['current.class'][index]
      const fresh = !several || day !== past.session[index - 1]
      return { step: name === null ? null : step(name), opacity: 0.35 + 0.65 * (past['current.confidence'][index] ?? 0), label: fresh && day && dayMonth(day), opens: several && fresh }
    }))
    const span = several ? `Last ${new Set(past.session).size} sessions, every scan` : `Last ${scans(past.session.length)}`
    text(this.pastTitle, `${span}: height is the class, opacity the confidence`)
    const named = past['current.class'].filter(Boolean)
    attr(this.ribbon.node, 'aria-label', `${span}: regime from ${named[0] ? label(named[0]) : 'none'} to ${named.length ? label(named.at(-1)) : 'none'}. Arrow keys read single scans.`)
    this.readout(null)
    if (this.large) this.view?.updatePast(series, this.zone)
  }

  readout (index) { text(this.pastRead, index === null || !this.past ? '' : this.said(index)) }

  said (index) {
    const [name, confidence, long, short] = ['class', 'confidence', 'long_hits', 'short_hits'].map(field => this.past[`current.${field}`][index])
    const day = this.past.session[index]
    return `${day ? session(day, this.day) : 'no session'}: ${name ? label(name) : 'no class'}${confidence === null ? '' : `, ${percent0(confidence)}`}, ${long ?? '–'} / ${short ?? '–'}`
  }

  /** For the title of the page and the announcement of a change. */
  get headline () {
    const { current } = this
    return current?.class ? { class: current.class, way: way(current.class), words: `${label(current.class)} ${current.confidence === null ? '' : percent0(current.confidence)}`.trim() } : null
  }
}

/** "No class yet: 3 hits in the smoothed window, 5 needed" */
const none = ({ class_reason: reason }) => reason ? `No class yet: ${reason}` : 'No class yet'
const scans = n => `${count(n)} ${n === 1 ? 'scan' : 'scans'}`

/** The last seven sessions, but not fewer than sixty scans: a market scanned once a day would be seven columns. */
function startOf (sessions) {
  const first = [...new Set(sessions)].at(-SESSIONS)
  return Math.max(0, Math.min(sessions.indexOf(first), sessions.length - FEWEST))
}

function flipText ({ side, hits, to, scans: wait }) {
  const after = wait > 1 ? ` after ${count(wait)} scans` : ''
  return hits === 0 ? `${label(to)} if it holds${after}` : `+${count(hits)} ${side}: ${label(to)}${after}`
}

function fact (name, field) {
  const value = h('dd', { class: 'num', 'data-prov': field && `current.${field}` })
  return { value, row: [h('dt', {}, name), value] }
}

/** In the overview the class before is the line below. */
function change ({ session: day, from, to, confidence, confidence_reason: reason }, near, whole) {
  const name = which => which ? h('span', { class: way(which) }, label(which)) : h('span', { class: 'dim' }, 'none')
  const sure = h('span', { class: 'num', 'data-prov': 'history.changes' })
  number(sure, confidence, percent0, reason)
  return h('li', {}, h('span', { class: 'dim num' }, session(day, near)), h('span', {}, ...whole ? [name(from), ' → '] : [], name(to)), sure)
}
