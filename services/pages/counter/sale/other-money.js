// Money that is not cash: the code of a passenger's wallet, scanned; or our own code, shown to him. Both end in the tickets, in a refusal,
// or in cash after all.
import { meansOfPayCode } from '../../../payments/pay-code-rules.ts'
import { checkDocument } from '../../../identity/document-rules.ts'
import { call, platformNow } from '../../shell/api.js'
import { announce, h, whileBusy } from '../../shell/element.js'
import { dayOf, yuan } from '../../shell/format.js'
import { both } from '../../shell/language.js'
import { noticeRegion, showProblem } from '../../shell/notice.js'
import { qrPicture } from '../../shell/qr-picture.js'
import { keyCap } from '../shortcuts.js'

export const meansNames = {
  cash: both('现金', 'Cash'),
  wechat: both('微信', 'WeChat Pay'),
  alipay: both('支付宝', 'Alipay'),
  unionpay: both('云闪付', 'UnionPay'),
  'shown-code': both('收款码', 'Our code'),
  'simulated-cashier': both('模拟收银台', 'Simulated cashier'),
  credit: both('渠道账户', 'Channel account'),
  none: both('零元', 'Nothing paid')
}

/** Some wallets' codes are as long as a resident's number; one that is a good number is a document. */
export function isPayCode(text) {
  const code = text.trim()
  return meansOfPayCode(code) !== null && checkDocument({ kind: '01', number: code }, dayOf(platformNow())) !== null
}

/**
 * `{order, name}` with its tickets; `{declined}` by whose code, when nothing was paid; `{}` when the clerk takes cash instead. Throws a
 * Problem.
 */
export async function takeOtherMoney({ session, order, payCode }) {
  const body = { gateway: 'simulated-cashier', ...(payCode ? { payCode } : {}) }
  const payment = await call('POST', `/v1/orders/${order.id}/payments`, { session, body })
  const name = meansNames[payCode ? meansOfPayCode(payCode) : 'shown-code']
  const state = payment.state === 'SUCCEEDED' || payment.state === 'FAILED' ? payment.state : await waitForPayer()
  if (state === 'FAILED') return { declined: name }
  return state === null ? {} : { order: await call('GET', `/v1/orders/${order.id}`, { session }), name }

  function waitForPayer() {
    return new Promise((resolve) => showWaiting({ session, order, payment, name, shown: !payCode, resolve }))
  }
}

const askEveryMs = 1000

/** Until the payer, his bank, or the clerk has decided; resolves with the payment's state, null when the clerk gave it up. */
function showWaiting({ session, order, payment, name, shown, resolve }) {
  const path = `/v1/orders/${order.id}/payments`
  const [region, status] = [noticeRegion(), h('p', { role: 'status' })]
  const words = both('改收现金', 'Take cash instead')
  const cash = h('button.button', { type: 'button', id: 'take-cash' }, keyCap('Esc'), words)
  const code =
    shown &&
    h('img.pay-code', { src: qrPicture(`${location.origin}/pay#${payment.key}`), alt: meansNames['shown-code'] })
  const title = h('h2', { id: 'pay-title' }, shown ? both('请旅客扫码付款', 'The passenger scans this') : name)
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'pay-title' },
    h(
      'div.stack-tight',
      {},
      title,
      h('strong.fare', {}, yuan(order.total)),
      code,
      status,
      region,
      h('div.row', {}, cash)
    )
  )
  announce(status, payment.state === 'UNKNOWN' ? silentWords : shown ? scanWords : confirmWords)
  const end = (state) => {
    if (!dialog.isConnected) return
    dialog.remove()
    resolve(state)
  }
  const giveUp = () =>
    whileBusy(cash, async () => {
      try {
        const { state } = await call('DELETE', path, { session })
        if (state === 'UNKNOWN') return announce(status, silentWords, 'warn')
        end(state === 'SUCCEEDED' ? state : null)
      } catch (problem) {
        showProblem(region, problem)
      }
    })
  cash.addEventListener('click', () => void giveUp())
  dialog.addEventListener('cancel', (event) => (event.preventDefault(), void giveUp()))
  document.body.append(dialog)
  dialog.showModal()
  cash.focus()
  void follow()

  async function follow() {
    while (dialog.isConnected) {
      await new Promise((wake) => setTimeout(wake, askEveryMs))
      const { state } = await call('GET', path, { session }).catch(() => payment)
      if (state === 'SUCCEEDED' || state === 'FAILED') end(state)
    }
  }
}

const scanWords = both('等待旅客付款…', 'Waiting for the passenger to pay…')
const confirmWords = both('等待旅客在手机上确认…', 'Waiting for a yes on the passenger’s phone…')
const silentWords = both(
  '银行还没有回音，正在查询；可能已扣款，请不要另收现金。',
  'No answer from the bank yet; it may have been charged. Take no cash.'
)
