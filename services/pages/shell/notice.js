// Refusals and problems in words: what went wrong, at which field, and the number to quote when asking for help.
import { announce, fill, h } from './element.js'
import { both } from './language.js'

/** A region that screen readers hear; empty until something is said. */
export function noticeRegion() {
  return h('div', { role: 'alert', 'aria-live': 'assertive' })
}

export function problemNotice(problem) {
  const others = problem.fields.map(({ pointer, detail }) =>
    h('li', {}, h('span.mono', {}, pointer || '/'), ' ', reasonOf(detail))
  )
  return h('div.notice.bad', {}, h('strong', {}, problem.text), others.length > 0 ? h('ul', {}, others) : null)
}

/**
 * Shows a problem where it belongs: each field error at the input whose name is its JSON pointer (`/passengers/0/name`),
 * the rest in the region. Anything that is not a Problem is a bug and goes on upwards.
 */
export function showProblem(region, problem, form) {
  if (problem.name !== 'Problem') throw problem
  const shown = form ? problem.fields.filter((fieldError) => showAtField(form, fieldError)) : []
  const rest = problem.fields.filter((fieldError) => !shown.includes(fieldError))
  fill(region, problemNotice({ text: problem.text, fields: rest }))
  if (shown.length > 0) form.querySelector('[aria-invalid="true"]').focus()
}

function showAtField(form, { pointer, detail }) {
  const input = form.querySelector(`[name="${CSS.escape(pointer)}"]`)
  if (input) markField(input, reasonOf(detail))
  return input !== null
}

/** The validator speaks English; what it says most often is said in both languages. */
const reasons = [
  [/fewer than (\d+) characters/, (n) => both(`至少 ${n} 个字符`, `At least ${n} characters`)],
  [/more than (\d+) characters/, (n) => both(`最多 ${n} 个字符`, `At most ${n} characters`)],
  [/fewer than (\d+) items/, (n) => both(`至少 ${n} 项`, `At least ${n}`)],
  [/more than (\d+) items/, (n) => both(`最多 ${n} 项`, `At most ${n}`)],
  [/match (?:pattern|format)/, () => both('格式不正确', 'Not in the right form')],
  [/required property/, () => both('必填', 'Required')]
]

function reasonOf(detail) {
  for (const [pattern, words] of reasons) {
    const match = pattern.exec(detail)
    if (match) return words(match[1])
  }
  return both(`不符合要求：${detail}`, `Not acceptable: ${detail}`)
}

/** Says below an input what is wrong with it; null clears it. The hint is the element the input is described by. */
export function markField(input, text) {
  const hint = document.getElementById(input.getAttribute('aria-describedby'))
  input.setAttribute('aria-invalid', String(text !== null))
  announce(hint, text ?? '', text === null ? '' : 'bad')
}

export function clearMarks(form) {
  for (const input of form.querySelectorAll('[aria-invalid="true"]')) markField(input, null)
}

export function emptyState(title, explanation, ...actions) {
  return h('div.empty', {}, h('strong', {}, title), h('p', {}, explanation), ...actions)
}

export function loading(text = both('正在载入…', 'Loading…')) {
  return h('div.loading', { role: 'status' }, text)
}
