// What each section shows of a value: exact words, where numbers come from, charts, the machinery.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { bodies } from './bodies.mjs'
import { launch } from './browser.mjs'

const VALUES = JSON.parse(await readFile(new URL('./values.json', import.meta.url), 'utf8'))
const ZONE = 'America/New_York'
let browser, served, plain
before(async () => { [browser, served, plain] = await Promise.all([launch(), bodies(), bodies({ uplot: false })]) })
after(async () => { await browser?.close(); served?.close(); plain?.close() })

/** A value with some of it replaced: `{ 'current.class': null }`; `head.…` is the envelope. */
function value (section, changes = {}) {
  const entry = structuredClone(VALUES[section])
  for (const [path, to] of Object.entries(changes)) {
    const steps = path.startsWith('head.') ? path.split('.') : ['parts', ...path.split('.')]
    const last = steps.pop()
    steps.reduce((at, step) => at[step], entry)[last] = to
  }
  return { ...entry, receivedAt: Date.now(), fresh: [] }
}

/** Series of `n` weekdays up to the value's scan. */
function past (section, n, columns) {
  const { head } = VALUES[section]
  const days = []
  for (let at = Date.parse(`${head.scan.session}T12:00:00Z`); days.length < n; at -= 86_400_000) {
    const day = new Date(at)
    if (![0, 6].includes(day.getUTCDay())) days.unshift(day.toISOString().slice(0, 10))
  }
  const own = Object.fromEntries(Object.entries(columns).map(([name, of]) => [name, days.map((_, index) => of(index))]))
  return { epoch: head.epoch, columns: { ordinal: days.map((_, index) => head.scan.ordinal - n + 1 + index), session: days, as_of: days.map(day => `${day}T21:00:00Z`), ...own } }
}

async function page (work, { width = 1440, of = served, scheme = 'dark' } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 1000 }, locale: 'en-US', timezoneId: 'UTC', reducedMotion: 'reduce', colorScheme: scheme })
  const opened = await context.newPage()
  // The machine may be busy; what is waited for is a condition, not a time.
  opened.setDefaultTimeout(120_000)
  opened.setDefaultNavigationTimeout(120_000)
  const faults = []
  opened.on('pageerror', error => faults.push(error.message))
  await opened.addInitScript(() => {
    globalThis.violations = []
    addEventListener('securitypolicyviolation', event => globalThis.violations.push(event.violatedDirective))
    addEventListener('bw-failure', event => globalThis.violations.push(event.detail.stack))
  })
  try {
    await opened.goto(of.url)
    await opened.waitForFunction(() => globalThis.ready)
    await work(opened)
    assert.deepEqual([faults, await opened.evaluate(() => globalThis.violations)], [[], []])
  } finally { await context.close() }
}

const show = (on, section, entry, more = {}) => on.evaluate(([id, known]) => document.getElementById(id).show(known), [section, { entry, link: { link: 'live' }, exchanges: [], zone: 'America/New_York', ...more }])
const text = async (on, section, within = '') => (await on.locator(`#${section} ${within}`).first().innerText()).replace(/\s+/g, ' ')
/** What a section says once it was given a value. */
const said = (section, changes, within, more) => page(async on => { await show(on, section, value(section, changes)); await more(await text(on, section, within), on) })

