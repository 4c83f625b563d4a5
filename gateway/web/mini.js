// Small SVG charts. Colours are classes; sizes follow the box they stand in.

import { attr, h, s } from './dom.js'

/** A horizontal bar filled to a share 0 … 1, with an optional tick. */
export class Bar {
  constructor (className = '') {
    this.fill = h('span', { class: 'bar-fill' })
    this.tick = h('span', { class: 'bar-tick', hidden: true })
    this.node = h('span', { class: `bar ${className}`, 'aria-hidden': 'true' }, this.fill, this.tick)
  }

  set (share, tick = null) {
    this.fill.style.setProperty('--at', clamp(share ?? 0))
    this.tick.hidden = tick === null
    if (tick !== null) this.tick.style.setProperty('--at', clamp(tick))
  }
}

/** A bar −1 … 1 that grows from the middle. */
export class Diverging {
  constructor () {
    this.fill = h('span', { class: 'diverging-fill' })
    this.node = h('span', { class: 'diverging', 'aria-hidden': 'true' }, this.fill)
  }

  set (value) {
    const at = Math.max(-1, Math.min(1, value ?? 0)) / 2 + 0.5
    this.fill.style.setProperty('--from', String(Math.min(0.5, at)))
    this.fill.style.setProperty('--to', String(Math.max(0.5, at)))
    attr(this.fill, 'data-way', value > 0 ? 'up' : value < 0 ? 'down' : 'flat')
  }
}

/** A bar split in parts by their sizes: `[[class, size], …]`. */
export class Split {
  constructor (className = '') {
    this.node = h('span', { class: `split ${className}`, 'aria-hidden': 'true' })
  }

  set (parts) {
    const shown = parts.filter(([, size]) => size > 0)
    this.node.replaceChildren(...shown.map(([name, size, words]) => {
      const part = h('span', { class: `part ${name}`, title: words }, words && size >= 0.09 ? h('span', {}, words) : null)
      part.style.setProperty('flex-grow', String(size))
      return part
    }))
  }
}

/** Draws again whenever its box changes. A subclass has `paint(width, height)`, which returns SVG nodes. */
class Plot {
  constructor (className, label) {
    this.svg = s('svg', { class: 'plot-svg', 'aria-hidden': 'true' })
    this.node = h('div', { class: `plot ${className}`, tabindex: '0', role: 'application', 'aria-roledescription': 'chart', 'aria-label': label }, this.svg)
    this.cursor = null
    new ResizeObserver(() => this.draw()).observe(this.node)
    this.node.addEventListener('pointermove', event => this.point(this.indexAt(event.clientX - this.node.getBoundingClientRect().left)))
    this.node.addEventListener('pointerleave', () => this.point(null))
    this.node.addEventListener('blur', () => this.point(null))
    this.node.addEventListener('keydown', event => this.key(event))
  }

  get length () { return 0 }

  key (event) {
    const last = this.length - 1
    const from = this.cursor ?? last + 1
    const to = { ArrowLeft: from - (event.shiftKey ? 10 : 1), ArrowRight: from + (event.shiftKey ? 10 : 1), Home: 0, End: last, Escape: null }[event.key]
    if (to === undefined || (to === null && this.cursor === null)) return
    event.preventDefault()
    event.stopPropagation()
    this.point(to === null ? null : Math.max(0, Math.min(last, to)))
    if (to !== null && this.say) speak(this.say(this.cursor))
  }

  point (index) {
    if (index === this.cursor) return
    this.cursor = index
    this.draw()
    this.onpoint?.(index)
  }

  draw () {
    const { clientWidth: width, clientHeight: height } = this.node
    if (width < 10 || height < 10 || this.length === 0) return this.svg.replaceChildren()
    attr(this.svg, 'viewBox', `0 0 ${width} ${height}`)
    this.svg.replaceChildren(...this.paint(width, height))
  }
}

const FOOT = 18

/** Several lines over scans with a value axis at the left: what a chart is where the canvas is not to be had. */
export class Lines {
  constructor () {
    this.node = s('svg', { class: 'plot-svg', 'aria-hidden': 'true' })
  }

