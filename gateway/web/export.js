// Taking a section away: CSV, PNG and a link.

import { announce } from './announce.js'
import { instant } from './format.js'
import { withState } from './route.js'

const SCALE = 2

/** @param {any} page @param {any} card */
export function csv (page, card) {
  const { entry } = card.known
  if (!entry) return say('There is nothing to export yet.')
  const rows = card.csv?.(entry.parts, entry.head) ?? [['field', 'value'], ...flat(entry.parts)]
  save(new Blob([toCsv(rows)], { type: 'text/csv' }), `${nameOf(page, card)}.csv`)
}

/** Every scalar with its path, in the order of the payload. */
export function flat (value, path = '') {
  if (value === null || typeof value !== 'object') return [[path, value]]
  return Object.entries(value).flatMap(([name, inner]) => flat(inner, path ? `${path}.${name}` : name))
}

/** RFC 4180. A cell that a spreadsheet would run as a formula is led by an apostrophe. */
export function toCsv (rows) {
  const cell = value => {
    const words = value === null || value === undefined ? '' : String(value)
    const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(words) ? `'${words}` : words
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return rows.map(row => row.map(cell).join(',')).join('\r\n') + '\r\n'
}

function nameOf (page, card) {
  const { scan } = page.entry(card.id)?.head ?? {}
  const hidden = document.documentElement.dataset.hide ? 'amounts-hidden' : null
  return ['bellwether', page.universe, card.id, scan && `scan-${scan.ordinal}`, hidden].filter(Boolean).join('-')
}

function save (blob, name) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  say(`${name} is saved.`)
}

/** The card as it stands, with its title and instant, twice as sharp. @param {any} page @param {any} card */
export async function png (page, card) {
  const { width, height } = card.getBoundingClientRect()
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture(page, card, width, height))}`
  await image.decode()
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width: width * SCALE, height: (height + 24) * SCALE })
  const context = canvas.getContext('2d')
  context.scale(SCALE, SCALE)
  context.drawImage(image, 0, 0)
  canvas.toBlob(blob => save(blob, `${nameOf(page, card)}.png`))
}

function picture (page, card, width, height) {
  const copy = card.cloneNode(true)
  const drawn = [...card.querySelectorAll('canvas')]
  for (const [index, canvas] of [...copy.querySelectorAll('canvas')].entries()) {
    const image = document.createElement('img')
    image.src = drawn[index].toDataURL()
    image.className = canvas.className
    image.style.cssText = drawn[index].style.cssText
    canvas.replaceWith(image)
  }
  for (const left of copy.querySelectorAll('.menu-button, .menu, .retry, [hidden]')) left.remove()
  const html = document.documentElement.cloneNode(false)
  const style = document.createElement('style')
  style.textContent = sheets()
  const foot = document.createElement('p')
  foot.className = 'png-foot'
  foot.textContent = footOf(page, card)
  const body = document.createElement('body')
  body.append(copy, foot)
  html.append(style, body)
  const inner = new XMLSerializer().serializeToString(html)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + 24}"><foreignObject width="100%" height="100%">${inner}</foreignObject></svg>`
}

/** The page's own rules; a media query that depends on the window is decided as it stands. */
const sheets = () => [...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
  .flatMap(rule => rule instanceof CSSMediaRule ? (matchMedia(rule.media.mediaText).matches ? [...rule.cssRules].map(({ cssText }) => cssText) : []) : [rule.cssText]).join('\n')

function footOf (page, card) {
  const { scan } = page.entry(card.id)?.head ?? {}
  const asOf = scan?.as_of ? `as of ${instant(Date.parse(scan.as_of), card.zone)}` : ''
  return [`Bellwether, ${page.universe}`, scan && `scan ${scan.ordinal}`, asOf, scan?.sample ? 'SAMPLE DATA' : ''].filter(Boolean).join(', ')
}

/** A link that shows what is shown now, whoever opens it and whenever. @param {any} page @param {any} card */
export async function link (page, card) {
  const { scan } = page.entry(card.id)?.head ?? {}
  const search = withState(location.search, { u: page.universe, at: scan?.ordinal ?? null })
  const path = page.route === card.id ? `/${card.id}` : '/'
  const address = `${location.origin}${path}${search}${path === '/' ? `#${card.id}` : ''}`
  try {
    await navigator.clipboard.writeText(address)
    say('The link is copied.')
  } catch {
    say(`The browser does not let this page copy. The link is ${address}`)
  }
}

function say (words) {
  announce(words)
  const toast = document.getElementById('toast')
  toast.textContent = words
  toast.hidden = false
  clearTimeout(say.timer)
  say.timer = setTimeout(() => { toast.hidden = true }, 4000)
}
