// The sign-in dialog: for passengers the phone first, or a name and a password; for staff also the one-time code.
import { call } from './api.js'
import { announce, field, fill, h, whileBusy } from './element.js'
import { both } from './language.js'
import { clearMarks, noticeRegion, showProblem } from './notice.js'
import { phoneForm } from './phone-sign-in.js'

const titles = {
  passenger: both('旅客登录', 'Passenger sign-in'),
  clerk: both('售票员登录', 'Clerk sign-in'),
  gate: both('检票员登录', 'Gate sign-in'),
  dispatcher: both('调度员登录', 'Dispatcher sign-in'),
  'station-manager': both('站长登录', 'Station manager sign-in'),
  operator: both('清算操作员登录', 'Operator sign-in'),
  participant: both('机构登录', 'Participant sign-in')
}

/** Resolves with what POST /v1/sessions answered, or null when the dialog is dismissed. */
export function askToSignIn(role) {
  return new Promise((resolve) => {
    const dialog = h('dialog', { 'aria-labelledby': 'sign-in-title' })
    let opened = null
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(opened)
    })
    const done = (session) => {
      opened = session
      dialog.close()
    }
    const close = () => dialog.close()
    const show = (registering) => fill(dialog, signInForm({ role, registering, done, show, close }))
    if (role === 'passenger') fill(dialog, phoneForm({ done, others: otherWays(show, close) }))
    else show(false)
    document.body.append(dialog)
    dialog.showModal()
  })
}

/** Nobody needs a phone to buy. */
function otherWays(show, close) {
  const way = (text, run) => h('button.button.quiet', { type: 'button', onclick: run }, text)
  return [
    way(both('不用手机，注册登录名', 'Without a phone: register a name'), () => show(true)),
    way(both('密码登录', 'By password'), () => show(false)),
    closeButton(close)
  ]
}

function signInForm({ role, registering, done, show, close }) {
  const region = noticeRegion()
  const staff = role !== 'passenger'
  const inputs = staff ? [nameInput(), passwordInput(), codeInput()] : [nameInput(), passwordInput(registering)]
  const submit = h(
    'button.button.main.wide',
    {},
    registering ? both('注册并登录', 'Register and sign in') : both('登录', 'Sign in')
  )
  const form = h('form.stack-tight', { method: 'dialog', novalidate: true })
  form.append(
    h('h2', { id: 'sign-in-title' }, registering ? both('旅客注册', 'Register as a passenger') : titles[role]),
    ...fieldsOf(inputs, role),
    region,
    submit,
    h('div.row.apart', {}, staff ? h('span') : switchButton(registering, show), closeButton(close))
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    clearMarks(form)
    fill(region)
    void whileBusy(submit, async () => {
      try {
        done(await enter(inputs, registering))
      } catch (problem) {
        showProblem(region, problem, form)
      }
    })
  })
  return form
}

function fieldsOf([name, password, code], role) {
  const fields = [field(both('登录名', 'Name'), name), field(both('密码', 'Password'), password)]
  if (code)
    fields.push(field(both('动态口令（6 位）', 'One-time code (6 digits)'), code), sampleCodeButton(role, name, code))
  return fields
}

async function enter([name, password, code], registering) {
  const body = { name: name.value.trim(), password: password.value }
  if (registering) await call('POST', '/v1/passengers', { body })
  return await call('POST', '/v1/sessions', { body: code ? { ...body, oneTimeCode: code.value.trim() } : body })
}

function nameInput() {
  return h('input', {
    id: 'sign-in-name',
    name: '/name',
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: true
  })
}

function passwordInput(registering = false) {
  const autocomplete = registering ? 'new-password' : 'current-password'
  return h('input', { id: 'sign-in-password', name: '/password', type: 'password', autocomplete, required: true })
}

function codeInput() {
  return h('input', {
    id: 'sign-in-code',
    name: '/oneTimeCode',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    maxlength: 6
  })
}

/** In the sample province there is no phone to read the code from; the platform shows it to this machine alone. */
function sampleCodeButton(role, name, code) {
  const said = h('span.hint', { 'aria-live': 'polite' })
  const button = h(
    'button.button.quiet.slim',
    { type: 'button' },
    both('示例环境：填入口令', 'Sample province: fill in the code')
  )
  button.addEventListener('click', () =>
    whileBusy(button, async () => {
      const asked = new URLSearchParams({ role, name: name.value.trim() || role })
      const answer = await call('GET', `/v1/sample/one-time-code?${asked}`).catch((problem) => problem)
      if (answer.oneTimeCode) code.value = answer.oneTimeCode
      else announce(said, answer.text, 'bad')
    })
  )
  return h('div.row', {}, button, said)
}

function switchButton(registering, show) {
  const text = registering
    ? both('已有账号，去登录', 'I have an account')
    : both('没有账号？注册', 'No account? Register')
  return h('button.button.quiet', { type: 'button', onclick: () => show(!registering) }, text)
}

function closeButton(close) {
  return h('button.button.quiet', { type: 'button', onclick: close }, both('取消', 'Cancel'))
}
