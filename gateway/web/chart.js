// Charts over scans: what the product needs around uPlot. Its 23 kB are fetched when a chart is first touched or stands
// large; until then, and where it is not to be had, the same series are drawn as SVG.

import { attr, h } from './dom.js'
import { dateTicks, indexAt } from './axis.js'
import { count, instant, session } from './format.js'
import { Lines, speak, spread } from './mini.js'

let Plot = null
let asked = null
function fetchPlot () {
  asked ??= import('./uplot.js').then(module => {
    Plot = module.default
    for (const chart of charts) chart.draw()
  }, () => {})
}

const TAG = 62
const MOST_ROWS = 500
const groups = new Map()
const charts = new Set()
const token = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
const known = value => value !== null && value !== undefined

// Canvas colours are not inherited: a new theme is drawn anew.
const repaint = () => { for (const chart of charts) chart.canvas?.redraw(false) }
new MutationObserver(repaint).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'data-updown', 'style'] })
matchMedia('(prefers-color-scheme: light)').addEventListener('change', repaint)

/**
 * A chart of one or more series. Drag zooms, a double click or `0` shows all, Ctrl and the wheel zoom, two fingers pan;
 * arrow keys read single points and `T` shows the numbers as a table.
 */
export class Chart {
  cursor = null
  model = null

  /** `sync` names the charts whose cursors move together; `onpoint` gets the index under the cursor, or null. */
  constructor ({ className = '', label, sync, onpoint }) {
    this.box = h('div', { class: 'chart-box' }, h('p', { class: 'note dim' }, 'Reading the past …'))
    this.node = h('div', { class: `chart ${className}`, tabindex: '0', role: 'application', 'aria-roledescription': 'chart', 'aria-keyshortcuts': 'T', 'aria-label': label }, this.box)
    this.onpoint = onpoint
    this.sync = sync
    if (sync) groups.set(sync, (groups.get(sync) ?? new Set()).add(this))
    charts.add(this)
    new ResizeObserver(() => this.fit()).observe(this.box)
    for (const touch of ['pointerenter', 'focus']) this.node.addEventListener(touch, fetchPlot, { once: true })
    this.node.addEventListener('keydown', event => this.key(event))
    this.node.addEventListener('blur', () => this.point(null))
    this.listen()
  }

  /**
   * `{ label, days, times, zone, format, axis, series: [{ name, values, tone, kind, area, dash, width, tag, format }], band: [i, j],
   * marks: [{ at, value, tone, words, hollow }], joins: [[mark, mark]], within: [low, high] }`; kinds are `line`, `step`, `bars`.
   */
  set (model) {
    this.model = { ...model, ticks: (from, to, most) => dateTicks(model.days, model.times, from, to, most, model.zone) }
    this.instants = model.times.map(time => Date.parse(time))
    if (model.label) attr(this.node, 'aria-label', `${model.label}. Arrow keys read single points, T shows them as a table.`)
    if (this.table) this.fillTable()
    this.draw()
  }

  get length () { return this.model?.days.length ?? 0 }

  draw () {
    const [width, height] = [this.box.clientWidth, this.box.clientHeight]
    if (!this.model || width < 40 || height < 40) return
    if (!Plot) {
      if (this.node.closest('[data-large]')) fetchPlot()
      return this.drawLines(width, height)
    }
    const shape = this.model.series.map(({ name, kind, tone, area }) => `${name}|${kind}|${tone}|${area}`).join() + (this.model.band ?? '')
    if (this.shape === shape) return this.renew()
    this.shape = shape
    this.canvas?.destroy()
    this.box.replaceChildren()
    this.kept = this.cursor
    this.canvas = new Plot(options(this, width, height), this.data(), this.box)
    this.drawn = this.instants
  }

  /** New values in the same lines; who has zoomed in stays where they are. */
  renew () {
    const { min, max } = this.canvas.scales.x
    const seen = this.zoomed && [min, max].map(at => indexAt(this.instants, this.drawn[Math.round(at)]))
    this.canvas.setData(this.data(), !seen)
    if (seen) this.zoom(...seen)
    this.drawn = this.instants
  }