  /** `{ series: [{ values, tone, area, tag }], ticks(from, to, most), format, marks, joins }` */
  draw (model, width, height, cursor) {
    const { series, format, axis = format } = model
    const n = series[0].values.length
    const known = series.flatMap(({ values }) => values.filter(value => value !== null && value !== undefined))
    if (known.length === 0 || width < 10 || height < 10) return this.node.replaceChildren()
    const scale = niceTicks(Math.min(...known), Math.max(...known), Math.max(2, Math.floor(height / 46)))
    const [low, high, left] = [scale[0], scale.at(-1), 12 + 6.4 * Math.max(...scale.map(tick => axis(tick).length))]
    const [right, bottom] = [width - (series.some(({ tag }) => tag) ? 56 : 6), height - FOOT]
    const x = index => left + (n < 2 ? 0.5 : index / (n - 1)) * (right - left)
    const y = value => 6 + (high - value) / (high - low || 1) * (bottom - 6)
    this.index = px => Math.max(0, Math.min(n - 1, Math.round((px - left) / (right - left) * (n - 1))))
    attr(this.node, 'viewBox', `0 0 ${width} ${height}`)
    this.node.replaceChildren(
      ...scale.flatMap(tick => [s('line', { class: 'grid-line', x1: left, x2: right, y1: y(tick), y2: y(tick) }), s('text', { class: 'axis', x: left - 8, y: y(tick) + 4, 'text-anchor': 'end' }, axis(tick))]),
      ...model.ticks(0, n - 1, Math.floor((right - left) / 70)).map(({ at, label }) => s('text', { class: 'axis', x: x(at), y: height - 3, 'text-anchor': x(at) < 24 ? 'start' : 'middle' }, label)),
      ...series.flatMap(({ values, tone, area }) => {
        const path = linePath(values, x, y)
        const [first, last] = [values.findIndex(value => value !== null), values.findLastIndex(value => value !== null)]
        return [area && first >= 0 && s('path', { class: `area tone-${tone}`, d: `${path}L${x(last)} ${bottom}L${x(first)} ${bottom}Z` }), s('path', { class: `line tone-${tone}`, d: path })].filter(Boolean)
      }),
      ...(model.joins ?? []).map(([a, b]) => s('line', { class: `join tone-${a.tone}`, x1: x(a.at), y1: y(a.value), x2: x(b.at), y2: y(b.value) })),
      ...(model.marks ?? []).map(({ at, value, tone, words }) => s('circle', { class: `mark tone-${tone}`, cx: x(at), cy: y(value), r: 4 }, s('title', {}, words))),
      ...this.tags(series.filter(({ tag }) => tag), right, y, height, format),
      ...(cursor === null ? [] : [s('line', { class: 'cursor', x1: x(cursor), x2: x(cursor), y1: 4, y2: bottom })]))
  }

  tags (series, right, y, height, format) {
    const last = series.map(({ values }) => values.findLast(value => value !== null && value !== undefined)).map(value => value ?? null)
    const shown = series.map((one, index) => ({ ...one, value: last[index] })).filter(({ value }) => value !== null)
    const centres = spread(shown.map(({ value }) => y(value)), shown.map(() => 14), height - FOOT, 1)
    return shown.map(({ value, tone }, index) => s('text', { class: `axis tag-text tone-${tone}`, x: right + 6, y: centres[index] + 4 }, format(value)))
  }
}

/** One column per scan: height is the step −3 … 3 from the middle, opacity the confidence. */
export class Ribbon extends Plot {
  columns = []

  get length () { return this.columns.length }

  /** `[{ step, opacity, label }]`; a step of null is a scan without a class. */
  set (columns) {
    Object.assign(this, { columns, cursor: null })
    this.draw()
  }

  indexAt (x) { return Math.max(0, Math.min(this.length - 1, Math.floor(x / this.node.clientWidth * this.length))) }

