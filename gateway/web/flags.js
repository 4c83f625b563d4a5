// Flags of the page. None exists yet; what the gateway says is held here and worn by the document.

/** Whether a flag is on. @param {any} page @param {string} name */
export const on = (page, name) => Boolean(page.hello.flags?.[name])
