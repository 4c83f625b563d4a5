// How a result nobody has drawn a card for is laid out. No DOM.

const isObject = value => value !== null && typeof value === 'object'
const isReason = (name, object) => name.endsWith('_reason') && name.slice(0, -7) in object

/** Fields by kind: `{ scalars: [[name, value, reason]], tables: [[name, items]], nested: [[name, object]] }`. */
export function sorted (object) {
  const found = { scalars: [], tables: [], nested: [] }
  for (const [name, value] of Object.entries(object)) {
    if (isReason(name, object)) continue
    if (isTable(value)) found.tables.push([name, value])
    else if (isObject(value) && !Array.isArray(value)) found.nested.push([name, value])
    else found.scalars.push([name, value, object[`${name}_reason`] ?? null])
  }
  return found
}

export const isTable = value => Array.isArray(value) && value.length > 0 && value.every(item => isObject(item) && !Array.isArray(item))

/** The scalar keys of the items, in the order they first appear, at most `most`; and how many were left out. */
export function columnsOf (items, most) {
  const names = []
  for (const item of items) {
    for (const [name, value] of Object.entries(item)) {
      if (!names.includes(name) && !isReason(name, item) && !isObject(value)) names.push(name)
    }
  }
  const known = names.filter(name => items.some(item => !isObject(item[name])))
  return { columns: known.slice(0, most), left: Math.max(0, known.length - most) }
}
