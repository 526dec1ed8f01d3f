// The case desk: open cases, the one due soonest first; one of them with its history, the evidence we hold, and the steps it can take.
import { call, newId } from '../shell/api.js'
import { field, fill, h, whileBusy } from '../shell/element.js'
import { moment, yuan } from '../shell/format.js'
import { startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { sessionOf, withSession } from '../shell/session.js'
import { signInFirst } from '../shell/sign-in-first.js'
import { caseKinds, caseStates, caseSubjects, caseSummary } from './case-words.js'

const role = 'operator'
const main = document.querySelector('#main')
const askAgainMs = 30_000

const steps = {
  RECEIVED: ['accept', 'refuse'],
  ACCEPTED: ['answer', 'transfer'],
  TRANSFERRED: ['answer', 'transfer']
}
const stepNames = {
  accept: both('受理', 'Accept'),
  refuse: both('不予受理', 'Refuse'),
  answer: both('答复', 'Answer'),
  transfer: both('转办', 'Hand over')
}

async function show() {
  if (!sessionOf(role))
    return fill(
      main,
      signInFirst({
        role,
        title: both('服务监督需要操作员登录', 'Service cases are for operators'),
        hint: both(
          '平台启动时会打印示例操作员的登录名与密码。',
          'The platform prints the sample operator’s name when it starts.'
        )
      })
    )
  if (!main.querySelector('.case-desk')) fill(main, loading())
  const chosen = location.hash.replace(/^#\/?/, '')
  try {
    const found = await withSession(role, async (session) => [
      await call('GET', '/v1/case-desk', { session }),
      chosen ? await call('GET', `/v1/case-desk/${chosen}`, { session }) : null
    ])
    if (!found) return
    const [cases, story] = found
    fill(main, h('div.case-desk', {}, list(cases, chosen), story ? one(story) : chooseFirst(cases)))
  } catch (problem) {
    const region = noticeRegion()
    fill(main, region)
    showProblem(region, problem)
  }
}

function list(cases, chosen) {
  const late = cases.filter((one) => one.late).length
  return h(
    'section.stack-tight',
    { 'aria-labelledby': 'open-cases' },
    h('h1', { id: 'open-cases' }, both(`待办工单 ${cases.length}`, `Open cases: ${cases.length}`)),
    late > 0 ? h('p.notice.bad', {}, both(`${late} 件已超期`, `${late} overdue`)) : null,
    h(
      'ul.stack-tight',
      {},
      cases.map((one) => h('li', {}, row(one, one.id === chosen)))
    )
  )
}

function row({ id, number, kind, subject, state, answerBy, late }, current) {
  const [tag, text] = caseStates[state]
  return h(
    late ? 'a.case-row.late' : 'a.case-row',
    { href: `#/${id}`, ...(current ? { 'aria-current': 'true' } : {}) },
    h('div.row.apart', {}, h('strong', {}, caseKinds[kind], ' · ', caseSubjects[subject]), h(`span.${tag}`, {}, text)),
    h(
      'div.row.apart.small.soft',
      {},
      h('span.mono', {}, number),
      h('span', {}, both(`限 ${moment(answerBy).zh}`, `due ${moment(answerBy).en}`))
    )
  )
}

function chooseFirst(cases) {
  if (cases.length === 0)
    return emptyState(
      both('没有待办工单', 'No open cases'),
      both('旅客的评价、投诉与索赔会出现在这里。', 'What passengers complain of and claim appears here.')
    )
  return emptyState(both('选择一个工单', 'Choose a case'), both('最急的排在最前。', 'The most urgent comes first.'))
}

function one(story) {
  const region = noticeRegion()
  return h(
    'article.card.stack',
    { 'aria-label': both('工单', 'The case') },
    caseSummary(story),
    story.evidence ? evidence(story) : null,
    ...(steps[story.state] ? [stepForm(story, region)] : []),
    story.ticketNo && steps[story.state]?.includes('answer') ? claimForm(story, region) : null,
    region
  )
}

/** What our own records say about the ticket, beside what the passenger says. */
function evidence({
  ticketNo,
  evidence: { line, carrier, departsAt, departureState, couponState, fare, ceiling, history }
}) {
  const fact = (name, ...value) => [h('dt', {}, name), h('dd', {}, ...value)]
  return h(
    'section.stack-tight',
    {},
    h('h2', {}, both('我方记录', 'What we hold')),
    h(
      'dl.facts',
      {},
      fact(both('票号', 'Ticket'), h('span.mono', {}, ticketNo)),
      fact(both('班次', 'Departure'), `${line} · ${carrier} · `, moment(departsAt), ` · ${departureState}`),
      fact(both('票联状态', 'Coupon'), couponState),
      fact(
        both('票价', 'Fare'),
        yuan(fare),
        ceiling === null ? null : both(`，上限 ${yuan(ceiling)}`, `, ceiling ${yuan(ceiling)}`)
      )
    ),
    h(
      'ol.stack-tight.small',
      {},
      history.map(({ at, event, state, actor, detail }) =>
        h('li', {}, moment(at), ` · ${event} → ${state} · ${actor} ${detail}`)
      )
    )
  )
}

function stepForm({ id, state }, region) {
  const words = h('textarea', { id: 'step-words', name: '/words', rows: 3, maxlength: 2000 })
  const party = h('input', { id: 'step-party', name: '/party', maxlength: 20, autocomplete: 'off' })
  const form = h('form.stack-tight', { novalidate: true })
  const buttons = steps[state].map((step, first) =>
    h(first === 0 ? 'button.button.main' : 'button.button', { name: 'step', value: step }, stepNames[step])
  )
  form.append(
    field(both('说明（旅客可见）', 'Words, seen by the passenger'), words),
    ...(steps[state].includes('transfer')
      ? [field(both('转办对象代码（仅转办）', 'Code of the party, to hand over'), party)]
      : []),
    h('div.row', {}, buttons)
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const step = event.submitter.value
    const body = {
      step,
      words: words.value.trim(),
      ...(step === 'transfer' ? { party: party.value.trim() } : {})
    }
    void whileBusy(event.submitter, () => act(region, 'POST', `/v1/case-desk/${id}/steps`, { body, form }))
  })
  return form
}

function claimForm({ id, asked }, region) {
  const claim = newId()
  const amount = h('input', {
    id: 'claim-amount',
    name: '/amount',
    inputmode: 'decimal',
    value: asked ? String(asked / 100) : ''
  })
  const words = h('input', { id: 'claim-words', name: '/words', maxlength: 2000 })
  const submit = h('button.button', {}, both('退还给旅客', 'Give it back'))
  const form = h('form.stack-tight', { novalidate: true })
  form.append(
    h('h2', {}, both('赔付', 'Money back')),
    h('div.pair', {}, field(both('金额（元）', 'Yuan'), amount), field(both('理由', 'Why'), words)),
    submit
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const body = { amount: Math.round(Number(amount.value) * 100), cause: 'service-failure', words: words.value.trim() }
    void whileBusy(submit, () => act(region, 'PUT', `/v1/case-desk/${id}/claims/${claim}`, { body, form }))
  })
  return form
}

async function act(region, method, path, { body, form }) {
  fill(region)
  try {
    await withSession(role, (session) => call(method, path, { session, body }))
    await show()
  } catch (problem) {
    showProblem(region, problem, form)
  }
}

startPage({ role })
window.addEventListener('hashchange', () => void show())
document.addEventListener('session', () => void show())
// While somebody writes, nothing moves under his hands.
setInterval(() => {
  if (!document.hidden && !main.contains(document.activeElement)) void show()
}, askAgainMs)
void show()
