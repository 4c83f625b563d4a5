// The page as its reader uses it: keys, palette, links, exports, print, weight.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { SECTIONS, allLive, launch, open, shift, state, wake } from './browser.mjs'
import { Product, until } from './product.mjs'
import { Proxy } from './proxy.mjs'

let product, browser
before(async () => { [product, browser] = await Promise.all([Product.up({ pace: '2' }), launch()]) })
after(async () => { await browser?.close(); product?.down() })

/** A page with everything in it. */
async function on (path, work, options) {
  const page = await open(browser, product.url + path, options)
  try {
    await state(page, 'regime', 'live')
    await wake(page)
    await until('the keys', () => page.evaluate(() => import(document.querySelector('script[type=module]').src).then(({ page }) => Boolean(page.commands))))
    await work(page)
    assert.deepEqual(await page.evaluate(() => globalThis.violations), [], 'the policy holds')
    assert.deepEqual(page.faults, [], 'nothing was thrown')
  } finally { await page.context().close() }
}

const BUDGET = { js: 45_000, firstJs: 20_000, css: 9_000, html: 12_000, total: 80_000, requests: 24, nodes: 2500, shift: 0.01 }

test('the first view keeps its budget', async () => {
  const page = await open(browser, product.url)
  for (const section of ['regime', 'position', 'timeframe', 'breadth']) await state(page, section, 'live')
  await page.waitForFunction(() => document.getElementById('badge').dataset.link === 'live' && document.querySelector('#breadth path.line'))
  const found = await page.evaluate(() => {
    // A slow machine sees more of the market meanwhile, and reads again what it missed: that is not the first view.
    const entries = [...new Map([...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reverse().map(entry => [entry.name, entry])).values()]
    const preloaded = new Set([...document.querySelectorAll('link[rel=modulepreload]')].map(({ href }) => href))
    const sum = (some, kind = /./) => some.filter(({ name }) => kind.test(new URL(name).pathname)).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)
    return {
      js: sum(entries, /\.js$/), firstJs: sum(entries.filter(({ name }) => preloaded.has(name) || /theme/.test(name))), css: sum(entries, /\.css$/), html: sum(entries, /^\/$/), total: sum(entries),
      requests: entries.length, nodes: document.querySelectorAll('*').length, shifts: globalThis.shifts, names: entries.map(({ name, encodedBodySize }) => `${new URL(name).pathname} ${encodedBodySize}`)
    }
  })
  // The hub is the worker's own: the page does not see it come.
  const hub = await fetch(`${product.url}/hub.js`, { headers: { 'accept-encoding': 'gzip' } })
  found.js += Number(hub.headers.get('content-length'))
  found.requests += 2
  found.shift = await shift(page)
  console.log('first view', JSON.stringify({ ...found, names: undefined, shifts: undefined }))
  for (const [name, limit] of Object.entries(BUDGET)) assert.ok(found[name] <= limit, `${name}: ${found[name]} of ${limit}\n${found.names.join('\n')}\n${JSON.stringify(found.shifts)}`)
  await page.context().close()
})

test('the whole page, scrolled through, moves nothing and stays small', async () => on('/', async page => {
  await wake(page)
  for (const section of SECTIONS) await state(page, section, ['live', 'empty', 'stale', 'error', 'loading'])
  const { nodes, shifts } = await page.evaluate(() => ({ nodes: document.querySelectorAll('*').length, shifts: globalThis.shifts }))
  const moved = await shift(page)
  assert.ok(moved <= BUDGET.shift, `${moved} ${JSON.stringify(shifts)}`)
  assert.ok(nodes <= BUDGET.nodes, String(nodes))
}))

test('the palette finds, runs and closes; letters typed into it are letters', () => on('/', async page => {
  await page.keyboard.press('Control+k')
  const input = page.getByRole('combobox', { name: /Search/ })
  await input.fill('light')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light')
  await page.keyboard.press('/')
  await input.waitFor()
  await page.keyboard.type('gt')
  assert.equal(await input.inputValue(), 'gt')
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light', 'no key was taken')
  await page.keyboard.press('Escape')
  await input.waitFor({ state: 'detached' })
}))

