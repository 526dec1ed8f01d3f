// Forms of custody: each is one step, proved by a custodian's passphrase, and answered beside its button.
import { call } from '../shell/api.js'
import { field, fill, h, whileBusy } from '../shell/element.js'
import { both } from '../shell/language.js'
import { noticeRegion, showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'

let forms = 0

/** `inputs`: name → element, which gets its id here. `send` answers [method, path, body] from what was typed. */
export function stepForm({ inputs, submit, send, done, danger = false }) {
  const number = ++forms
  const region = noticeRegion()
  const button = h(danger ? 'button.button.danger' : 'button.button.main', {}, submit)
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
        const answer = await withSession('operator', (session) => call(method, path, { session, body }))
        if (answer !== null) await done(answer, region)
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
export const who = () => ({
  custodian: text(both('保管员', 'Custodian')),
  passphrase: secret(both('口令', 'Passphrase'))
})
