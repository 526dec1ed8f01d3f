// One channel: its terms to change, money it paid in, the programs that may speak for it, and where its messages go.
import { newId } from '../shell/api.js'
import { field, fill, h, whileBusy } from '../shell/element.js'
import { moment, signedMoney } from '../shell/format.js'
import { both } from '../shell/language.js'
import { announceDone } from './done.js'
import { showProblem } from '../shell/notice.js'
import { readYuan } from '../counter/cash.js'
import { clientsSection } from './clients.js'
import { badge, eventNames, kinds, states, table, webhookStates } from './channel-words.js'

export async function channelView(view, code) {
  const { place, api, stay } = view
  const [channels, clients, webhooks] = await Promise.all(
    ['/v1/channels', `/v1/channels/${code}/clients`, `/v1/channels/${code}/webhooks`].map(api.get)
  )
  const channel = channels?.find((one) => one.code === code)
  if (!channel || !stay()) return
  fill(
    place,
    h('p', {}, h('a', { href: '#/channels' }, both('← 全部渠道', '← All channels'))),
    h(
      'div.row.apart',
      {},
      h('h1', { tabindex: '-1' }, channel.name, ' ', h('span.mono.small', {}, code)),
      h('span.row', {}, h('span.badge', {}, kinds[channel.kind]), badge(states[channel.state]))
    ),
    accountSection(view, channel),
    termsSection(view, channel),
    clientsSection(view, { code, clients }),
    webhooksSection(code, webhooks)
  )
}

function accountSection(view, { code, balance, creditLimit }) {
  const amount = h('input', { id: 'top-up', inputmode: 'decimal', autocomplete: 'off', required: true })
  const said = h('span', { role: 'status' })
  const button = h('button.button', { type: 'submit' }, both('登记到账', 'Record money paid in'))
  const form = h('form.row', {}, field(both('充值金额（元）', 'Paid in (yuan)'), amount), button, said)
  // A repeat after a lost answer is the same money.
  let id = newId()
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const fen = readYuan(amount.value)
    if (fen === null || fen < 1) return amount.focus()
    void whileBusy(button, async () => {
      try {
        const now = await view.api.send('PUT', `/v1/channels/${code}/top-ups/${id}`, { amount: fen })
        if (!now) return
        id = newId()
        amount.value = ''
        fill(shown, signedMoney(now.balance))
        announceDone(said)
      } catch (problem) {
        showProblem(view.region, problem)
      }
    })
  })
  const shown = h('strong', { id: 'balance' }, signedMoney(balance))
  return h(
    'section.card.stack-tight',
    {},
    h('h2', {}, both('账户', 'Account')),
    h(
      'p',
      {},
      both('余额 ', 'Balance '),
      shown,
      ' · ',
      both('可透支到 ', 'may go down to '),
      signedMoney(-creditLimit),
      both('，由账簿把守', ', kept by the ledger')
    ),
    form
  )
}

const numbers = {
  opensMinute: both('开始营业（零点后分钟）', 'Opens (minute of the day)'),
  closesMinute: both('结束营业（零点后分钟）', 'Closes (minute of the day)'),
  ticketsPerDay: both('每日配额（空为不限）', 'Tickets a day (empty: no limit)'),
  ticketCharge: both('每张服务费（分）', 'Service fee a ticket (fen)'),
  creditLimit: both('信用额度（分）', 'Credit limit (fen)')
}

function termsSection(view, channel) {
  const inputs = Object.entries(numbers).map(([name, text]) => {
    const input = h('input', { id: name, type: 'number', min: '0', value: channel[name] ?? '' })
    if (name !== 'ticketsPerDay') input.required = true
    return [name, input, text]
  })
  const rate = h('input', { id: 'commissionRate', value: channel.commissionRate, required: true, autocomplete: 'off' })
  const state = h(
    'select',
    { id: 'state' },
    Object.entries(states).map(([value, [, text]]) => h('option', { value, selected: value === channel.state }, text))
  )
  const said = h('span', { role: 'status' })
  const button = h('button.button.main', { type: 'submit' }, both('保存条款', 'Save the terms'))
  const form = h(
    'form.terms-form',
    {},
    inputs.map(([, input, text]) => field(text, input)),
    field(both('佣金率（占票价）', 'Commission (share of the fare)'), rate),
    field(both('状态', 'State'), state),
    h('div.row', {}, button, said)
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const { code, balance: _, soldToday: __, ...terms } = channel
    const asked = inputs.map(([name, input]) => [name, input.value === '' ? null : Number(input.value)])
    const body = { ...terms, ...Object.fromEntries(asked), commissionRate: rate.value.trim(), state: state.value }
    fill(view.region)
    void whileBusy(button, async () => {
      try {
        if (await view.api.send('PUT', `/v1/channels/${code}`, body)) announceDone(said)
      } catch (problem) {
        showProblem(view.region, problem)
      }
    })
  })
  return h('section.card.stack-tight', {}, h('h2', {}, both('条款', 'Terms')), form)
}

function webhooksSection(code, webhooks) {
  const title = both('推送订阅', 'Webhooks')
  const heads = [
    both('地址', 'Address'),
    both('事件', 'Events'),
    both('状态', 'State'),
    both('待送达', 'Waiting'),
    both('订阅于', 'Since')
  ]
  const none = h('p.soft', {}, both('该渠道没有订阅推送。', 'This channel has no webhooks.'))
  const row = ({ id, url, events, state, waiting, createdAt }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, h('a.mono.small', { href: `#/deliveries/${code}/${id}` }, url)),
      h(
        'td',
        {},
        events.map((name, index) => [index > 0 ? '、' : '', h('span', {}, eventNames[name])])
      ),
      h('td', {}, badge(webhookStates[state])),
      h('td.number', {}, String(waiting)),
      h('td', {}, moment(createdAt))
    )
  return h(
    'section.stack-tight',
    {},
    h('h2', {}, title),
    webhooks.length === 0 ? none : table(title, heads, webhooks.map(row))
  )
}
