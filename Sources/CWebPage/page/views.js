// Views: what the address after `#` names, and everything around the messages: titles, lists, badges, shell commands.

const view = { path: '/' }
const titles = { __proto__: null, '/': 'Everything', '/inbox': 'Inbox', '/people': 'People', '/tags': 'Hashtags' }
// Whoever makes a link may put anything behind the `#`; no hashtag and no search that finds something is longer.
const longestRest = 200

// Reads the address: a path of `titles`, `/tag/TAG`, `/inbox/NAME` or `/search/WORDS`.
function readAddress() {
  let path = '/'
  try { path = decodeURIComponent(location.hash.slice(1)) } catch {}
  const [, kind, rest] = path.match(/^\/(tag|inbox|search)\/(.+)$/s) ?? []
  if (kind ? rest.length > longestRest : !titles[path]) path = '/'
  if (kind === 'inbox' && !isName(rest)) path = '/'
  const of = word => kind === word && path !== '/' ? rest : undefined
  Object.assign(view, { path, tag: of('tag'), person: of('inbox'), search: of('search'), isList: path !== '/' && path in titles })
}

// Shows the view that the address names.
async function showView() {
  readAddress()
  composer.show()
  $('scroll').classList.toggle('lists', view.isList)
  const feed = feedFor(view.path, view.tag)
  if (view.isList) reader.show(feed)
  else if (view.person) showConversation(feed)
  else if (view.search) await showSearch(feed)
  else await showFeed(feed)
  refreshView()
}

async function showFeed(feed) {
  const show = () => reader.show(feed, { mark: view.tag ? null : visitMark(), empty: feed.isLoaded && emptyText() })
  show()
  if (feed.isLoaded || !session.isReady) return
  await feed.load(session.newest).catch(() => {})
  if (feed === reader.feed) show()
}

function showConversation(feed) {
  const conversation = conversationWith(view.person)
  const unread = unreadOf(conversation)
  feed.items = messagesOf(conversation).slice(-maxItems)
  feed.hasOldest = feed.isLoaded = true
  reader.show(feed, { mark: unread.length && { seq: unread[0].seq - 1, text: `${unread.length} unread` }, empty: emptyText() })
  drawConversation()
  markRead()
  refreshReadMarks().catch(() => {})
}

async function showSearch(feed) {
  const find = $('q').value = view.search
  feed.hasOldest = feed.isLoaded = true
  reader.show(feed, { find })
  try {
    const { parts } = await ask('search', { text: find, count: pageSize })
    feed.items = parts.map(tweetItem).sort((a, b) => a.seq - b.seq)
    feed.found = plural(parts.length, 'message')
    if (feed === reader.feed) reader.show(feed, { find, empty: { icon: 'search', title: 'Nothing found', text: `No message contains “${find}”.` } })
  } catch (refusal) {
    // An older server cannot search.
    if (/unknown_operation|bad_request/.test(refusal.code)) $('search').hidden = true
    announceRefusal(refusal)
  }
}

function emptyText() {
  const { tag, person } = view
  if (person) return { icon: 'lock', title: `Nothing between you and ${person} yet`, text: 'What you write below is for the two of you only.' }
  const command = shellCommands()[0][1]
  if (tag) return { icon: 'tag', title: `Nothing with #${tag} yet`, text: 'The next message that bears the hashtag appears here by itself.', command }
  return { icon: 'feed', title: 'Nothing has been said yet', text: 'Say the first thing below, or let a script say it:', command }
}

// Messages since the last visit are new; later, those that came while the page was hidden.
function visitMark() {
  const { seq, time } = view.left ?? stored('left', {})
  return seq < session.newest && { seq, text: 'New since ' + momentName(time) }
}

function pageHidden() {
  if (!session.newest) return
  view.left = { seq: session.newest, time: Date.now() }
  store('left', view.left)
}

// MARK: Hashtags

let tagsInUse = []
let followed = stored('followed', [])
// How many messages with each followed hashtag nobody has looked at.
const freshTags = new Map()

const sameTag = tag => other => tagKey(other.tag ?? other) === tagKey(tag)
const isFollowed = tag => followed.some(sameTag(tag))

async function refreshTags() {
  tagsInUse = (await ask('tags', { count: pageSize })).parts
  refreshView()
}

function noteTags({ tags, seq, time }) {
  for (const tag of tags) {
    const key = tagKey(tag)
    if (isFollowed(tag)) freshTags.set(key, (freshTags.get(key) ?? 0) + 1)
    const known = tagsInUse.find(one => (one.key ??= tagKey(one.tag)) === key)
    tagsInUse = [{ tag, key, count: (known?.count ?? 0) + 1, seq, time }, ...tagsInUse.filter(one => one !== known)].slice(0, maxItems)
  }
  refreshView()
}

