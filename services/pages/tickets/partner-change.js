// Changing a partner leg: other rides of the same carrier that still meet ours, what it costs first, the rest paid at the cashier, and the
// wait for the carrier's word. Until then the old ride stands.
import { call, newId } from '../shell/api.js'
import { announce, fill, h, whileBusy } from '../shell/element.js'
import { addDays, clockOf, dayOf, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'
import { cashier } from '../buy/cashier.js'

const askEveryMs = 1500

/** `about`: {leg, session, orderId, done}; a window also has `pay({session, id})`, which takes what is due there. Digits choose a ride. */
export function partnerChangeDialog(about) {
  const { leg, done } = about
  const dialog = h('dialog', { 'aria-labelledby': 'partner-change-title' })
  const [region, place] = [noticeRegion(), h('div.stack-tight', { 'aria-live': 'polite' })]
  const day = dayOf(leg.offer.departsAt)
  const input = h('input', {
    id: 'partner-change-day',
    type: 'date',
    value: day,
    min: addDays(day, -30),
    required: true
  })
  const state = { pay: payAtCashier, ...about, dialog, region, place, input }
  dialog.addEventListener('keydown', (event) => {
    if (event.target === input || !/^[1-9]$/.test(event.key)) return
    place.querySelectorAll('.change-list button')[Number(event.key) - 1]?.click()
  })
  input.addEventListener('change', () => input.value && void list(state))
  fill(
    dialog,
    h(
      'div.stack-tight',
      {},
      h('h2', { id: 'partner-change-title' }, both('改签到', 'Change to')),
      h('div.field', {}, h('label', { for: input.id }, both('日期', 'Day')), input),
      place,
      region,
      h('button.button.quiet', { type: 'button', onclick: () => dialog.close() }, both('关闭', 'Close'))
    )
  )
  // Whatever became of it shows behind the dialog.
  dialog.addEventListener('close', () => (dialog.remove(), done()))
  document.body.append(dialog)
  dialog.showModal()
  void list(state)
}

async function list(state) {
  const { leg, session, orderId, region, place, input } = state
  fill(region)
  fill(place, loading(both('正在查询班次…', 'Looking for departures…')))
  try {
    const asked = new URLSearchParams({ side: leg.side, day: input.value })
    const offers = await call('GET', `/v1/orders/${orderId}/partner-offers?${asked}`, { session })
    const none = both('这一天没有赶得上的其他班次。', 'Nothing else on this day meets the rest of your journey.')
    fill(place, offers.length > 0 ? h('div.stack-tight.change-list', {}, offers.map(choice)) : h('p.soft', {}, none))
    if (state.atWindow) place.querySelector('button')?.focus()
  } catch (problem) {
    fill(place)
    showProblem(region, problem)
  }

  function choice(offer, index) {
    return h(
      'button.button.wide',
      { type: 'button', onclick: () => void price(state, offer) },
      state.atWindow && index < 9 ? h('kbd', {}, String(index + 1)) : null,
      h('strong', {}, `${clockOf(offer.departsAt)} → ${clockOf(offer.arrivesAt)}`),
      h('span.small.soft', {}, offer.number, offer.remark ? ` · ${offer.remark}` : ''),
      h('span', {}, yuan(offer.fullFare))
    )
  }
}

async function price(state, offer) {
  const { leg, session, orderId, region, place } = state
  fill(region)
  try {
    const asked = new URLSearchParams({ side: leg.side, offer: offer.id })
    const quote = await call('GET', `/v1/orders/${orderId}/partner-change-quote?${asked}`, { session })
    const confirm = h(
      'button.button.main.wide',
      { type: 'button', id: 'confirm-partner-change' },
      confirmWords(quote, state)
    )
    const body = { orderId, side: leg.side, offer: offer.id, due: quote.due }
    const id = newId()
    confirm.addEventListener('click', () => whileBusy(confirm, () => make(state, { id, body })))
    fill(place, h('strong', {}, `${clockOf(offer.departsAt)} ${offer.number}`), sums(quote), confirm)
    confirm.focus()
  } catch (problem) {
    showProblem(region, problem)
  }
}

function sums({ price: total, credit, fee, due }) {
  const line = (name, amount, kind = '') => h(`div.sum${kind}`, {}, h('span', {}, name), h('span', {}, yuan(amount)))
  return [
    line(both('新班次票价', 'The new ride'), total),
    line(both('原票折抵（已扣手续费）', 'Worth of the old ride, after its fee'), -credit),
    h(
      'p.small.soft',
      {},
      both(`其中承运方按退票规定收取 ${yuan(fee)}`, `Its carrier keeps ${yuan(fee)} by its refund terms`)
    ),
    due < 0 ? line(both('退回', 'Returned'), -due, '.total') : line(both('应补', 'To pay'), due, '.total')
  ]
}

function confirmWords({ due }, { atWindow }) {
  if (due > 0 && atWindow) return both(`改签，收现金 ${yuan(due)}`, `Change, take ${yuan(due)} in cash`)
  if (due > 0) return both(`改签，去支付 ${yuan(due)}`, `Change, pay ${yuan(due)}`)
  return due < 0 ? both(`改签，退回 ${yuan(-due)}`, `Change, ${yuan(-due)} comes back`) : both('改签', 'Change')
}

async function make(state, { id, body }) {
  const { session, region, place } = state
  try {
    const made = await call('PUT', `/v1/partner-changes/${id}`, { session, body })
    if (made.state === 'LOCKED') await state.pay({ ...state, id, due: made.due })
    void follow(state, id)
  } catch (problem) {
    fill(place.querySelector('.cashier') ? region : place)
    showProblem(region, problem)
  }
}

async function payAtCashier(change) {
  const { session, place, region, id, due } = change
  const retry = () => payAtCashier(change).catch((problem) => showProblem(region, problem))
  const body = { gateway: 'simulated-cashier' }
  const payment = await call('POST', `/v1/partner-changes/${id}/payments`, { session, body })
  fill(place, cashier({ payment, total: due, retry }))
}

/** Until the carrier has spoken: the new ride, or the old one and the money back. */
async function follow({ session, dialog, place }, id) {
  let shown = 'LOCKED'
  while (dialog.isConnected) {
    const change = await call('GET', `/v1/partner-changes/${id}`, { session }).catch(() => null)
    if (change && change.state !== shown) {
      shown = change.state
      if (shown === 'ISSUED') return dialog.close()
      fill(place, said(shown))
      if (shown !== 'CONFIRMING') return
    }
    await new Promise((resolve) => setTimeout(resolve, askEveryMs))
  }
}

function said(state) {
  const words = h('p.notice', { role: 'status' })
  if (state === 'CONFIRMING') {
    const waiting = both(
      '已付款，等待承运方出票；原票此时仍有效。',
      'Paid, waiting for the carrier; your old ticket still stands.'
    )
    announce(words, waiting, 'warn')
    return [words, h('progress', { 'aria-label': waiting })]
  }
  announce(
    words,
    both('改签未成：原票仍有效，所付全额退回。', 'Not changed: your old ticket stands, and what you paid comes back.'),
    'bad'
  )
  return [words]
}
