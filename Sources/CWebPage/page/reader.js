// The reader: shows one feed, at most a thousand rows of it. A new row comes at once, but new rows come once a frame at
// most, and the page scrolls only if the reader is at the end.

const nearEdge = 400

const reader = new class Reader {
  feed = new Feed('')
  // Why a view without items is empty: `{ icon, title, text, command }`.
  empty = null
  find = ''
  // Items after this sequence are new; the mark stands before the first of them.
  mark = null
  queue = []
  awaitsFrame = false
  unseen = 0
  isAtEnd = true

  show(feed, { empty, find = '', mark } = {}) {
    Object.assign(this, { feed, empty, find, mark, unseen: 0, isAtEnd: true, queue: [] })
    this.render()
    const line = $('feed').querySelector('.mark-new')
    if (line) $('scroll').scrollTop = line.offsetTop - 60
    else this.scrollToEnd()
  }

  // Shows all rows as they are now; what the reader looks at stays where it is.
  render() {
    const anchor = this.isAtEnd ? null : this.#anchor()
    const feedElement = $('feed')
    // Old messages are not read aloud.
    feedElement.setAttribute('aria-live', 'off')
    this.queue = []
    this.previous = null
    const days = make('div')
    for (const item of this.feed.items) this.#add(item, days)
    fill(feedElement, [...days.children])
    this.showPending()
    this.showEmpty()
    if (anchor) this.#keep(anchor)
    else this.scrollToEnd()
    this.#awaitFrame()
  }

  // Adds an item: at once if no other has come since the last frame, else at the next one.
  append(item) {
    this.queue.push(item)
    if (this.queue.length > maxItems) this.queue.shift()
    if (!this.awaitsFrame) this.#flushNow()
  }

  #flushNow() {
    if (!this.queue.length) return
    this.#awaitFrame()
    this.#flush()
  }

  #awaitFrame() {
    if (this.awaitsFrame) return
    this.awaitsFrame = true
    requestAnimationFrame(() => {
      this.awaitsFrame = false
      $('feed').setAttribute('aria-live', 'polite')
      this.#flushNow()
    })
  }

  scrollToEnd() {
    const scroll = $('scroll')
    scroll.scrollTop = scroll.scrollHeight
    this.isAtEnd = true
    this.seen()
  }

  seen() {
    this.unseen = 0
    $('newer').hidden = true
  }

  noteUnseen() {
    if (!this.unseen) return this.seen()
    $('newer').hidden = false
    $('newer').lastChild.textContent = plural(this.unseen, 'new message')
  }

  showPending() {
    const list = $('pending')
    const items = pendingItems()
    fill(list, items.map((item, index) => rowFor(item, items[index - 1] ?? this.previous, this)))
    list.hidden = !items.length
  }

  showEmpty() {
    const box = $('empty')
    const isEmpty = !$('feed').firstChild && !pendingItems().length && this.empty
    box.hidden = !isEmpty
    if (!isEmpty) return
    const { icon: id, title, text, command } = this.empty
    box.replaceChildren(make('div.big', icon(id)), make('p.head', title), make('p', text),
      command && commandElement(command))
  }

  #flush() {
    const items = this.queue.splice(0)
    const wasAtEnd = this.isAtEnd
    for (const item of items) this.#add(item, $('feed'), true)
    this.#trim()
    this.showPending()
    this.showEmpty()
    if (wasAtEnd) this.scrollToEnd()
    this.noteUnseen()
  }

  #add(item, days, isFresh) {
    const rows = this.#listOf(item, days)
    if (this.mark && item.seq > this.mark.seq && !days.querySelector('.mark-new')) rows.append(markRow(this.mark.text))
    const row = rowFor(item, this.previous, this)
    if (isFresh) row.classList.add('fresh')
    rows.append(row)
    this.previous = item
  }

  // The list of the item's day.
  #listOf(item, days) {
    const day = dayName(item.time)
    const last = days.lastElementChild
    if (last?.getAttribute('aria-label') === day) return last.lastElementChild
    const list = make('ol')
    days.append(make('section', { 'aria-label': day, 'data-key': day },
      make('div.day', { 'aria-hidden': 'true' }, make('span', day)), list))
    this.previous = null
    return list
  }

  // Removes the rows at the beginning that the feed has dropped.
  #trim() {
    const first = this.feed.items[0] && rowKey(this.feed.items[0])
    for (let row; (row = $('feed').querySelector('li')) && row.dataset.key !== first;) {
      const list = row.parentElement
      row.remove()
      if (!list.firstChild) list.parentElement.remove()
    }
  }

  // The first row in sight, and where it is.
  #anchor() {
    const top = $('scroll').getBoundingClientRect().top
    for (const row of $('feed').querySelectorAll('li')) {
      const box = row.getBoundingClientRect()
      if (row.dataset.key !== 'mark' && box.bottom > top) return { key: row.dataset.key, offset: box.top }
    }
  }

  #keep({ key, offset }) {
    const row = [...$('feed').querySelectorAll('li')].find(row => row.dataset.key === key)
    if (row) $('scroll').scrollTop += row.getBoundingClientRect().top - offset
  }

  async scrolled() {
    const scroll = $('scroll')
    const below = scroll.scrollHeight - scroll.clientHeight - scroll.scrollTop
    this.isAtEnd = below < 4 && this.feed.hasNewest
    if (this.isAtEnd) this.seen()
    if (this.isFetching || !session.link) return
    const edge = scroll.scrollTop < nearEdge && !this.feed.hasOldest ? 'loadOlder'
      : below < nearEdge && !this.feed.hasNewest ? 'loadNewer' : null
    if (!edge || !this.feed.isLoaded) return
    this.isFetching = true
    const feed = this.feed
    await feed[edge]().catch(() => {})
    if (feed === this.feed) this.render()
    this.isFetching = false
  }

  // Shows the end, also where the window is far from it.
  async toEnd() {
    if (!this.feed.hasNewest && session.link) await this.feed.load(session.newest).catch(() => {})
    this.isAtEnd = true
    this.render()
  }
}
