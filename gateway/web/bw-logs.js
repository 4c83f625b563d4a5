import { BwSection } from './bw-section.js'
import { attr, h, text } from './dom.js'
import { clock, count, instant } from './format.js'
import { fieldsText, sifted } from './health.js'

const SHOWN = 60
const LARGE = 500

/** The services' log lines, newest first; it holds still while somebody reads. */
export class BwLogs extends BwSection {
  static needs = ['lines']

  build () {
    this.filter = { level: 'info' }
    this.nodes = new Map()
    this.list = h('ol', { class: 'log-lines' })
    this.scroller = h('div', { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': 'Log lines, newest first', tabindex: '0' }, this.list)
    this.none = h('p', { class: 'note dim', hidden: true })
    this.scroller.addEventListener('scroll', () => { this.reading = this.scroller.scrollTop > 4; this.settle() })
    this.scroller.addEventListener('pointerenter', () => { this.hovered = true })
    this.scroller.addEventListener('pointerleave', () => { this.hovered = false; this.settle() })
    this.scroller.addEventListener('keydown', event => this.key(event))
    this.list.addEventListener('click', event => this.toggle(event.target.closest('li')))
    return [h('div', { class: 'logs' }, this.buildFilters(), this.scroller, this.none)]
  }

  buildFilters () {
    const option = ([value, name]) => h('option', { value }, name)
    const level = h('select', { 'aria-label': 'Level' }, ...[['debug', 'All levels'], ['info', 'Info and up'], ['warn', 'Warnings and up'], ['error', 'Errors']].map(option))
    level.value = this.filter.level
    this.services = h('select', { 'aria-label': 'Service' }, option(['', 'All services']))
    const words = h('input', { type: 'search', placeholder: 'Text', 'aria-label': 'Text' })
    const scan = h('input', { type: 'search', placeholder: 'Scan id', 'aria-label': 'Scan id' })
    for (const [name, control] of Object.entries({ level, service: this.services, text: words, scan })) {
      control.addEventListener('input', () => { this.filter[name] = control.value; this.arrange(true) })
    }
    this.follow = h('button', { type: 'button', 'aria-pressed': 'true' }, 'Follow')
    this.follow.addEventListener('click', () => {
      this.paused = !this.still
      this.reading = this.hovered = false
      if (!this.paused) this.scroller.scrollTop = 0
      this.settle()
    })
    return h('div', { class: 'log-filters' }, level, this.services, words, scan, this.follow)
  }

  update ({ lines }) {
    this.lines = lines
    const names = [...new Set(lines.map(({ service }) => service))].sort()
    if (this.services.dataset.names !== names.join()) {
      this.services.dataset.names = names.join()
      this.services.replaceChildren(h('option', { value: '' }, 'All services'), ...names.map(name => h('option', { value: name }, name)))
      this.services.value = this.filter.service ?? ''
    }
    this.arrange(false)
  }

  resize () { if (this.lines) this.arrange(true) }

  /** Somebody reads, or asked for a pause: nothing moves. */
  get still () { return this.paused || this.reading || this.hovered || this.list.contains(document.activeElement) }

  settle () { if (this.lines) this.arrange(false) }

  arrange (asked) {
    const { still } = this
    const shown = sifted(this.lines, this.filter, this.large ? LARGE : SHOWN)
    const waiting = still ? shown.findIndex(({ seq }) => seq === this.newest) : 0
    attr(this.follow, 'aria-pressed', String(!still))
    text(this.follow, still ? `Paused${waiting > 0 ? `, ${count(waiting)} new` : waiting < 0 && shown.length ? ', new lines' : ''}` : 'Follow')
    if (still && !asked && this.newest !== undefined) return
    this.newest = shown[0]?.seq
    const nodes = shown.map(line => this.nodes.get(line.seq) ?? this.line(line))
    this.nodes = new Map(shown.map((line, index) => [line.seq, nodes[index]]))
    place(this.list, nodes)
    this.none.hidden = shown.length > 0
    this.scroller.hidden = shown.length === 0
    text(this.none, this.lines.length ? `None of the ${count(this.lines.length)} lines fits the filter.` : 'No line has come yet; services send theirs as they write them.')
  }

  line (line) {
    const at = Date.parse(line.time)
    const fields = fieldsText(line.fields)
    const node = h('li', { tabindex: '-1', 'data-level': line.level }, h('span', { class: 'dim', title: instant(at, this.zone) }, clock(at, this.zone)), h('span', { class: 'level' }, String(line.level).toUpperCase()),
      h('span', { class: 'service' }, line.service), h('span', { class: 'words' }, line.message, fields && h('span', { class: 'dim' }, `  ${fields}`)))
    node.line = line
    return node
  }

  toggle (node) {
    if (!node || String(getSelection())) return
    if (node.lastChild.localName === 'pre') return node.lastChild.remove()
    node.append(h('pre', {}, `${node.line.trace ? `trace ${node.line.trace}\n` : ''}${JSON.stringify(node.line, null, 2)}`))
  }

  key (event) {
    const at = document.activeElement
    const rows = [...this.list.children]
    const from = rows.indexOf(at)
    const next = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: rows.length - 1 }[event.key]
    if (next !== undefined) (rows[next] ?? (next < 0 ? this.scroller : at)).focus()
    else if (event.key === 'Enter' && from >= 0) this.toggle(at)
    else return
    event.preventDefault()
  }
}

/** Puts the nodes in place and leaves those alone that are where they should be. */
function place (list, nodes) {
  const wanted = new Set(nodes)
  for (const node of [...list.children]) if (!wanted.has(node)) node.remove()
  nodes.forEach((node, index) => { if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null) })
}
