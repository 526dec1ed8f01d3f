// What was pushed to one address: every message with its attempts and the answer, and sending again by ticket or from an event on.
import { field, fill, h, whileBusy } from '../shell/element.js'
import { count, moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { loading, showProblem } from '../shell/notice.js'
import { eventNames as ticketEvents } from '../tickets/ticket-words.js'
import { badge, deliveryStates, table, webhookStates } from './channel-words.js'

const pageSize = 50

export async function deliveriesView(view, code, id) {
  const { place, api, stay } = view
  const webhook = (await api.get(`/v1/channels/${code}/webhooks`))?.find((one) => one.id === id)
  if (!webhook || !stay()) return
  const list = h('div.stack-tight', { 'aria-live': 'polite' })
  const filter = h(
    'select',
    { id: 'delivery-state' },
    h('option', { value: '' }, both('全部', 'All')),
    Object.entries(deliveryStates).map(([value, [, text]]) => h('option', { value }, text))
  )
  const state = { ...view, path: `/v1/channels/${code}/webhooks/${id}`, list, filter }
  filter.addEventListener('change', () => void load(state))
  fill(
    place,
    h('p', {}, h('a', { href: `#/channel/${code}` }, '← ', code)),
    h('h1', { tabindex: '-1' }, both('推送记录', 'Delivery log')),
    h('p.row', {}, h('span.mono.small', {}, webhook.url), badge(webhookStates[webhook.state])),
    replayForm(state),
    h('div.row', {}, field(both('状态', 'State'), filter)),
    list
  )
  await load(state)
}

async function load({ api, region, path, list, filter, stay }) {
  fill(list, loading())
  const rows = h('tbody')
  const more = h('button.button', { type: 'button' }, both('更早的', 'Earlier'))
  let before = null
  const next = async () => {
    const asked = new URLSearchParams({ limit: pageSize })
    if (filter.value) asked.set('state', filter.value)
    if (before !== null) asked.set('before', before)
    const found = (await api.get(`${path}/deliveries?${asked}`)) ?? []
    before = found.at(-1)?.id ?? before
    rows.append(...found.map(row))
    more.hidden = found.length < pageSize
    return found.length
  }
  more.addEventListener('click', () => whileBusy(more, () => next().catch((problem) => showProblem(region, problem))))
  const first = await next()
  if (!stay()) return
  if (first === 0) return fill(list, h('p.soft', {}, both('没有记录。', 'Nothing was sent.')))
  const shown = table(both('推送记录', 'Delivery log'), heads, [])
  shown.querySelector('tbody').replaceWith(rows)
  fill(list, shown, more)
}

const heads = [
  both('事件号', 'Event'),
  both('客票', 'Ticket'),
  both('事件', 'What'),
  both('状态', 'State'),
  both('次数', 'Attempts'),
  both('下次/送达', 'Next or delivered'),
  both('对方答复', 'Answer')
]

function row({ event, ticketNo, ticketEvent, state, attempts, nextAttemptAt, deliveredAt, answer }) {
  return h(
    'tr',
    {},
    h('td.number', {}, String(event)),
    h('th.mono.small', { scope: 'row' }, ticketNo),
    h('td', {}, ticketEvents[ticketEvent] ?? ticketEvent),
    h('td', {}, badge(deliveryStates[state])),
    h('td.number', {}, count(attempts)),
    h('td', {}, state === 'given-up' ? '—' : moment(deliveredAt ?? nextAttemptAt)),
    h('td.answer.small', {}, answer)
  )
}

function replayForm(state) {
  const ticket = h('input.mono', {
    id: 'replay-ticket',
    maxlength: 20,
    pattern: '\\d{11}[A-Z]\\d{8}',
    autocomplete: 'off'
  })
  const from = h('input', { id: 'replay-from', type: 'number', min: '0' })
  const said = h('span', { role: 'status' })
  const button = h('button.button.main', { type: 'submit' }, both('重发', 'Send again'))
  const form = h(
    'form.card.terms-form',
    { 'aria-label': both('重发', 'Send again') },
    field(both('只发此票', 'This ticket only'), ticket),
    field(both('自此事件号起', 'From this event on'), from),
    h('div.row', {}, button, said)
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    // Everything from the beginning is never meant by two empty fields.
    if (ticket.value.trim() === '' && from.value === '') return ticket.focus()
    const body = {
      ...(ticket.value.trim() ? { ticketNo: ticket.value.trim() } : {}),
      ...(from.value ? { fromEvent: Number(from.value) } : {})
    }
    fill(state.region)
    void whileBusy(button, async () => {
      try {
        const done = await state.api.send('POST', `${state.path}/replays`, body)
        if (!done) return
        fill(said, both(`已安排重发 ${done.replayed} 条`, `${done.replayed} to be sent again`))
        await load(state)
      } catch (problem) {
        showProblem(state.region, problem)
      }
    })
  })
  return form
}