test('every key does what the map says', () => on('/', async page => {
  const at = () => page.evaluate(() => document.activeElement?.id)
  for (const [keys, section] of [['gr', 'regime'], ['gk', 'position'], ['gt', 'timeframe'], ['gb', 'breadth'], ['gi', 'index'], ['gs', 'system'], ['gl', 'logs']]) {
    for (const key of keys) await page.keyboard.press(key)
    assert.equal(await at(), section, keys)
  }
  await page.keyboard.press('k')
  assert.equal(await at(), 'metrics')
  await page.keyboard.press('j')
  assert.equal(await at(), 'logs')
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme)
  const before = await theme()
  await page.keyboard.press('t')
  assert.notEqual(await theme(), before)
  await page.keyboard.press('h')
  assert.ok(await page.evaluate(() => 'hide' in document.documentElement.dataset))
  await page.keyboard.press('h')
  await page.keyboard.press('g'); await page.keyboard.press('b')
  await page.keyboard.press('f')
  await until('the large view', () => new URL(page.url()).pathname === '/breadth')
  assert.ok(await page.locator('#breadth').evaluate(node => node.large))
  assert.ok(await page.locator('#regime').isHidden())
  await page.keyboard.press('Escape')
  await until('the overview', () => new URL(page.url()).pathname === '/')
  await page.goBack()
  await until('back', () => new URL(page.url()).pathname === '/breadth')
  await page.goBack()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys and settings' }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('g'); await page.keyboard.press('r'); await page.keyboard.press('i')
  await page.getByRole('dialog', { name: /where it comes from/ }).waitFor()
  await page.keyboard.press('Escape')
}))

test('keys can be switched off and given other letters', () => on('/', async page => {
  await page.keyboard.press('?')
  await page.getByRole('button', { name: 'Dark or light: change its key' }).click()
  await page.keyboard.press('y')
  await page.keyboard.press('Escape')
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme)
  const before = await theme()
  await page.keyboard.press('t')
  assert.equal(await theme(), before)
  await page.keyboard.press('y')
  assert.notEqual(await theme(), before)
  await page.keyboard.press('?')
  await page.getByLabel('Single keys').uncheck()
  await page.keyboard.press('Escape')
  const off = await theme()
  await page.keyboard.press('y')
  assert.equal(await theme(), off)
}))

test('the keyboard alone reaches everything in reading order', () => on('/', async page => {
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip')
  const seen = []
  for (let index = 0; index < 200; index++) {
    await page.keyboard.press('Tab')
    const where = await page.evaluate(() => { const at = document.activeElement; return at === document.body ? null : at.closest('main > [id]')?.id ?? at.closest('header, footer, aside, nav')?.localName ?? at.localName })
    if (where === null) break
    if (seen.at(-1) !== where) seen.push(where)
  }
  const order = seen.filter(name => SECTIONS.includes(name))
  assert.deepEqual(order, SECTIONS.filter(name => order.includes(name)), seen.join())
  assert.deepEqual(order.length, SECTIONS.length)
}))

test('the menu of a section works by keyboard and gives focus back', () => on('/', async page => {
  const button = page.getByRole('button', { name: 'Market breadth: more' })
  await button.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menu').waitFor()
  await page.keyboard.press('ArrowDown')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'CSV')
  await page.keyboard.press('Escape')
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Market breadth: more')
}))

test('a CSV is the payload, and a PNG is a picture with the title on it', () => on('/', async page => {
  await page.getByRole('button', { name: 'Kelly position: more' }).click()
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'CSV' }).click()])
  const csv = readFileSync(await file.path(), 'utf8')
  assert.match(file.suggestedFilename(), /^bellwether-sample-position-scan-\d+\.csv$/)
  const shown = await page.evaluate(() => document.getElementById('position').known.entry.parts.kelly.risk_fraction)
  assert.ok(csv.includes('\r\n') && csv.split('\r\n').length > 5, csv.slice(0, 200))
  assert.ok(shown === null || csv.includes(String(shown)) || csv.length > 100)
  await page.getByRole('button', { name: 'Kelly position: more' }).click()
  const [picture] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'PNG' }).click()])
  const { width, colours } = colourCount(readFileSync(await picture.path()))
  assert.ok(width > 600 && colours > 20, `${width} wide, ${colours} colours`)
}))

/** Width and number of colours of a PNG's middle rows: a blank one has one colour. */
function colourCount (png) {
  const width = png.readUInt32BE(16)
  const parts = []
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length))
    at += length + 12
  }
  const rows = inflateSync(Buffer.concat(parts))
  const colours = new Set()
  for (let at = 0; at + 4 < rows.length; at += 97) colours.add(rows.readUInt32BE(at))
  return { width, colours: colours.size }
}

