// What was before this page was opened: the tiles' minutes and the log's last lines.

import { read } from './json.js'

/** Asks for both; without an answer the sections say so. @param {any} page */
export async function machinery (page) {
  const [metrics, logs] = await Promise.allSettled([read('/api/v2/status/metrics?minutes=10'), read('/logs?limit=200')])
  settle(page, 'metrics', metrics, value => page.ticks.remember(value))
  settle(page, 'logs', logs, ({ lines }) => page.ticks.append(lines))
  page.flush()
}

/** @param {any} page @param {string} section @param {PromiseSettledResult<any>} answer @param {(value: any) => void} take */
function settle (page, section, answer, take) {
  if (answer.status === 'rejected') return page.troubles.set(section, answer.reason)
  page.troubles.delete(section)
  take(answer.value)
}
