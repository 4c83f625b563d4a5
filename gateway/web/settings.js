// What the reader chose, kept in this browser; the address may say otherwise for one page.

const root = document.documentElement
const QUERY = new URLSearchParams(location.search)
const kept = name => { try { return localStorage.getItem(`bw:${name}`) } catch { return null } }

export const THEMES = ['dark', 'light', 'system']
export const PALETTES = { default: 'Green up, red down', cb: 'Blue up, orange down', inverted: 'Red up, green down', custom: 'My own' }

export const settings = {
  /** @param {string} name */
  get: name => QUERY.get(name) ?? kept(name) ?? '',
  /** Keeps a choice; '' forgets it. @param {string} name @param {string} value */
  set (name, value) {
    QUERY.delete(name)
    try { value ? localStorage.setItem(`bw:${name}`, value) : localStorage.removeItem(`bw:${name}`) } catch { /* for this page only, then */ }
    show(name, value)
  }
}

/** The document wears the choices as attributes; styles follow. @param {string} name @param {string} value */
function show (name, value) {
  if (!['theme', 'updown', 'hide'].includes(name)) return
  if (value && value !== 'system' && value !== 'default') root.dataset[name] = value
  else delete root.dataset[name]
  if (name === 'updown') paint()
  dispatchEvent(new CustomEvent('bw-theme'))
}

export const isDark = () => root.dataset.theme ? root.dataset.theme === 'dark' : !matchMedia('(prefers-color-scheme: light)').matches

/** The reader's own two colours, if they can be read on this surface. */
export function paint () {
  const own = settings.get('updown') === 'custom' ? (settings.get('colours') || '').split(',') : []
  for (const [index, name] of ['up', 'down'].entries()) {
    const colour = own[index]
    for (const step of ['', '2', '3']) {
      const mixed = step ? `color-mix(in srgb, ${colour} ${step === '2' ? 70 : 45}%, var(--surface))` : colour
      if (colour && readable(colour)) root.style.setProperty(`--${name}${step}`, mixed)
      else root.style.removeProperty(`--${name}${step}`)
    }
  }
}

/** Whether a colour has the contrast text needs on the page's surface. @param {string} colour */
export const readable = colour => contrast(colour, getComputedStyle(root).getPropertyValue('--surface').trim()) >= 4.5

/** Contrast of two `#rrggbb` colours. @param {string} a @param {string} b */
export function contrast (a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

/** @param {string} colour */
function luminance (colour) {
  const [r, g, b] = [1, 3, 5].map(at => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

if (settings.get('updown') === 'custom') paint()
