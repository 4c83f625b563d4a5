// The address of the page: which route, and the state a link carries. No DOM.

/** Routes that show one section large, by path; the others are the overview, operations and the comparison. */
export const LARGE = ['regime', 'position', 'timeframe', 'breadth', 'index', 'system', 'logs', 'metrics']
const KEPT = ['u', 'lane', 'at', 'sym', 'range', 'theme', 'updown', 'hide', 'kiosk', 'variant', 'layout']

/** The name of a path's route: `overview`, `compare` or a section's. */
export function routeOf (path) {
  const name = path.replace(/^\/+|\/+$/g, '')
  return LARGE.includes(name) || name === 'compare' ? name : 'overview'
}

/** The path of a route. */
export const pathOf = route => route === 'overview' ? '/' : `/${route}`

/** `search` with some parameters set; null and '' remove one. */
export function withState (search, changes) {
  const query = new URLSearchParams(search)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === '') query.delete(name)
    else query.set(name, value)
  }
  return query.size ? `?${query}`.replaceAll('%3A', ':') : ''
}

/** The state that goes along from route to route. */
export function carried (search) {
  const query = new URLSearchParams(search)
  for (const name of [...query.keys()]) if (!KEPT.includes(name)) query.delete(name)
  return query.size ? `?${query}`.replaceAll('%3A', ':') : ''
}
