// The map of the keys, and what the reader may choose.

import { attr, h, text } from './dom.js'
import { dialog } from './dialog.js'
import { pressed, shown } from './keys.js'
import { PALETTES, THEMES, readable, settings } from './settings.js'

/** @param {any} page */
export function open (page) {
  dialog('help', 'Keys and settings', h('h2', {}, 'Settings'), chooser('Theme', 'theme', THEMES.map(name => [name === 'system' ? '' : name, name]), 'theme'),
    chooser('Colours', 'updown', Object.entries(PALETTES).map(([name, words]) => [name === 'default' ? '' : name, words]), 'updown'), own(),
    toggle('Single keys', 'keys', 'off', true), toggle('Announce changes of the position, too', 'more', '1'), toggle('Hide amounts of money', 'hide', '1'),
    h('h2', {}, 'Keys'), h('p', { class: 'note dim' }, 'Press a key of the list to change it. Nothing is typed into the page; in a field of text the keys are letters.'), map(page))
}

function chooser (title, name, choices, group) {
  const now = settings.get(name)
  return h('fieldset', { class: 'choices' }, h('legend', {}, title), ...choices.map(([value, words]) => {
    const input = h('input', { type: 'radio', name: group, value, checked: value === now || (value === '' && !choices.some(([known]) => known === now)) })
    input.addEventListener('change', () => settings.set(name, value === '' && name === 'theme' ? 'system' : value))
    return h('label', {}, input, words)
  }))
}

function toggle (title, name, on, inverted = false) {
  const input = h('input', { type: 'checkbox', checked: (settings.get(name) === on) !== inverted })
  input.addEventListener('change', () => settings.set(name, input.checked !== inverted ? on : ''))
  return h('p', {}, h('label', {}, input, title))
}

/** Two colours of the reader's own: what cannot be read on the surface is refused. */
function own () {
  const [up, down] = (settings.get('colours') || '#2dd4a7,#ff8070').split(',')
  const said = h('span', { class: 'note warn', role: 'status' })
  const inputs = [['Up', up], ['Down', down]].map(([name, value]) => h('label', {}, name, h('input', { type: 'color', value })))
  const take = () => {
    const colours = inputs.map(label => label.querySelector('input').value)
    const bad = colours.find(colour => !readable(colour))
    text(said, bad ? `${bad} cannot be read on this background: it needs a contrast of 4.5.` : '')
    if (bad) return
    settings.set('colours', colours.join())
    settings.set('updown', 'custom')
  }
  for (const label of inputs) label.querySelector('input').addEventListener('change', take)
  return h('fieldset', { class: 'choices' }, h('legend', {}, 'My own colours'), ...inputs, said)
}

function map (page) {
  const groups = [...new Set(page.commands.map(({ group }) => group))]
  return h('div', { class: 'keymap' }, ...groups.map(group => h('section', {}, h('h3', {}, group),
    h('dl', {}, ...page.commands.filter(command => command.group === group && command.usual.length).flatMap(command => [h('dt', {}, key(page, command)), h('dd', {}, command.title)])))))
}

function key (page, command) {
  const button = h('button', { type: 'button', class: 'key', 'aria-label': `${command.title}: change its key` })
  const draw = () => button.replaceChildren(...command.keys.map(name => h('kbd', {}, shown(name))))
  draw()
  button.addEventListener('click', () => {
    text(button, 'Press a key')
    button.addEventListener('keydown', event => {
      if (['Tab', 'Shift', 'Control', 'Meta', 'Alt'].includes(event.key)) return
      event.preventDefault()
      event.stopPropagation()
      if (event.key !== 'Escape') remap(page, command, event.key === 'Backspace' ? command.usual : [pressed(event)])
      draw()
    }, { once: true })
  })
  attr(button, 'title', 'Click, then press the new key; Backspace takes the usual one')
  return button
}

function remap (page, command, keys) {
  const taken = page.commands.find(other => other !== command && other.keys.some(name => keys.includes(name)))
  if (taken) return
  command.keys = keys
  const changed = page.commands.filter(known => known.keys.join() !== known.usual.join()).map(known => [known.id, known.keys])
  settings.set('keymap', changed.length ? JSON.stringify(Object.fromEntries(changed)) : '')
}
