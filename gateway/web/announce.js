// The page's two live regions. Prices, ages and ticks are never announced; sentences come at most every ten seconds.

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

/** Says at once what the reader must not miss. */
export function alarm (sentence) {
  document.getElementById('assertive').textContent = sentence
}
