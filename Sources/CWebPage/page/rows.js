// Rows: how one item of a feed looks.

const minutesOfGroup = 10

let keysGiven = 0

// The key of a row: it tells the rows of one list apart.
const rowKey = item => item.key ??= item.kind + (item.seq ?? 'x' + ++keysGiven)

// The row of an item; it depends on the item before it, whose author it may share.
function rowFor(item, previous, view) {
  const row = item.kind === 'note' ? make('li.note-line', item.text) : messageRow(item, previous, view)
  row.dataset.key = rowKey(item)
  return row
}

const markRow = text => make('li.mark-new', { 'data-key': 'mark' }, text)

// A message without an author is a script's: one line with its time.
function messageRow(item, previous, view) {
  const { author, isPrivate, state = '' } = item
  const startsGroup = author && !continues(item, previous)
  return make(`li.msg.${author ? '' : 'script'}.${startsGroup ? 'first' : ''}.${isPrivate ? 'private' : ''}.${state}`, { tabindex: -1 },
    startsGroup ? avatar(author) : timeElement(item, 'gut'),
    make('div', startsGroup ? byLine(item) : !author && make('span.sr', 'anonymous: '), textElement(item, view.find), stateLine(item)),
    make('div.acts', author && !item.isMine && !isMe(author) && button('Write to ' + author, 'reply', () => go(personAddress(author))),
      button('Copy', 'copy', () => copy(item.text))))
}

function continues(item, previous) {
  return previous?.author === item.author && previous.kind === item.kind && previous.isPrivate === item.isPrivate
    && new Date(item.time) - new Date(previous.time) < minutesOfGroup * 60000
}

const timeElement = (item, kind = '') =>
  make('time.' + kind, { datetime: new Date(item.time).toISOString(), title: momentName(item.time) }, timeOfDay(item.time))

const byLine = item =>
  make('div.by',
    make('b', { title: item.account ? 'an account' : 'a guest' }, item.author), timeElement(item),
    item.isPrivate && make('span.lock', icon('lock'), item.isMine ? 'to ' + item.to.join(', ') : 'to you'))

function textElement(item, find) {
  const pieces = cutText(clean(item.text), item.tags).map(piece =>
    piece.tag ? make('a.tag.' + tint(piece.tag), { href: tagAddress(piece.tag) }, piece.text)
      : piece.link ? linkElement(piece.link)
        : highlighted(piece.text, find))
  return make('div.text', { dir: 'auto' }, pieces)
}

const linkElement = link =>
  make('a.url', { href: link, rel: 'noopener noreferrer nofollow', target: '_blank', title: link, dir: 'ltr' }, shownLink(link))

// A link without its scheme, its end cut off; never within the host, which tells where it leads.
function shownLink(link) {
  const shown = [...link.replace(/^https?:\/\//, '')]
  const host = shown.findIndex(letter => '/?#'.includes(letter))
  const kept = Math.max(44, host < 0 ? shown.length : host)
  return shown.length > kept + 3 ? shown.slice(0, kept).join('') + '…' : shown.join('')
}

// Marks the words that were searched for.
function highlighted(text, find) {
  const words = find.split(/\s+/).filter(Boolean).map(word => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  if (!words.length) return [text]
  return text.split(RegExp(`(${words.join('|')})`, 'iu')).map((piece, index) => index % 2 ? make('mark', piece) : piece)
}

function stateLine(item) {
  if (!item.note) return
  return make('div.state', item.note, item.state === 'failed' && [
    make('button', { onclick: () => sendAgain(item) }, 'Send again'),
    make('button', { onclick: () => takeBack(item) }, 'Take back')])
}

const tagAddress = tag => '#/tag/' + encodeURIComponent(tag)
const personAddress = name => '#/inbox/' + encodeURIComponent(name)
const searchAddress = words => '#/search/' + encodeURIComponent(words)
const go = address => { location.hash = address }
