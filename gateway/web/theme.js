// Before the first paint: nothing flashes or jumps.
(() => {
  const root = document.documentElement
  const query = new URLSearchParams(location.search)
  const held = name => { try { return query.get(name) ?? localStorage.getItem('bw:' + name) } catch { return query.get(name) } }
  for (const name of ['theme', 'updown', 'hide', 'kiosk']) {
    const value = held(name)
    if (value && value !== 'system') root.dataset[name] = value
  }
  root.dataset.route = location.pathname.slice(1) || 'overview'
  root.toggleAttribute('data-past', query.has('at'))
  root.toggleAttribute('data-sample', document.getElementById('boot').textContent.includes('"sample":true'))
})()
