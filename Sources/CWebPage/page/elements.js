// Elements: everything on the page is made here, from text nodes and attributes, never from HTML.

const $ = id => document.getElementById(id)

// Makes an element: `make('li.note-line', { title: 'a note' }, …children)`; the attributes may be left out.
function make(selector, ...children) {
  const [name, ...classes] = selector.split('.')
  const element = document.createElement(name)
  if (classes.length) element.className = classes.join(' ').trim()
  const attributes = children[0]?.constructor === Object ? children.shift() : {}
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick') element.onclick = value
    else if (value != null && value !== false) element.setAttribute(key, value)
  }
  element.append(...children.flat(2).filter(child => child != null && child !== false))
  return element
}

// Gives an element the children that are wanted, and changes only what differs: the button under a pressed pointer, the
// focus and a selection stay. Children with `data-key` are told apart by it, others by their place.
function fill(parent, ...children) {
  const focused = document.activeElement
  const wanted = [...make(parent.localName, ...children).childNodes]
  const keyOf = node => node?.dataset?.key
  const keys = new Set(wanted.map(keyOf))
  const keyed = new Map()
  for (const child of [...parent.children]) {
    if (!keys.has(keyOf(child))) child.remove()
    else if (keyOf(child)) keyed.set(keyOf(child), child)
  }
  let place = parent.firstChild
  for (const fresh of wanted) {
    const old = keyOf(fresh) ? keyed.get(keyOf(fresh)) : keyOf(place) ? null : place
    const child = old?.nodeName === fresh.nodeName ? adopt(old, fresh) : fresh
    keyed.delete(keyOf(fresh))
    if (child === place) place = place.nextSibling
    else parent.insertBefore(child, place)
  }
  while (place?.nextSibling) place.nextSibling.remove()
  place?.remove()
  if (focused !== document.activeElement && focused.isConnected) focused.focus()
}

// Makes a node like a fresh one.
function adopt(node, fresh) {
  if (node.isEqualNode(fresh)) return node
  if (node.nodeType === Node.TEXT_NODE) {
    node.data = fresh.data
    return node
  }
  for (const name of node.getAttributeNames()) if (!fresh.hasAttribute(name)) node.removeAttribute(name)
  for (const { name, value } of fresh.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value)
  node.onclick = fresh.onclick
  fill(node, [...fresh.childNodes])
  return node
}

// Icons, drawn with lines in a square of 20.
const icons = {
  feed: 'M3 5h14M3 10h14M3 15h9',
  inbox: 'M2.8 4.3h14.4v11.4H2.8zM3.4 5.4l6.6 5.3 6.6-5.3',
  tag: 'M8 3 6.4 17M13.6 3 12 17M3.6 7.4h13.2M3.2 12.6h13.2',
  people: 'M4.7 7a2.9 2.9 0 1 0 5.8 0 2.9 2.9 0 1 0-5.8 0M2.2 16.4c.5-3 2.6-4.7 5.4-4.7s4.9 1.7 5.4 4.7M13 4.4a2.7 2.7 0 0 1 0 5.2M15.1 12.1c1.5.7 2.4 2.2 2.7 4.3',
  search: 'M3.5 8.7a5.2 5.2 0 1 0 10.4 0 5.2 5.2 0 1 0-10.4 0M12.6 12.6l4.2 4.2',
  bell: 'M5 13.6V9a5 5 0 0 1 10 0v4.6l1.3 1H3.7zM8.4 16.8c.4.6.9.9 1.6.9s1.2-.3 1.6-.9',
  send: 'M10 16.5v-13M4.6 8.8 10 3.4l5.4 5.4',
  lock: 'M4.4 9h11.2v7.8H4.4zM6.8 9V6.7a3.2 3.2 0 0 1 6.4 0V9',
  copy: 'M7 7h9.5v9.5H7zM13 4.8V3H3.2v9.8h1.6',
  reply: 'M8 5 3.5 9.5 8 14M3.7 9.5h7.8c3 0 5 2 5 5.5',
  gear: 'M3 6h7M14.5 6H17M3 14h2.5M10 14h7M10 6a2.2 2.2 0 1 0 4.4 0 2.2 2.2 0 1 0-4.4 0M5.6 14a2.2 2.2 0 1 0 4.4 0 2.2 2.2 0 1 0-4.4 0',
  x: 'M5 5l10 10M15 5 5 15',
  down: 'M10 3.5v13M4.6 11.2l5.4 5.4 5.4-5.4',
  plus: 'M10 4v12M4 10h12',
}

const makeSVG = name => document.createElementNS('http://www.w3.org/2000/svg', name)

function icon(id, svg = makeSVG('svg')) {
  const path = makeSVG('path')
  path.setAttribute('d', icons[id])
  svg.setAttribute('viewBox', '0 0 20 20')
  svg.append(path)
  return svg
}

for (const svg of document.querySelectorAll('[data-icon]')) icon(svg.dataset.icon, svg)

// One of eight colours, the same for a name or hashtag everywhere.
function tint(word) {
  let sum = 0
  for (const letter of word.toLowerCase()) sum = (sum * 31 + letter.codePointAt(0)) >>> 0
  return 't' + sum % 8
}

function avatar(name, { small, status } = {}) {
  const kind = (name ? tint(name) : 'script') + (small ? '.s' : '')
  return make('span.av.' + kind, { 'aria-hidden': 'true', 'data-st': status }, name ? name[0].toUpperCase() : '>_')
}

const button = (label, id, onclick, attributes = {}) =>
  make('button.ghost', { 'aria-label': label, title: label, onclick, ...attributes }, icon(id))

// Marks a hashtag in a list.
const dot = tag => make('span.dot.' + tint(tag), { 'aria-hidden': 'true' })

const sentence = text => text[0].toUpperCase() + text.slice(1) + '.'

// Shows one sentence for some seconds, to screen readers too.
function announce(text) {
  $('toast').textContent = text
  $('toast').hidden = false
  clearTimeout(announce.timer)
  announce.timer = setTimeout(() => { $('toast').hidden = true }, 6000)
}

const announceRefusal = ({ message }) => announce(sentence(message))

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    announce('Copied.')
  } catch {
    announce('The browser does not allow copying here: the connection is not secure.')
  }
}
