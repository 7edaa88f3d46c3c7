// The composer: the field, its counter and suggestions. Each view has a draft of its own, which outlives a reload.

const drafts = keptInTab('drafts', {})

const composer = {
  choice: 0,
  choices: [],

  get field() { return $('say') },

  // Shows the field for the view, with its draft.
  show() {
    $('compose').hidden = view.isList
    this.field.value = drafts[view.path] ?? ''
    const isNarrow = matchMedia('(max-width: 720px)').matches
    this.field.placeholder = view.person ? `Write to ${view.person}…` : view.tag ? `Say something with #${view.tag}…`
      : isNarrow ? 'Say something…' : 'Say something to everybody…'
    this.typed()
  },

  // Puts a text into the field, behind what is there.
  put(text) {
    this.field.value = [this.field.value, text].filter(Boolean).join(' ')
    this.field.focus()
    this.typed()
  },

  // The text that would be sent now, its recipients, and the reason why it cannot be sent.
  get draft() {
    const written = clean(this.field.value).trim()
    const [, names, rest] = !view.person && written.match(/^@([A-Za-z0-9]{1,20}(?:,[A-Za-z0-9]{1,20}){0,15})\s+(.*)$/s) || []
    const to = view.person ? [view.person] : names?.split(',')
    const text = to && !view.person ? rest : this.withTag(written)
    return { text, to, problem: to && !session.who ? 'A private message needs a name: log in or go in as a guest.' : whyTooLong(text) }
  },

  // A message that is written in the view of a hashtag bears it.
  withTag(text) {
    if (!view.tag || !text || tagKey(text).includes('#' + tagKey(view.tag))) return text
    return `${text} #${view.tag}`
  },

  typed() {
    const { text, to, problem } = this.draft
    if (this.field.value) drafts[view.path] = this.field.value
    else delete drafts[view.path]
    keepInTab('drafts', drafts)
    const left = maxCharacters - countCharacters(text)
    $('left').className = left < 0 ? 'left over' : left <= 20 ? 'left near' : 'left'
    $('left').lastChild.textContent = left
    $('left').querySelector('.arc').style.strokeDashoffset = Math.max(0, left)
    $('send').disabled = !text || !!problem || !outbox.hasRoom
    $('compose').classList.toggle('priv', !!to)
    $('to').hidden = !to
    $('to').querySelector('b').textContent = to?.join(', ')
    $('hint').hidden = !!problem
    $('problem').textContent = problem
    this.suggest()
  },

  send() {
    const { text, to } = this.draft
    if ($('send').disabled) return
    this.field.value = ''
    this.typed()
    setAway(false)
    outbox.add(text, to ?? null)
    reader.toEnd()
  },

  // Suggests hashtags and names for the word before the cursor.
  suggest() {
    const [, , sign, word] = this.field.value.slice(0, this.field.selectionStart).match(/(^|\s)([#@])([\p{L}\p{Nd}_]*)$/u) ?? []
    const isTag = sign === '#'
    const tags = [...new Set([...followed, ...tagsInUse.map(({ tag }) => tag)])]
    const words = !sign ? [] : isTag ? tags : peopleHere().map(({ name }) => name).filter(name => !isMe(name))
    this.choices = words.filter(one => tagKey(one).startsWith(tagKey(word))).slice(0, 5)
    if (this.choices.length === 1 && this.choices[0] === word) this.choices = []
    this.choice = 0
    this.isTag = isTag
    this.showChoices()
  },

  showChoices() {
    const { field, choice, choices, isTag } = this
    $('suggest').hidden = !choices.length
    fill($('suggest'), choices.map((word, index) => make('div', { role: 'option', id: 'choice-' + index, 'aria-selected': String(index === choice), onclick: () => this.choose(index) },
      isTag ? dot(word) : avatar(word, { small: true }), make('bdi', word), make('span.n', isTag ? isFollowed(word) && 'followed' : 'here'))))
    if (choices.length) field.setAttribute('aria-activedescendant', 'choice-' + choice)
    else field.removeAttribute('aria-activedescendant')
  },

  move(step) {
    this.choice = (this.choice + step + this.choices.length) % this.choices.length
    this.showChoices()
  },

  choose(index) {
    const before = this.field.value.slice(0, this.field.selectionStart).replace(/[^#@]*$/u, '')
    const after = this.field.value.slice(this.field.selectionStart).trimStart()
    this.field.value = `${before}${this.choices[index]} ${after}`
    this.field.selectionStart = this.field.selectionEnd = this.field.value.length - after.length
    this.field.focus()
    this.typed()
    this.closeChoices()
  },

  closeChoices() {
    this.choices = []
    this.showChoices()
  },

  pressed(event) {
    // An input method that composes needs Enter for itself; 229 is what some browsers send then.
    if (event.isComposing || event.keyCode === 229) return
    if (this.choices.length && this.pressedInChoices(event.key)) return event.preventDefault()
    if (event.key !== 'Enter') return
    event.preventDefault()
    this.send()
  },

  pressedInChoices(key) {
    if (key === 'ArrowDown') this.move(1)
    else if (key === 'ArrowUp') this.move(-1)
    else if (key === 'Escape') this.closeChoices()
    else if (key === 'Tab') this.choose(this.choice)
    else return false
    return true
  },
}
