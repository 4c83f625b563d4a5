import { BwSection } from './bw-section.js'
import { attr, h, number, text } from './dom.js'
import { TILES, means } from './health.js'
import { Spark, enlarge } from './mini.js'

/** Six figures of the machinery with the last ten minutes of each. */
export class BwMetrics extends BwSection {
  static needs = ['metrics']

  build () {
    this.tiles = TILES.map(([field, name, unit, format]) => {
      const [value, spark] = [h('b', { class: 'num' }), new Spark()]
      return { field, name, format, value, spark, unit: h('span', { class: 'dim' }, unit), node: h('div', { class: 'tile' }, h('span', { class: 'label' }, name)) }
    })
    for (const { node, value, unit, spark } of this.tiles) node.append(h('p', {}, value, ' ', unit), spark.node)
    this.more = h('div', { class: 'large' })
    return [h('div', { class: 'tiles' }, ...this.tiles.map(({ node }) => node)), this.more]
  }

  subline () { return 'last 10 min' }

  update (value) {
    const columns = value.history?.columns ?? {}
    for (const { field, name, format, value: cell, spark, unit } of this.tiles) {
      const now = value.metrics[field]
      number(cell, now, format, value.metrics[`${field}_reason`] ?? 'no figure has come yet')
      unit.hidden = now === null || now === undefined
      attr(cell, 'data-level', field === 'errors_per_minute' && now > 0 ? 'bad' : null)
      const past = columns[field] ?? []
      spark.node.toggleAttribute('hidden', past.filter(known => known !== null).length < 2)
      if (past.length > 1) spark.set(means(past, 60), `${name}, last 10 minutes`, false)
    }
    enlarge(this, () => import('./metrics-large.js'), value)
  }
}
