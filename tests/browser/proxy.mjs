// Between browser and gateway: everything that can go wrong on the way, for one path or for all.

import { createServer, request } from 'node:http'

/** `rules`: `[{ path: RegExp, status, body, hang, text: body => body, event: (name, data) => data | null }]`, the first that fits rules. */
export class Proxy {
  rules = []
  /** Streams that were opened, and those open now. */
  opened = 0
  streams = new Set()
  asked = []
  #sockets = new Set()

  static async before (product) {
    const proxy = new Proxy()
    proxy.to = product
    proxy.server = createServer((incoming, outgoing) => proxy.#pass(incoming, outgoing))
    proxy.server.on('connection', socket => {
      proxy.#sockets.add(socket)
      socket.on('close', () => proxy.#sockets.delete(socket))
    })
    await new Promise(resolve => proxy.server.listen(0, '127.0.0.1', resolve))
    proxy.url = `http://127.0.0.1:${proxy.server.address().port}`
    return proxy
  }

  #pass (incoming, outgoing) {
    this.asked.push(incoming.url)
    const rule = this.rules.find(({ path }) => path.test(incoming.url))
    if (rule?.hang) return
    if (rule?.cut) return outgoing.destroy()
    if (rule?.status) return outgoing.writeHead(rule.status, { 'content-type': 'application/json' }).end(rule.body ?? '')
    const headers = { ...incoming.headers, host: `127.0.0.1:${this.to.port}`, 'accept-encoding': rule?.text || rule?.event ? 'identity' : incoming.headers['accept-encoding'] ?? 'identity' }
    const upstream = request({ host: '127.0.0.1', port: this.to.port, path: incoming.url, method: incoming.method, headers }, answer => {
      if (/text\/event-stream/.test(answer.headers['content-type'])) this.#stream(answer, outgoing, rule, upstream)
      else if (rule?.text) this.#body(answer, outgoing, rule)
      else { outgoing.writeHead(answer.statusCode, answer.headers); answer.pipe(outgoing) }
      answer.on('error', () => outgoing.destroy())
    })
    upstream.on('error', () => outgoing.destroy())
    outgoing.on('close', () => upstream.destroy())
    incoming.pipe(upstream)
  }

  #body (answer, outgoing, rule) {
    const chunks = []
    answer.on('data', chunk => chunks.push(chunk))
    answer.on('end', () => {
      const { 'content-length': _, etag: __, ...headers } = answer.headers
      outgoing.writeHead(answer.statusCode, headers).end(rule.text(Buffer.concat(chunks).toString()))
    })
  }

  #stream (answer, outgoing, rule) {
    this.opened++
    const stream = { outgoing, frozen: false }
    this.streams.add(stream)
    outgoing.on('close', () => this.streams.delete(stream))
    outgoing.writeHead(answer.statusCode, answer.headers)
    let held = ''
    answer.on('data', chunk => {
      if (stream.frozen) return
      if (!rule?.event) return outgoing.write(chunk)
      held += chunk
      const events = held.split('\n\n')
      held = events.pop()
      for (const event of events) {
        const said = this.#event(event, rule)
        if (said !== null) outgoing.write(`${said}\n\n`)
      }
    })
    answer.on('end', () => outgoing.end())
  }

  #event (text, rule) {
    // A result of several parts comes as several events of which only the last has an id.
    const name = /^event: (.*)$/m.exec(text)?.[1]
    const data = /^data: (.*)$/m.exec(text)?.[1]
    if (!name) return text
    const said = rule.event(name, data)
    return said === null ? null : text.replace(/^data: .*$/m, () => `data: ${said}`)
  }

  /** Bytes stop, and nothing is closed: as when a cable is pulled. */
  freeze () { for (const stream of this.streams) stream.frozen = true }

  /** Says something on every stream, as the gateway would. */
  say (name, data, id) { for (const { outgoing } of this.streams) outgoing.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n${id ? `id: ${id}\n` : ''}\n`) }

  /** Ends every connection at once. */
  cut () { for (const socket of this.#sockets) socket.destroy() }

  close () {
    this.cut()
    this.server.close()
  }
}

/** A rule that rewrites what the page is served with. */
export const boot = change => ({
  path: /^\/($|\?|regime|position|timeframe|breadth|index($|\?)|system|logs($|\?)$)/,
  text: html => html.replace(/(id="boot">)(.*?)(<\/script>)/s, (_, before, json, after) => before + JSON.stringify(change(JSON.parse(json)) ?? {}).replaceAll('<', '\\u003c') + after)
})

/** A rule that rewrites every result on the stream. */
export const snapshots = change => ({
  path: /\/stream/,
  event (name, data) {
    if (name !== 'snapshot') return data
    const said = change(JSON.parse(data))
    return said === null ? null : typeof said === 'string' ? said : JSON.stringify(said)
  }
})
