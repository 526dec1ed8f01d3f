// One ticket, as it is shown at the gate: the code first and large, then what it is good for.
import { fill, h } from '../shell/element.js'
import { clockOf, dayName, dayOf, moment, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { loading } from '../shell/notice.js'
import { withSession } from '../shell/session.js'
import { modeBadge } from '../buy/departure-card.js'
import { fareNames } from '../buy/quote-summary.js'
import { findEvents, findTicket } from '../buy/ticketing.js'
import { changeDialog } from './change.js'
import { refundDialog } from './refund.js'
import { ticketCode } from './ticket-code.js'
import { couponStates, signInFirst } from './tickets.js'

const refundable = new Set(['ISSUED', 'NO_SHOW', 'SUSPENDED'])

export const eventNames = {
  issue: both('出票', 'Issued'),
  'check-in': both('检票', 'Checked in'),
  'check-refused': both('检票未放行', 'Refused at the gate'),
  'undo-check-in': both('取消检票', 'Check taken back'),
  refund: both('申请退票', 'Refund asked for'),
  'refund-paid': both('退款到账', 'Refund paid'),
  void: both('废票', 'Voided'),
  change: both('改签', 'Changed'),
  reissue: both('补办', 'Issued again')
}

export async function ticketView(main, { ticketNo, left }) {
  fill(main, loading())
  const show = (session) => showTicket(main, { ticketNo, session, left, refresh: () => void show(session) })
  if ((await withSession('passenger', show)) === null) fill(main, h('div.narrow', {}, signInFirst()))
}

async function showTicket(main, place) {
  const { session, ticketNo, left } = place
  const [ticket, events] = await Promise.all([findTicket(session, ticketNo), findEvents(session, ticketNo)])
  if (left.aborted) return
  fill(
    main,
    h(
      'div.narrow.stack',
      {},
      h('a', { href: '#/tickets' }, both('← 我的车票', '← My tickets')),
      h('article.e-ticket', {}, head(ticket), ...codeOf(ticket, place), face(ticket)),
      actions(ticket, place),
      history(events)
    )
  )
  main.querySelector('h1').focus({ preventScroll: true })
}

function head({ ride, state }) {
  const [tag, text] = couponStates[state]
  return h(
    'header.e-ticket-head',
    {},
    h(
      'div.row.apart',
      {},
      h('span.row', {}, modeBadge(ride.mode), h('span.mono', {}, ride.number)),
      h(`span.${tag}`, {}, text)
    ),
    h('h1', { tabindex: '-1' }, `${ride.fromName} → ${ride.toName}`),
    h('div.e-ticket-when', {}, h('strong', {}, clockOf(ride.departsAt)), dayName(dayOf(ride.departsAt)))
  )
}

function codeOf({ state, ticketNo }, { session, left, refresh }) {
  return state === 'ISSUED' ? [ticketCode({ ticketNo, session, left, changed: refresh })] : []
}

/** The face of the ticket: what JT/T 405 asks a ticket to say, with the identity masked. */
function face({ passenger, seat, fareKind, fare, serviceFee, ticketNo, ride }) {
  const fact = (name, ...value) => [h('dt', {}, name), h('dd', {}, ...value)]
  return h(
    'dl.facts.e-ticket-face',
    {},
    fact(
      both('旅客', 'Passenger'),
      passenger.name,
      passenger.documentNumber ? h('span.mono.soft', {}, ` ${passenger.documentNumber}`) : null
    ),
    fact(both('座位', 'Seat'), seat === null ? both('不对号入座', 'Open seating') : both(`${seat} 号`, String(seat))),
    fact(
      both('票种', 'Fare'),
      fareNames[fareKind],
      ` ${yuan(fare)}`,
      serviceFee > 0 ? both(`，服务费 ${yuan(serviceFee)}`, `, service fee ${yuan(serviceFee)}`) : null
    ),
    fact(both('到达', 'Arrives'), moment(ride.arrivesAt)),
    fact(both('票号', 'Ticket no.'), h('span.mono', {}, ticketNo))
  )
}

function actions(ticket, { session, refresh }) {
  if (!refundable.has(ticket.state)) return null
  const refund = h('button.button', { type: 'button' }, both('退票', 'Refund'))
  refund.addEventListener('click', () => void refundDialog({ ticket, session, done: refresh }))
  const change = h('button.button', { type: 'button', id: 'change' }, both('改签', 'Change'))
  const changed = (ticketNo) => (location.hash = `#/ticket/${ticketNo}`)
  change.addEventListener('click', () => changeDialog({ ticket, session, done: changed }))
  return h('div.row', {}, refund, change)
}

function history(events) {
  const items = events.map(({ at, event, detail }) =>
    h(
      'li',
      {},
      h('time.small.soft', { datetime: at }, moment(at)),
      h('span', {}, eventNames[event] ?? event),
      detail ? h('span.small.soft', {}, detail) : null
    )
  )
  return h('section.stack-tight', {}, h('h2', {}, both('行程记录', 'What happened so far')), h('ol.journey', {}, items))
}
