import { BwSection, need } from './bw-section.js'
import { attr, h, number, text } from './dom.js'
import { decimal1, label, percent0, signedCount, signedRatio } from './format.js'
import { alignmentOf, formingText, labelText, sentenceOf } from './frames.js'
import { Diverging } from './mini.js'

const FRAMES = ['daily', 'weekly', 'monthly']

/** Trends on daily, weekly and monthly bars, and whether they agree. */
export class BwTimeframe extends BwSection {
  build () {
    this.alignment = h('p', { class: 'hero num' })
    this.agreement = h('p', { class: 'num strong' })
    this.sentence = h('p', { class: 'frames-sentence' })
    return [h('div', { class: 'frames' },
      h('div', { class: 'frames-top' }, h('div', {}, h('p', { class: 'label' }, 'Alignment, −100 to +100'), this.alignment), h('div', {}, h('p', { class: 'label' }, 'Agreement'), this.agreement)),
      this.buildFrames(), this.sentence, this.buildBenchmarks())]
  }

  buildFrames () {
    this.rows = Object.fromEntries(FRAMES.map(frame => {
      const cells = { forming: h('span', { class: 'dim forming' }), bar: new Diverging(), strength: h('td', { class: 'num' }), rsi: h('td', { class: 'num' }), label: h('td', { class: 'num' }) }
      cells.row = h('tr', {}, h('th', { scope: 'row' }, label(frame), cells.forming), h('td', { class: 'wide' }, cells.bar.node), cells.strength, cells.rsi, cells.label)
      return [frame, cells]
    }))
    const heads = [['Frame'], ['Trend', 'wide'], ['Strength'], ['RSI'], ['Label']]
    return h('table', { class: 'rows frames-table' }, h('caption', { class: 'vh' }, 'Trend of the universe by frame'),
      h('thead', {}, h('tr', {}, ...heads.map(([name, of]) => h('th', { scope: 'col', class: of }, name)))),
      h('tbody', {}, ...Object.values(this.rows).map(({ row }) => row)))
  }

  buildBenchmarks () {
    this.benchmarks = h('tbody')
    this.benchmarksTable = h('table', { class: 'rows small frames-benchmarks' }, h('caption', { class: 'vh' }, 'Trend of each benchmark by frame'),
      h('thead', {}, h('tr', {}, ...['Benchmark', ...FRAMES.map(label), 'Aligned'].map(name => h('th', { scope: 'col' }, name)))), this.benchmarks)
    return this.benchmarksTable
  }

  update (parts) {
    const all = need(parts, 'all')
    const { words, way } = alignmentOf(all)
    number(this.alignment, words, String, all.alignment_reason ?? all.flat_reason)
    attr(this.alignment, 'data-way', way)
    number(this.agreement, all.agreement, percent0, all.agreement_reason)
    for (const frame of FRAMES) this.showFrame(this.rows[frame], parts[frame]?.universe, all.frames.find(known => known.frame === frame))
    text(this.sentence, sentenceOf(Object.fromEntries(FRAMES.map(frame => [frame, parts[frame]?.universe?.label ?? null]))))
    this.showBenchmarks(parts, all)
  }

  showFrame (cells, trend, part) {
    const of = trend ?? part ?? {}
    cells.bar.set(of.strength)
    number(cells.strength, of.strength, signedRatio, of.strength_reason)
    attr(cells.strength, 'data-way', of.label)
    number(cells.rsi, of.rsi14, decimal1, of.rsi14_reason)
    number(cells.label, of.label, labelText, of.label_reason)
    attr(cells.label, 'data-way', of.label)
    text(cells.forming, formingText(of.forming) || 'bar complete')
    attr(cells.row, 'title', of.forming ? `Bar under way, ${of.forming.sessions} ${of.forming.sessions === 1 ? 'session' : 'sessions'} from ${of.forming.from} to ${of.forming.to}; the trend speaks of completed bars alone` : of.forming_reason)
  }

  showBenchmarks (parts, all) {
    this.benchmarksTable.hidden = all.benchmarks.length === 0
    this.benchmarks.replaceChildren(...all.benchmarks.map(aligned => h('tr', {}, h('th', { scope: 'row' }, aligned.symbol),
      ...FRAMES.map(frame => strengthCell(parts[frame]?.benchmarks.find(({ symbol }) => symbol === aligned.symbol))), alignedCell(aligned))))
  }
}

function strengthCell (trend) {
  const cell = h('td', { class: 'num', 'data-way': trend?.label })
  number(cell, trend?.strength, value => `${labelText(trend.label).charAt(0)} ${signedRatio(value)}`, trend ? trend.strength_reason : 'no bar of this benchmark')
  return cell
}

function alignedCell (aligned) {
  const cell = h('td', { class: 'num' })
  number(cell, aligned.flat ? 0 : aligned.alignment, value => aligned.flat ? 'flat' : signedCount(Math.round(value)), aligned.alignment_reason)
  return cell
}