  paint (width, height) {
    const bottom = height - FOOT
    const middle = bottom / 2
    const unit = (middle - 4) / 3
    const slot = width / this.length
    const gap = slot > 5 ? Math.min(3, slot * 0.2) : slot > 2.5 ? 0.8 : 0
    const guides = [-3, -2, -1, 1, 2, 3].map(step => s('line', { class: 'guide', x1: 0, x2: width, y1: middle - step * unit, y2: middle - step * unit }))
    const zero = s('line', { class: 'grid-line', x1: 0, x2: width, y1: middle, y2: middle })
    // One path for all columns that look alike: thousands of scans stay a handful of nodes.
    const alike = new Map()
    this.columns.forEach(({ step, opacity }, index) => {
      const size = step === null ? 0.06 : step === 0 ? 0.16 : Math.abs(step)
      const top = step > 0 ? middle - size * unit : step < 0 ? middle : middle - size * unit / 2
      const look = `${step}|${step === null ? 0.6 : Math.round(opacity * 20) / 20}`
      alike.set(look, `${alike.get(look) ?? ''}M${(index * slot + gap / 2).toFixed(2)} ${top.toFixed(1)}h${Math.max(0.5, slot - gap).toFixed(2)}v${(size * unit).toFixed(1)}H${(index * slot + gap / 2).toFixed(2)}Z`)
    })
    const bars = [...alike].map(([look, d]) => {
      const [step, opacity] = look.split('|')
      return s('path', { class: step === 'null' ? 'step none' : `step s${step}`, opacity, d })
    })
    const edges = this.columns.flatMap(({ opens }, index) => opens && index ? [s('line', { class: 'grid-line', x1: index * slot, x2: index * slot, y1: 0, y2: bottom })] : [])
    return [...guides, zero, ...edges, ...bars, ...this.dates(width, height, slot), ...this.mark(slot, bottom)]
  }

  dates (width, height, slot) {
    const every = Math.max(1, Math.ceil(78 / slot))
    let free = width + 39
    return this.columns.map(({ label, opens }, index) => ({ label, opens, index })).reverse().flatMap(({ label, opens, index }) => {
      const x = (index + (opens ? 0 : 0.5)) * slot
      if (!label || (opens ? free - x < 60 : (this.length - 1 - index) % every !== 0)) return []
      free = x
      const anchor = opens || x < 24 ? 'start' : width - x < 24 ? 'end' : 'middle'
      return [s('text', { class: 'axis', x: anchor === 'end' ? width : opens ? x + 3 : anchor === 'start' ? 0 : x, y: height - 3, 'text-anchor': anchor }, label)]
    })
  }

  mark (slot, bottom) {
    if (this.cursor === null) return []
    return [s('rect', { class: 'cursor-box', x: this.cursor * slot, width: slot, y: 1, height: bottom - 2 })]
  }
}

/** A line without axes. */
export class Spark {
  constructor () {
    this.path = s('path', { fill: 'none', 'vector-effect': 'non-scaling-stroke' })
    this.node = s('svg', { class: 'spark', viewBox: '0 0 100 24', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, this.path)
  }

  /** Coloured by its way when it is a price; a plain measure has none. */
  set (values, label, coloured = true) {
    const known = values.filter(value => value !== null && value !== undefined)
    const [low, high] = [Math.min(...known), Math.max(...known)]
    const y = value => high === low ? 12 : 22 - (value - low) / (high - low) * 20
    attr(this.path, 'd', known.length < 2 ? '' : linePath(values, index => index / (values.length - 1) * 100, y))
    attr(this.node, 'data-way', coloured ? known.at(-1) > known[0] ? 'up' : known.at(-1) < known[0] ? 'down' : 'flat' : null)
    attr(this.node, 'aria-hidden', known.length < 2 ? 'true' : null)
    attr(this.node, 'role', known.length < 2 ? null : 'img')
    attr(this.node, 'aria-label', known.length < 2 ? null : label)
  }
}

/** Marks on one axis: a band, a bar from zero, ticks with names under it. */
export class Range extends Plot {
  figures = null