describe('exact words', () => {
  test('too few hits: no class is invented', () => said('regime', { 'current.class': null, 'current.class_reason': '3.00 hits in the smoothed window, 5 needed', 'current.confidence': null, 'current.confidence_reason': 'no class', 'current.posterior': null, 'head.quality': 'insufficient', 'head.quality_reason': 'too few hits: 3 of 5' }, '', async (words, on) => {
    assert.match(words, /No class yet: 3\.00 hits in the smoothed window, 5 needed/)
    assert.match(words, /too few hits: 3 of 5/)
    assert.equal(await on.locator('#regime [data-prov="current.confidence"]').getAttribute('title'), 'no class')
    assert.equal(await text(on, 'regime', '[data-prov="current.posterior.choppy"]'), '–')
  }))

  test('no short hit: the ratio is a dash with its reason, not infinity', () => said('regime', { 'current.long_hits': 38, 'current.short_hits': 0, 'current.ratio': null, 'current.ratio_reason': 'no short hit' }, '.facts', async (words, on) => {
    assert.match(words, /Long, short hits 38 \/ 0, ratio –/)
    assert.equal(await on.locator('#regime [data-prov="current.ratio"]').getAttribute('title'), 'no short hit')
  }))

  test('conflict, entropy alarm and no skill are said', () => said('regime', { 'current.breadth': { opposing_share: 0.72, factor: 0.5, conflict: true }, 'history.entropy': { recent: 0.31, all: 2.1, n: 400, alarm: true }, 'prediction.skilful': false, 'prediction.best': 'persistence' }, '', async (words, on) => {
    assert.match(words, /conflict, × 0\.50/)
    assert.equal(await on.locator('#regime .tag.warn').getAttribute('title'), '72.0% of the symbols move against the class')
    assert.match(words, /The class hardly varies: entropy 0\.31 bits of the last 50 scans, 2\.10 of all\. The classifier may be stuck\./)
    assert.match(words, /Prediction, 5 sessions ahead, persistence no better than persistence/)
  }))

  test('no conflict shows no chip', () => said('regime', { 'current.breadth': { opposing_share: 0.2, factor: 1, conflict: false } }, '', words => assert.doesNotMatch(words, /conflict|× 1\.00/)))

  test('degraded is said beside the scan', () => said('regime', { 'head.quality': 'degraded', 'head.coverage': { listed: 500, eligible: 430, share: 0.86 } }, '.sub', words => assert.match(words, /degraded, 86\.0% covered/)))

  test('a negative edge stands in place of the size', () => said('position', { 'kelly.kelly_shrunk': -0.012, 'kelly.risk_fraction': 0, 'kelly.notional_fraction': null, 'kelly.notional_fraction_reason': 'no position' }, '', async (words, on) => {
    assert.match(words, /No position: the edge is negative \(g −1\.2%\)/)
    assert.match(words, /notional –/)
    assert.equal(await on.locator('#position [data-prov="kelly.notional_fraction"]').getAttribute('title'), 'no position')
  }))

  test('few outcomes come with the figure of all classes in brackets', () => said('position', { 'kelly.n': 12, 'kelly.win_rate': 0.5, 'kelly.pooled': { n: 900, wins: 400, win_rate: 0.444, mean_win_r: 1.92, mean_loss_r: 0.98 } }, '.position-top', words => {
    assert.match(words, /Outcomes, this class 12 \(all 900\)/)
    assert.match(words, /Win rate 50\.0% \(44\.4%\)/)
  }))

  test('no money without an equity, and with one it can be hidden', () => page(async on => {
    await show(on, 'position', value('position', { 'kelly.risk_fraction': 0.016, 'kelly.notional_fraction': 0.243 }))
    assert.doesNotMatch(await text(on, 'position', '.size'), /at the stop/)
    await on.evaluate(() => localStorage.setItem('bw:equity', '250000'))
    await show(on, 'position', value('position', { 'kelly.risk_fraction': 0.016, 'kelly.notional_fraction': 0.243 }))
    assert.match(await text(on, 'position', '.size'), /1\.6% 4,000 at the stop, notional 24\.3%/)
    assert.match(await text(on, 'position', '[data-amount]'), /4,000/)
  }))

  test('all flat is flat, not 0 and not 100', () => said('timeframe', { 'all.flat': true, 'all.alignment': null, 'all.alignment_reason': 'every frame is flat', 'all.agreement': null, 'all.agreement_reason': 'no frame points anywhere', 'daily.universe.label': 'flat', 'weekly.universe.label': 'flat', 'monthly.universe.label': 'flat' }, '', async (words, on) => {
    assert.equal(await text(on, 'timeframe', '.hero'), '■ flat')
    assert.match(words, /No frame has a trend\./)
    assert.equal(await on.locator('#timeframe [data-prov="all.agreement"]').getAttribute('title'), 'no frame points anywhere')
  }))

  test('a bar under way is marked', () => said('timeframe', { 'monthly.universe.forming': { from: '2026-04-01', to: '2026-04-15', sessions: 11, open: 100, high: 103, low: 99, close: 102 } }, '.frames-table', words => assert.match(words, /Monthly so far \+2\.00%/)))

  test('breadth without an up volume has no TRIN, and says why', () => said('breadth', { 'volume.trin': null, 'volume.trin_reason': 'no advancing volume', 'current.high_low_index': null, 'current.high_low_index_reason': '10 sessions needed, 4 seen' }, '.measures', async (words, on) => {
    assert.match(words, /TRIN –/)
    assert.equal(await on.locator('#breadth [data-prov="volume.trin"]').getAttribute('title'), 'no advancing volume')
    assert.equal(await on.locator('#breadth [data-prov="current.high_low_index"]').getAttribute('title'), '10 sessions needed, 4 seen')
  }))

  test('a data fault is an error that names its rule', () => page(async on => {
    await show(on, 'breadth', value('breadth', { 'head.quality': 'insufficient', 'head.quality_reason': 'data fault: unchanged share 0.310, over 0.30' }))
    assert.equal(await on.locator('#breadth').getAttribute('data-state'), 'error')
    assert.match(await text(on, 'breadth'), /Data fault Unchanged share 0\.310, over 0\.30/)
    await show(on, 'breadth', value('breadth'))
    assert.equal(await on.locator('#breadth').getAttribute('data-state'), 'live')
  }))

  test('a universe without a benchmark says how to bring one', () => page(async on => {
    await show(on, 'index', value('index', { 'sma.benchmarks': [], 'momentum.benchmarks': [], 'divergence.benchmarks': [] }))
    assert.equal(await on.locator('#index').getAttribute('data-state'), 'empty')
    assert.match(await text(on, 'index'), /No benchmark in this scan.*--benchmarks/)
  }))

  test('a missing field names itself, and the next value is drawn again', () => page(async on => {
    const broken = value('position')
    delete broken.parts.kelly.brakes
    await show(on, 'position', broken)
    assert.match(await text(on, 'position'), /no field "kelly\.brakes"/)
    await on.evaluate(() => { globalThis.violations = [] })
    await show(on, 'position', value('position'))
    assert.equal(await on.locator('#position').getAttribute('data-state'), 'live')
  }))
})

