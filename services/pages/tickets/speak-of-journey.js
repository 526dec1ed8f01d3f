// After the journey: stars once, or a complaint, claim, question or suggestion tied to the ticket, and what became of it.
import { call, newId } from '../shell/api.js'
import { field, fill, h, whileBusy } from '../shell/element.js'
import { yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { clearMarks, noticeRegion, showProblem } from '../shell/notice.js'
import { caseKinds, caseSubjects, caseSummary } from '../cases/case-words.js'

const aspects = [
  ['punctuality', both('准点', 'On time')],
  ['comfort', both('舒适', 'Comfort')],
  ['staff', both('服务', 'Staff')]
]

export function speakDialog({ ticket, session }) {
  const dialog = h('dialog', { 'aria-labelledby': 'speak-title' })
  const place = { ticket, session, region: noticeRegion(), body: h('div.stack', { 'aria-live': 'polite' }) }
  const close = h('button.button.quiet', { type: 'button', onclick: () => dialog.close() }, both('关闭', 'Close'))
  const title = h('h2', { id: 'speak-title' }, both('评价与投诉', 'Rate or complain'))
  fill(dialog, h('div.stack-tight', {}, title, place.body, place.region, close))
  fill(
    place.body,
    ...(ticket.state === 'CHECKED' || ticket.state === 'USED' ? [starsForm(place)] : []),
    caseForm(place)
  )
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}

function starsForm({ ticket, session, region, body }) {
  const chosen = { punctuality: 0, comfort: 0, staff: 0 }
  const submit = h('button.button', { disabled: true }, both('提交评价', 'Send the rating'))
  const rows = aspects.map(([name, text]) =>
    starsOf(text, name, (stars) => {
      chosen[name] = stars
      submit.disabled = Object.values(chosen).includes(0)
    })
  )
  const form = h('form.stack-tight', {}, ...rows, submit)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void whileBusy(submit, () =>
      attempt(region, async () => {
        await call('PUT', `/v1/tickets/${ticket.ticketNo}/rating`, { session, body: chosen })
        fill(body, h('p.notice.good', {}, both('感谢评价。', 'Thank you for the rating.')))
      })
    )
  })
  return form
}

/** Five radio buttons, so that keys and screen readers work as everywhere. */
function starsOf(text, name, choose) {
  const option = (stars) =>
    h(
      'label.check',
      {},
      h('input', { type: 'radio', name, value: String(stars), onchange: () => choose(stars) }),
      `${stars} ★`
    )
  return h('fieldset.row', {}, h('legend.small.soft', {}, text), [1, 2, 3, 4, 5].map(option))
}

function caseForm({ ticket, session, region, body }) {
  const id = newId()
  const kind = select('case-kind', caseKinds)
  const subject = select('case-subject', caseSubjects)
  const words = h('textarea', { id: 'case-words', name: '/words', rows: 4, maxlength: 2000 })
  const asked = h('input', { id: 'case-asked', name: '/asked', inputmode: 'decimal', autocomplete: 'off' })
  const most = ticket.fare + ticket.serviceFee
  const askedField = field(both(`索赔金额（元，最多 ${yuan(most)}）`, `Amount claimed, ${yuan(most)} at most`), asked)
  askedField.hidden = true
  kind.addEventListener('change', () => (askedField.hidden = kind.value !== 'claim'))
  const submit = h('button.button.main.wide', {}, both('提交', 'Send'))
  const form = h('form.stack-tight', { novalidate: true })
  form.append(
    field(both('类型', 'Kind'), kind),
    field(both('关于', 'About'), subject),
    askedField,
    field(both('情况说明', 'What happened'), words),
    h('p.small.soft', {}, both('内容加密保存，只给处理人员看。', 'Kept sealed; only those who handle it read it.')),
    submit
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    clearMarks(form)
    const claim = kind.value === 'claim' ? { asked: Math.round(Number(asked.value) * 100) } : {}
    const content = { kind: kind.value, subject: subject.value, ticketNo: ticket.ticketNo, words: words.value.trim() }
    void whileBusy(submit, () =>
      attempt(
        region,
        async () => {
          const opened = await call('PUT', `/v1/service-cases/${id}`, { session, body: { ...content, ...claim } })
          fill(body, h('p.notice.good', {}, both('已受理您的来件。', 'We have it.')), caseSummary(opened))
        },
        form
      )
    )
  })
  return form
}

function select(id, words) {
  const options = Object.entries(words).map(([value, text]) => h('option', { value }, text))
  return h('select', { id }, options)
}

async function attempt(region, work, form) {
  fill(region)
  try {
    await work()
  } catch (problem) {
    showProblem(region, problem, form)
  }
}
