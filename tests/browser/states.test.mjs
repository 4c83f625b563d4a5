// The six states in every width and theme: nothing axe finds, nothing wider than the window. With BELLWETHER_PICTURES a
// picture of each is kept in that folder, to be looked at.

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { after, before, test } from 'node:test'
import AxeBuilder from '@axe-core/playwright'
import { MARKET, allLive, launch, open, state, wake } from './browser.mjs'
import { Product } from './product.mjs'
import { Proxy, boot, snapshots } from './proxy.mjs'

const { BELLWETHER_PICTURES: PICTURES } = process.env
const WIDTHS = [1440, 1024, 390]
const THEMES = ['dark', 'light']
const STATES = {
  live: { rules: [] },
  loading: { rules: [boot(() => ({})), { path: /stream|^\/api/, hang: true }], init: () => { AbortSignal.timeout = () => new AbortController().signal } },
  stale: { rules: [{ path: /\/stream/, event: (name, data) => name === 'tick' ? JSON.stringify(lost(JSON.parse(data))) : data }] },
  error: { rules: [boot(({ hello, universe }) => ({ hello, universe, snapshots: [] })), snapshots(() => null), { path: /^\/api\/v2\/\w+\?/, status: 503, body: '{"code":"upstream_unavailable","detail":"the service did not answer within 5 s"}' }] },
  empty: { rules: [boot(({ hello, universe }) => ({ hello, universe, snapshots: [] })), snapshots(() => null), { path: /^\/api\/v2\/\w+\?/, status: 404, body: '{"code":"no_results","detail":"no scan was folded"}' }] },
  replay: { rules: [], path: '/?at=100' }
}
const lost = tick => ({ ...tick, health: tick.health?.map(section => ({ ...section, link: 'lost', reason: 'no answer from the broker for 3 s' })) })

let product, browser
before(async () => {
  if (PICTURES) mkdirSync(PICTURES, { recursive: true });
  [product, browser] = await Promise.all([Product.up({ pace: '5' }), launch()])
})
after(async () => { await browser?.close(); product?.down() })

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const SIZED = ['color-contrast', 'target-size', 'scrollable-region-focusable', 'heading-order', 'page-has-heading-one', 'region', 'empty-table-header', 'aria-hidden-focus']
const COLOURED = ['color-contrast']

/** Nothing that axe finds; with `rules` it looks for what another width or other colours can break, and nothing else. */
async function axe (page, about, rules) {
  // Legacy is what it calls to look at one page without opening another: there are no frames to put together here.
  const runOnly = rules ? { type: 'rule', values: rules } : { type: 'tag', values: TAGS }
  const found = await new AxeBuilder({ page }).setLegacyMode(true).options({ runOnly, resultTypes: ['violations'] }).analyze()
  assert.deepEqual(found.violations.map(({ id, nodes }) => `${about}: ${id}: ${nodes.slice(0, 3).map(({ target, failureSummary }) => `${target} ${failureSummary.replace(/\s+/g, ' ')}`).join(' | ')}`), [])
}

const picture = async (page, name) => { if (PICTURES) await page.screenshot({ path: resolve(PICTURES, `${name}.png`), fullPage: true }) }

const overflow = page => page.evaluate(() => {
  const wide = document.documentElement.scrollWidth
  if (wide <= innerWidth) return null
  return `${wide} of ${innerWidth}: ${[...document.querySelectorAll('main *')].filter(node => node.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(node => node.className || node.localName).join()}`
})

for (const [name, { rules, init, path = '/' }] of Object.entries(STATES)) {
  test(`every width and theme: ${name}`, { timeout: 180_000 }, async () => {
    const proxy = await Proxy.before(product)
    proxy.rules = rules
    const page = await open(browser, proxy.url + path, { init, bypassCSP: false })
    try {
      await wake(page)
      for (const section of MARKET) await state(page, section, name)
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: width < 500 ? 844 : 900 })
        for (const [index, theme] of THEMES.entries()) {
          await page.evaluate(theme => { document.documentElement.dataset.theme = theme }, theme)
          await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))))
          assert.equal(await overflow(page), null, `${name} ${width}`)
          await axe(page, `${name} ${width} ${theme}`, index > 0 ? COLOURED : name === 'live' || width === WIDTHS[0] ? undefined : SIZED)
          await picture(page, `${name}-${width}-${theme}`)
        }
      }
      assert.deepEqual(await page.evaluate(() => globalThis.violations), [], 'the policy holds')
      assert.equal(await page.evaluate(() => document.getAnimations().length), 0, 'reduced motion: nothing moves')
    } finally {
      await page.context().close()
      proxy.close()
    }
  })
}