test('every number of the market says where it comes from', () => page(async on => {
  for (const section of Object.keys(VALUES)) {
    await show(on, section, value(section))
    await on.evaluate(id => document.getElementById(id).enlarge(true), section)
  }
  await on.waitForFunction(ids => ids.every(id => document.querySelector(`#${id} .large h3`)), Object.keys(VALUES))
  const strays = await on.evaluate(() => [...document.querySelectorAll('.body td, .body dd, .body b')].filter(node => /\d/.test(node.textContent) && !node.closest('[data-prov]') && !node.querySelector('[data-prov]')).map(node => `${node.closest('[id]')?.id ?? ''} ${node.textContent}`))
  assert.deepEqual(strays, [])
  const lost = await on.evaluate(values => [...document.querySelectorAll('#regime, #position, #timeframe, #breadth, #index')].flatMap(card => [...card.querySelectorAll('[data-prov]')]
    .map(node => node.dataset.prov).filter(path => path.split('.').reduce((at, step) => at?.[step], values[card.id].parts) === undefined).map(path => `${card.id} ${path}`)), VALUES)
  assert.deepEqual(lost.filter(path => !path.includes('kelly.pooled')), [], 'paths that lead nowhere')
}))

describe('charts', () => {
  const line = index => 10_000 + 100 * Math.sin(index / 7)
  const breadth = n => past('breadth', n, { 'current.ad_line': line, 'current.net_advances': index => index - 60 })
  const closes = path => ({ [`${path}.close`]: index => 100 + index / 10, [`${path}.sma.0.value`]: index => index < 20 ? null : 99 + index / 10, [`${path}.sma.1.value`]: index => index < 50 ? null : 98 + index / 10, [`${path}.sma.3.value`]: () => null, [`${path}.symbol`]: () => 'BWX500', [`${path}.cross`]: () => null })
  /** A chart that is touched is a canvas from then on. */
  const drawn = async (on, within) => {
    await on.waitForSelector(`${within} :is(path.line, canvas)`)
    await on.locator(`${within}.chart, ${within} .chart`).first().focus()
    await on.waitForFunction(selector => [...document.querySelectorAll(`${selector} canvas`)].some(canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)), within)
  }

  test('the line is drawn on a canvas, reads out by keyboard, and its table is its data', () => page(async on => {
    const series = breadth(120)
    await show(on, 'breadth', value('breadth'), { series })
    await drawn(on, '.ad-line')
    const chart = on.locator('.ad-line')
    assert.match(await chart.getAttribute('aria-label'), /Advance-decline line over 120 sessions, from [\d,]+ to [\d,]+, (up|down)\. Arrow keys/)
    await chart.focus()
    await on.keyboard.press('Home')
    assert.match(await text(on, 'breadth', '.breadth-line'), new RegExp(Math.round(line(0)).toLocaleString('en-US')))
    await on.keyboard.press('Shift+ArrowRight')
    await on.keyboard.press('ArrowRight')
    await on.waitForFunction(words => document.getElementById('polite').textContent.includes(words), `A-D line ${Math.round(line(11)).toLocaleString('en-US')}`)
    await on.keyboard.press('t')
    const rows = await on.locator('.ad-line .chart-table tbody tr').evaluateAll(found => found.map(row => row.lastElementChild.textContent))
    assert.deepEqual(rows, series.columns['current.ad_line'].map(known => Math.round(known).toLocaleString('en-US')).reverse())
    await on.locator('.ad-line .chart-table').focus()
    await on.keyboard.press('t')
    assert.equal(await on.locator('.ad-line .chart-table').count(), 0)
  }))

  test('without uPlot the same series is SVG, and reads out as well', () => page(async on => {
    await show(on, 'breadth', value('breadth'), { series: breadth(60) })
    await on.waitForSelector('.ad-line path.line')
    assert.equal(await on.locator('.ad-line canvas').count(), 0)
    await on.locator('.ad-line').focus()
    await on.keyboard.press('End')
    assert.match(await text(on, 'breadth', '.breadth-line'), /\d, −1 /)
  }, { of: plain }))

  test('drag zooms, a double click shows all, Ctrl and the wheel zoom', () => page(async on => {
    await show(on, 'breadth', value('breadth'), { series: breadth(120) })
    await drawn(on, '.ad-line')
    const span = () => on.evaluate(() => { const { min, max } = document.getElementById('breadth').line.canvas.scales.x; return max - min })
    assert.equal(await span(), 119)
    await on.locator('.ad-line').scrollIntoViewIfNeeded()
    const box = await on.locator('.ad-line .u-over').boundingBox()
    await on.mouse.move(box.x + 40, box.y + 60)
    await on.mouse.down()
    await on.mouse.move(box.x + box.width - 40, box.y + 70, { steps: 4 })
    await on.mouse.up()
    const zoomed = await span()
    assert.ok(zoomed < 110, `${zoomed}`)
    await on.keyboard.down('Control')
    await on.mouse.wheel(0, -100)
    await on.keyboard.up('Control')
    await on.waitForFunction(before => { const { min, max } = document.getElementById('breadth').line.canvas.scales.x; return max - min < before }, zoomed)
    await on.mouse.dblclick(box.x + 80, box.y + 60)
    await on.waitForFunction(() => { const { min, max } = document.getElementById('breadth').line.canvas.scales.x; return max - min === 119 })
  }))

  test('cursors meet by time, over ranges that differ, and each chart reads its own value', () => page(async on => {
    served.answers.series = (section, query) => past(section, Math.min(90, Number(query.get('points'))), Object.assign({}, ...query.get('fields').split(',').map(field => ({ [field]: closes(field.split('.').slice(0, 3).join('.'))[field] ?? (() => null) }))))
    await show(on, 'breadth', value('breadth'), { series: breadth(120) })
    await show(on, 'index', value('index'))
    await drawn(on, '.ad-line')
    await drawn(on, '.index-chart')
    await on.locator('.index-chart .chart').focus()
    await on.keyboard.press('End')
    for (let step = 0; step < 5; step++) await on.keyboard.press('ArrowLeft')
    const both = await on.evaluate(() => ['breadth', 'index'].map(id => { const chart = document.getElementById(id)[id === 'breadth' ? 'line' : 'chart']; return chart.model.days[chart.cursor] }))
    assert.equal(both[0], both[1])
    assert.match(await text(on, 'index', '.index-chart .read'), /Close 108\.40, SMA 20 107\.40, SMA 50 106\.40, SMA 200 not known/)
    await on.keyboard.press('Escape')
    assert.equal(await text(on, 'index', '.index-chart .read'), '')
  }))

  test('a new theme is drawn in its colours', () => page(async on => {
    await show(on, 'breadth', value('breadth'), { series: breadth(60) })
    await drawn(on, '.ad-line')
    const picture = () => on.evaluate(() => document.querySelector('.ad-line canvas').toDataURL())
    const dark = await picture()
    await on.evaluate(() => { document.documentElement.dataset.theme = 'light' })
    await on.waitForFunction(before => document.querySelector('.ad-line canvas').toDataURL() !== before, dark)
    assert.notEqual(await picture(), dark)
  }))

  test('the ribbon reads out by keyboard', () => page(async on => {
    const series = past('regime', 80, { 'current.class': index => index % 2 ? 'uptrend' : null, 'current.confidence': index => index % 2 ? 0.5 : null, 'current.long_hits': () => 7, 'current.short_hits': () => 3, 'current.smoothed_share': () => 0.7 })
    await show(on, 'regime', value('regime'), { series })
    assert.match(await text(on, 'regime', '.regime-past'), /Last 60 scans: height is the class/)
    await on.locator('.ribbon').focus()
    await on.keyboard.press('End')
    assert.match(await text(on, 'regime', '.regime-past .read'), /: Uptrend, 50%, 7 \/ 3/)
    await on.keyboard.press('ArrowLeft')
    assert.match(await text(on, 'regime', '.regime-past .read'), /: no class, 7 \/ 3/)
  }))
})

