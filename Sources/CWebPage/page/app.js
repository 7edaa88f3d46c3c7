// The start: what the reader does, and what it causes.

// Arrows move the focus through lists: links in the side lists, rows among the messages.
function moveInList(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const list = step && event.target.closest('.nav, .people, #list, .scroll')
  if (!list || event.target.closest('pre')) return
  const stops = [...list.querySelectorAll(list.id === 'scroll' ? '.msg' : 'a')]
  if (!stops.length) return
  const at = stops.indexOf(event.target.closest('.msg, a'))
  const next = at < 0 ? stops.at(step < 0 ? -1 : 0) : stops[at + step]
  event.preventDefault()
  next?.focus()
}

function goBack() {
  if ($('q').contains(document.activeElement)) $('q').blur()
  if (view.search) return go('#/')
  $('say').focus()
}

function pressedKey(event) {
  if (event.isComposing || document.querySelector('dialog[open]')) return
  const isTyping = /INPUT|TEXTAREA/.test(event.target.tagName)
  if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !$('search').hidden) {
    event.preventDefault()
    $('q').focus()
  } else if (event.key === 'Escape' && !event.defaultPrevented) goBack()
  else if (!isTyping) moveInList(event)
}

function search() {
  const words = clean($('q').value).trim()
  if (words) go(searchAddress(words))
}

function follow() {
  const tag = clean($('tag').value).trim().replace(/^[#＃﹟]/, '')
  if (!/^[\p{L}\p{M}\p{N}_]+$/u.test(tag)) return announce('A hashtag has letters, digits and _ only.')
  $('tag').value = ''
  setFollowed(tag, true)
  go(tagAddress(tag))
}

function act() {
  const { tag, person } = view
  if (tag) setFollowed(tag, !isFollowed(tag))
  else setBlocked(person, !blocked.has(nameKey(person))).catch(announceRefusal)
}

function visibilityChanged() {
  session.link?.visibilityChanged?.()
  if (document.hidden) {
    pageHidden()
    // The frame that would show the view does not come any more.
    return drawView()
  }
  if (view.path === '/' && visitMark()) {
    reader.mark = visitMark()
    reader.render()
  }
  markRead()
  refreshView()
}

// The functions that handle events of elements.
const effects = {
  submit: { compose: () => composer.send(), search, follow, 'login-form': submitLogin, 'passwd-form': submitPassword, 'token-form': submitToken },
  click: {
    act, notify: toggleNotices, self: openSettings, newer: () => reader.toEnd(),
    try: () => session.link?.isPublicOnly ? session.link.close() : connect(),
    'log-out': () => { $('settings').close(); logOut() },
    'log-in': () => { $('settings').close(); openLogin() },
  },
  change: { away: () => setAway($('away').checked), hidden: () => setHidden($('hidden').checked).catch(announceRefusal) },
  input: { say: () => composer.typed() },
  keydown: { say: event => composer.pressed(event) },
  close: { settings: forgetToken },
  scroll: { scroll: () => reader.scrolled() },
}

function listen() {
  for (const [event, acts] of Object.entries(effects)) for (const [id, act] of Object.entries(acts)) $(id).addEventListener(event, act)
  for (const radio of document.getElementsByName('how')) radio.onchange = showLoginKind
  for (const radio of document.getElementsByName('theme')) radio.onchange = () => chooseTheme(radio.value)
  for (const close of document.querySelectorAll('.close')) close.onclick = () => close.closest('dialog').close()
  document.addEventListener('submit', event => event.preventDefault())
  document.addEventListener('visibilitychange', visibilityChanged)
  addEventListener('keydown', pressedKey)
  addEventListener('hashchange', showView)
  addEventListener('pointerdown', addManifest, { once: true })
  addEventListener('online', () => { if (!session.link) connect() })
  addEventListener('offline', () => session.link?.close())
  addEventListener('pagehide', pageHidden)
}

// The manifest makes the page installable. It is not fetched before the reader does something: a page that only opens
// has enough with its document, style, script and icon.
function addManifest() {
  document.head.append(make('link', { rel: 'manifest', href: new URL('manifest.webmanifest', import.meta.url).href }))
}

function start() {
  chooseTheme(stored('theme', 'auto'))
  listen()
  new ResizeObserver(() => { if (reader.isAtEnd) reader.scrollToEnd() }).observe($('scroll'))
  setInterval(tick, 1000)
  setInterval(() => refreshReadMarks().catch(() => {}), sentRefresh)
  showView()
  refreshView()
  connect()
}

start()
