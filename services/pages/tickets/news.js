// News of one's own departures (晚点、停运 …), said before one asks, with the departures one could take instead.
import { call } from '../shell/api.js'
import { h } from '../shell/element.js'
import { clockOf } from '../shell/format.js'
import { both } from '../shell/language.js'

export async function findNews(session) {
  return await call('GET', '/v1/notices', { session })
}

/** The latest of each order, as long as one of its tickets is still to be used. */
export function currentNews(news, coming) {
  const ahead = new Set(coming.map(({ ticketNo }) => ticketNo))
  const seen = new Set()
  return news.filter(({ orderId, departure, tickets }) => {
    const key = `${orderId} ${departure}`
    const latest = !seen.has(key)
    seen.add(key)
    return latest && tickets.some((ticketNo) => ahead.has(ticketNo))
  })
}

export function newsNotice({ tickets, text, english, alternatives }) {
  const ways = alternatives.map(({ departsAt }) => clockOf(departsAt)).join(' · ')
  return h(
    'a.notice.warn.stack-tight',
    { href: `#/ticket/${tickets[0]}` },
    h('strong', {}, both(text.replace(/^【.*?】/, ''), english)),
    ways ? h('span.small', {}, both(`可免费改乘：${ways}`, `Instead, free of charge: ${ways}`)) : null
  )
}
