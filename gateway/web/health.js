// How the services are, in rows and words. No DOM.

import { age, count } from './format.js'

const RANK = { down: 0, degraded: 1, unknown: 2, ok: 3 }
const LINK = { live: ['ok', 'live'], connecting: ['degraded', 'connecting'], reconnecting: ['degraded', 'reconnecting'], offline: ['down', 'offline'], signed_out: ['down', 'signed out'], resting: ['degraded', 'resting'] }
const BROWSER = 'a browser follows the gateway alone'

/** Milliseconds: "0.4 ms", "38 ms", "1.2 s". */
export const milliseconds = value => value >= 1000 ? `${(value / 1000).toFixed(1)} s` : value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`

/**
 * Rows of the table: this browser's own link first, then results that the gateway lost, then the services, the worst
 * first when any is not healthy.
 */
export function healthRows ({ connection, services, health }) {
  const [level, word] = LINK[connection?.name] ?? ['unknown', 'not known']
  const browser = { key: 'browser', service: 'This browser', instance: '', level, word, p95_ms: connection?.latency ?? null, p95_ms_reason: 'no answer timed yet', lag: null, lag_reason: BROWSER, last_event_age_seconds: null, age_reason: BROWSER }
  const lost = (health ?? []).filter(({ link }) => link === 'lost').map(({ section, reason }) => ({
    key: `results|${section}`, service: `${section} results`, instance: '', level: 'down', word: 'lost', reason, p95_ms: null, p95_ms_reason: reason, lag: null, lag_reason: reason, last_event_age_seconds: null, age_reason: reason
  }))
  const several = name => services.filter(({ service }) => service === name).length > 1
  const rows = (services ?? []).map(service => ({
    ...service, key: `${service.service}|${service.instance}`, level: service.status in RANK ? service.status : 'unknown', word: service.status ?? 'not known', several: several(service.service),
    p95_ms_reason: 'no event folded yet', lag_reason: 'it follows nothing', age_reason: 'no event yet'
  }))
  const order = rows.some(row => row.level !== 'ok') ? (a, b) => RANK[a.level] - RANK[b.level] || byName(a, b) : byName
  return [browser, ...lost, ...rows.sort(order)]
}

const byName = (a, b) => a.service.localeCompare(b.service) || String(a.instance).localeCompare(String(b.instance))

/** "7 of 8 healthy"; nothing while no service was heard. */
export function healthy (services) {
  return services.length ? `${count(services.filter(({ status }) => status === 'ok').length)} of ${count(services.length)} healthy` : ''
}

const sentence = words => /[.!?]$/.test(words) ? words : `${words}.`

/** What is known of a service, in sentences. */
export function detail ({ reason, restarts, version, pid, last_error: error, last_event_age_seconds: idle }) {
  return [reason && sentence(reason), restarts !== undefined && (restarts ? `Started again ${restarts === 1 ? 'once' : `${count(restarts)} times`}.` : 'Never started again.'),
    error ? sentence(`Last error: ${error}`) : restarts !== undefined && 'No error since it started.', idle !== null && idle !== undefined && `Last event ${age(idle)} ago.`,
    version && `Version ${version}${pid ? `, process ${pid}` : ''}.`].filter(Boolean).join(' ')
}

/** Tiles: `[field, name, unit, format]`. */
export const TILES = [
  ['events_per_second', 'Events', '/s', value => value < 10 ? String(Math.round(value * 10) / 10) : count(value)],
  ['scan_to_gateway_p95_ms', 'Scan to gateway p95', 'ms', value => value < 10 ? value.toFixed(1) : count(value)],
  ['lag', 'Consumer lag', 'msg', count],
  ['rejected', 'Rejected', '', count],
  ['sse_clients', 'Stream clients', '', count],
  ['errors_per_minute', 'Errors', '/min', value => value < 10 ? String(Math.round(value * 10) / 10) : count(value)]
]

/** The means of at most `most` stretches: what a small line can show. */
export function means (values, most) {
  const size = Math.max(1, Math.ceil(values.length / most))
  return Array.from({ length: Math.ceil(values.length / size) }, (_, at) => {
    const known = values.slice(at * size, (at + 1) * size).filter(value => value !== null && value !== undefined)
    return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null
  })
}

const LEVELS = ['debug', 'info', 'warn', 'error']

/** The lines a reader asked for, newest first: `{ level, service, text, scan }`, each narrowing when it is set. */
export function sifted (lines, { level, service, text, scan }, most) {
  const least = LEVELS.indexOf(level)
  const words = text?.trim().toLowerCase()
  const id = scan?.trim()
  const found = []
  for (let index = lines.length - 1; index >= 0 && found.length < most; index--) {
    const line = lines[index]
    if (LEVELS.indexOf(line.level) < least || (service && line.service !== service)) continue
    if (id && !scanOf(line).includes(id)) continue
    if (words && !`${line.message} ${line.service} ${JSON.stringify(line.fields ?? {})}`.toLowerCase().includes(words)) continue
    found.push(line)
  }
  return found
}

const scanOf = ({ scan, fields }) => String(scan ?? fields?.scan ?? '')

/** "key=live.us, lag=214" */
export const fieldsText = fields => Object.entries(fields ?? {}).map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`).join(', ')

