// Signing in by phone: the number, then the code that was sent to it. The first time opens the account.
import { call, platformNow } from './api.js'
import { announce, field, fill, h, whileBusy } from './element.js'
import { both } from './language.js'
import { clearMarks, noticeRegion, showProblem } from './notice.js'

/** `done(session)` as POST /v1/sessions answers; `others` are the buttons below. */
export function phoneForm({ done, others }) {
  const phone = h('input', {
    id: 'sign-in-phone',
    name: '/phone',
    type: 'tel',
    inputmode: 'numeric',
    autocomplete: 'tel-national',
    maxlength: 11,
    required: true
  })
  const code = h('input', {
    id: 'sign-in-text-code',
    name: '/code',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    maxlength: 6
  })
  const region = noticeRegion()
  const said = h('span.hint', { 'aria-live': 'polite' })
  const send = h('button.button', { type: 'button', id: 'send-code' }, both('发送验证码', 'Send the code'))
  const submit = h('button.button.main.wide', {}, both('登录', 'Sign in'))
  const form = h('form.stack-tight', { method: 'dialog', novalidate: true })
  form.append(
    h('h2', { id: 'sign-in-title' }, both('手机号登录', 'Sign in by phone')),
    field(both('手机号', 'Mobile number'), phone),
    h('div.row', {}, send, said),
    field(both('短信验证码（6 位）', 'Code from the message (6 digits)'), code),
    sampleText({ phone, code }),
    region,
    submit,
    h('div.row.apart', {}, others)
  )
  const numberIsGood = () => {
    if (/^1[3-9]\d{9}$/.test(phone.value.trim())) return true
    announce(said, both('请填写 11 位手机号', 'Give the eleven digits of a mobile number'), 'bad')
    phone.focus()
    return false
  }
  const attempt = (button, work) => {
    clearMarks(form)
    fill(region)
    void whileBusy(button, () => work().catch((problem) => showProblem(region, problem, form)))
  }
  send.addEventListener('click', () => {
    if (!numberIsGood()) return
    attempt(send, async () => {
      const { againAt } = await call('POST', '/v1/phone-codes', { body: { phone: phone.value.trim() } })
      code.focus()
      countDown({ send, said, until: Date.parse(againAt) })
    })
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (!numberIsGood()) return
    const body = { phone: phone.value.trim(), code: code.value.trim() }
    attempt(submit, async () => done(await call('POST', '/v1/phone-sessions', { body })))
  })
  return form
}

/** The next code may be asked for then. */
function countDown({ send, said, until }) {
  const tick = () => {
    const rest = Math.ceil((until - platformNow()) / 1000)
    send.disabled = rest > 0 && send.isConnected
    if (rest <= 0) return announce(said, both('没收到？可再发一次', 'Nothing came? Send it again'))
    announce(said, both(`已发送，${rest} 秒后可重发`, `Sent; again in ${rest} s`), 'good')
    if (send.isConnected) setTimeout(tick, 1000)
  }
  tick()
}

/** In the sample province no message leaves this machine; it is shown to this machine alone. */
function sampleText({ phone, code }) {
  const said = h('span.hint', { 'aria-live': 'polite' })
  const words = both('示例环境：填入验证码', 'Sample province: fill in the code')
  const button = h('button.button.quiet.slim', { type: 'button', id: 'sample-text' }, words)
  button.addEventListener('click', () =>
    whileBusy(button, async () => {
      const path = `/v1/sample/text-message?phone=${encodeURIComponent(phone.value.trim())}`
      const answer = await call('GET', path).catch((problem) => problem)
      const found = /\d{6}/.exec(answer.text?.zh === undefined ? (answer.text ?? '') : '')
      if (found) code.value = found[0]
      else announce(said, both('先发送验证码', 'Send the code first'), 'bad')
    })
  )
  return h('p.small', {}, button, ' ', said)
}
