// The page's two live regions, empty at load. Sentences come at most every ten seconds.

const PAUSE = 10_000
let waiting = []
let last = 0
let timer = 0

/** Says a sentence when the reader is at rest; several in a row are said together. */
export function announce (sentence) {
  if (!waiting.includes(sentence)) waiting.push(sentence)
  timer ||= setTimeout(speak, Math.max(250, last + PAUSE - Date.now()))
}

function speak () {
  document.getElementById('polite').textContent = waiting.join(' ')
  waiting = []
  last = Date.now()
  timer = 0
}

/** Says where a chart's cursor stands, as soon as it rests. */
export function point (sentence) {
  clearTimeout(point.timer)
  point.timer = setTimeout(() => { document.getElementById('polite').textContent = sentence }, 250)
}

/** Says at once what the reader must not miss. */
export function alarm (sentence) {
  const region = document.getElementById('assertive')
  if (region.textContent !== sentence) region.textContent = sentence
}

const standing = new Map()

/** Says a standing fact once when it begins, and that it is over when it ends. */
export function urgent (name, sentence) {
  const before = standing.get(name) ?? ''
  if (before === sentence) return
  standing.set(name, sentence)
  alarm(sentence || (name === 'past' ? 'Back to the live market.' : ''))
}