describe('the indices', () => {
  const symbol = field => VALUES.index.parts.sma.benchmarks[field.split('.')[2]].symbol
  const answer = (section, query) => past(section, Math.min(300, Number(query.get('points'))), Object.fromEntries(query.get('fields').split(',').map(field => [field, field.endsWith('.symbol') ? () => symbol(field) : field.endsWith('.cross') ? () => null : index => 100 + index])))

  test('a row is selected by click, Enter and arrows; the chart and the address follow', () => page(async on => {
    served.answers.series = answer
    await on.evaluate(() => addEventListener('bw-remember', event => { globalThis.place = event.detail }))
    await show(on, 'index', value('index'))
    await on.waitForSelector('.index-chart path.line')
    const chosen = () => text(on, 'index', '.index-title h3')
    assert.equal(await chosen(), 'BWX500')
    await on.locator('#index tbody tr').nth(1).locator('td').nth(3).click()
    assert.equal(await chosen(), 'BWXEQ')
    assert.deepEqual(await on.evaluate(() => globalThis.place), { sym: 'BWXEQ', range: '1Y' })
    await on.locator('#index tbody button').nth(1).focus()
    await on.keyboard.press('ArrowUp')
    assert.equal(await chosen(), 'BWX500')
    assert.equal(await on.evaluate(() => document.activeElement.textContent), 'BWX500')
    await on.keyboard.press('Tab')
    await on.keyboard.press('Enter')
    assert.equal(await chosen(), 'BWXEQ')
    assert.equal(await on.locator('#index tr[data-selected]').count(), 1)
  }))

  test('ranges are sessions; all is asked for when it is wanted', () => page(async on => {
    served.answers.series = answer
    served.answers.asked = []
    await show(on, 'index', value('index'))
    await on.waitForFunction(() => document.getElementById('index').chart.length === 252)
    await on.locator('.segments button', { hasText: '3M' }).click()
    await on.waitForFunction(() => document.getElementById('index').chart.length === 63)
    assert.ok(!served.answers.asked.some(({ points }) => Number(points) > 252))
    await on.evaluate(() => dispatchEvent(new CustomEvent('bw-range', { detail: 'All' })))
    await on.waitForFunction(() => document.getElementById('index').chart.length === 300)
    assert.equal(await on.locator('.segments [aria-pressed="true"]').innerText(), 'All')
  }))

  test('a phone has symbol, last, change and divergence only', () => page(async on => {
    served.answers.series = answer
    await show(on, 'index', value('index'))
    const heads = await on.locator('#index .index thead th').evaluateAll(cells => cells.filter(cell => cell.offsetWidth > 0).map(cell => cell.textContent))
    assert.deepEqual(heads, ['Index', 'Last', 'Change', 'Divergence'])
  }, { width: 390 }))
})

