// Chinese first, English second. Every text is a pair; texts on the page remember their pair, so that switching the
// language changes them in place and nothing that was typed, scanned or opened is lost.

const storageKey = 'language'
const spoken = new WeakMap()
let current = localStorage.getItem(storageKey) === 'en' ? 'en' : 'zh'

/** A text in both languages. Numbers and names that read the same in both are plain strings instead. */
export function both(zh, en) {
  return { zh, en }
}

export function isPair(value) {
  return typeof value === 'object' && value !== null && 'zh' in value && 'en' in value
}

export function language() {
  return current
}

export function textOf(value) {
  return isPair(value) ? value[current] : String(value)
}

/** A text node that follows the language. */
export function spokenText(pair) {
  const node = document.createTextNode(pair[current])
  spoken.set(node, { text: pair })
  return node
}

/** An attribute (label, placeholder, title) that follows the language. */
export function spokenAttribute(element, name, pair) {
  spoken.set(element, { ...spoken.get(element), [name]: pair })
  element.setAttribute(name, pair[current])
}

/** Adopts what an HTML file says itself: Chinese as its text, English in data-en; the same for aria-label. */
export function adoptPage() {
  for (const element of document.querySelectorAll('[data-en]'))
    element.replaceChildren(spokenText(both(element.textContent.trim(), element.dataset.en)))
  for (const element of document.querySelectorAll('[data-en-label]'))
    spokenAttribute(element, 'aria-label', both(element.getAttribute('aria-label'), element.dataset.enLabel))
  const title = document.querySelector('title')
  document.documentElement.lang = current === 'zh' ? 'zh-CN' : 'en'
  title.textContent = textOf(both(title.dataset.zh ?? title.textContent, title.dataset.english))
}

export function switchLanguage() {
  current = current === 'zh' ? 'en' : 'zh'
  localStorage.setItem(storageKey, current)
  document.documentElement.lang = current === 'zh' ? 'zh-CN' : 'en'
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) speakAgain(node)
  document.dispatchEvent(new CustomEvent('language'))
}

function speakAgain(node) {
  for (const [name, pair] of Object.entries(spoken.get(node) ?? {}))
    if (name === 'text') node.data = pair[current]
    else node.setAttribute(name, pair[current])
}