function setFollowed(tag, follows) {
  followed = followed.filter(one => !sameTag(tag)(one)).concat(follows ? tag : []).slice(-64)
  store('followed', followed)
  refreshView()
}

// MARK: What stands around the messages

// Shows everything around the messages as it is now, at the next frame; a hidden page has no frames, but a title.
function refreshView() {
  if (refreshView.isDue) return
  refreshView.isDue = true
  const soon = document.hidden ? setTimeout : requestAnimationFrame
  soon(drawView)
}

function drawView() {
  refreshView.isDue = false
  if (view.tag && !document.hidden) freshTags.delete(tagKey(view.tag))
  for (const show of [showNavigation, showTitle, showMe, showHere, showList, showShell, showPhase]) show()
}

const badge = (count, word) => count > 0 && make(word === 'new' ? 'span.n' : 'span.n.hot', { 'aria-label': `${count} ${word}` }, count)
const named = name => make('bdi.name', name)

const navLink = (address, mark, name, count, word = 'unread') => make('li', { 'data-key': address },
  make('a', { href: address, 'aria-current': decodeURIComponent(address) === '#' + view.path && 'page' }, mark, named(name), badge(count, word)))

const tab = (address, id, name, count, isHere = view.path.startsWith(address.slice(1))) =>
  make('a', { href: address, 'aria-current': isHere && 'page' }, icon(id), make('span', name), badge(count, 'unread'))

function showNavigation() {
  const unread = unreadCount()
  fill($('views'), [['#/', 'feed'], ['#/inbox', 'inbox', unread], ['#/people', 'people'], ['#/tags', 'tag']]
    .map(([address, id, count]) => navLink(address, icon(id), titles[address.slice(1)], count)))
  fill($('tags'), followed.map(tag => navLink(tagAddress(tag), dot(tag), tag, freshTags.get(tagKey(tag)), 'new')))
  const others = openConversations().slice(0, 20)
  $('direct').parentElement.hidden = !others.length
  fill($('direct'), others.map(one => navLink(personAddress(one.name), avatar(one.name, { small: true }), one.name, unreadOf(one).length)))
  fill($('tabs'), [tab('#/', 'feed', 'Everything', 0, view.path === '/'), tab('#/tags', 'tag', 'Tags', 0, view.tag || view.path === '/tags'),
    tab('#/inbox', 'inbox', 'Inbox', unread), tab('#/people', 'people', 'People')])
  document.title = (unread ? `(${unread}) ` : '') + 'ttweet'
}

function showTitle() {
  const { tag, person, search, path } = view
  fill($('title'), tag ? [make('span.hash.' + tint(tag), '#'), named(tag)]
    : person ? [avatar(person, { small: true }), person] : search ? named(`“${search}”`) : titles[path])
  setText($('subtitle'), subtitle())
  $('act').hidden = !tag && !(person && session.who?.isAccount && !isMe(person))
  setText($('act'), tag ? isFollowed(tag) ? 'Unfollow' : 'Follow' : blocked.has(nameKey(person ?? '')) ? 'Unblock' : 'Block')
  $('notify').hidden = view.isList || !!search
  $('notify').setAttribute('aria-pressed', notices.includes(path))
}

function subtitle() {
  const { tag, person, search, path } = view
  const newest = reader.feed.items.findLast(item => item.seq)
  const latest = newest ? 'newest ' + momentName(newest.time) : 'no messages yet'
  if (search) return reader.feed.found ?? 'searching…'
  if (tag) return joined(plural(tagsInUse.find(sameTag(tag))?.count ?? 0, 'message'), isFollowed(tag) && 'followed', newest && latest)
  if (person) return joined(presence(people.get(nameKey(person))), 'only you two can read this')
  if (path === '/tags') return plural(tagsInUse.length, 'hashtag') + ' in use'
  if (path === '/inbox') return `${unreadCount()} unread`
  return joined(`${peopleHere().length} here`, path === '/' && latest)
}

const presence = person => !person ? 'not in the directory'
  : joined(person.status + (person.since ? ' since ' + momentName(person.since) : ''), !person.account && 'guest')

function showMe() {
  const { who, wanted, isAway, isHidden } = session
  const name = who?.name ?? wanted?.name
  const status = isHidden ? 'hidden' : isAway ? 'away' : 'here'
  fill($('me'), avatar(name, { status: who && { hidden: 'offline', away: 'away', here: 'online' }[status] }),
    make('div.who', make('b', name ?? 'anonymous'), make('span', who ? `${status} · ${who.isAccount ? 'account' : 'guest'}` : wanted ? 'not connected' : 'not logged in')),
    button('Settings', 'gear', openSettings), !name && make('button.primary.enter', { id: 'open-login', onclick: openLogin }, 'Log in'))
}

function showHere() {
  const here = peopleHere()
  setText($('here-count'), String(here.length || ''))
  fill($('here'), here.slice(0, 100).map(({ name, status }) => make('li', { 'data-key': name }, make('a', { href: personAddress(name) }, avatar(name, { status }), named(name),
    make('span.st', isMe(name) ? 'you' : status === 'online' ? '' : status)))))
}

