// All channels with what they may sell, what they sold today, and how their account stands.
import { fill, h } from '../shell/element.js'
import { count, signedMoney, money } from '../shell/format.js'
import { both } from '../shell/language.js'
import { badge, kinds, states, table } from './channel-words.js'

export async function channelListView({ place, api, stay }) {
  const channels = await api.get('/v1/channels')
  if (!channels || !stay()) return
  const heads = [
    both('渠道', 'Channel'),
    both('类别', 'Kind'),
    both('状态', 'State'),
    both('营业时间', 'Hours'),
    both('今日/配额', 'Today of quota'),
    both('佣金', 'Commission'),
    both('账户余额', 'Balance'),
    both('信用额度', 'Credit limit')
  ]
  fill(
    place,
    h('h1', { tabindex: '-1' }, both('渠道', 'Channels')),
    table(both('渠道', 'Channels'), heads, channels.map(row))
  )
}

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

function row(channel) {
  const { code, name, kind, state, opensMinute, closesMinute, soldToday, ticketsPerDay, commissionRate } = channel
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, h('a', { href: `#/channel/${code}` }, name), ' ', h('span.mono.small', {}, code)),
    h('td', {}, kinds[kind]),
    h('td', {}, badge(states[state])),
    h('td', {}, `${clock(opensMinute)}–${clock(closesMinute)}`),
    h('td.number', {}, ticketsPerDay === null ? '—' : `${count(soldToday)} / ${count(ticketsPerDay)}`),
    h('td.number', {}, `${Number((Number(commissionRate) * 100).toFixed(2))}%`),
    h('td.number', {}, signedMoney(channel.balance)),
    h('td.number', {}, money(channel.creditLimit))
  )
}