test('a link reproduces the screen in a fresh profile', () => on('/?theme=light&updown=cb&u=sample&hide=1', async page => {
  assert.deepEqual(await page.evaluate(() => { const { theme, updown, hide } = document.documentElement.dataset; return [theme, updown, hide] }), ['light', 'cb', '1'])
  await page.locator('#nav').getByRole('link', { name: 'Breadth' }).click()
  await until('the route', () => page.url().includes('/breadth?'))
  assert.match(page.url(), /theme=light/)
  await page.reload()
  await state(page, 'breadth', 'live')
  assert.ok(await page.locator('#regime').isHidden())
}))

test('nothing is announced but what the policy allows', async () => {
  const proxy = await Proxy.before(product)
  const page = await open(browser, proxy.url)
  try {
    await allLive(page)
    await page.waitForFunction(() => document.getElementById('badge').dataset.link === 'live')
    assert.equal(await page.locator('[aria-live]:not([aria-live=off])').count(), 2)
    await page.evaluate(() => {
      globalThis.said = []
      for (const id of ['polite', 'assertive']) new MutationObserver(() => { const words = document.getElementById(id).textContent; if (words) globalThis.said.push(words) }).observe(document.getElementById(id), { childList: true, characterData: true, subtree: true })
    })
    const known = section => page.evaluate(id => { const { head, parts } = document.getElementById(id).known.entry; return { head, value: parts.current } }, section)
    const [breadth, regime] = [await known('breadth'), await known('regime')]
    const say = ({ head, value }, by, changes) => proxy.say('snapshot', { ...head, revision: head.revision + 100_000 + by, part: 'current', value: { ...value, ...changes } })
    for (let sent = 0; sent < 200;) {
      const last = sent + 40
      while (sent < last) say(breadth, ++sent, { advances: sent })
      await page.waitForFunction(count => document.querySelector('#breadth [data-prov="current.advances"]').textContent === count, String(last))
    }
    const other = regime.value.class === 'strong_uptrend' ? 'strong_downtrend' : 'strong_uptrend'
    say(regime, 1, { class: other })
    const said = () => page.evaluate(() => globalThis.said)
    await until('the new class to be announced', async () => (await said()).some(words => /Market regime is now Strong (up|down)trend/.test(words)))
    // The product goes on beside it: what else was said is of the kinds that are allowed.
    for (const words of await said()) assert.match(words, /^((Market regime is now [\w ]+ \d+%|[\w ]+ is (stale|live|error|empty))\. ?)+$/)
    assert.deepEqual(page.faults, [])
  } finally {
    await page.context().close()
    proxy.close()
  }
})

test('printed, everything is on two pages at most', () => on('/', async page => {
  const pdf = await page.pdf({ preferCSSPageSize: true })
  const pages = (pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g) ?? []).length
  assert.ok(pages >= 1 && pages <= 2, `${pages} pages`)
}))

for (const locale of ['de-DE', 'fr-FR', 'ja-JP']) {
  test(`numbers and dates are those of ${locale}`, async () => {
    const page = await open(browser, product.url, { locale })
    await allLive(page)
    const confidence = await page.locator('#regime').innerText()
    assert.match(confidence, locale === 'de-DE' ? /\d,\d/ : /\d/)
    assert.deepEqual(page.faults, [])
    await page.context().close()
  })
}

test('a wall screen has no controls', async () => {
  const page = await open(browser, `${product.url}/?kiosk=1`)
  await allLive(page)
  assert.ok(await page.locator('header').isHidden())
  await page.context().close()
})

test('the page can be installed', async () => {
  const manifest = await product.json('/manifest.webmanifest')
  assert.equal(manifest.start_url, '/')
  for (const { src } of manifest.icons) assert.equal((await fetch(product.url + src)).status, 200)
})

test('what never changes is kept for ever, and the page itself is asked for anew', async () => {
  const html = await (await fetch(product.url)).text()
  const script = /src="([^"]*\/app\.js)"/.exec(html)[1]
  const answer = await fetch(product.url + script)
  assert.match(answer.headers.get('cache-control'), /immutable/)
  assert.match((await fetch(product.url)).headers.get('cache-control'), /no-cache/)
  assert.equal((await fetch(`${product.url}/hub.js`)).headers.get('cache-control'), 'no-cache')
})
