// Texts: what a message may contain, how long it is, and which of its parts are hashtags and links.

const maxCharacters = 150
const maxBytes = 4096
const lineEnds = /\r\n|[\t-\r\x85\u2028\u2029]/g
const forbidden = /[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
const encoder = new TextEncoder()

// Counts characters as the server does: extended grapheme clusters (Unicode Annex 29). Browsers know more signs that
// join two consonants, of Khmer and Burmese for example, than the server's Unicode 15.1: it counts what these join as two.
function countCharacters(text) {
  if (/^[ -~]*$/.test(text)) return text.length
  let count = 0
  for (const { segment } of segmenter.segment(text)) count += 1 + (newJoiners.test(segment) ? countJoints(segment) : 0)
  return count
}

const newJoiners = /[\u1039\u17d2\u1a60\u1b44\u1bab\ua9c0\uaaf6\u{10a3f}\u{11133}\u{113d0}\u{1193e}\u{11a47}\u{11a99}\u{11f42}]/u
const oldJoiners = /[\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d]/
const countJoints = cluster => [...cluster.matchAll(/(?<=\p{L})\P{L}+(?=\p{L})/gu)].filter(([joint]) => !oldJoiners.test(joint)).length

// Makes one line of a text, without anything that the server refuses.
const clean = text => text.replace(lineEnds, ' ').replace(forbidden, '').toWellFormed()

// Says why a text cannot be sent; nothing if it can.
function whyTooLong(text) {
  const over = countCharacters(text) - maxCharacters
  if (over > 0) return `${plural(over, 'character')} too many: a message has at most ${maxCharacters}.`
  const bytes = encoder.encode(text).length - maxBytes
  return bytes > 0 ? `${bytes} bytes too many: a message has at most ${maxBytes}.` : ''
}

// Two hashtags are the same if their keys are. The server's keys also leave out ignorable code points.
const tagKey = tag => tag.normalize('NFKC').toLowerCase().normalize('NFKC')
const nameKey = name => name.toLowerCase()
const isName = name => /^[A-Za-z0-9]{1,20}$/.test(name)

// Cuts a text into plain strings, hashtags and links. The server says which hashtags there are.
function cutText(text, tags = []) {
  const pieces = []
  const longestFirst = [...tags].sort((a, b) => b.length - a.length)
  let plainFrom = 0
  for (let at = 0; at < text.length;) {
    const piece = linkAt(text, at) ?? tagAt(text, at, longestFirst)
    if (!piece) { at++; continue }
    if (at > plainFrom) pieces.push({ text: text.slice(plainFrom, at) })
    pieces.push(piece)
    plainFrom = at += piece.text.length
  }
  if (plainFrom < text.length) pieces.push({ text: text.slice(plainFrom) })
  return pieces
}

function linkAt(text, at) {
  if (text[at] !== 'h' || /\w/.test(text[at - 1] ?? '')) return
  const written = text.slice(at).match(/^https?:\/\/[^\s<>"“”]+/)?.[0].replace(/[.,;:!?'’)\]}…。、]+$/, '')
  if (!written || !URL.canParse(written) || !/^https?:$/.test(new URL(written).protocol)) return
  return { text: written, link: written }
}

function tagAt(text, at, tags) {
  if (!/[#＃﹟]/.test(text[at])) return
  const tag = tags.find(tag => text.startsWith(tag, at + 1))
  if (tag) return { text: text.slice(at, at + 1 + tag.length), tag }
}

// Times are shown in the reader's zone.
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const calendar = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const timeOfDay = time => clock.format(new Date(time))

function dayName(time) {
  const day = new Date(time).setHours(0, 0, 0, 0)
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - day) / 864e5)
  return days === 0 ? 'Today' : days === 1 ? 'Yesterday' : calendar.format(day)
}

// A moment that may be on another day.
function momentName(time) {
  const day = dayName(time)
  return day === 'Today' ? timeOfDay(time) : `${day} ${timeOfDay(time)}`
}

const joined = (...texts) => texts.filter(Boolean).join(' · ')
const plural = (count, word) => `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`
