// What the slider of a replay shows, without a browser: `node --test`.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gently, gradient, onward, proven, runs, upTo } from '../web/replay-time.js'

const columns = (...classes) => ({
  ordinal: classes.map((_, index) => index + 1), session: classes.map(() => '2026-11-20'), as_of: classes.map(() => null), scan: classes.map(() => 'x'), class: classes
})
const timeline = { first: 1, last: 11, columns: columns('choppy', 'choppy', 'uptrend', 'strong_downtrend') }

test('runs of a class end at the newest scan known, and what is to come is plain', () => {
  assert.deepEqual(runs(timeline), [
    { name: 'choppy', from: 0, to: 0.1 }, { name: 'uptrend', from: 0.1, to: 0.2 }, { name: 'strong_downtrend', from: 0.2, to: 0.3 }
  ])
  assert.match(gradient(runs(timeline)), /var\(--down\) 100%, transparent\) 20% 30%, transparent 30%, transparent\)$/)
  assert.equal(gradient([]), 'linear-gradient(90deg, transparent 0%, transparent)')
})

test('going back forgets what came later', () => {
  assert.deepEqual(upTo(timeline, 2).columns.class, ['choppy', 'choppy'])
  assert.equal(upTo(timeline, 2).last, 11)
})

test('the next scan is added, a known one changes nothing, and a hole must be read', () => {
  const next = onward(timeline, { ordinal: 5, session: '2026-11-23', as_of: null, id: 'y' }, 'choppy')
  assert.deepEqual([next.columns.ordinal.length, next.columns.class.at(-1), next.columns.scan.at(-1)], [5, 'choppy', 'y'])
  assert.equal(onward(timeline, { ordinal: 4 }, 'choppy'), timeline)
  assert.equal(onward(timeline, { ordinal: 7 }, 'choppy'), null)
})

test('a dragged slider asks at most so often, and for the last position', () => {
  const asked = []
  let now = 0
  let due = null
  const ask = gently(value => asked.push(value), 200, () => now, run => { due = run })
  for (const value of [1, 2, 3]) ask(value)
  assert.deepEqual(asked, [1])
  now = 200
  due()
  assert.deepEqual(asked, [1, 3])
})

test('a proof is told in words', () => {
  assert.equal(proven({ status: 'done', identical: true, head: 1260 }), '✓ Computed again: identical, 1260 scans')
  assert.match(proven({ status: 'done', identical: false, wrong: [7, 9] }), /from scan 7 on \(2 scans\)/)
  assert.equal(proven({ status: 'running', head: 200, reached: 50 }), 'Verifying, 25%')
  assert.match(proven({ status: 'failed', reason: 'no service' }), /no service/)
})
