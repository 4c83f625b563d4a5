// What the large view of the metrics adds: each figure as a chart, their cursors together.

import { h, text } from './dom.js'
import { Chart, trend } from './chart.js'
import { count, decimal1 } from './format.js'
import { TILES } from './health.js'

export class Large {
  constructor (host, section) {
    this.section = section
    this.charts = TILES.map(([field, name, unit, format]) => {
      const read = h('span', { class: 'num read' })
      const chart = new Chart({ label: name, sync: 'metrics', onpoint: index => text(read, index === null ? '' : chart.words(index)) })
      return { field, name: `${name}${unit ? `, ${unit.replace('/', 'per ')}` : ''}`, format, chart, node: h('div', {}, h('div', { class: 'pair' }, h('h3', {}, `${name}${unit && `, ${unit}`}`), read), chart.node) }
    })
    host.append(...this.charts.map(({ node }) => node))
  }

  update ({ history }) {
    const { time, ...columns } = history?.columns ?? {}
    if (!time?.length) return
    const zone = this.section.zone
    const days = time.map(at => at.slice(0, 10))
    for (const { field, name, format, chart } of this.charts) {
      const values = columns[field] ?? []
      if (values.length) chart.set({ label: `${name}, ${trend(values, format)}`, days, times: time, zone, format, axis: value => Number.isInteger(value) ? count(value) : decimal1(value), series: [{ name, values, tone: 'accent', area: true }] })
    }
  }
}