describe('the machinery', () => {
  const head = section => ({ section, status: 'ok', quality: 'ok', scan: null })
  const given = (section, parts) => ({ head: head(section), parts, receivedAt: Date.now(), fresh: [] })
  const line = (seq, more = {}) => ({ seq, time: `2026-04-15T20:00:${String(seq % 60).padStart(2, '0')}Z`, level: 'info', service: 'regime', instance: 'regime-1', message: `line ${seq}`, fields: {}, ...more })

  test('this browser is first, then the worst; a row opens to what is known of it', () => page(async on => {
    const service = (name, status, more) => ({ service: name, instance: `${name}-1`, status, p95_ms: 4.2, lag: 0, last_event_age_seconds: 2, restarts: 0, version: '0.1.0', pid: 5, last_error: null, ...more })
    await show(on, 'system', given('system', { connection: { name: 'live', latency: 7 }, services: [service('breadth', 'ok'), service('index', 'degraded', { reason: 'lag 214', lag: 214, restarts: 2, last_error: 'no answer' })], health: [] }))
    const rows = await on.locator('#system tbody tr').evaluateAll(found => found.map(row => row.textContent))
    assert.match(rows[0], /^This browser● live7\.0 ms––/)
    assert.match(rows[1], /^index▲ degraded4\.2 ms2142 s$/)
    assert.match(rows[2], /^breadth● ok/)
    assert.match(await text(on, 'system', '.sub'), /1 of 2 healthy/)
    await on.locator('#system tbody button').nth(1).click()
    assert.match(await text(on, 'system', '.detail'), /index, index-1 lag 214\. Started again 2 times\. Last error: no answer\. Last event 2 s ago\. Version 0\.1\.0, process 5\./)
    await on.locator('#system tbody button').nth(1).click()
    assert.equal(await on.locator('#system .detail').isVisible(), false)
  }))

  test('tiles show what has come and a dash for what has not', () => page(async on => {
    await show(on, 'metrics', given('metrics', { metrics: { events_per_second: 128, lag: 0, errors_per_minute: 2 }, history: { columns: { time: ['2026-04-15T20:00:00Z', '2026-04-15T20:00:01Z'], events_per_second: [120, 128] } } }))
    const tiles = await on.locator('#metrics .tile').evaluateAll(found => found.map(tile => tile.innerText.replace(/\s+/g, ' ')))
    assert.deepEqual(tiles, ['Events 128 /s', 'Scan to gateway p95 –', 'Consumer lag 0 msg', 'Rejected –', 'Stream clients –', 'Errors 2 /min'])
    assert.equal(await on.locator('#metrics .tile svg:visible').count(), 1)
  }))

  test('log lines are newest first, filtered, at most as many as fit, and open to their JSON', () => page(async on => {
    const lines = Array.from({ length: 500 }, (_, index) => line(index + 1, index % 50 === 0 ? { level: 'error', service: 'breadth', message: `feed timed out ${index}`, trace: 'ab'.repeat(16) } : {}))
    await show(on, 'logs', given('logs', { lines }))
    const rows = on.locator('#logs li')
    assert.equal(await rows.count(), 60)
    assert.match(await rows.first().textContent(), /line 500/)
    await on.locator('#logs select').first().selectOption('error')
    assert.equal(await rows.count(), 10)
    await on.locator('#logs input').first().fill('out 450')
    assert.equal(await rows.count(), 1)
    await rows.first().click()
    const opened = await on.locator('#logs pre').innerText()
    assert.match(opened, /trace abab/)
    assert.equal(JSON.parse(opened.slice(opened.indexOf('{'))).seq, 451)
    await on.locator('#logs input').first().fill('nothing like it')
    assert.match(await text(on, 'logs'), /None of the 500 lines fits the filter\./)
    assert.equal(await on.locator('#logs [role="log"]').getAttribute('aria-live'), 'off')
  }))

  test('lines hold still while somebody reads, and go on after', () => page(async on => {
    const lines = Array.from({ length: 80 }, (_, index) => line(index + 1))
    await show(on, 'logs', given('logs', { lines }))
    await on.locator('.log').evaluate(node => { node.scrollTop = 100 })
    await on.waitForFunction(() => /Paused/.test(document.querySelector('.log-filters button').textContent))
    await show(on, 'logs', given('logs', { lines: [...lines, line(81), line(82)] }))
    assert.match(await on.locator('#logs li').first().textContent(), /line 80/)
    assert.equal(await on.locator('.log-filters button').innerText(), 'Paused, 2 new')
    await on.locator('.log-filters button').click()
    assert.match(await on.locator('#logs li').first().textContent(), /line 82/)
    assert.equal(await on.locator('.log-filters button').innerText(), 'Follow')
    await on.locator('.log-filters button').click()
    await show(on, 'logs', given('logs', { lines: [...lines, line(81), line(82), line(83)] }))
    assert.equal(await on.locator('.log-filters button').innerText(), 'Paused, 1 new')
  }))

  test('nothing has come: the sections say so', () => page(async on => {
    await show(on, 'system', given('system', { connection: { name: 'connecting' }, services: [], health: [] }))
    await show(on, 'logs', given('logs', { lines: [] }))
    assert.match(await text(on, 'system'), /No service has reported yet/)
    assert.match(await text(on, 'logs'), /No line has come yet/)
  }))
})

test('nothing of a section is wider than its card, from 320 px up, in the overview and large', () => page(async on => {
  for (const section of Object.keys(VALUES)) await show(on, section, value(section))
  for (const width of [320, 390, 768, 1024, 1440, 1920]) {
    await on.setViewportSize({ width, height: 900 })
    for (const large of [false, true]) {
      await on.evaluate(to => { for (const card of document.querySelectorAll('main > [id]')) card.enlarge(to) }, large)
      await on.waitForFunction(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true)))))
      const wide = await on.evaluate(() => [document.documentElement.scrollWidth - innerWidth, ...[...document.querySelectorAll('.body')].map(body => body.scrollWidth - body.clientWidth)])
      assert.ok(wide.every(by => by <= 0), `${width} ${large}: ${wide}`)
    }
  }
}, { width: 320 }))
