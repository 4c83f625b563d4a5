// The keyboard: single keys and sequences of two. Ignored where text is entered; can be switched off and remapped.

import { settings } from './settings.js'

const PAUSE = 1000
let first = ''
let timer = 0

/** How a key press is written in a map of keys. @param {KeyboardEvent} event */
export const pressed = event => `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}${event.key}`

/** Whether typing belongs to what has the focus. @param {any} target */
export function typing (target) {
  if (target?.isContentEditable) return true
  const name = target?.localName
  return name === 'textarea' || name === 'select' || (name === 'input' && !['checkbox', 'radio', 'button', 'range'].includes(target.type))
}

/** The keys an element needs for itself. @param {any} target @param {string} key */
const own = (target, key) => (key === ' ' || key === 'Enter') && Boolean(target?.closest?.('button, a, summary, input, [role=application]'))

/**
 * The command a key means: `{ command }`, or `{ first }` when a second key must follow.
 * @param {any[]} commands @param {string} key @param {string} before
 */
export function meant (commands, key, before) {
  const whole = before ? `${before} ${key}` : key
  const command = commands.find(({ keys }) => keys.includes(whole))
  if (command) return { command }
  if (commands.some(({ keys }) => keys.some((/** @type {string} */ known) => known.startsWith(`${whole} `)))) return { first: whole }
  return before ? meant(commands, key, '') : {}
}

/** @param {any[]} commands */
export function listen (commands) {
  addEventListener('keydown', event => {
    const key = pressed(event)
    const chord = key.startsWith('Ctrl+')
    if (event.defaultPrevented || event.altKey || event.isComposing || ['Control', 'Shift', 'Meta'].includes(event.key)) return
    if (document.querySelector('dialog[open]') || (typing(event.target) && !chord) || own(event.target, key)) return
    // Charts and lists have keys of their own.
    if (event.target?.closest?.('[role=application], [role=menu], [role=img]') && !/^[a-z?/]$/i.test(key) && !chord) return
    if (settings.get('keys') === 'off' && !chord && key !== 'Escape') return
    const { command, first: waiting } = meant(commands, key, first)
    clearTimeout(timer)
    first = waiting ?? ''
    if (waiting) timer = setTimeout(() => { first = '' }, PAUSE)
    if (!command && !waiting) return
    event.preventDefault()
    command?.run()
  })
}

const SHOWN = { ' ': 'Space', Escape: 'Esc', 'Ctrl+k': 'Ctrl K' }
/** Keys as people read them. @param {string} keys */
export const shown = keys => SHOWN[/** @type {keyof typeof SHOWN} */ (keys)] ?? keys
