// Dialogs: who the reader is, and settings. Passwords stay in their fields and go nowhere but to the server.

const buttonOfLogin = { login: 'Log in', signup: 'Make the account', guest: 'Go in' }
const noteOfLogin = {
  login: '',
  signup: '8 to 128 bytes. Nobody can tell you a forgotten password; the operator can set a new one.',
  guest: 'The name is yours as long as this page is open. Private messages do not wait for guests.',
}

const loginKind = () => document.querySelector('[name=how]:checked').value

function openLogin() {
  if (session.link?.isPublicOnly) return announce('Accounts are not available here: something in between stops WebSockets.')
  $('login-error').hidden = true
  showLoginKind()
  $('login').showModal()
}

function showLoginKind() {
  const kind = loginKind()
  $('password-line').hidden = $('stay-line').hidden = kind === 'guest'
  $('password').required = kind !== 'guest'
  $('password').autocomplete = kind === 'signup' ? 'new-password' : 'current-password'
  $('login-button').textContent = buttonOfLogin[kind]
  $('login-note').textContent = noteOfLogin[kind]
}

async function submitLogin(event) {
  event.preventDefault()
  const [name, password] = [$('name').value, $('password').value]
  await attempt('login', async () => {
    await takeName(loginKind(), name, loginKind() === 'guest' ? undefined : password, $('stay').checked)
    $('password').value = ''
    $('login').close()
    $('say').focus()
  })
}

// Does something for a form: its button waits for the answer, and a refusal is shown, counting down if it says how long.
async function attempt(form, action) {
  const [send, error] = [$(form + '-button'), $(form + '-error')]
  send.disabled = true
  error.hidden = true
  try {
    await action()
  } catch (refusal) {
    error.hidden = false
    showRefusal(error, refusal, Date.now() + refusal.pause)
  }
  send.disabled = false
}

// Shows a refusal until a form has another one. The form stays in use: the next attempt may be one of another kind.
function showRefusal(error, refusal, end) {
  const seconds = Math.ceil((end - Date.now()) / 1000)
  // Not each second is read aloud.
  fill(error, sentence(refusal.message), seconds > 0 && make('span', { 'aria-hidden': 'true' }, ` Try again in ${seconds} s.`))
  clearTimeout(error.timer)
  if (seconds > 0) error.timer = setTimeout(() => showRefusal(error, refusal, end), 1000)
}

// MARK: Settings

function openSettings() {
  const { who } = session
  $('own-name').textContent = who ? `${who.name} · ${who.isAccount ? 'account' : 'guest'}` : 'not logged in'
  for (const part of document.querySelectorAll('[data-needs]'))
    part.hidden = !{ name: who, account: who?.isAccount, 'no account': !who?.isAccount }[part.dataset.needs]
  $('away').checked = session.isAway
  $('hidden').checked = session.isHidden
  document.querySelector(`[name=theme][value=${document.documentElement.dataset.theme}]`).checked = true
  $('notice-note').textContent = whyNoNotices() || 'The bell above a view turns on its desktop notices. They come while this page is hidden.'
  $('settings').showModal()
  if (who?.isAccount) showOwnLists().catch(() => {})
}

// A token's secret is shown once: until the dialog closes.
function forgetToken() {
  $('new-token').textContent = ''
  $('new-token').hidden = $('token-once').hidden = true
}

async function showOwnLists() {
  const { parts: names } = await ask('blocked')
  fillOwnList('blocks', names.map(({ name }) => [name, name, 'Unblock', () => setBlocked(name, false)]))
  const { parts: tokens } = await ask('tokens').catch(() => ({ parts: null }))
  $('tokens-part').hidden = !tokens
  fillOwnList('tokens', (tokens ?? []).map(token => [token.id, `${token.label ?? token.may}${token.tag ? ' #' + token.tag : ''} · ${momentName(token.created)}`,
    'Remove', () => ask('remove_token', { id: token.id })]))
}

function fillOwnList(id, rows) {
  fill($(id), rows.map(([key, text, verb, act]) => make('li', { 'data-key': key }, make('bdi', text),
    make('button.plain', { type: 'button', 'aria-label': `${verb} ${text}`, onclick: () => act().then(showOwnLists, announceRefusal) }, verb))))
  $(id).previousElementSibling.hidden = !rows.length && id === 'blocks'
}

async function submitPassword(event) {
  event.preventDefault()
  const [old, fresh] = [$('old-password'), $('new-password')]
  await attempt('passwd', async () => {
    await ask('passwd', { old: old.value, new: fresh.value })
    if (session.password) session.password = fresh.value
    else await makeSessionToken(stored('proof')).then(() => proof.write(session.wanted, !!stored('proof')), () => {})
    old.value = fresh.value = ''
    announce('The password is changed.')
  })
}

async function submitToken(event) {
  event.preventDefault()
  const tag = $('token-tag').value.trim()
  await attempt('token', async () => {
    const { body } = await ask('token', { ...(tag ? { may: 'read', tag } : { may: 'send' }), label: $('token-label').value || undefined })
    $('new-token').textContent = body.token
    $('new-token').hidden = $('token-once').hidden = false
    await showOwnLists()
  })
}

function chooseTheme(theme) {
  document.documentElement.dataset.theme = theme
  store('theme', theme)
}

// MARK: Desktop notices

let notices = stored('notices', [])

function whyNoNotices() {
  if (!window.isSecureContext) return 'Desktop notices are off: they need a secure connection (https, or this machine itself).'
  if (!('Notification' in window)) return 'Desktop notices are off: this browser has none.'
  if (Notification.permission === 'denied') return 'Desktop notices are off: this browser forbids them for this page.'
  return ''
}

async function toggleNotices() {
  const { path } = view
  const wasOn = notices.includes(path)
  if (!wasOn && !whyNoNotices()) await Notification.requestPermission()
  if (!wasOn && (whyNoNotices() || Notification.permission !== 'granted')) return announce(whyNoNotices() || 'Desktop notices stay off.')
  notices = notices.filter(one => one !== path).concat(wasOn ? [] : [path]).slice(-64)
  store('notices', notices)
  announce(wasOn ? 'No more notices of this view.' : 'You get notices of this view while the page is hidden.')
  refreshView()
}

function notifyOfTweet(tweet) {
  const paths = ['/', ...tweet.tags.map(tag => '/tag/' + tag)]
  const path = paths.find(one => notices.some(other => tagKey(other) === tagKey(one)))
  if (path) notify(path, tweet.author ?? 'ttweet', tweet.text, tweet.time)
}

// Shows a notice of what came after the page was opened, while nobody looks at it.
function notify(path, title, text, time) {
  const isWanted = notices.some(one => tagKey(one) === tagKey(path)) || notices.includes('/')
  if (!document.hidden || !isWanted || whyNoNotices() || new Date(time ?? Date.now()) < session.liveSince) return
  try {
    const notice = new Notification(title, { body: clean(text), tag: path })
    notice.onclick = () => { window.focus(); go('#' + path) }
  } catch {
    // Some browsers allow notices only to service workers, which this page does without.
  }
}
