// One question to the gateway, with words for everything that can go wrong.

/** JSON of a GET; throws `{ code, words, status, problem }`. @param {string} path */
export async function read (path) {
  let answer
  try {
    answer = await fetch(path, { signal: AbortSignal.timeout(5000) })
  } catch (error) {
    const late = /** @type {Error} */ (error).name === 'TimeoutError'
    throw { code: 'no_answer', words: late ? 'It did not answer within 5 s' : 'The gateway cannot be reached', status: 0 }
  }
  const problem = answer.ok ? null : await answer.json().catch(() => ({}))
  if (problem) throw { code: `${answer.status} ${problem.code ?? ''}`.trim(), words: problem.detail ?? answer.statusText, status: answer.status, problem }
  try {
    return await answer.json()
  } catch {
    throw { code: 'bad_json', words: 'Its answer is not JSON', status: answer.status }
  }
}
