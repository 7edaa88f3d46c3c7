// Links to the server. A link sends requests and reports what the server pushes. `SocketLink` speaks the protocol over
// a WebSocket; `StreamLink` does the public part of it by plain HTTP, where something in between stops WebSockets.
// Both have `request(operation, body)`, a promise of `{ body, parts }` or a Refusal, and `close()`; their handlers are
// `pushed(operation, body)` and `closed(link)`.

const openingTime = 6000
const longestAnswer = 12000
const silenceBeforePing = 30000
const silenceAfterPing = 10000
const hiddenPause = 15000

class Refusal extends Error {
  constructor({ code, message, retry_after }) {
    super(message)
    this.code = code
    // At least so many milliseconds, and up to a quarter more, so that not all clients come back at once.
    this.pause = retry_after ? retry_after * 1000 * (1 + Math.random() / 4) : 0
  }
}

const lost = () => new Refusal({ code: 'lost', message: 'the connection was lost' })

class SocketLink {
  isPublicOnly = false
  #waiting = []
  #parts = []

  constructor(handlers) {
    this.handlers = handlers
    const address = new URL('live', document.baseURI)
    address.protocol = address.protocol.replace('http', 'ws')
    this.socket = new WebSocket(address, 'ttweet.1')
    this.opened = new Promise((resolve, reject) => {
      this.socket.onopen = () => { this.#listen(); resolve(this) }
      this.socket.onclose = () => { reject(lost()); this.#end() }
      setTimeout(() => { if (this.socket.readyState === WebSocket.CONNECTING) this.socket.close() }, openingTime)
    })
    this.socket.onmessage = event => this.#received(event.data)
  }

  request(operation, body = '') {
    if (this.socket.readyState !== WebSocket.OPEN) return Promise.reject(lost())
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.socket.send(JSON.stringify([operation, body]))
    })
  }

  close() {
    this.socket.close()
    this.#end()
  }

  #received(text) {
    this.#listen()
    const [operation, body] = JSON.parse(text)
    if (operation === 'part') return this.#parts.push(body)
    if (operation !== 'ok' && operation !== 'error') return this.handlers.pushed(operation, body)
    const request = this.#waiting.shift()
    const parts = this.#parts
    this.#parts = []
    if (operation === 'ok') request?.resolve({ body, parts })
    else if (request) request.reject(new Refusal(body))
    else this.close()
  }

  // A proxy may keep a connection open behind which there is no server any more: silence is answered with a ping.
  #listen() {
    clearTimeout(this.silence)
    this.silence = setTimeout(() => {
      this.request('ping').catch(() => {})
      this.silence = setTimeout(() => this.close(), silenceAfterPing)
    }, silenceBeforePing)
  }

  #end() {
    clearTimeout(this.silence)
    if (this.hasEnded) return
    this.hasEnded = true
    for (const request of this.#waiting.splice(0)) request.reject(lost())
    this.handlers.closed(this)
  }
}

class StreamLink {
  isPublicOnly = true

  constructor(handlers) {
    this.handlers = handlers
    this.opened = this.#fetch('healthz').then(() => this)
  }

  async request(operation, body = '') {
    switch (operation) {
      case 'u': return { body: await this.#post(body), parts: [] }
      case 'd': return this.#list('tweets', body)
      case 'search': return this.#list('tweets', { q: body.text, count: body.count })
      case 'tags': return this.#list('tags', {})
      case 'who': return this.#list('who', {})
      case 'follow': return { body: { seq: await this.#follow(body.since) }, parts: [] }
    }
    throw new Refusal({ code: 'not_permitted', message: 'that needs a WebSocket, which something in between stops' })
  }

  close() {
    this.#rest()
    if (this.hasEnded) return
    this.hasEnded = true
    this.handlers.closed(this)
  }

  async #follow(since) {
    // An event source hides the reason of a refusal, such as a sequence of another store.
    if (since != null) await this.#list('tweets', { since, count: 1 })
    this.since = since ?? await this.#newest()
    this.visibilityChanged()
    return this.since
  }

  // A browser has six connections to a server for all its tabs: a hidden page holds none, and looks now and then.
  visibilityChanged() {
    if (this.since == null || this.hasEnded) return
    this.#rest()
    if (document.hidden) this.looking = setInterval(() => this.#look().catch(() => this.close()), hiddenPause)
    else this.#listen()
  }

  #rest() {
    this.events?.close()
    clearInterval(this.looking)
  }

  #listen() {
    this.events = new EventSource('follow?since=' + this.since)
    this.events.onmessage = event => this.#came(JSON.parse(event.data))
    this.events.addEventListener('lagged', event => this.handlers.pushed('lagged', JSON.parse(event.data)))
    // An event source comes back by itself, but not with the rest of the page.
    this.events.onerror = () => this.close()
  }

  async #look() {
    const { parts } = await this.#list('tweets', { since: this.since, count: pageSize })
    for (const tweet of parts) this.#came(tweet)
  }

  #came(tweet) {
    this.since = Math.max(this.since, tweet.seq)
    this.handlers.pushed('tweet', tweet)
  }

  async #newest() {
    const { parts: tweets } = await this.#list('tweets', { count: 1 })
    const { parts: tags } = await this.#list('tags', { count: 1 })
    return Math.max(0, ...tweets.concat(tags).map(({ seq }) => seq))
  }

  async #list(path, query) {
    const given = Object.entries(query).filter(([, value]) => value != null)
    const address = given.length ? `${path}?${new URLSearchParams(given)}` : path
    const parts = await (await this.#fetch(address, { headers: { Accept: 'application/json' } })).json()
    return { body: { count: parts.length }, parts }
  }

  async #post({ text, id }) {
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json' }
    return (await this.#fetch('./', { method: 'POST', headers, body: JSON.stringify({ text, id }) })).json()
  }

  async #fetch(path, options) {
    // Something in between may accept a connection and never answer.
    const response = await fetch(path, { ...options, signal: AbortSignal.timeout(longestAnswer) }).catch(() => { throw lost() })
    if (response.ok) return response
    throw new Refusal(await response.json().catch(() => ({ code: 'unavailable', message: 'the server does not answer' })))
  }
}

// Opens the better link that comes up.
async function openLink(handlers) {
  try {
    return await new SocketLink(handlers()).opened
  } catch {
    return new StreamLink(handlers()).opened
  }
}

// Asks the server on the session's link.
const ask = (operation, body) => session.link ? session.link.request(operation, body) : Promise.reject(lost())