test('other palettes, dialogs and large views are as readable', { timeout: 120_000 }, async () => {
  const page = await open(browser, product.url)
  await allLive(page)
  for (const palette of ['cb', 'inverted']) {
    for (const theme of THEMES) {
      await page.evaluate(([palette, theme]) => Object.assign(document.documentElement.dataset, { updown: palette, theme }), [palette, theme])
      await axe(page, `${palette} ${theme}`, COLOURED)
    }
  }
  for (const key of ['?', '/', 'i']) {
    await page.keyboard.press(key)
    await page.locator('dialog[open]').waitFor()
    await axe(page, `dialog ${key}`)
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
  }
  for (const path of ['/regime', '/position', '/timeframe', '/breadth', '/index', '/compare']) {
    await page.goto(product.url + path)
    if (path !== '/compare') await state(page, path.slice(1), 'live')
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 })
      assert.equal(await overflow(page), null, `${path} ${width}`)
      await axe(page, `${path} ${width}`, width < 500 ? SIZED : undefined)
      await picture(page, `large${path.replace('/', '-')}-${width}`)
    }
  }
  await page.context().close()
})

test('no width has a horizontal bar', { timeout: 60_000 }, async () => {
  const page = await open(browser, product.url)
  await allLive(page)
  for (const width of [320, 360, 390, 540, 768, 1024, 1180, 1440, 1920, 3440]) {
    await page.setViewportSize({ width, height: 900 })
    assert.equal(await overflow(page), null, String(width))
  }
  await page.context().close()
})

test('forced colours keep borders and shapes', async () => {
  const page = await open(browser, product.url, { forcedColors: 'active' })
  await allLive(page)
  assert.notEqual(await page.locator('#regime').evaluate(node => getComputedStyle(node).borderTopWidth), '0px')
  await picture(page, 'forced-colours')
  await page.context().close()
})

const WORDS = [
  ['degraded coverage', one => ({ ...one, quality: 'degraded', quality_reason: 'coverage 0.86', coverage: { listed: 100, eligible: 86, share: 0.86 } }), 'breadth', /degraded, 86\.0% covered/],
  ['insufficient data', one => ({ ...one, quality: 'insufficient', quality_reason: 'too few hits: 3 of 5' }), 'regime', /too few hits: 3 of 5/],
  ['a negative edge', one => one.part === 'kelly' ? { ...one, value: { ...one.value, kelly_shrunk: -0.012, risk_fraction: 0 } } : one, 'position', /No position: the edge is negative \(g −1\.2%\)/],
  ['no short hit', one => one.section === 'regime' && one.part === 'current' ? { ...one, value: { ...one.value, short_hits: 0, ratio: null, ratio_reason: 'no short hit' } } : one, 'regime', /\/ 0/],
  ['a flat market', one => one.section === 'timeframe' && one.part === 'all' ? { ...one, value: { ...one.value, alignment: 0, flat: true } } : one, 'timeframe', /■ ?flat/]
]
for (const [name, change, section, words] of WORDS) {
  test(`said in words: ${name}`, async () => {
    const proxy = await Proxy.before(product)
    proxy.rules = [boot(known => ({ ...known, snapshots: known.snapshots.map(one => one.section === section ? change(one) : one) })), snapshots(one => one.section === section ? change(one) : one)]
    const page = await open(browser, proxy.url)
    try {
      await state(page, section, ['live', 'empty'])
      assert.match(await page.locator(`#${section}`).innerText(), words)
    } finally {
      await page.context().close()
      proxy.close()
    }
  })
}
