// Storage: settings live in localStorage; drafts, the outbox and secrets in sessionStorage, unless the reader wants to
// stay logged in. Passwords are never stored. A browser that refuses storage costs only what is kept across visits.

function stored(key, fallback, area = 'localStorage') {
  try {
    return JSON.parse(window[area].getItem('ttweet.' + key)) ?? fallback
  } catch {
    return fallback
  }
}

function store(key, value, area = 'localStorage') {
  try {
    if (value == null) window[area].removeItem('ttweet.' + key)
    else window[area].setItem('ttweet.' + key, JSON.stringify(value))
  } catch {}
}

const keptInTab = (key, fallback) => stored(key, fallback, 'sessionStorage')
const keepInTab = (key, value) => store(key, value, 'sessionStorage')

// The proof of who the reader is: a guest's name and secret, or an account's token.
const proof = {
  read: () => keptInTab('proof') ?? stored('proof'),
  write(value, stays) {
    keepInTab('proof', stays ? null : value)
    store('proof', stays ? value : null)
  },
}

// A tab that is duplicated begins with a copy of the other one's storage. It leaves a guest's name to that one: with the
// same secret, each would take the name from the other again and again.
if (keptInTab('open') && keptInTab('proof')?.resume) keepInTab('proof', null)
addEventListener('pageshow', () => keepInTab('open', true))
addEventListener('pagehide', () => keepInTab('open', null))

// Random letters and digits that nobody can guess, with the given number of bytes behind them.
function randomWord(bytes = 16) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), byte => byte.toString(16).padStart(2, '0')).join('')
}