  constructor (className, label) {
    super(className, label)
    for (const name of ['tabindex', 'aria-roledescription']) this.node.removeAttribute(name)
    attr(this.node, 'role', 'img')
  }

  get length () { return this.figures ? 1 : 0 }

  /** `{ low, high, band: [a, b] | null, applied, ticks: [{ at, words, kind }] }` */
  set (figures) {
    this.figures = figures
    this.draw()
  }

  indexAt () { return null }

  paint (width) {
    const { low, high, band, applied, ticks } = this.figures
    const x = value => 2 + (value - low) / (high - low || 1) * (width - 4)
    const bar = (name, from, to, y, height) => s('rect', { class: name, x: Math.min(x(from), x(to)), width: Math.max(2, Math.abs(x(to) - x(from))), y, height, rx: 3 })
    const edges = band ? this.words([{ at: band[0], words: `p10 ${band[2]}` }, { at: band[1], words: `p90 ${band[3]}` }], x, 10, width) : []
    return [
      s('rect', { class: 'range-track', x: 0, width, y: 17, height: 10, rx: 4 }),
      band && bar('range-band', band[0], band[1], 19, 6),
      applied > 0 && bar('range-applied', 0, applied, 17, 10),
      s('line', { class: 'range-zero', x1: x(0), x2: x(0), y1: 14, y2: 30 }),
      ...ticks.map(({ at, kind }) => s('line', { class: `range-tick ${kind}`, x1: x(at), x2: x(at), y1: 13, y2: 31 })),
      ...edges, ...this.words(ticks, x, 44, width)
    ].filter(Boolean)
  }

  words (marks, x, y, width) {
    const centres = spread(marks.map(({ at }) => x(at)), marks.map(({ words }) => words.length * 6.6), width)
    return marks.map(({ words }, index) => s('text', { class: 'axis', x: centres[index], y, 'text-anchor': 'middle' }, words))
  }
}

/** Centres as near to the wanted ones as they can be without the labels touching or leaving `0 … total`. */
export function spread (wanted, widths, total, gap = 8) {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a] - wanted[b])
  const at = [...wanted]
  let edge = 0
  for (const index of order) {
    at[index] = Math.max(at[index], edge + widths[index] / 2)
    edge = at[index] + widths[index] / 2 + gap
  }
  edge = total
  for (const index of order.reverse()) {
    at[index] = Math.min(at[index], edge - widths[index] / 2)
    edge = at[index] - widths[index] / 2 - gap
  }
  return at
}

/** What only the large view has: its file is read when it is first looked at. */
export async function enlarge (section, read, parts) {
  if (!section.large) return
  try {
    const { Large } = await read()
    section.guard(() => {
      section.view ??= new Large(section.more, section)
      section.view.update(parts)
      // What the overview read is less than the large view draws.
      const { more = [] } = section.constructor.past ?? {}
      if (section.series && more.every(field => field in section.series.columns)) section.view.updatePast?.(section.series, section.zone)
    })
  } catch (error) {
    section.guard(() => { throw error })
  }
}

let rest = 0
/** Reads a point of a chart out once the reader rests on it. */
export function speak (words) {
  clearTimeout(rest)
  rest = setTimeout(() => { document.getElementById('polite').textContent = words }, 250)
}

const clamp = share => String(Math.max(0, Math.min(1, share)))

/** An SVG path through the known values, broken where one is missing. */
export function linePath (values, x, y) {
  let pen = 'M'
  return values.map((value, index) => {
    if (value === null || value === undefined) { pen = 'M'; return '' }
    const step = `${pen}${x(index).toFixed(1)} ${y(value).toFixed(1)}`
    pen = 'L'
    return step
  }).join('')
}

/** Round values that enclose `low … high`, about `count` of them. */
export function niceTicks (low, high, count) {
  if (low === high) { low -= 1; high += 1 }
  const raw = (high - low) / count
  const scale = 10 ** Math.floor(Math.log10(raw))
  const size = [1, 2, 2.5, 5, 10].map(n => n * scale).find(n => n >= raw)
  const first = Math.floor(low / size)
  const last = Math.ceil(high / size)
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * size)
}
