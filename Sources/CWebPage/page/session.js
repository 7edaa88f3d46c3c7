// The session: the connection, the reader's name on it, and what is done each time it is there again.

const signInRetries = 10
// A link that breaks sooner counts as a failure, so that the pauses between attempts grow.
const steadyAfter = 10000

const session = {
  link: null,
  // 'connecting', 'live', 'wait' or 'off'.
  phase: 'connecting',
  isReady: false,
  failures: 0,
  retryAt: 0,
  // The sequence up to which everything has come; null before the first answer.
  newest: null,
  liveSince: 0,
  // The name that the server has accepted: `{ name, isAccount }`.
  who: null,
  wanted: proof.read(),
  // Kept in memory only, to log in again after a lost connection, where the server knows no tokens.
  password: null,
  isAway: false,
  isHidden: false,
}

const handlers = () => ({
  pushed,
  closed: link => { if (link === session.link) broken() },
})

async function connect() {
  if (session.phase === 'connecting' && session.isTrying) return
  session.isTrying = true
  setPhase('connecting')
  try {
    session.link = await openLink(handlers)
    await enter()
  } catch {
    session.isTrying = false
    if (session.link) session.link.close()
    else broken()
    return
  }
  session.isTrying = false
}

async function enter() {
  await Promise.all([followAll(), signIn()])
  session.isReady = true
  session.liveSince = Date.now()
  setPhase('live')
  if (!reader.feed.isLoaded) showView()
  refreshTags().catch(() => {})
  refreshPeople().catch(() => {})
  refreshMessages().catch(() => {})
  outbox.sendNext()
}

function broken() {
  session.link = null
  session.isReady = false
  session.retryAt = Date.now() + Math.min(firstPause * 2 ** session.failures++, longestPause) * (1 + Math.random() / 4)
  setPhase(navigator.onLine ? 'wait' : 'off')
  reader.showPending()
}

function setPhase(phase) {
  if (phase !== 'live' && session.phase === 'live') session.asOf = Date.now()
  session.phase = phase
  showPhase()
}

// Once a second: countdowns, and the next attempt to connect.
function tick() {
  if (session.phase === 'live' && Date.now() - session.liveSince > steadyAfter) session.failures = 0
  const waits = session.phase === 'wait' || session.phase === 'off'
  if (waits && Date.now() >= session.retryAt) connect()
  else if (waits) showPhase()
  if (outbox.messages.some(({ reason, state }) => reason && state === 'sending')) reader.showPending()
}

async function followAll() {
  const known = session.newest
  let isOther = false
  const { body } = await ask('follow', known == null ? {} : { since: known }).catch(refusal => {
    if (refusal.code !== 'no_such_sequence') throw refusal
    isOther = true
    return ask('follow', {})
  })
  if (!isOther && body.seq >= known) return session.newest = Math.max(session.newest, body.seq)
  // It is another store, or an older state of this one.
  session.newest = body.seq
  feeds.clear()
  showView()
}

function pushed(operation, body) {
  switch (operation) {
    case 'tweet': return tweetCame(body)
    case 'message': return messageCame(body)
    case 'joined': return personCame(body.name, body.time, true)
    case 'left': return personCame(body.name, body.time, false)
    case 'lagged':
      session.newest = body.seq
      followAll().catch(() => session.link?.close())
      refreshPeople().catch(() => {})
  }
}

function tweetCame(tweet) {
  if (tweet.seq <= session.newest) return
  session.newest = tweet.seq
  outbox.reached(tweet.seq)
  for (const feed of feeds.values()) if (feed.contains(tweet)) appendTo(feed, tweetItem(tweet))
  noteTags(tweet)
  const isMine = tweet.author && isMe(tweet.author)
  if (!isMine) notifyOfTweet(tweet)
}

// Adds an item to a feed, and to the page if it shows that feed.
function appendTo(feed, item) {
  const isShown = feed === reader.feed
  const isAdded = feed.append(item, !isShown || reader.isAtEnd)
  if (!isShown) return
  const isFromOthers = item.kind !== 'note' && !item.isMine && !(item.author && isMe(item.author))
  if (!reader.isAtEnd && isFromOthers) reader.unseen++
  if (isAdded) reader.append(item)
  else reader.noteUnseen()
}

// MARK: The name

async function signIn() {
  const { wanted, link } = session
  session.who = null
  if (!wanted || link.isPublicOnly) return
  for (let tries = 0; tries < signInRetries; tries++) {
    try {
      return await accepted(await ask(...signInRequest(wanted)))
    } catch (refusal) {
      if (refusal.code === 'lost' || refusal.code === 'stopping') throw refusal
      if (refusal.code !== 'busy' && refusal.code !== 'unavailable') return forgetName(refusal.message)
      await new Promise(resolve => setTimeout(resolve, Math.max(refusal.pause, 2 * firstPause)))
      // Another link may have come meanwhile, which signs in by itself.
      if (session.link !== link) throw lost()
    }
  }
  announce(`The server is busy: it does not know you as ${wanted.name} yet. The next connection tries again.`)
}

function signInRequest({ name, resume, token }) {
  if (resume) return ['name', { name, resume }]
  return ['login', session.password ? { name, password: session.password } : { token }]
}

// The server has accepted the name; the rest makes the reader known to others.
async function accepted({ body }) {
  const isAccount = !session.wanted.resume
  session.who = { name: body.name, isAccount }
  if (session.isAway) ask('away').catch(() => {})
  if (session.isHidden && !isAccount) ask('hide').catch(() => {})
  await ask('join').catch(refusal => { if (refusal.code === 'lost') throw refusal })
  if (isAccount) await ask('who', body.name).then(() => { session.isHidden = false }, () => { session.isHidden = true })
}

function forgetName(reason) {
  announce(`You are no longer ${session.wanted.name}: ${reason}.`)
  forget()
}

function forget() {
  session.wanted = session.password = session.who = null
  proof.write(null)
  conversations.clear()
}

// Takes a name at the reader's wish. A refusal leaves everything as it was.
async function takeName(how, name, password, stays) {
  const resume = how === 'guest' ? randomWord() : undefined
  const request = resume ? ['name', { name, resume }] : [how, { name, password }]
  if (!session.isReady) throw lost()
  const answer = await ask(...request)
  session.wanted = { name: answer.body.name, resume }
  session.password = password ?? null
  conversations.clear()
  await accepted(answer)
  if (!resume) await makeSessionToken(stays).catch(() => {})
  if (resume || session.wanted.token) proof.write(session.wanted, stays && !resume)
  await Promise.all([refreshPeople(), refreshMessages()])
  showView()
}

// Asks for a token that stands for the password after a reload; a server may not know them.
async function makeSessionToken(stays) {
  const { body } = await ask('token', { may: 'everything', label: 'page', expires: stays ? 7776000 : 86400 })
  Object.assign(session.wanted, { token: body.token, tokenId: body.id })
  session.password = null
}

function logOut() {
  if (session.wanted?.tokenId) ask('remove_token', { id: session.wanted.tokenId }).catch(() => {})
  forget()
  feeds.delete('/')
  session.link?.close()
  session.failures = 0
  connect()
  go('#/')
}

async function setAway(isAway) {
  if (isAway === session.isAway) return
  session.isAway = isAway
  if (session.who && session.isReady) await ask(isAway ? 'away' : 'back').catch(() => {})
  refreshView()
}

async function setHidden(isHidden) {
  await ask(isHidden ? 'hide' : 'show')
  session.isHidden = isHidden
  refreshPeople().catch(() => {})
}
