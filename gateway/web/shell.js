// What the page needs once its first view stands: keys, announcements, settings, and the past of the machinery.

import { announce, alarm, urgent } from './announce.js'
import { label } from './format.js'
import { listen } from './keys.js'
import { commands } from './commands.js'
import { settings } from './settings.js'

/** @param {any} page */
export function start (page) {
  page.commands = commands(page)
  listen(page.commands)
  page.run = id => page.commands.find(command => command.id === id)?.run()
  for (const button of document.querySelectorAll('[data-command]')) button.addEventListener('click', () => page.run(button.dataset.command))
  document.getElementById('universe').addEventListener('change', event => page.choose(event.target.value))
  document.getElementById('badge').addEventListener('click', event => event.currentTarget.dispatchEvent(new CustomEvent('bw-reconnect', { bubbles: true })))
  say(page)
  page.later('machinery', 'machinery')
  page.later('bw-since', 'since')
  if (new URLSearchParams(location.search).has('kiosk')) stayAwake()
}

/** The page's two live regions: prices, ages and ticks are never announced. */
function say (page) {
  let regime = document.getElementById('regime')?.headline
  let size = null
  addEventListener('bw-state', ({ target, detail: { from, to } }) => {
    if (from && from !== 'loading' && to !== 'replay' && from !== 'replay') announce(`${label(target.id)} is ${to}.`)
  })
  setInterval(() => {
    const now = document.getElementById('regime')?.headline
    if (now && regime && now.class !== regime.class && !page.at) announce(`Market regime is now ${now.words}.`)
    regime = now ?? regime
    const position = document.getElementById('position')?.headline
    if (settings.get('more') && position && size && position.words !== size) announce(`Position is now ${position.words}.`)
    size = position?.words ?? size
    urgent('out', page.link.name === 'signed_out' ? 'You are signed out. The page no longer hears the market.' : '')
    urgent('past', page.at ? 'A recorded scan is shown, not the live market.' : '')
  }, 1000)
  alarm('')
}

/** A wall screen must not go dark; where the browser cannot promise it, nothing is lost. */
async function stayAwake () {
  const hold = () => navigator.wakeLock?.request('screen').catch(() => {})
  await hold()
  document.addEventListener('visibilitychange', () => { if (!document.hidden) hold() })
}
