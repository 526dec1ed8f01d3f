// A form that is one step of staff work: its fields by name, one request, and the answer beside its button.
import { call } from './api.js'
import { field, fill, h, whileBusy } from './element.js'
import { noticeRegion, showProblem } from './notice.js'
import { withSession } from './session.js'

let forms = 0

/**
 * `inputs`: name → element, which gets its id here. `send` answers [method, path, body] from what was typed. `done` gets the answer (null
 * when there is nothing in it) and the region beside the button.
 */
export function stepForm({
  inputs,
  submit,
  send,
  done,
  danger = false,
  look = danger ? 'danger' : 'main',
  role = 'operator'
}) {
  const number = ++forms
  const region = noticeRegion()
  const button = h(`button.button.${look}`, {}, submit)
  const form = h('form.stack-tight', { novalidate: true, autocomplete: 'off' })
  for (const [name, { label, input }] of Object.entries(inputs)) {
    input.id = `step-${number}-${name}`
    input.setAttribute('name', `/${name}`)
    form.append(field(label, input))
  }
  form.append(h('div.row', {}, button), region)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void whileBusy(button, async () => {
      fill(region)
      const typed = Object.fromEntries(Object.entries(inputs).map(([name, { input }]) => [name, input.value.trim()]))
      try {
        const [method, path, body] = send(typed)
        const sent = await withSession(role, async (session) => ({
          answer: await call(method, path, { session, body })
        }))
        if (sent) await done(sent.answer, region)
      } catch (problem) {
        showProblem(region, problem, form)
        const why = problem.facts?.why
        if (why) region.append(h('p.small.soft', { lang: 'en' }, why))
      } finally {
        for (const { input } of Object.values(inputs)) if (input.type === 'password') input.value = ''
      }
    })
  })
  return form
}

export const text = (label, more = {}) => ({ label, input: h('input', { autocomplete: 'off', ...more }) })
export const secret = (label) => ({ label, input: h('input', { type: 'password', autocomplete: 'off' }) })
export const choice = (label, options) => ({
  label,
  input: h(
    'select',
    {},
    Object.entries(options).map(([value, words]) => h('option', { value }, words))
  )
})
