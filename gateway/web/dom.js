// Elements without markup: text is always text.

const SVG = 'http://www.w3.org/2000/svg'

/** Builds an HTML element: `h('p', { class: 'x' }, 'text', child)`. */
export function h (tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children)
}

/** Builds an SVG element. */
export function s (tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children)
}

function fill (node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) attr(node, name, value)
  node.append(...children.filter(child => child !== null && child !== undefined && child !== false))
  return node
}

/** Sets an attribute only when it changes; null, undefined and false remove it. */
export function attr (node, name, value) {
  if (value === null || value === undefined || value === false) return node.removeAttribute(name)
  const text = value === true ? '' : String(value)
  if (node.getAttribute(name) !== text) node.setAttribute(name, text)
}

/** Sets the text only when it changes. */
export function text (node, value) {
  const next = value ?? ''
  if (node.textContent !== next) node.textContent = next
}

/** Sets a custom property; the policy of the page forbids style attributes. */
export function style (node, name, value) {
  if (node.style.getPropertyValue(name) !== value) node.style.setProperty(name, value)
}

/** Shows a number, or an en dash whose tooltip says why there is none. */
export function number (node, value, format, reason) {
  const missing = value === null || value === undefined
  text(node, missing ? '–' : format(value))
  attr(node, 'title', missing ? (reason ?? 'not known') : null)
  node.classList.toggle('missing', missing)
}
