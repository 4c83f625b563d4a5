// Debian's Chromium, and a page that tells of everything it should not do.

import { chromium } from 'playwright-core'

const ARGUMENTS = ['--no-sandbox', '--headless', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export const launch = (more = []) => chromium.launch({ executablePath: process.env.BELLWETHER_CHROMIUM ?? '/usr/bin/chromium', args: [...ARGUMENTS, ...more] })

/** A page in a profile of its own; `page.faults` collects errors and uncaught throws. With `clock` a test can let time pass, with `alone` there is no shared worker. */
export async function open (browser, url, { width = 1440, height = 900, alone = false, clock = false, init, ...options } = {}) {
  const context = options.context ?? await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  page.faults = []
  page.on('pageerror', error => page.faults.push(`uncaught ${error.message}`))
  page.on('console', message => { if (message.type() === 'error' && !/Failed to load resource|net::ERR/.test(message.text())) page.faults.push(message.text()) })
  await page.addInitScript(() => {
    globalThis.violations = []
    addEventListener('securitypolicyviolation', event => globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`))
    globalThis.shifts = []
    new PerformanceObserver(list => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifts.push([entry.value, entry.startTime, entry.sources?.map(({ node }) => node?.id || node?.className || node?.nodeName).join()]) }).observe({ type: 'layout-shift', buffered: true })
  })
  if (clock) await page.clock.install()
  if (alone) await page.addInitScript(() => { delete globalThis.SharedWorker })
  if (init) await page.addInitScript(init)
  await page.goto(url)
  return page
}

/** Cumulative layout shift as it is defined: the worst run of shifts less than a second apart, of five seconds at most. */
export const shift = page => page.evaluate(() => {
  let [worst, sum, first, last] = [0, 0, 0, -Infinity]
  for (const [value, at] of globalThis.shifts) {
    if (at - last > 1000 || at - first > 5000) [sum, first] = [0, at]
    sum += value
    last = at
    worst = Math.max(worst, sum)
  }
  return worst
})

export const SECTIONS = ['regime', 'position', 'timeframe', 'breadth', 'index', 'system', 'metrics', 'logs']
export const MARKET = SECTIONS.slice(0, 5)

/** Waits until a section is in a state. */
export const state = (page, section, want, timeout = 30_000) => page.waitForFunction(([id, states]) => states.includes(document.getElementById(id)?.dataset.state), [section, [want].flat()], { timeout })

/** `{ section: state }` of all. */
export const states = page => page.evaluate(() => Object.fromEntries([...document.querySelectorAll('main > [id]')].map(({ id, dataset }) => [id, dataset.state])))

/** The sections below the screen are fetched when the reader comes near. */
export const wake = async page => {
  await page.waitForFunction(() => import(document.querySelector('script[type=module]').src).then(({ page }) => Boolean(page.ticks)))
  for (const section of SECTIONS) await page.locator(`#${section}`).evaluate(node => new Promise(resolve => { node.scrollIntoView(); requestAnimationFrame(resolve) }))
  await page.evaluate(() => scrollTo(0, 0))
}

/** Waits until every section of the market is live. */
export const allLive = async page => {
  await wake(page)
  for (const section of MARKET) await state(page, section, 'live')
}
