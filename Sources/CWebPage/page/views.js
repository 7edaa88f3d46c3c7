// Views: what the address after `#` names, and everything around the messages: titles, lists, badges, shell commands.

const view = { path: '/' }
const words = ['/', '/tags', '/inbox', '/people']

// Reads the address: `#/`, `#/tags`, `#/tag/TAG`, `#/inbox`, `#/inbox/NAME`, `#/people`, `#/search/WORDS`.
function readAddress() {
  let path = '/'
  try { path = decodeURIComponent(location.hash.slice(1)) || '/' } catch {}
  const [, kind, rest] = path.match(/^\/(tag|inbox|search)\/(.+)$/s) ?? []
  if (!kind && !words.includes(path)) path = '/'
  if (kind === 'inbox' && !isName(rest)) path = '/inbox'
  Object.assign(view, { path, tag: null, person: null, search: null })
  if (path !== '/inbox') Object.assign(view, { tag: kind === 'tag' ? rest : null, person: kind === 'inbox' ? rest : null, search: kind === 'search' ? rest : null })
  view.isList = ['/tags', '/inbox', '/people'].includes(path)
}

// Shows the view that the address names.
async function showView() {
  readAddress()
  composer.show()
  $('scroll').classList.toggle('lists', view.isList)
  const feed = feedFor(view.path, view.tag ?? undefined)
  if (view.isList) feed.items = []
  if (view.person) showConversation(feed)
  else if (view.search) await showSearch(feed)
  else if (view.isList) reader.show(feed)
  else await showFeed(feed)
  refreshView()
}

async function showFeed(feed) {
  const mark = view.path === '/' ? visitMark() : null
  const isOpen = () => feed === reader.feed
  reader.show(feed, { mark, empty: feed.isLoaded ? emptyText() : null, startsAtMark: true })
  if (feed.isLoaded || !session.isReady) return
  await feed.load(session.newest).catch(() => {})
  if (isOpen()) reader.show(feed, { mark, empty: feed.isLoaded ? emptyText() : null, startsAtMark: true })
}

function showConversation(feed) {
  const conversation = conversationWith(view.person)
  const unread = unreadOf(conversation)
  feed.items = messagesOf(conversation).slice(-maxItems)
  feed.hasOldest = feed.isLoaded = true
  const mark = unread.length ? newMark(unread[0].seq - 1, `${unread.length} unread`) : null
  reader.show(feed, { mark, empty: emptyText(), startsAtMark: true })
  refreshConversation()
  markRead()
  refreshReadMarks().catch(() => {})
}

async function showSearch(feed) {
  feed.hasOldest = feed.isLoaded = true
  $('q').value = view.search
  reader.show(feed, { find: view.search })
  try {
    const { parts } = await ask('search', { text: view.search, count: 200 })
    feed.items = parts.map(tweetItem).sort((a, b) => a.seq - b.seq)
    feed.found = feed.items.length
    const empty = { icon: 'search', title: 'Nothing found', text: `No message contains “${view.search}”.` }
    if (feed === reader.feed) reader.show(feed, { find: view.search, empty })
  } catch (refusal) {
    if (refusal.code === 'unknown_operation' || refusal.code === 'bad_request') $('search').hidden = true
    if (refusal.message) announce(`Nothing is found: ${refusal.message}.`)
  }
}

