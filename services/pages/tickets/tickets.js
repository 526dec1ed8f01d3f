// My tickets: what is still to come first, everything older below.
import { platformNow } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState, loading } from '../shell/notice.js'
import { signInAs, withSession } from '../shell/session.js'
import { modeBadge } from '../buy/departure-card.js'
import { findOrders, findWaiting } from '../buy/ticketing.js'
import { isBroken } from './broken-connection.js'
import { keepTickets } from './kept-tickets.js'
import { keptList } from './kept-view.js'
import { currentNews, findNews, newsNotice } from './news.js'
import { couponStates, isOpen, placeWords, whenWords } from './ticket-words.js'

export async function ticketsView(main, { left }) {
  fill(main, loading())
  const look = (session) => Promise.all([findOrders(session), findWaiting(session), findNews(session), session])
  const kept = () => keptList(ticketRow)
  const found = await orKept(main, kept, () => withSession('passenger', look))
  if (left.aborted || found === shownKept) return
  const title = h('h1', { tabindex: '-1' }, both('我的车票', 'My tickets'))
  if (!found) return fill(main, h('div.narrow.stack', {}, title, signInFirst()))
  const [orders, entries, news, session] = found
  const unpaid = orders.filter(({ state }) => state === 'LOCKED')
  const tickets = orders.flatMap(({ coupons, ride, legs }) =>
    coupons.filter(({ ticketNo }) => ticketNo).map((coupon) => ({ ...coupon, ride: legs[coupon.leg] ?? ride }))
  )
  const [coming, past] = [true, false].map((wanted) => tickets.filter((ticket) => isComing(ticket) === wanted))
  coming.sort((a, b) => new Date(a.ride.departsAt) - new Date(b.ride.departsAt))
  keepTickets(session, tickets)
  fill(
    main,
    h(
      'div.narrow.stack',
      {},
      title,
      ...unpaid.map(unpaidNotice),
      ...orders.filter(({ state }) => state === 'CONFIRMING').map(confirmingNotice),
      ...orders.filter(isBroken).map(brokenNotice),
      ...currentNews(news, coming).map(newsNotice),
      ...entries.filter(({ state }) => state === 'WAITING' || state === 'UNPAID').map(waitingNotice),
      coming.length > 0 ? list(coming) : nothingComing(),
      past.length > 0
        ? h(
            'details.stack-tight',
            {},
            h('summary', {}, both(`以往车票（${past.length}）`, `Earlier tickets (${past.length})`)),
            list(past)
          )
        : null,
      h('p', {}, h('a', { href: '#/cases' }, both('我的评价与投诉 →', 'What I said, and the answers →')))
    )
  )
}

export const shownKept = Symbol('what the phone has kept is shown')

/** What `ask` finds; without a network what the phone has kept is shown instead, when it has kept anything. */
export async function orKept(main, kept, ask) {
  const show = async () => {
    const shown = await kept()
    if (!shown) return false
    shown.dataset.kept = 'true'
    fill(main, shown)
    return true
  }
  // Nobody is asked to sign in where nobody could.
  if (!navigator.onLine && (await show())) return shownKept
  try {
    return await ask()
  } catch (problem) {
    if (problem.name === 'Problem' && problem.status === 0 && (await show())) return shownKept
    throw problem
  }
}

function isComing({ state, ride }) {
  return (
    ['ISSUED', 'CHECKED', 'SUSPENDED'].includes(state) && (isOpen(ride) || Date.parse(ride.arrivesAt) > platformNow())
  )
}

function list(tickets) {
  return h(
    'ul.stack-tight',
    {},
    tickets.map((ticket) => h('li', {}, ticketRow(ticket)))
  )
}

export function ticketRow(ticket) {
  const { ticketNo, state, passenger, fare, serviceFee, ride } = ticket
  const [large, small] = whenWords(ride)
  const [tag, text] = couponStates[state]
  return h(
    'a.card.ticket-row',
    { href: `#/ticket/${ticketNo}` },
    h(
      'div.row.apart',
      {},
      h('strong.ticket-when', {}, large, ' ', h('span.small', {}, small)),
      h(`span.${tag}`, {}, text)
    ),
    h('div', {}, h('strong', {}, `${ride.fromName} → ${ride.toName}`)),
    h(
      'div.row.apart.small.soft',
      {},
      h('span.row', {}, modeBadge(ride.mode), h('span', {}, passenger.name), placeWords(ticket)),
      h('span', {}, yuan(fare + serviceFee))
    )
  )
}

function unpaidNotice({ id, ride, total }) {
  return h(
    'a.notice.warn.row.apart',
    { href: `#/order/${id}` },
    h('strong', {}, both(`待支付 ${yuan(total)}`, `To pay: ${yuan(total)}`)),
    h('span', {}, `${ride.fromName} → ${ride.toName}`)
  )
}

function confirmingNotice({ id, partnerLegs, total }) {
  const { offer } = partnerLegs[0]
  return h(
    'a.notice.warn.row.apart',
    { href: `#/order/${id}` },
    h('strong', {}, both(`已付 ${yuan(total)}，等待出票`, `${yuan(total)} paid, waiting for tickets`)),
    h('span', {}, `${offer.carrier} ${offer.number}`)
  )
}

function brokenNotice({ id, ride, legs }) {
  return h(
    'a.notice.bad.row.apart',
    { href: `#/order/${id}` },
    h('strong', {}, both('衔接中断，请选择', 'Connection broken: choose')),
    h('span', {}, `${ride.fromName} → ${legs.at(-1).toName}`)
  )
}

function waitingNotice({ id, state, prepaid }) {
  return h(
    'a.notice.warn.row.apart',
    { href: `#/waitlist/${id}` },
    h(
      'strong',
      {},
      state === 'UNPAID' ? both('候补待预付', 'Waitlist, to be prepaid') : both('候补中', 'On the waitlist')
    ),
    h('span', {}, yuan(prepaid))
  )
}

function nothingComing() {
  const search = h('p.row.centred', {}, h('a.button.main', { href: '#/search' }, both('查班次', 'Find a departure')))
  return emptyState(
    both('没有待乘车的车票', 'No ticket for a trip to come'),
    both('买好的车票会出现在这里，出示二维码即可检票。', 'Tickets you buy appear here with their code.'),
    search
  )
}

/** For views that belong to an account, when nobody is signed in. Signing in goes on with the view. */
export function signInFirst() {
  const goOn = async () => {
    if (await signInAs('passenger')) window.dispatchEvent(new HashChangeEvent('hashchange'))
  }
  return emptyState(
    both('登录后查看车票', 'Sign in to see your tickets'),
    both('车票只对购票账号显示。', 'Tickets are shown to the account that bought them.'),
    h(
      'p.row.centred',
      {},
      h('button.button.main', { type: 'button', onclick: () => void goOn() }, both('登录', 'Sign in'))
    )
  )
}
