// The simulated cashier. In place of a bank the payer decides how the payment ends; it says so in large letters.
import { announce, fill, h, whileBusy } from '../shell/element.js'
import { yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { noticeRegion, showProblem } from '../shell/notice.js'
import { decideCharge } from './ticketing.js'

const choices = [
  ['success', both('付款成功', 'Pay'), both('立即扣款并出票', 'Charged at once, tickets issued')],
  ['failure', both('付款失败', 'Fail'), both('银行拒绝，可再付一次', 'The bank declines; pay again')],
  ['time-out', both('结果超时', 'Time out'), both('已扣款，约 20 秒后才有回音', 'Charged, but no answer for 20 s')],
  [
    'late-success',
    both('迟到的成功', 'Late success'),
    both('占座超时后才扣款，自动退回', 'Charged after the hold ended; returned')
  ]
]

const said = {
  success: both('付款成功，正在出票…', 'Paid. Issuing the tickets…'),
  failure: both('付款失败，没有扣款。', 'The payment failed; nothing was charged.'),
  'time-out': both(
    '银行还没有回音。座位不会丢，我们会一直问到有结果为止，请勿重复付款。',
    'No answer from the bank yet. Your seats stay; we keep asking until there is one. Do not pay again.'
  ),
  'late-success': both(
    '占座结束后才会扣款；届时款项自动全额退回。',
    'It will be charged only after the hold has ended, and then all of it is returned.'
  )
}

/** `retry` opens another payment after one that failed. */
export function cashier({ payment, total, retry }) {
  const region = noticeRegion()
  const status = h('p', { role: 'status', 'aria-live': 'polite' })
  const body = h('div.stack-tight')
  const conclude = (choice) => {
    announce(status, said[choice], choice === 'failure' ? 'bad' : '')
    fill(body, choice === 'failure' ? payAgain(retry) : null)
  }
  const decide = (choice) => (event) =>
    whileBusy(event.currentTarget, async () => {
      try {
        await decideCharge(payment.key, choice)
        conclude(choice)
      } catch (problem) {
        showProblem(region, problem)
      }
    })
  // Somebody who comes back while the bank is still silent has already chosen.
  if (payment.state === 'UNKNOWN') conclude('time-out')
  else fill(body, ...choiceButtons(decide))
  return h(
    'section.card.cashier.stack-tight',
    { 'aria-label': both('模拟收银台', 'Simulated cashier') },
    h('div.row.apart', {}, h('h2', {}, both('模拟收银台', 'Simulated cashier')), h('strong.fare', {}, yuan(total))),
    body,
    status,
    region
  )
}

function choiceButtons(decide) {
  const buttons = choices.map(([choice, name, what]) =>
    h(
      `button.button${choice === 'success' ? '.main' : ''}`,
      { type: 'button', 'data-choice': choice, onclick: decide(choice) },
      h('span', {}, name),
      h('span.small', {}, what)
    )
  )
  const explanation = both(
    '这里不会真的扣款。请选择这笔支付如何结束：',
    'No money moves here. Choose how this payment ends:'
  )
  return [h('p.small.soft', {}, explanation), h('div.cashier-choices', {}, buttons)]
}

function payAgain(retry) {
  return h('button.button.main', { type: 'button', id: 'pay-again', onclick: retry }, both('再付一次', 'Pay again'))
}
