// The one stream of the page. It says what it hears and how the link stands; it decides nothing else.

const WATCHDOG = 40_000
const HEALTHY = 10_000
const EVENTS = ['hello', 'snapshot', 'tick', 'hb', 'flags', 'reset', 'bye']

import { delay } from './states.js'

/**
 * Opens the stream and keeps it open. `on(name, data)` gets every event; `link(state)` gets
 * `{ name: 'connecting' | 'live' | 'reconnecting' | 'offline', at }`, `at` being when the next attempt is made.
 */
export function live ({ address, since, on, link }) {
  let source = null
  let vector = since ?? ''
  let attempts = 0
  let timer = 0
  let watchdog = 0
  let healthy = 0
  let stopped = false

  const heard = () => {
    clearTimeout(watchdog)
    watchdog = setTimeout(again, WATCHDOG)
  }
  const close = () => {
    for (const id of [timer, watchdog, healthy]) clearTimeout(id)
    source?.close()
    source = null
  }
  const open = () => {
    if (stopped) return
    close()
    if (navigator.onLine === false) return link({ name: 'offline' })
    link({ name: 'connecting' })
    const url = new URL(address(), location.href)
    if (vector) url.searchParams.set('since', vector)
    source = new EventSource(url)
    source.onerror = () => again()
    for (const name of EVENTS) source.addEventListener(name, event => receive(name, event))
    heard()
  }
  const receive = (name, event) => {
    heard()
    if (event.lastEventId) vector = event.lastEventId
    if (name === 'hello') {
      link({ name: 'live' })
      healthy = setTimeout(() => { attempts = 0 }, HEALTHY)
    }
    const data = JSON.parse(event.data)
    on(name, data)
    if (name === 'bye') again(data.retry_ms)
  }
  const again = least => {
    if (stopped) return
    close()
    const wait = (least ?? 0) + delay(attempts++)
    link({ name: navigator.onLine === false ? 'offline' : 'reconnecting', at: Date.now() + wait, announced: least !== undefined })
    timer = setTimeout(open, wait)
  }
  const atOnce = () => { if (!source && !document.hidden) { attempts = 0; open() } }
  addEventListener('online', atOnce)
  addEventListener('offline', () => { close(); link({ name: 'offline' }) })
  document.addEventListener('visibilitychange', atOnce)
  addEventListener('pagehide', close)
  addEventListener('pageshow', event => { if (event.persisted) open() })
  open()

  return {
    /** Tries at once. */
    now: () => { attempts = 0; open() },
    /** Starts over with another address: what was seen belongs to another view. */
    restart: () => { vector = ''; attempts = 0; open() },
    stop: () => { stopped = true; close() }
  }
}
