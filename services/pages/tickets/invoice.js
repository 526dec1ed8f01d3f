// The e-invoice of a ticket: asked for with a title, shown when issued, taken back (红冲) before a refund or change.
import { call } from '../shell/api.js'
import { field, fill, h, whileBusy } from '../shell/element.js'
import { moment, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { clearMarks, loading, noticeRegion, showProblem } from '../shell/notice.js'

const states = {
  NONE: both('未申请', 'Not asked for'),
  REQUESTED: both('已申请，开具中', 'Asked for; being issued'),
  ISSUED: both('已开具', 'Issued'),
  RED_REQUESTED: both('红冲中', 'Being taken back'),
  RED: both('已红冲', 'Taken back'),
  REISSUED: both('已重开', 'Issued again')
}
const askable = new Set(['NONE', 'RED'])
const standing = new Set(['ISSUED', 'REISSUED'])
const askAgainMs = 3000

export function invoiceDialog({ ticketNo, session }) {
  const dialog = h('dialog', { 'aria-labelledby': 'invoice-title' })
  const [body, region] = [h('div.stack-tight', { 'aria-live': 'polite' }, loading()), noticeRegion()]
  const close = h('button.button.quiet', { type: 'button', onclick: () => dialog.close() }, both('关闭', 'Close'))
  fill(
    dialog,
    h('div.stack-tight', {}, h('h2', { id: 'invoice-title' }, both('电子发票', 'E-invoice')), body, region, close)
  )
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  const view = { dialog, body, region, session, path: `/v1/tickets/${ticketNo}/invoice` }
  void act(view, () => call('GET', view.path, { session }))
}

/** Does one call and shows the invoice it answers with. */
async function act(view, work) {
  try {
    show(view, await work())
  } catch (problem) {
    if (!view.body.querySelector('form, dl')) fill(view.body)
    showProblem(view.region, problem, view.body.querySelector('form') ?? undefined)
  }
}

function show(view, invoice) {
  fill(view.region)
  fill(
    view.body,
    askable.has(invoice.state) ? [facts(invoice), askForm(view, invoice)] : [facts(invoice), takeBack(view, invoice)]
  )
  if (invoice.state === 'REQUESTED' || invoice.state === 'RED_REQUESTED') setTimeout(() => lookAgain(view), askAgainMs)
}

function lookAgain(view) {
  if (view.dialog.open) void act(view, () => call('GET', view.path, { session: view.session }))
}

function facts({ state, documents }) {
  if (state === 'NONE') return null
  const shown = documents.map(({ number, colour, amount, title, issuedAt }) =>
    h(
      'dl.facts',
      {},
      h('dt', {}, colour === 'blue' ? both('蓝字发票', 'Invoice') : both('红字发票', 'Red letter')),
      h('dd.mono', {}, number),
      h('dt', {}, both('购买方', 'Buyer')),
      h('dd', {}, title),
      h('dt', {}, both('金额', 'Amount')),
      h('dd', {}, yuan(amount), ' ', h('span.small.soft', {}, moment(issuedAt)))
    )
  )
  return [h('p', {}, h('span.badge', {}, states[state])), ...shown]
}

function askForm(view, { title: before, taxNumber: taxBefore }) {
  const title = h('input', {
    id: 'invoice-buyer',
    name: '/title',
    maxlength: 100,
    autocomplete: 'organization',
    value: before ?? ''
  })
  const tax = h('input', {
    id: 'invoice-tax',
    name: '/taxNumber',
    maxlength: 20,
    autocomplete: 'off',
    autocapitalize: 'characters',
    value: taxBefore ?? ''
  })
  const submit = h('button.button.main.wide', {}, both('申请开票', 'Ask for the invoice'))
  const form = h('form.stack-tight', { novalidate: true })
  form.append(
    field(both('购买方名称', 'Buyer'), title),
    field(both('税号（个人不填）', 'Tax number, none for a person'), tax),
    submit,
    h(
      'p.small.soft',
      {},
      both('开票后退票、改签须先红冲。', 'With an invoice, a refund or change asks for its red letter first.')
    )
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    clearMarks(form)
    const number = tax.value.trim().toUpperCase()
    const body = { title: title.value.trim(), ...(number ? { taxNumber: number } : {}) }
    void whileBusy(submit, () => act(view, () => call('PUT', view.path, { session: view.session, body })))
  })
  return form
}

function takeBack(view, { state }) {
  if (!standing.has(state)) return null
  const button = h('button.button.danger', { type: 'button' }, both('红冲这张发票', 'Take the invoice back'))
  button.addEventListener('click', () =>
    whileBusy(button, () => act(view, () => call('PUT', `${view.path}/red-letter`, { session: view.session })))
  )
  return button
}
