// The bodies of the sections alone: the page's own files, served under its policy, with values that a test gives them.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

const WEB = process.env.BELLWETHER_WEB_FOLDER ? new URL(`file://${process.env.BELLWETHER_WEB_FOLDER}/`) : new URL('../../gateway/web/', import.meta.url)
const UPLOT = new URL('./uplot.js', WEB)
const TYPES = { js: 'text/javascript', css: 'text/css', html: 'text/html; charset=utf-8', svg: 'image/svg+xml', webmanifest: 'application/json' }
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types bellwether"
const NAMES = ['regime', 'position', 'timeframe', 'breadth', 'index', 'system', 'metrics', 'logs']
const element = name => `Bw${name[0].toUpperCase()}${name.slice(1)}`
const START = `${NAMES.map(name => `import { ${element(name)} } from '/bw-${name}.js'`).join('\n')}
${NAMES.map(name => `customElements.define('bw-${name}', ${element(name)})`).join('\n')}
for (const card of document.querySelectorAll('main > [id]')) card.hidden = false
globalThis.ready = true`

/** Serves the page without its frame; `answers.series(query)` is what a series is asked for with. `uplot: false` has none. */
export async function bodies ({ uplot = true } = {}) {
  const answers = { series: () => null, asked: [] }
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://page')
    const send = (status, type, body) => response.writeHead(status, { 'content-type': type, 'content-security-policy': POLICY }).end(body)
    try {
      if (pathname === '/start.js') return send(200, TYPES.js, START)
      if (pathname.endsWith('/series')) {
        answers.asked.push(Object.fromEntries(searchParams))
        const series = answers.series(pathname.split('/').at(-2), searchParams)
        return send(series ? 200 : 503, 'application/json', JSON.stringify(series ?? {}))
      }
      if (pathname === '/uplot.js') return uplot ? send(200, TYPES.js, await chart()) : send(404, 'text/plain', '')
      const page = pathname === '/'
      const file = await readFile(new URL(`.${page ? '/index.html' : pathname}`, WEB))
      send(200, TYPES[page ? 'html' : pathname.split('.').at(-1)] ?? 'application/octet-stream', page ? alone(file.toString()) : file)
    } catch { send(404, 'text/plain', '') }
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}/`, answers, close: () => server.close() }
}

/** The page's markup without the frame's script. */
const alone = html => html.replace(/<script type="module"[^>]*><\/script>/, '<script type="module" src="/start.js"></script>')

/** uPlot as the build embeds it, or as it was installed. */
async function chart () {
  const places = [UPLOT, new URL('../../gateway/web/node_modules/uplot/dist/uPlot.esm.js', import.meta.url), new URL('./node_modules/uplot/dist/uPlot.esm.js', import.meta.url)]
  for (const place of places) {
    try { return await readFile(place) } catch { /* the next, then */ }
  }
  throw new Error('uPlot is not installed')
}
