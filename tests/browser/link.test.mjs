// The one stream: killed, half open, shared, absent, resumed, repeated, held.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { allLive, launch, open, state, states } from './browser.mjs'
import { Product, until } from './product.mjs'
import { Proxy } from './proxy.mjs'

let product, browser, proxy
before(async () => {
  [product, browser] = await Promise.all([Product.up(), launch()])
  proxy = await Proxy.before(product)
})
after(async () => { await browser?.close(); proxy?.close(); product?.down() })

const badge = page => page.locator('#badge').getAttribute('data-link')
const linkIs = (page, want, timeout = 20_000) => page.waitForFunction(name => document.getElementById('badge').dataset.link === name, want, { timeout })
const ordinal = page => page.evaluate(() => document.getElementById('regime').known.entry?.head.scan.ordinal ?? 0)
const moves = async page => { const now = await ordinal(page); await until('a later scan on the page', async () => await ordinal(page) > now) }

async function on (work, options, path = '/') {
  proxy.rules = []
  const page = await open(browser, proxy.url + path, options)
  try {
    await allLive(page)
    await work(page)
    assert.deepEqual(await page.evaluate(() => globalThis.violations), [])
  } finally { await page.context().close() }
}

test('regime and position are painted from the page itself, with the stream blocked', async () => {
  proxy.rules = [{ path: /stream|hub\.js/, hang: true }]
  const page = await open(browser, `${proxy.url}/`)
  await state(page, 'regime', 'live')
  await state(page, 'position', 'live')
  assert.match(await page.locator('#regime').innerText(), /Confidence/)
  await page.context().close()
})

test('the gateway is killed: amber after two seconds, the data stays, and it goes on where it was', () => on(async page => {
  await page.evaluate(() => {
    globalThis.seen = []
    setInterval(() => { const now = document.getElementById('regime').known.entry.head.scan.ordinal; if (globalThis.seen.at(-1) !== now) globalThis.seen.push(now) }, 20)
  })
  const before = await page.locator('#regime').innerText()
  assert.ok(before.length > 100)
  product.kill('gateway')
  await until('the page to notice', () => page.evaluate(() => document.getElementById('badge').dataset.link !== 'live' || document.getElementById('regime').known.entry.head.scan.ordinal > 0))
  assert.match(await page.locator('#regime').innerText(), /Confidence/)
  await linkIs(page, 'live', 60_000)
  await moves(page)
  const seen = await page.evaluate(() => globalThis.seen)
  assert.deepEqual(seen, [...new Set(seen)].sort((a, b) => a - b), 'never an older scan, never twice')
}))

test('a link that is down is amber after two seconds and not before, and ages go on', () => on(async page => {
  proxy.rules = [{ path: /stream/, cut: true }]
  const at = Date.now()
  proxy.cut()
  await linkIs(page, 'reconnecting')
  assert.ok(Date.now() - at > 1500, 'quiet at first')
  const age = () => page.locator('#regime .chip').innerText()
  const before = await age()
  await until('the age to count', async () => await age() !== before)
  assert.equal((await states(page)).regime, 'live', 'a section goes stale by its own rule, not by the link')
  assert.match(await page.locator('#badge').innerText(), /Reconnecting/)
  proxy.rules = []
  await page.locator('#badge').click()
  await linkIs(page, 'live')
  await moves(page)
}))

test('a connection that is open and silent is given up after 40 s, and not before', () => on(async page => {
  await linkIs(page, 'live')
  const opened = proxy.opened
  proxy.freeze()
  await page.clock.fastForward(20_000)
  await until('a second that shows nothing new', () => page.evaluate(() => new Promise(resolve => setTimeout(resolve, 1000, true))))
  assert.equal(proxy.opened, opened)
  await page.clock.fastForward(21_000)
  await until('a new stream', () => proxy.opened > opened)
  await moves(page)
}, { alone: true, clock: true }))

test('twelve tabs share one stream, and it outlives the first of them', async () => {
  proxy.rules = []
  const context = await browser.newContext()
  const pages = []
  const before = proxy.opened
  for (let index = 0; index < 12; index++) pages.push(await open(browser, `${proxy.url}/?u=sample`, { context }))
  for (const page of pages) await state(page, 'regime', 'live')
  for (const page of pages) await linkIs(page, 'live')
  assert.equal(proxy.opened - before, 1)
  await pages[0].close()
  for (const page of [pages[1], pages.at(-1)]) { await page.bringToFront(); await moves(page) }
  assert.equal(proxy.opened - before, 1)
  await context.close()
})

test('a browser without shared workers has a stream of its own', () => on(async page => {
  await linkIs(page, 'live')
  await moves(page)
}, { alone: true }))

test('an unknown revision is answered with a reset, and the page is right', () => on(async page => {
  await linkIs(page, 'live')
  proxy.say('reset', { section: null, reason: 'for the test' }, 'nonsense@0:99')
  proxy.cut()
  await linkIs(page, 'live')
  await moves(page)
  const shown = await ordinal(page)
  const { scan } = await product.json('/api/regime?universe=sample')
  assert.ok(Math.abs(scan.ordinal - shown) <= 3)
}))

test('old and repeated events change nothing', () => on(async page => {
  await linkIs(page, 'live')
  const old = await page.evaluate(() => {
    const { head, parts } = document.getElementById('regime').known.entry
    return { ...head, part: 'current', value: { ...parts.current, class: 'strong_downtrend', confidence: 0.123 }, revision: head.revision - 1 }
  })
  for (let index = 0; index < 5; index++) proxy.say('snapshot', old)
  await moves(page)
  assert.notEqual(await page.evaluate(() => document.getElementById('regime').known.entry.parts.current.confidence), 0.123)
}))

test('a flood is drawn at most ten times a second, and the last value is the one shown', { timeout: 90_000 }, () => on(async page => {
  await linkIs(page, 'live')
  await page.evaluate(() => {
    globalThis.draws = 0
    const breadth = document.getElementById('breadth')
    const usual = breadth.show
    breadth.show = function (known) { globalThis.draws++; return usual.call(this, known) }
  })
  const base = await page.evaluate(() => { const { head, parts } = document.getElementById('breadth').known.entry; return { head, value: parts.current } })
  const start = Date.now()
  let sent = 0
  while (Date.now() - start < 5000) {
    for (let index = 0; index < 25; index++) {
      sent++
      proxy.say('snapshot', { ...base.head, revision: base.head.revision + 100_000 + sent, part: 'current', value: { ...base.value, advances: sent } })
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const seconds = (Date.now() - start) / 1000
  await until('the last value', () => page.evaluate(last => document.getElementById('breadth').known.entry.parts.current.advances === last, sent))
  const draws = await page.evaluate(() => globalThis.draws)
  assert.ok(draws <= seconds * 10 + 10, `${draws} draws in ${seconds} s for ${sent} events`)
}))

test('the broker is killed: sections go stale and name what is wrong, then live again', { timeout: 120_000 }, () => on(async page => {
  product.stop('broker')
  await state(page, 'regime', 'stale', 60_000)
  assert.match(await page.locator('#regime .sub').innerText(), /Last good data/)
  product.go('broker')
  await state(page, 'regime', 'live', 60_000)
}))
