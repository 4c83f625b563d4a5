// Joins the page's modules for the wire: `node bundle.mjs TOOLS SITE`, where TOOLS holds esbuild and SITE the page's files.
//
// Three kinds of file come out. `app.js` is what the first paint needs, `wire.js` what follows it, and everything a reader
// has to ask for stays a file of its own. What two of them need lies in the earlier one, which the later imports. Only what
// several of those that are asked for share, and nothing before them needs, is in each of them: it must keep nothing to itself.

import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'

const [tools, site] = process.argv.slice(2)
const { build } = createRequire(join(tools, 'package.json'))('esbuild')

const FIRST = 'app.js'
const REST = 'wire.js'
/** Imported when they are needed, which in a page somebody looks at is at once. */
const AT_ONCE = ['bw-timeframe.js', 'bw-breadth.js', 'bw-index.js', 'bw-system.js', 'bw-metrics.js', 'bw-logs.js', 'bw-since.js', 'shell.js', 'machinery.js']
/** Loaded under their own names by the document and the browser. */
const APART = ['theme.js', 'hub.js']
const ASIDE = 'uplot.js'

const sources = new Map()
const source = name => {
  if (!sources.has(name)) sources.set(name, readFileSync(join(site, name), 'utf8'))
  return sources.get(name)
}
/** `import { a, b as c } from './x.js'` and `import './x.js'`; there is no other form in the page. */
function imports (name) {
  return source(name).split('\n').filter(line => /^(import [^(]|export .* from )/.test(line)).map(line => {
    const [, names, from] = /^import (?:\{([^}]*)\} from )?'\.\/([\w-]+\.js)'$/.exec(line) ?? []
    if (!from) throw new Error(`${name}: an import of another form: ${line}`)
    return { from, names: (names ?? '').split(',').map(one => one.trim().split(' as ')[0]).filter(Boolean) }
  })
}
const later = name => [...source(name).matchAll(/\bimport\('\.\/([\w-]+\.js)'\)/g)].map(([, from]) => from)

/** The modules that come with some: their static imports, and theirs. */
function closure (names, without = new Set()) {
  const found = new Set()
  const add = name => {
    if (found.has(name) || without.has(name)) return
    found.add(name)
    for (const { from } of imports(name)) add(from)
  }
  for (const name of names) add(name)
  return found
}

const first = closure([FIRST])
const rest = closure([REST, ...AT_ONCE], first)
const asked = new Set([...first, ...rest].flatMap(later).filter(name => !first.has(name) && !rest.has(name) && !APART.includes(name) && name !== ASIDE))
const homes = new Map([...[...first].map(name => [name, FIRST]), ...[...rest].map(name => [name, REST])])

/** What other files take from the modules of one: `export { h } from './dom.js'`. */
function exported (home, members) {
  const others = [...new Set([...rest, ...closure([...asked], new Set([...first, ...rest]))])].filter(name => !members.has(name))
  const wanted = new Map()
  for (const { from, names } of others.flatMap(imports)) {
    if (homes.get(from) !== home) continue
    for (const name of names) {
      if ((wanted.get(name) ?? from) !== from) throw new Error(`${name} is exported by ${from} and by ${wanted.get(name)}`)
      wanted.set(name, from)
    }
  }
  return [...wanted].map(([name, from]) => `export { ${name} } from './${from}'`)
}

/** Leaves to the earlier files what is theirs, and to the reader what nobody asked for yet. */
const boundary = members => ({
  name: 'boundary',
  setup: ({ onResolve }) => onResolve({ filter: /^\.\// }, ({ path, kind }) => {
    const name = basename(path)
    if (members.has(name)) return
    if (kind === 'dynamic-import') return { path: `./${homes.get(name) ?? name}`, external: true }
    return homes.has(name) ? { path: `./${homes.get(name)}`, external: true } : undefined
  })
})

async function write (name, members, contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: site, sourcefile: `${name} as a whole` }, bundle: true, format: name === 'theme.js' ? 'iife' : 'esm', minify: true,
    charset: 'utf8', target: 'es2022', logLevel: 'error', legalComments: 'none', write: false, outfile: name, plugins: [boundary(members)]
  })
  return [name, outputFiles[0].contents]
}

const whole = name => `export * from './${name}'`
const made = await Promise.all([
  write(FIRST, first, [whole(FIRST), ...exported(FIRST, first)].join('\n')),
  write(REST, rest, [whole(REST), ...exported(REST, rest)].join('\n')),
  ...[...asked].map(name => write(name, closure([name], new Set([...first, ...rest])), whole(name))),
  ...[...APART, ASIDE].map(name => write(name, closure([name]), name === ASIDE ? `export { default } from './${name}'` : `import './${name}'\n${name === 'theme.js' ? '' : whole(name)}`))
])
// What no file asks for is not served.
for (const name of readdirSync(site)) if (name.endsWith('.js')) rmSync(join(site, name))
for (const [name, code] of made) writeFileSync(join(site, name), code)
