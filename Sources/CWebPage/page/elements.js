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

function icon(id) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const use = document.createElementNS(svg.namespaceURI, 'use')
  use.setAttribute('href', '#i-' + id)
  svg.setAttribute('aria-hidden', 'true')
  svg.append(use)
  return svg
}

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
  make('button.ghost', { type: 'button', 'aria-label': label, title: label, onclick, ...attributes }, icon(id))

// Shows one sentence for some seconds, to screen readers too.
function announce(sentence) {
  const toast = $('toast')
  toast.textContent = sentence
  toast.hidden = false
  clearTimeout(announce.timer)
  announce.timer = setTimeout(() => { toast.hidden = true }, 6000)
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    announce('Copied.')
  } catch {
    announce('The browser does not allow copying here: the connection is not secure.')
  }
}