  drawLines (width, height) {
    this.lines ??= new Lines()
    if (!this.lines.node.isConnected) this.box.replaceChildren(this.lines.node)
    this.lines.draw(this.model, width, height, this.cursor)
  }

  data () { return [this.model.days.map((_, index) => index), ...this.model.series.map(({ values }) => values.map(value => value ?? null))] }

  fit () {
    const [width, height] = [this.box.clientWidth, this.box.clientHeight]
    if (this.canvas && width >= 40 && height >= 40) this.canvas.setSize({ width, height })
    if (this.drawn !== this.instants || !this.canvas) this.draw()
  }

  get zoomed () {
    const { min, max } = this.canvas.scales.x
    return max - min < this.drawn.length - 1.5 && this.drawn.length > 2
  }

  /** The next values are shown whole, whatever was zoomed into before. */
  anew () { this.shape = null }

  /** Shows the points `from` to `to`, or all. */
  zoom (from = 0, to = this.length - 1) {
    const span = Math.max(2, Math.min(this.length - 1, to - from))
    const min = Math.max(0, Math.min(from, this.length - 1 - span))
    this.canvas?.setScale('x', { min, max: min + span })
  }

  /** Moves the cursor to a point, or away. */
  point (index, alone = false) {
    if (index === this.cursor) return
    this.cursor = index
    if (!this.canvas) this.draw()
    else if (this.canvas.cursor.idx !== index) this.canvas.setCursor(index === null ? { left: -10, top: -10 } : { left: this.canvas.valToPos(index, 'x'), top: 1 }, false)
    this.onpoint?.(index)
    if (alone || !this.sync) return
    for (const other of groups.get(this.sync)) if (other !== this) other.follow(index === null ? null : this.instants[index])
  }

  /** Who reads a point while the canvas comes goes on reading it. */
  goOn () {
    const { kept } = this
    this.kept = null
    if (kept === null || kept === undefined || kept >= this.length) return
    this.cursor = null
    this.point(kept, true)
  }

  follow (time) {
    if (!this.model || !this.node.isConnected) return
    const index = time === null ? -1 : indexAt(this.instants, time)
    this.point(index < 0 || time > this.instants.at(-1) + 86_400_000 ? null : index, true)
  }

