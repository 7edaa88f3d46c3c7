// Feeds: the messages of one view, in order. A feed is a window of bounded size on all that the server has; it grows
// at the end with what is pushed, and at the beginning with what is fetched.

// At most a thousand rows are in the document: those of a feed, those being sent, and marks between them.
const maxRows = 1000
const maxPending = 32
const maxItems = maxRows - maxPending - 4
const pageSize = 200
const keptFeeds = 8
// More than so many notes in a row, about who came and went, would push the messages out of the window.
const maxNotes = 20

class Feed {
  items = []
  hasOldest = false
  hasNewest = true
  isLoaded = false
  // Sequences that one step backwards covers: they have gaps, wide ones between the tweets of a rare hashtag.
  stride = pageSize

  constructor(key, tag) {
    this.key = key
    this.tag = tag
  }

  get firstSeq() { return this.items.find(item => item.seq)?.seq }
  get lastSeq() { return this.items.findLast(item => item.seq)?.seq }

  contains(tweet) {
    if (this.key === '/') return true
    return this.tag != null && tweet.tags.some(tag => tagKey(tag) === tagKey(this.tag))
  }

  // Adds an item at the end. Returns whether it is in the window now.
  append(item, mayDropOldest) {
    if (!this.isLoaded || !this.hasNewest || item.seq <= this.lastSeq && item.kind === 'tweet') return false
    if (item.kind === 'note' && this.items.length >= maxNotes && this.items.slice(-maxNotes).every(one => one.kind === 'note')) return false
    if (this.items.length >= maxItems) {
      if (!mayDropOldest) {
        this.hasNewest = false
        return false
      }
      this.items.shift()
      this.hasOldest = false
    }
    this.items.push(item)
    return true
  }

  // Fetches the latest items; what is pushed meanwhile comes behind them.
  async load(newest) {
    this.items = []
    this.stride = pageSize
    this.hasOldest = false
    this.hasNewest = this.isLoaded = true
    try {
      const latest = await this.#latest(newest)
      const last = latest.at(-1)?.seq ?? 0
      this.items = [...latest.map(tweetItem), ...this.items.filter(item => !(item.seq <= last))]
    } catch (refusal) {
      this.isLoaded = false
      throw refusal
    }
  }

  async #latest(newest) {
    if (!this.tag) return this.#before(newest + 1)
    const { parts } = await ask('d', { tag: this.tag, count: pageSize })
    this.hasOldest = parts.length < pageSize
    return parts
  }

  // Fetches what comes before the window, and drops as much at its end.
  async loadOlder() {
    if (this.hasOldest || !this.items.length) return
    // Notes, and messages of guests, have no sequence.
    const older = await this.#before(this.firstSeq ?? session.newest + 1)
    this.items.unshift(...older.map(tweetItem))
    if (this.items.length > maxItems) {
      this.items.length = maxItems
      this.hasNewest = false
    }
  }

  // Fetches what comes after the window, and drops as much at its beginning.
  async loadNewer() {
    if (this.hasNewest) return
    const { parts } = await ask('d', { since: this.lastSeq, count: pageSize, tag: this.tag })
    this.items.push(...parts.map(tweetItem))
    if (parts.length < pageSize) this.hasNewest = true
    const extra = this.items.length - maxItems
    if (extra > 0) {
      this.items.splice(0, extra)
      this.hasOldest = false
    }
  }

  // The server lists what comes after a sequence; so a step backwards asks for a range of sequences, and takes a
  // wider one where it was empty, a narrower one where it had more than one answer holds.
  async #before(end) {
    for (;;) {
      const since = Math.max(0, end - 1 - this.stride)
      const { parts } = await ask('d', { since, count: pageSize, tag: this.tag })
      const isCut = parts.length === pageSize && parts.at(-1).seq < end - 1 && this.stride > pageSize
      if (isCut) {
        this.stride = Math.max(pageSize, this.stride >> 1)
        continue
      }
      const found = parts.filter(tweet => tweet.seq < end)
      if (found.length < pageSize / 4) this.stride = Math.min(this.stride * 2, 2 ** 40)
      this.hasOldest = since === 0
      if (found.length || this.hasOldest) return found
      end = since + 1
    }
  }
}

const tweetItem = tweet => ({ kind: 'tweet', ...tweet })
const noteItem = (text, time = new Date()) => ({ kind: 'note', text, time })

const feeds = new Map()

// The feed of a view; those that were not looked at for long are forgotten.
function feedFor(key, tag) {
  const feed = feeds.get(key) ?? new Feed(key, tag)
  feeds.delete(key)
  feeds.set(key, feed)
  if (feeds.size > keptFeeds) feeds.delete(feeds.keys().next().value)
  return feed
}