// The views that are lists: hashtags, people and conversations.
function showList() {
  const rows = view.isList ? { '/tags': tagRows, '/people': personRows, '/inbox': conversationRows }[view.path]() : null
  $('list').hidden = !rows
  $('follow').hidden = view.path !== '/tags'
  const nothing = view.path === '/inbox' && !session.who?.isAccount ? 'Sign up, and private messages wait here until you have read them.' : 'There is nothing here yet.'
  fill($('list'), !rows || rows.length ? rows ?? [] : [make('li.note-line', nothing)])
}

const listRow = (address, mark, name, note, unread) =>
  make('li', { 'data-key': address }, make('a', { href: address }, mark, make('span.lines', named(name), make('span.st', { dir: 'auto' }, note)), badge(unread, 'unread')))

const tagRows = () => tagsInUse.slice(0, pageSize).map(({ tag, count, time }) => listRow(tagAddress(tag), make('span.av.dot.' + tint(tag)), tag,
  joined(plural(count, 'message'), 'newest ' + momentName(time), isFollowed(tag) && 'followed')))

const personRows = () => [...people.values()].sort((a, b) => (a.status === 'offline') - (b.status === 'offline')).slice(0, maxItems)
  .map(person => listRow(personAddress(person.name), avatar(person.name, person), person.name, presence(person)))

const conversationRows = () => openConversations().slice(-maxItems).map(one => {
  const last = messagesOf(one).at(-1)
  return listRow(personAddress(one.name), avatar(one.name), one.name, (last.isMine ? 'you: ' : '') + clean(last.text), unreadOf(one).length)
})

// MARK: The connection

function showPhase() {
  const { phase, link, asOf, failures } = session
  const seconds = Math.max(0, Math.ceil((session.retryAt - Date.now()) / 1000))
  const isPublic = phase === 'live' && link?.isPublicOnly
  $('status').dataset.state = phase
  setText($('status').lastChild, { connecting: 'connecting', live: isPublic ? 'live, public' : 'live', wait: `again in ${seconds} s`, off: 'offline' }[phase])
  const text = phase === 'off' ? 'This device is offline.' + (asOf ? ` The messages below are as of ${timeOfDay(asOf)}.` : '')
    : phase !== 'live' && failures ? 'The server does not answer. What you write is kept and sent when it is back.'
      : isPublic ? 'Something in between stops WebSockets: accounts and private messages are not available here.' : ''
  $('banner').hidden = !text
  $('banner').classList.toggle('bad', phase === 'off')
  setText($('banner').firstChild, text)
  $('try').hidden = phase === 'connecting'
}

// A live region is read aloud whenever its text is set, so it is set only if it changes.
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

// MARK: The shell

function showShell() {
  fill($('shell'), shellCommands().map(([what, command]) => make('div.cmd', { 'data-key': command },
    make('p', what, button('Copy: ' + command, 'copy', () => copy(command), { class: 'ghost small' })), commandElement(command))))
}

const commandElement = command => make('pre', { tabindex: 0 }, make('span.d', { 'aria-hidden': 'true' }, '$ '), command)

// A word of an address that a shell takes as it is, within quotes and without.
const shellWord = word => encodeURIComponent(word).replace(/[!'()*]/g, sign => '%' + sign.charCodeAt(0).toString(16))

// The shell commands that show what is on the screen.
function shellCommands() {
  const { tag, person, search, path } = view
  const { protocol, host, hostname, port, pathname } = location
  const at = (protocol === 'https:' ? 'https://' : '') + host + pathname.replace(/[^/]*$/, '')
  const client = flag => `ttweetcl ${flag} ${hostname} ${port || (protocol === 'https:' ? 443 : 80)}`
  const user = '--user ' + (session.who?.name ?? 'NAME')
  if (person || path === '/inbox') return [
    ['Write a private message', `${client('-u')} "…" --to ${person ?? 'NAME'} ${user}`], ['What waits for you', `${client('-d')} --inbox ${user}`]]
  if (path === '/people') return [['Who is here', `curl ${at}who`]]
  if (path === '/tags') return [['Hashtags in use', `curl ${at}tags`]]
  if (search) return [['Search', `curl "${at}tweets?q=${shellWord(search)}"`]]
  const of = tag ? `tag/${shellWord(tag)}` : ''
  return [['Say something', `curl -d ${tag ? `'all well #${tag.replaceAll("'", '’')}'` : '"backup done #ops"'} ${at}`], [tag ? 'The newest one' : 'The last message', `curl ${at}${of}`],
    ['Follow it', `curl -N ${at}${of && of + '/'}follow`], ...tag ? [['Did it run since yesterday?', `curl -f "${at}${of}?max_age=25h"`]] : []]
}
