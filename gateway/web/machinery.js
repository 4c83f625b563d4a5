// What was before this page was opened: the tiles' minutes and the log's last lines.

import { read } from './json.js'

/** Asks for one or for both; without an answer the sections say so. @param {any} page @param {string} [only] */
export async function machinery (page, only) {
  const asked = [['metrics', '/api/v2/status/metrics?minutes=10', value => page.ticks.remember(value)], ['logs', '/logs?limit=200', ({ lines }) => page.ticks.append(lines)]]
  await Promise.all(asked.filter(([section]) => !only || section === only).map(async ([section, path, take]) => {
    try {
      take(await read(path))
      page.troubles.delete(section)
    } catch (error) {
      page.troubles.set(section, error.words ? error : { code: 'bad_answer', words: `Its answer cannot be read: ${error.message}` })
    }
  }))
  page.flush()
}
