// The outbox: what the reader has written and the server has not stored yet, in order. Only the first message is in
// flight; it is sent again with the same id after a lost connection, so that it is stored once. It outlives a reload.

const firstPause = 1000
const longestPause = 30000
const retried = ['busy', 'unavailable', 'unknown', 'stopping']

const outbox = {
  messages: keptInTab('outbox', []),
  inFlight: null,
  failures: 0,
  sendAt: 0,

  get hasRoom() { return this.messages.length < maxPending },

  // Keeps a message for everybody, or for some people.
  add(text, to) {
    this.messages.push({ id: 'web-' + randomWord(), text, to, author: session.who?.name ?? null, time: Date.now(), state: 'sending' })
    this.save()
    this.sendNext()
  },

  save() {
    keepInTab('outbox', this.messages.filter(message => message.state !== 'stored'))
    reader.showPending()
    reader.showEmpty()
  },

  async sendNext() {
    const message = this.messages.find(({ state }) => state === 'sending')
    if (!message || this.inFlight || !session.isReady || Date.now() < this.sendAt) return
    if (message.author !== (session.who?.name ?? null)) return this.fail(message, `it was written as ${message.author ?? 'anonymous'}`)
    this.inFlight = message
    let isLost = false
    try {
      this.stored(message, await ask(...requestFor(message)))
    } catch (refusal) {
      isLost = refusal.code === 'lost'
      if (!isLost) this.refused(message, refusal)
    }
    this.inFlight = null
    this.save()
    // After a lost connection the next one goes on, once it is ready.
    if (!isLost) this.sendNext()
  },

  stored(message, { body }) {
    this.failures = 0
    if (message.to) {
      this.remove(message)
      return addOwnMessage({ ...body, to: message.to, text: message.text })
    }
    // The row stays until the feed brings the tweet, so that it does not vanish in between.
    message.state = 'stored'
    message.seq = body.seq
    if (body.seq <= session.newest) this.remove(message)
  },

  refused(message, refusal) {
    if (!retried.includes(refusal.code)) return this.fail(message, refusal.message)
    const pause = Math.max(refusal.pause, Math.min(firstPause * 2 ** this.failures++, longestPause))
    this.sendAt = Date.now() + pause
    message.reason = refusal.message
    setTimeout(() => { this.sendAt = 0; message.reason = null; this.sendNext() }, pause)
  },

  fail(message, reason) {
    Object.assign(message, { state: 'failed', reason })
    this.save()
    this.sendNext()
  },

  remove(message) {
    this.messages = this.messages.filter(other => other !== message)
  },

  // The feed has reached a sequence: the stored messages up to it are shown by it.
  reached(seq) {
    this.messages = this.messages.filter(({ state, seq: own }) => state !== 'stored' || own > seq)
  },
}

function requestFor({ to, text, id, author }) {
  if (to) return ['message', { to, text, id }]
  return ['u', author ? { text, id, author } : { text, id }]
}

// The messages of the outbox that belong to the view in front.
const pendingItems = () => outbox.messages.filter(isInView).map(message => ({
  ...message, kind: 'pending', key: message.id, isMine: true, isPrivate: !!message.to && !view.person, account: session.who?.isAccount, note: pendingNote(message),
}))

function isInView({ to, text }) {
  if (view.person) return !!to?.some(name => nameKey(name) === nameKey(view.person))
  if (view.tag) return !to && text.toLowerCase().includes(view.tag.toLowerCase())
  return view.path === '/'
}

function pendingNote({ state, reason }) {
  if (state === 'failed') return `Not sent: ${reason}.`
  if (state === 'stored') return
  const seconds = Math.ceil((outbox.sendAt - Date.now()) / 1000)
  if (reason && seconds > 0) return `${reason}: again in ${seconds} s`
  return session.isReady ? 'sending…' : 'waits for the connection'
}

function sendAgain(item) {
  const message = outbox.messages.find(({ id }) => id === item.id)
  if (!message) return
  Object.assign(message, { state: 'sending', reason: null, author: session.who?.name ?? null })
  outbox.save()
  outbox.sendNext()
}

// Takes an unsent message back into the field.
function takeBack(item) {
  outbox.messages = outbox.messages.filter(({ id }) => id !== item.id)
  outbox.save()
  composer.put(item.text)
}
