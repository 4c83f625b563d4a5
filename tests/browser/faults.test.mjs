// One section goes wrong in any way: that section says so, and the other seven do not notice.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { MARKET, SECTIONS, allLive, launch, open, state, states, wake } from './browser.mjs'
import { Product, until } from './product.mjs'
import { Proxy, boot, snapshots } from './proxy.mjs'

let product, browser
before(async () => { [product, browser] = await Promise.all([Product.up(), launch()]) })
after(async () => { await browser?.close(); product?.down() })

/** A page behind a proxy of its own. */
async function behind (rules, work, options) {
  const proxy = await Proxy.before(product)
  proxy.rules = rules
  let page
  try {
    page = await open(browser, `${proxy.url}/`, options)
    await wake(page)
    await work(page, proxy)
  } finally {
    await page?.context().close()
    proxy.close()
  }
}

/** Neither served with the page nor told by the stream. */
const without = section => [boot(known => ({ ...known, vector: '', snapshots: known.snapshots.filter(one => one.section !== section) })),
  snapshots(one => one.section === section ? null : one)]
const rest = (section, rule) => ({ path: new RegExp(`^/api/v2/${section}\\?`), ...rule })
const text = (page, section) => page.locator(`#${section}`).innerText()

async function othersLive (page, section) {
  for (const other of MARKET) if (other !== section) await state(page, other, 'live')
  const found = await states(page)
  for (const other of SECTIONS.filter(name => name !== section)) assert.notEqual(found[other], 'error', `${other} beside ${section}: ${JSON.stringify(found)}`)
  assert.deepEqual(await page.evaluate(() => globalThis.violations), [])
}

const NEEDED = { regime: 'current', position: 'kelly', timeframe: 'all', breadth: 'current', index: 'sma' }

describe('each section alone', { concurrency: 2 }, () => {
  for (const section of MARKET) {
    test(`${section} answers 500`, () => behind([rest(section, { status: 500, body: '{"code":"internal","detail":"the gateway failed on this request"}' }), ...without(section)], async page => {
      await state(page, section, 'error')
      assert.match(await text(page, section), /is not answering\s+The gateway failed on this request\.\s+500 internal, \w+[\s\S]*Retry now/)
      await othersLive(page, section)
    }))

    test(`${section} hangs`, () => behind([rest(section, { hang: true }), ...without(section)], async page => {
      await state(page, section, 'error')
      assert.match(await text(page, section), /did not answer within 5 s/)
      await othersLive(page, section)
    }))

    test(`${section} sends bad JSON`, () => behind([rest(section, { text: () => '{"data":' }), boot(known => ({ ...known, vector: '', snapshots: known.snapshots.filter(one => one.section !== section) })),
      snapshots(one => one.section === section ? `{"section":"${section}","value":` : one)], async page => {
      await state(page, section, 'error')
      assert.match(await text(page, section), /not JSON/)
      await othersLive(page, section)
    }))

    test(`${section} misses a field`, () => behind([rest(section, { text: body => JSON.stringify(lacking(JSON.parse(body), section)) }),
      boot(known => ({ ...known, snapshots: known.snapshots.filter(one => one.section !== section || one.part !== NEEDED[section]) })),
      snapshots(one => one.section === section && one.part === NEEDED[section] ? null : one)], async page => {
      await state(page, section, 'error')
      assert.match(await text(page, section), new RegExp(NEEDED[section]))
      await othersLive(page, section)
    }))
  }

  for (const [section, path] of [['metrics', /^\/api\/v2\/status\/metrics/], ['logs', /^\/logs\?/]]) {
    for (const [fault, rule] of [['answers 500', { status: 500, body: '{}' }], ['hangs', { hang: true }], ['sends bad JSON', { status: 200, body: '{' }], ['misses a field', { status: 200, body: '{}' }]]) {
      test(`${section} ${fault}`, () => behind([{ path, ...rule }], page => othersLive(page, section)))
    }
  }

  test('the machinery is told without services', () => behind([{ path: /\/stream/, event: (name, data) => name === 'tick' ? '{"services":null,"metrics":7,"logs":"x"}' : data }], page => othersLive(page, 'system')))
})

const lacking = (answer, section) => { delete answer.data[NEEDED[section]]; return answer }

test('what a section throws is its own error, is reported, and a good value mends it', () => behind([], async (page, proxy) => {
  await allLive(page)
  for (const section of SECTIONS) {
    await page.evaluate(id => {
      const card = document.getElementById(id)
      card.update = () => { throw new Error(`thrown for the test in ${id}`) }
      Object.assign(card, { drawn: null, refused: null })
      card.show(card.known)
    }, section)
    await state(page, section, 'error')
    assert.match(await text(page, section), new RegExp(`thrown for the test in ${section}`))
    await othersLive(page, section)
    await page.evaluate(id => {
      const card = document.getElementById(id)
      delete card.update
      card.refused = null
      card.show(card.known)
    }, section)
    await state(page, section, 'live')
  }
  const reported = proxy.asked.filter(path => path.includes('client-errors')).length
  assert.ok(reported >= SECTIONS.length && reported <= 10, String(reported))
}))

test('at most ten errors are reported by a page', () => behind([], async (page, proxy) => {
  await allLive(page)
  await page.evaluate(() => {
    const breadth = document.getElementById('breadth')
    for (let index = 0; index < 30; index++) breadth.guard(() => { throw new Error(`number ${index}`) })
  })
  await until('the reports', () => proxy.asked.filter(path => path.includes('client-errors')).length === 10)
}))

test('a section that failed tries again by itself, and at once by hand', () => behind([rest('breadth', { status: 503, body: '{"code":"not_connected","detail":"still being read"}' }), ...without('breadth')], async (page, proxy) => {
  await state(page, 'breadth', 'error')
  assert.match(await text(page, 'breadth'), /503 not_connected, breadth/)
  await until('a second attempt', () => proxy.asked.filter(path => path.startsWith('/api/v2/breadth?')).length >= 2)
  proxy.rules = proxy.rules.slice(1)
  await page.locator('#breadth').getByRole('button', { name: 'Retry now' }).click()
  await state(page, 'breadth', 'live')
}))

test('code that only a large view needs does not arrive: that section says so', () => behind([{ path: /breadth-large\.js/, status: 404 }], async page => {
  await allLive(page)
  await page.evaluate(() => document.getElementById('breadth').enlarge(true))
  await state(page, 'breadth', 'error')
  assert.match(await text(page, 'breadth'), /The page's code for this section failed/)
  await othersLive(page, 'breadth')
}))

test('the code after the first paint does not arrive: the page says so, keeps what it shows and tries again', async () => {
  const proxy = await Proxy.before(product)
  proxy.rules = [{ path: /wire\.js/, status: 404 }]
  const page = await open(browser, proxy.url)
  try {
    await page.getByRole('button', { name: 'Part of the page did not arrive' }).waitFor()
    for (const section of ['regime', 'position']) await state(page, section, 'live')
    proxy.rules = []
    await allLive(page)
  } finally {
    await page.context().close()
    proxy.close()
  }
})
