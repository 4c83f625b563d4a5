// Before the first paint: nothing flashes or jumps.
(() => {
  const root = document.documentElement
  const query = new URLSearchParams(location.search)
  const held = name => { try { return localStorage.getItem('bw:' + name) } catch { return null } }
  for (const name of ['theme', 'updown']) {
    const value = query.get(name) ?? held(name)
    if (value) root.dataset[name] = value
  }
  root.toggleAttribute('data-sample', document.getElementById('boot').textContent.includes('"sample":true'))
})()
