// The real product for a test: its own broker, data and ports, gone at the end whatever happens.

import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BINARY = process.env.BELLWETHER_BINARY ?? fileURLToPath(new URL('../../target/debug/bellwether', import.meta.url))
export const DEADLINE = 90_000

/** Polls until `check` gives something true; throws what it waited for. */
export async function until (what, check, deadline = DEADLINE) {
  const end = Date.now() + deadline
  let last
  while (Date.now() < end) {
    try {
      const found = await check()
      if (found) return found
    } catch (error) { last = error }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`${what}: not within ${deadline / 1000} s${last ? ` (${last.message})` : ''}`)
}

const freePort = () => new Promise(resolve => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})

// A run that is broken off leaves nothing behind either.
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) process.once(signal, () => process.exit(code))

export class Product {
  /** Starts `bellwether up`; with `scans` waits for that many of the sample market. */
  static async up ({ pace = '1', scans = 150, more = [] } = {}) {
    const product = new Product()
    product.folder = mkdtempSync(join(tmpdir(), 'bellwether-browser-'))
    product.port = await freePort()
    product.url = `http://127.0.0.1:${product.port}`
    const log = openSync(join(product.folder, 'up.log'), 'a')
    product.child = spawn(BINARY, ['up', '--no-open', '--nats-port', '0', '--listen', `127.0.0.1:${product.port}`, '--data', product.folder, '--sample-pace', pace, ...more],
      { stdio: ['ignore', log, log], env: { ...process.env, NATS_URL: undefined } })
    closeSync(log)
    process.on('exit', () => product.down())
    await until('the gateway answers', () => fetch(`${product.url}/health/live`).then(({ ok }) => ok))
    if (scans) {
      for (const section of ['regime', 'position', 'timeframe', 'breadth', 'index']) {
        await until(`${scans} scans in ${section}`, async () => (await product.json(`/api/${section}?universe=sample`)).scan.ordinal >= scans)
      }
    }
    return product
  }

  async json (path) { return (await fetch(this.url + path)).json() }

  processes () { return JSON.parse(readFileSync(join(this.folder, 'run/processes.json'), 'utf8')).processes }

  pid (name) { return this.processes().find(known => known.name === name)?.pid }

  /** Ends a process the hard way; the supervisor starts it again. Says which it was. */
  kill (name) {
    const pid = this.pid(name)
    process.kill(pid, 'SIGKILL')
    return pid
  }

  stop (name) { process.kill(this.pid(name), 'SIGSTOP') }
  go (name) { process.kill(this.pid(name), 'SIGCONT') }

  down () {
    if (!this.child) return
    this.child.kill('SIGKILL')
    this.child = null
    // What it started ends with it, and then lets go of the folder.
    try { rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }) } catch { /* the next clean-up takes it */ }
  }
}
