// The programs that speak for a channel: registered with what they may do, their secret shown once, revoked at once.
import { field, fill, h, whileBusy } from '../shell/element.js'
import { moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { showProblem } from '../shell/notice.js'
import { table } from './channel-words.js'

/** What a seller's program usually needs; the operator ticks what it shall have. */
const scopes = {
  'buy-ticket': both('售票', 'Sell'),
  'sell-on-credit': both('账户支付', 'Pay from the account'),
  'read-own-orders': both('查订单', 'Read orders'),
  'change-ticket': both('改签', 'Change'),
  'refund-ticket': both('退票', 'Refund'),
  'show-ticket-code': both('取检票码', 'Ticket codes'),
  'read-channel-account': both('查账户', 'Read the account'),
  'keep-webhooks': both('订阅推送', 'Webhooks'),
  'read-revenue': both('查结算单', 'Read statements'),
  'reconcile-sales': both('对账', 'Reconcile')
}

export function clientsSection(view, { code, clients }) {
  const list = h('div')
  const show = (all) => fill(list, all.length === 0 ? h('p.soft', {}, nobody) : clientTable(view, { all, reload }))
  const reload = async () => {
    const all = await view.api.get(`/v1/channels/${code}/clients`)
    if (all) show(all)
  }
  show(clients)
  return h(
    'section.card.stack-tight',
    {},
    h('h2', {}, both('接口客户端', 'API clients')),
    list,
    registerForm(view, { code, reload })
  )
}

const nobody = both('还没有客户端。', 'There is no client yet.')

function clientTable(view, { all, reload }) {
  const heads = [both('名称', 'Name'), both('凭据', 'Credential'), both('权限', 'Scopes'), both('登记于', 'Since'), '']
  return table(
    both('接口客户端', 'API clients'),
    heads,
    all.map((client) => clientRow(view, { client, reload }))
  )
}

function clientRow({ api, region }, { client, reload }) {
  const { id, name, hasSecret, publicKey, createdAt, revokedAt } = client
  const revoke = h('button.button.slim.danger', { type: 'button' }, both(`吊销 ${name}`, `Revoke ${name}`))
  revoke.addEventListener('click', () =>
    whileBusy(revoke, async () => {
      try {
        await api.send('DELETE', `/v1/clients/${id}`)
        await reload()
      } catch (problem) {
        showProblem(region, problem)
      }
    })
  )
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name, h('div.mono.small', {}, id)),
    h('td', {}, [hasSecret ? both('密钥', 'Secret') : null, publicKey ? ' SM2' : null]),
    h(
      'td.small',
      {},
      client.scopes.map((scope, index) => [index > 0 ? '、' : '', h('span', {}, scopes[scope] ?? scope)])
    ),
    h('td', {}, moment(createdAt)),
    h('td', {}, revokedAt ? h('span.badge', {}, both('已吊销', 'Revoked')) : revoke)
  )
}

function registerForm({ api, region }, { code, reload }) {
  const name = h('input', { id: 'client-name', required: true, maxlength: 60, autocomplete: 'off' })
  const key = h('input', { id: 'client-key', maxlength: 128, pattern: '[0-9A-Fa-f]{128}', autocomplete: 'off' })
  const boxes = Object.entries(scopes).map(([scope, text]) => {
    const input = h('input', { type: 'checkbox', id: `scope-${scope}`, checked: true })
    return { scope, input, element: h('label.choice', { for: input.id }, input, text) }
  })
  const said = h('div', { role: 'status' })
  const button = h('button.button', { type: 'submit' }, both('登记客户端', 'Register a client'))
  const form = h(
    'form.stack-tight',
    {},
    h(
      'div.terms-form',
      {},
      field(both('名称', 'Name'), name),
      field(both('SM2 公钥（空则发放密钥）', 'SM2 public key (empty: a secret is given)'), key)
    ),
    h(
      'fieldset.scopes',
      {},
      h('legend.small', {}, both('权限', 'Scopes')),
      boxes.map(({ element }) => element)
    ),
    h('div.row', {}, button),
    said
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const publicKey = key.value.trim()
    const body = {
      name: name.value.trim(),
      scopes: boxes.filter(({ input }) => input.checked).map(({ scope }) => scope),
      ...(publicKey ? { publicKey } : { secret: true })
    }
    fill(region)
    void whileBusy(button, async () => {
      try {
        const made = await api.send('POST', `/v1/channels/${code}/clients`, body)
        if (!made) return
        name.value = key.value = ''
        await reload()
        fill(said, secretOf(made))
      } catch (problem) {
        showProblem(region, problem)
      }
    })
  })
  return h('details', {}, h('summary', {}, both('登记新的客户端', 'Register another client')), form)
}

function secretOf({ id, secret }) {
  return h(
    'div.notice.good.secret',
    {},
    both('客户端编号 ', 'Client '),
    h('span.mono', {}, id),
    secret === null
      ? null
      : [
          h('br'),
          both('密钥（只显示这一次）', 'Secret (shown this once): '),
          ' ',
          h('strong.mono', { id: 'client-secret' }, secret)
        ]
  )
}
