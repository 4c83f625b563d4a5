// The page's side of the hub. It says what is heard and how the link stands; it decides nothing else.

const HUB = '/hub.js'
const policy = globalThis.trustedTypes?.createPolicy('bellwether', {
  createScriptURL (url) {
    if (url === HUB) return url
    throw new TypeError(`${url} is no script of this page`)
  }
})

/**
 * Joins the hub. `address()` is the stream's, `since` and `seed` what the page was served with; `on(name, data)` gets
 * every event, `done()` follows each message; `link(state)` gets `{ name, at, latency }` with the name `connecting`,
 * `live`, `reconnecting`, `offline`, `signed_out` or `resting`.
 */
export function live ({ address, since, seed, on, done, link }) {
  let post = () => {}
  let known = { since, seed }
  const take = ({ link: state, events }) => {
    if (state) link(state)
    for (const [name, data] of events ?? []) on(name, data)
    if (events) done()
  }
  const join = () => {
    post({ do: 'join', address: address(), since: known.since ?? '', seed: known.seed ?? [] })
    if (document.hidden) post({ do: 'hold' })
  }
  const start = connect(take, send => { post = send; join() })

  addEventListener('online', () => post({ do: 'now' }))
  document.addEventListener('visibilitychange', () => post({ do: document.hidden ? 'hold' : 'show' }))
  addEventListener('pagehide', () => post({ do: 'leave' }))
  addEventListener('pageshow', event => { if (event.persisted) join() })
  start()

  return {
    /** Tries at once. */
    now: () => post({ do: 'now' }),
    /** Another view: what was seen belongs to the one before. */
    restart () { known = {}; join() },
    stop: () => post({ do: 'leave' })
  }
}

/** The way to a hub: the browser's own, or where there is none, one inside this page. */
function connect (take, ready) {
  const alone = async () => {
    const { Hub } = await import('./hub.js')
    // Without a hub to keep it, a hidden page has no stream: six pages would be all the browser can hold.
    ready(new Hub(0).tab(take))
  }
  return () => {
    try {
      const url = policy ? policy.createScriptURL(HUB) : HUB
      const worker = new SharedWorker(url, { name: 'bellwether', type: 'module' })
      worker.port.onmessage = ({ data }) => take(data)
      worker.onerror = alone
      ready(message => worker.port.postMessage(message))
    } catch { alone() }
  }
}
