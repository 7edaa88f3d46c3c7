// People: who is here, and the private messages that the reader has exchanged with each.

const listedMessages = 1000
const sentRefresh = 20000
const maxConversations = 500
// Names that are looked up one by one; where more have come and gone, the list is fetched.
const maxLookUps = 3

const people = new Map()
const conversations = new Map()
let blocked = new Set()

const isMe = name => nameKey(name) === nameKey(session.who?.name ?? '')

async function refreshPeople() {
  const { parts } = await ask('who')
  people.clear()
  for (const person of parts) people.set(nameKey(person.name), person)
  refreshView()
}

const peopleHere = () => [...people.values()].filter(({ status }) => status !== 'offline').sort((a, b) => isMe(b.name) - isMe(a.name))

function personCame(name, time, isHere) {
  const known = people.get(nameKey(name))
  if (isHere) people.set(nameKey(name), { ...known, name, status: 'online', since: time })
  else if (known?.account) people.set(nameKey(name), { ...known, status: 'offline', since: time })
  else people.delete(nameKey(name))
  appendTo(feedFor('/'), noteItem(`${name} has ${isHere ? 'joined' : 'left'}`, time))
  refreshView()
  lookUp(name)
}

// A notice does not say whether it is an account, or away. Somebody who comes and goes all the time must not make every
// page ask each time, nor all pages at once.
const unknownPeople = new Set()
let lookUpPause = 1000

function lookUp(name) {
  if (!unknownPeople.size) setTimeout(lookUpAll, lookUpPause * (1 + Math.random()))
  unknownPeople.add(name)
}

function lookUpAll() {
  const names = [...unknownPeople]
  unknownPeople.clear()
  lookUpPause = names.length > maxLookUps ? 10000 : 1000
  if (names.length > maxLookUps) return refreshPeople().catch(() => {})
  for (const name of names) ask('who', name).then(({ body }) => { people.set(nameKey(name), body); refreshView() }, () => {})
}

// The messages exchanged with one name, in order; empty if there are none.
function conversationWith(name) {
  const key = nameKey(name)
  if (!conversations.has(key)) conversations.set(key, { name, items: new Map() })
  if (conversations.size > maxConversations) conversations.delete([...conversations.keys()].find(one => one !== key && one !== nameKey(view.person ?? '')))
  return conversations.get(key)
}

const openConversations = () => [...conversations.values()].filter(({ items }) => items.size)
const messagesOf = ({ items }) => [...items.values()].sort((a, b) => (a.seq ?? Infinity) - (b.seq ?? Infinity))
const unreadOf = ({ items }) => [...items.values()].filter(item => !item.isMine && item.isPending)
const unreadCount = () => [...conversations.values()].reduce((sum, one) => sum + unreadOf(one).length, 0)

function addMessage(message, other, isMine) {
  const { items } = conversationWith(other)
  const key = message.seq ?? 'guest-' + message.time + message.text
  const item = { ...items.get(key), ...message, kind: 'message', author: message.from, isMine, isPending: message.seq != null && !message.read }
  items.set(key, item)
  if (items.size > listedMessages) items.delete(items.keys().next().value)
  return item
}

function addOwnMessage(message) {
  const own = { from: session.who.name, ...message, account: session.who.isAccount }
  for (const other of message.to) addMessage(own, other, true)
  if (!view.person) appendTo(feedFor('/'), { ...own, kind: 'message', author: own.from, isMine: true, isPrivate: true })
  refreshConversation()
}

function messageCame(message) {
  const item = addMessage({ ...message, read: null }, message.from, false)
  appendTo(feedFor('/'), { ...item, isPrivate: true })
  notify(`/inbox/${message.from}`, message.from, message.text)
  refreshConversation(message.from)
}

function addSent({ parts }) {
  for (const message of parts) for (const other of message.to) addMessage(message, other, true)
}

// Fetches the account's messages: those that wait, those that were read, and those that were sent.
async function refreshMessages() {
  if (!session.who?.isAccount) return
  const [archive, pending, sent, names] = await Promise.all([
    ask('inbox', { archive: true, count: listedMessages }), ask('inbox'),
    ask('sent', { count: listedMessages }), ask('blocked')])
  for (const message of [...archive.parts, ...pending.parts]) addMessage(message, message.from, false)
  addSent(sent)
  blocked = new Set(names.parts.map(({ name }) => nameKey(name)))
  refreshConversation()
}

// Nobody pushes that a message was read: the open conversation asks.
async function refreshReadMarks() {
  if (!view.person || document.hidden || !session.isReady || !session.who?.isAccount) return
  if (!messagesOf(conversationWith(view.person)).some(item => item.isMine && item.isPending)) return
  addSent(await ask('sent', { count: listedMessages }))
  refreshConversation()
}

// Marks what the reader has in front as read.
function markRead() {
  if (!view.person || document.hidden || !session.isReady) return
  const items = unreadOf(conversationWith(view.person))
  const seqs = items.map(({ seq }) => seq).slice(0, 400)
  if (!seqs.length) return
  for (const item of items) item.isPending = false
  if (session.who.isAccount) ask('read', { seqs }).catch(() => {})
  refreshView()
}

// Shows the open conversation anew soon, if it is the one with a name, or with any. All rows are made: a flood of
// messages gets a quarter of the time at most.
function refreshConversation(name = view.person) {
  refreshView()
  if (!view.person || nameKey(name) !== nameKey(view.person) || refreshConversation.isDue) return
  refreshConversation.isDue = true
  setTimeout(() => {
    const start = performance.now()
    refreshConversation.isDue = false
    drawConversation()
    refreshConversation.pause = 3 * (performance.now() - start)
  }, refreshConversation.pause ?? 0)
}

// Shows the open conversation with what has become of the reader's own messages.
function drawConversation() {
  if (!view.person) return
  const feed = feedFor(view.path)
  const items = messagesOf(conversationWith(view.person))
  const lastRead = items.findLast(item => item.isMine && item.read)
  const isNew = items.length > feed.items.length
  feed.items = items.slice(-maxItems)
  for (const item of feed.items) item.note = null
  if (lastRead) lastRead.note = 'read ' + momentName(lastRead.read)
  reader.render()
  if (isNew) markRead()
}

async function setBlocked(name, isBlocked) {
  await ask(isBlocked ? 'block' : 'unblock', name)
  blocked[isBlocked ? 'add' : 'delete'](nameKey(name))
  announce(isBlocked ? `${name} can send you no private messages any more.` : `${name} can send you private messages.`)
  refreshView()
}
