// Builds elements without a template language and without markup in strings, so nothing that a user typed can become markup.
import { isPair, spokenAttribute, spokenText } from './language.js'

const svgNamespace = 'http://www.w3.org/2000/svg'
const properties = new Set(['value', 'checked', 'disabled', 'hidden', 'selected', 'srcObject', 'indeterminate'])

/** h('button.button.main', { onclick }, both('购票', 'Buy')): tag and classes, properties, children. */
export function h(tagAndClasses, given = {}, ...children) {
  const [tag, ...classes] = tagAndClasses.split('.')
  const element = document.createElement(tag)
  if (classes.length > 0) element.className = classes.join(' ')
  for (const [name, value] of Object.entries(given)) setOne(element, name, value)
  element.append(...asNodes(children))
  return element
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(svgNamespace, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** Replaces what is inside. Children as for h. */
export function fill(element, ...children) {
  element.replaceChildren(...asNodes(children))
  return element
}

/** Says a text in a place that screen readers listen to. */
export function announce(element, text, tone = '') {
  element.classList.remove('good', 'bad', 'warn')
  if (tone) element.classList.add(tone)
  fill(element, text)
}

export function field(label, input, hint = h('span.hint')) {
  hint.id ||= `hint-${input.id}`
  input.setAttribute('aria-describedby', hint.id)
  hint.setAttribute('aria-live', 'polite')
  return h('div.field', {}, h('label', { for: input.id }, label), input, hint)
}

/** Runs work while the button shows that it is busy; a second press meanwhile does nothing. */
export async function whileBusy(button, work) {
  if (button.getAttribute('aria-busy') === 'true') return
  button.setAttribute('aria-busy', 'true')
  try {
    await work()
  } finally {
    button.removeAttribute('aria-busy')
  }
}

function setOne(element, name, value) {
  if (value === undefined || value === null) return
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
  else if (properties.has(name)) element[name] = value
  else if (isPair(value)) spokenAttribute(element, name, value)
  else if (typeof value === 'boolean') element.toggleAttribute(name, value)
  else element.setAttribute(name, String(value))
}

function asNodes(children) {
  return children
    .flat(3)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) =>
      child instanceof Node ? child : isPair(child) ? spokenText(child) : document.createTextNode(child)
    )
}