function emptyText() {
  const { tag, person } = view
  if (person) return { icon: 'lock', title: `Nothing between you and ${person} yet`, text: 'What you write below is for the two of you only.' }
  if (tag) return { icon: 'tag', title: `Nothing with #${tag} yet`, text: 'The next message that bears the hashtag appears here by itself.', command: `curl -d ${quoted(`hello #${tag}`)} ${server()}/` }
  return { icon: 'feed', title: 'Nothing has been said yet', text: 'Say the first thing below, or let a script say it:', command: `curl -d "backup done #ops" ${server()}/` }
}

// MARK: The mark of what is new

function newMark(seq, text) {
  return { seq, text, isShown: list => !!list.querySelector('.mark-new') }
}

// What came since the last visit is new; later, what came while the page was hidden.
function visitMark() {
  const { seq, time } = view.left ?? stored('left', {})
  return seq ? newMark(seq, 'New since ' + momentName(time)) : null
}

function pageHidden() {
  if (session.newest) view.left = { seq: session.newest, time: Date.now() }
  store('left', view.left)
}

// MARK: Hashtags

let tagsInUse = []
let followed = stored('followed', [])
const freshTags = new Map()

async function refreshTags() {
  tagsInUse = (await ask('tags', { count: 200 }).catch(() => ({ parts: tagsInUse }))).parts
  refreshView()
}

function noteTags({ tags, seq, time }) {
  for (const tag of tags) {
    const key = tagKey(tag)
    if (!(view.tag && tagKey(view.tag) === key && !document.hidden)) freshTags.set(key, (freshTags.get(key) ?? 0) + 1)
    const known = tagsInUse.find(one => tagKey(one.tag) === key)
    tagsInUse = [{ tag, count: (known?.count ?? 0) + 1, seq, time }, ...tagsInUse.filter(one => one !== known)]
  }
  refreshView()
}

const isFollowed = tag => followed.some(one => tagKey(one) === tagKey(tag))

function setFollowed(tag, follows) {
  followed = followed.filter(one => tagKey(one) !== tagKey(tag)).concat(follows ? [tag] : []).slice(-64)
  store('followed', followed)
  refreshView()
}

// MARK: What stands around the messages

// Makes everything around the messages anew at the next frame.
function refreshView() {
  if (refreshView.isDue) return
  refreshView.isDue = true
  requestAnimationFrame(() => {
    refreshView.isDue = false
    if (view.tag && !document.hidden) freshTags.delete(tagKey(view.tag))
    for (const show of [showNavigation, showTitle, showMe, showHere, showList, showShell, showPhase]) show()
  })
}

// Replaces the children of a list; the link that has the focus keeps it.
function refill(list, ...children) {
  const focused = list.contains(document.activeElement) && document.activeElement.getAttribute('href')
  list.replaceChildren(...children.flat())
  if (focused) list.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus()
}

function navLink(address, children, count, isHot) {
  const isHere = address === '#' + encodeURI(view.path) || decodeURIComponent(address) === '#' + view.path
  const badge = count > 0 && make('span', { class: isHot ? 'n hot' : 'n', 'aria-label': `${count} ${isHot ? 'unread' : 'new'}` }, count)
  return make('li', make('a', { href: address, 'aria-current': isHere && 'page' }, children, badge))
}

function showNavigation() {
  const named = name => make('span.name', name)
  const unread = unreadCount()
  refill($('views'), navLink('#/', [icon('feed'), named('Everything')]), navLink('#/inbox', [icon('inbox'), named('Inbox')], unread, true),
    navLink('#/people', [icon('people'), named('People')]), navLink('#/tags', [icon('tag'), named('Hashtags')]))
  refill($('tags'), followed.map(tag => navLink(tagAddress(tag),
    [make('span.dot.' + tint(tag), { 'aria-hidden': 'true' }), named(tag)], freshTags.get(tagKey(tag)))))
  const others = [...conversations.values()].filter(({ items }) => items.size).slice(0, 20)
  $('direct').parentElement.hidden = !others.length
  refill($('direct'), others.map(one => navLink(personAddress(one.name), [avatar(one.name, { small: true }), named(one.name)], unreadOf(one).length, true)))
  refill($('tabs'), tab('/', 'feed', 'Everything'), tab('/tag', 'tag', 'Tags'), tab('/inbox', 'inbox', 'Inbox', unread), tab('/people', 'people', 'People'))
  document.title = (unread ? `(${unread}) ` : '') + 'ttweet'
}

function tab(path, id, label, count) {
  const isHere = path === '/' ? view.path === '/' : view.path.startsWith(path)
  return make('a', { href: path === '/tag' ? '#/tags' : '#' + path, 'aria-current': isHere && 'page' }, icon(id), make('span', label),
    count > 0 && make('span.n.hot', { 'aria-label': count + ' unread' }, count))
}

function showTitle() {
  const { tag, person, search, path } = view
  const title = tag ? [make('span.hash.' + tint(tag), '#'), make('bdi', tag)]
    : person ? [avatar(person, { small: true }), person]
      : search ? [make('bdi', `“${search}”`)] : [{ '/': 'Everything', '/tags': 'Hashtags', '/inbox': 'Inbox', '/people': 'People' }[path]]
  $('title').replaceChildren(...title)
  $('subtitle').textContent = subtitle()
  const act = $('act')
  act.hidden = !(tag || person && session.who?.isAccount && !isMe(person))
  if (tag) act.textContent = isFollowed(tag) ? 'Unfollow' : 'Follow'
  if (person) act.textContent = blocked.has(nameKey(person)) ? 'Unblock' : 'Block'
  $('notify').hidden = view.isList || !!search
  $('notify').setAttribute('aria-pressed', notices.includes(view.path))
}

function subtitle() {
  const { tag, person, search, path } = view
  const newest = reader.feed.items.findLast(item => item.seq)
  const latest = newest ? 'newest ' + momentName(newest.time) : 'no messages yet'
  if (search) return reader.feed.found == null ? 'searching…' : `${reader.feed.found} found`
  if (tag) return [plural(tagsInUse.find(one => tagKey(one.tag) === tagKey(tag))?.count ?? 0, 'message'), isFollowed(tag) && 'followed', newest && latest].filter(Boolean).join(' · ')
  if (person) return `${presence(people.get(nameKey(person)))} · only you two can read this`
  if (path === '/tags') return plural(tagsInUse.length, 'hashtag') + ' in use'
  if (path === '/inbox') return session.who?.isAccount ? `${unreadCount()} unread` : 'Messages wait for accounts only'
  return `${peopleHere().length} here` + (path === '/' ? ' · ' + latest : '')
}

function presence(person) {
  if (!person) return 'not in the directory'
  return person.status + (person.since ? ' since ' + momentName(person.since) : '')
}

function showMe() {
  const { who } = session
  const status = session.isHidden ? 'hidden' : session.isAway ? 'away' : 'here'
  const line = who ? `${status} · ${who.isAccount ? 'account' : 'guest'}` : session.wanted ? 'not connected' : 'not logged in'
  const name = who?.name ?? session.wanted?.name
  $('me').replaceChildren(avatar(name, { status: who && (session.isAway ? 'away' : session.isHidden ? 'offline' : 'online') }),
    make('div.who', make('b', name ?? 'anonymous'), make('span', line)),
    name ? button('Settings', 'gear', openSettings) : make('button.primary.enter', { type: 'button', id: 'open-login', onclick: openLogin }, 'Log in'))
}

function showHere() {
  const here = peopleHere()
  $('here-count').textContent = here.length || ''
  refill($('here'), here.slice(0, 100).map(personRow))
}

function personRow({ name, status }) {
  const note = isMe(name) ? 'you' : status === 'online' ? '' : status
  return make('li', make('a', { href: isMe(name) ? '#/inbox' : personAddress(name) }, avatar(name, { status }), make('span.name', name), make('span.st', note)))
}

// The views that are lists: hashtags, people and conversations.
function showList() {
  const list = $('list')
  list.hidden = $('follow').hidden = !view.isList
  $('follow').hidden = view.path !== '/tags'
  if (view.path === '/tags') refill(list, tagsInUse.slice(0, 200).map(tagRow))
  else if (view.path === '/people') refill(list, [...people.values()].sort((a, b) => (a.status === 'offline') - (b.status === 'offline')).slice(0, maxItems)
    .map(person => listRow(personAddress(person.name), avatar(person.name, { status: person.status }), person.name, `${presence(person)}${person.account ? '' : ' · guest'}`)))
  else if (view.path === '/inbox') refill(list, [...conversations.values()].filter(({ items }) => items.size).map(conversationRow))
  else list.replaceChildren()
  if (view.isList && !list.firstChild) list.append(make('li.note-line', view.path === '/inbox' && !session.who?.isAccount ? 'Sign up, and private messages wait here until you have read them.' : 'There is nothing here yet.'))
}

const listRow = (address, mark, name, note, count) => make('li', make('a', { href: address }, mark,
  make('span.lines', make('bdi.name', name), make('span.st', { dir: 'auto' }, note)), count > 0 && make('span.n.hot', { 'aria-label': count + ' unread' }, count)))

const tagRow = ({ tag, count, time }) => listRow(tagAddress(tag), make('span.av.script.dot.' + tint(tag)), tag,
  `${plural(count, 'message')} · newest ${momentName(time)}${isFollowed(tag) ? ' · followed' : ''}`)

function conversationRow(conversation) {
  const last = messagesOf(conversation).at(-1)
  return listRow(personAddress(conversation.name), avatar(conversation.name), conversation.name, `${last.isMine ? 'you: ' : ''}${clean(last.text)}`, unreadOf(conversation).length)
}

// MARK: The connection

function showPhase() {
  const { phase, link } = session
  const seconds = Math.max(0, Math.ceil((session.retryAt - Date.now()) / 1000))
  const word = { connecting: 'connecting', live: link?.isPublicOnly ? 'live, public' : 'live', wait: `again in ${seconds} s`, off: 'offline' }[phase]
  for (const status of document.querySelectorAll('.link')) {
    status.dataset.state = phase === 'connecting' ? 'wait' : phase
    if (status.lastChild.textContent !== word) status.lastChild.textContent = word
  }
  const banner = $('banner')
  const text = bannerText()
  banner.hidden = !text
  banner.classList.toggle('bad', phase === 'off')
  if (banner.firstChild.textContent !== text) banner.firstChild.textContent = text
  banner.lastChild.hidden = phase === 'connecting'
}

function bannerText() {
  const { phase, link, asOf } = session
  const since = asOf ? ` The messages below are as of ${timeOfDay(asOf)}.` : ''
  if (phase === 'off') return 'This device is offline.' + since
  if (phase !== 'live' && session.failures) return 'The server does not answer. What you write is kept and sent when it is back.'
  if (link?.isPublicOnly) return 'Something in between stops WebSockets: accounts and private messages are not available here.'
  return ''
}

// MARK: The shell

// The server's address as a shell command needs it, without the part of the page's own file.
const server = () => (location.protocol === 'https:' ? 'https://' : '') + location.host + new URL('.', document.baseURI).pathname.replace(/\/$/, '')
const quoted = text => /^[\w #.,:+@-]*$/.test(text) ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`

function showShell() {
  refill($('shell'), shellCommands().map(([what, command]) => make('div.cmd',
    make('p', what, button('Copy: ' + command, 'copy', () => copy(command), { class: 'ghost small' })),
    make('pre', { tabindex: 0 }, make('span.d', { 'aria-hidden': 'true' }, '$ '), command))))
}

function shellCommands() {
  const { tag, person, search, path } = view
  const at = server()
  const [host, port] = [location.hostname, location.port || (location.protocol === 'https:' ? '443' : '80')]
  const user = session.who?.name ?? 'NAME'
  const encoded = tag && encodeURIComponent(tag)
  if (person || path === '/inbox') return [
    ['Write a private message', `ttweetcl -u ${host} ${port} "…" --to ${person ?? 'NAME'} --user ${user}`], ['What waits for you', `ttweetcl -d ${host} ${port} --inbox --user ${user}`]]
  if (path === '/people') return [['Who is here', `curl ${at}/who`]]
  if (path === '/tags') return [['Hashtags in use', `curl ${at}/tags`]]
  if (search) return [['Search', `curl "${at}/tweets?q=${encodeURIComponent(search)}"`]]
  if (tag) return [['Say something', `curl -d ${quoted(`all well #${tag}`)} ${at}/`], ['The newest one', `curl ${at}/tag/${encoded}`], ['Follow it', `curl -N ${at}/tag/${encoded}/follow`], ['Did it run since yesterday?', `curl -f "${at}/tag/${encoded}?max_age=25h"`]]
  return [['Say something', `curl -d "backup done #ops" ${at}/`], ['The last message', `curl ${at}/`], ['Follow it', `curl -N ${at}/follow`]]
}