  key (event) {
    const last = this.length - 1
    const stride = event.shiftKey ? 10 : 1
    const moves = { ArrowLeft: (this.cursor ?? last + stride) - stride, ArrowRight: (this.cursor ?? last - stride) + stride, Home: 0, End: last }
    if (event.ctrlKey || event.metaKey || event.altKey || last < 0) return
    if (event.key in moves) {
      this.point(Math.max(0, Math.min(last, moves[event.key])))
      speak(this.words(this.cursor))
    } else if (event.key === 'Escape' && this.cursor !== null) this.point(null)
    else if (event.key === '0') this.zoom()
    else if (event.key.toLowerCase() === 't') this.toggleTable()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  listen () {
    const fingers = new Map()
    const x = event => event.clientX - this.box.getBoundingClientRect().left
    this.box.addEventListener('pointermove', event => {
      if (!this.canvas && this.lines?.index) return this.point(this.lines.index(x(event)))
      if (!fingers.has(event.pointerId)) return
      const before = [...fingers.values()]
      fingers.set(event.pointerId, x(event))
      if (fingers.size === 1) this.point(this.canvas.posToIdx(x(event) - this.canvas.over.offsetLeft))
      else this.pan(before, [...fingers.values()])
    })
    this.box.addEventListener('pointerdown', event => { if (event.pointerType === 'touch') fingers.set(event.pointerId, x(event)) })
    for (const name of ['pointerup', 'pointercancel', 'pointerleave']) {
      this.box.addEventListener(name, event => { fingers.delete(event.pointerId); if (name === 'pointerleave' && !this.canvas) this.point(null) })
    }
    this.box.addEventListener('wheel', event => {
      if (!event.ctrlKey || !this.canvas) return
      event.preventDefault()
      const { min, max } = this.canvas.scales.x
      const at = this.canvas.posToVal(x(event) - this.canvas.over.offsetLeft, 'x')
      const factor = event.deltaY < 0 ? 0.8 : 1.25
      this.zoom(at - (at - min) * factor, at + (max - at) * factor)
    }, { passive: false })
  }

  /** Two fingers: their middle drags, their distance stretches. */
  pan ([a, b], [c, d]) {
    const { min, max } = this.canvas.scales.x
    const stretch = Math.abs(a - b) / Math.max(8, Math.abs(c - d))
    const unit = (max - min) / this.canvas.over.clientWidth
    const middle = (min + max) / 2 - ((c + d) - (a + b)) / 2 * unit
    this.zoom(middle - (max - min) / 2 * stretch, middle + (max - min) / 2 * stretch)
  }

  when (index) {
    const { days, times, zone } = this.model
    const several = days[index] && (days[index] === days[index - 1] || days[index] === days[index + 1])
    return several ? instant(this.instants[index], zone) : days[index] ? session(days[index]) : times[index] ?? ''
  }

  words (index) {
    const { series, format } = this.model
    return `${this.when(index)}: ${series.map(({ name, values, format: own }) => `${name} ${known(values[index]) ? (own ?? format)(values[index]) : 'not known'}`).join(', ')}`
  }

  toggleTable () {
    if (this.table) {
      this.table.remove()
      this.table = null
      return this.node.focus()
    }
    this.table = h('div', { class: 'chart-table', tabindex: '0', role: 'region', 'aria-label': 'The chart as a table' })
    this.node.append(this.table)
    this.fillTable()
    this.table.focus()
  }

  fillTable () {
    const { series, format, days } = this.model
    const { min, max } = this.canvas?.scales.x ?? { min: 0, max: days.length - 1 }
    const shown = days.map((_, index) => index).filter(index => index >= min && index <= max).reverse()
    this.table.replaceChildren(h('table', { class: 'rows small' }, h('caption', { class: 'vh' }, 'The chart as a table'),
      h('thead', {}, h('tr', {}, ...['Session', ...series.map(({ name }) => name)].map(name => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...shown.slice(0, MOST_ROWS).map(index => h('tr', {}, h('th', { scope: 'row' }, this.when(index)),
        ...series.map(({ values, format: own }) => h('td', { class: 'num' }, known(values[index]) ? (own ?? format)(values[index]) : '–')))))))
    if (shown.length > MOST_ROWS) this.table.append(h('p', { class: 'note dim' }, `and ${count(shown.length - MOST_ROWS)} earlier`))
  }
}

function options (chart, width, height) {
  const { series, within, band } = chart.model
  const axis = { stroke: () => token('text3'), font: '11px ' + getComputedStyle(chart.node).fontFamily, ticks: { show: false }, grid: { stroke: () => token('line'), width: 1 } }
  const write = value => (chart.model.axis ?? chart.model.format)(value)
  return {
    width,
    height,
    padding: [8, series.some(({ tag }) => tag) ? TAG : 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false, dist: 6 }, points: { size: 7, width: 0, fill: (u, index) => token(chart.model.series[index - 1].tone) } },
    scales: {
      x: { time: false, range: (u, min, max) => min === max ? [min - 0.5, max + 0.5] : [min, max] },
      y: { range: within ?? ((u, min, max) => known(min) ? Plot.rangeNum(min, max, 0.06, true) : [0, 1]) }
    },
    axes: [
      { ...axis, size: 24, gap: 4, splits: (u, _, min, max) => (chart.ticks = chart.model.ticks(min, max, Math.max(2, Math.floor(u.bbox.width / devicePixelRatio / 46)))).map(({ at }) => at), values: () => chart.ticks.map(({ label }) => label) },
      { ...axis, space: 36, size: (u, values) => Math.max(34, 14 + 6.6 * Math.max(0, ...(values ?? []).map(value => value.length))), values: (u, splits) => splits.map(write) }
    ],
    series: [{}, ...series.map(line)],
    bands: band ? [{ series: band.map(index => index + 1), fill: () => `${token('text3')}33` }] : [],
    hooks: { ready: [() => chart.goOn()], draw: [u => paint(chart, u)], setCursor: [u => chart.point(u.cursor.left < 0 ? null : u.cursor.idx ?? null)] }
  }
}

function line ({ tone, kind, area, dash, width = 1.6 }) {
  const { paths } = Plot
  return {
    stroke: () => token(tone),
    width: kind === 'bars' ? 0 : width,
    dash,
    fill: area || kind === 'bars' ? () => `${token(tone)}${area ? '1c' : 'cc'}` : undefined,
    paths: kind === 'step' ? paths.stepped({ align: 1 }) : kind === 'bars' ? paths.bars({ size: [0.72, 40] }) : undefined,
    points: { show: false },
    spanGaps: false
  }
}

/** What uPlot does not know: joins, marks, and the last values at the right edge. */
function paint (chart, u) {
  const { series, marks = [], joins = [] } = chart.model
  const { ctx } = u
  const ratio = devicePixelRatio
  const at = ({ at: index, value }) => [u.valToPos(index, 'x', true), u.valToPos(value, 'y', true)]
  const { min, max } = u.scales.x
  const inside = ({ at: index }) => index >= min && index <= max
  ctx.save()
  ctx.lineWidth = 1.5 * ratio
  ctx.setLineDash([4 * ratio, 3 * ratio])
  for (const ends of joins.filter(pair => pair.every(inside))) {
    ctx.strokeStyle = token(ends[0].tone)
    ctx.beginPath()
    ctx.moveTo(...at(ends[0]))
    ctx.lineTo(...at(ends[1]))
    ctx.stroke()
  }
  ctx.setLineDash([])
  for (const mark of marks.filter(inside)) {
    ctx.beginPath()
    ctx.arc(...at(mark), 4 * ratio, 0, 7)
    ctx.strokeStyle = ctx.fillStyle = token(mark.tone)
    if (mark.hollow) { ctx.fillStyle = token('surface'); ctx.fill(); ctx.stroke() } else ctx.fill()
  }
  tags(u, series.filter(({ tag }) => tag), chart.model.format, ratio)
  ctx.restore()
}

function tags (u, series, format, ratio) {
  const { ctx, bbox } = u
  const [from, to] = [Math.max(0, Math.ceil(u.scales.x.min)), Math.floor(u.scales.x.max)]
  const shown = series.map(one => ({ ...one, value: one.values.slice(from, to + 1).findLast(known) })).filter(({ value }) => known(value))
  const height = 17 * ratio
  const centres = spread(shown.map(({ value }) => u.valToPos(value, 'y', true) - bbox.top), shown.map(() => height), bbox.height, ratio)
  ctx.font = `${11 * ratio}px ${getComputedStyle(u.root).fontFamily}`
  ctx.textBaseline = 'middle'
  ctx.textAlign = 'left'
  ctx.lineWidth = ratio
  shown.forEach(({ value, tone, format: own }, index) => {
    const words = (own ?? format)(value)
    const [x, y, width] = [bbox.left + bbox.width + 6 * ratio, bbox.top + centres[index], ctx.measureText(words).width + 10 * ratio]
    ctx.fillStyle = token(index ? 'surface' : tone)
    ctx.strokeStyle = token(tone)
    ctx.beginPath()
    ctx.roundRect(x, y - height / 2 + ratio, width, height - 2 * ratio, 3 * ratio)
    ctx.fill()
    ctx.stroke()
    ctx.fillStyle = token(index ? tone : 'surface')
    ctx.fillText(words, x + 5 * ratio, y + ratio / 2)
  })
}

/** Words for a trend: "from 11,984 to 12,101, up 1.0%". */
export function trend (values, format) {
  const seen = values.filter(known)
  if (seen.length < 2) return 'no values yet'
  const [first, last] = [seen[0], seen.at(-1)]
  return `from ${format(first)} to ${format(last)}, ${last > first ? 'up' : last < first ? 'down' : 'unchanged'}`
}
