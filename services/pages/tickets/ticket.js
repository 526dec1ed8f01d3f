// One ticket, as it is shown at the gate: the code first and large, then what it is good for, the whole way, and what can be done with it.
import { callForBlob } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { dayOf, moment, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'
import { modeBadge } from '../buy/departure-card.js'
import { findEvents, findOrder, findTicket } from '../buy/ticketing.js'
import { brokenConnections, isBroken } from './broken-connection.js'
import { changeDialog } from './change.js'
import { dateWayBack } from './date-way-back.js'
import { invoiceDialog } from './invoice.js'
import { keepTickets } from './kept-tickets.js'
import { keptView } from './kept-view.js'
import { partnerLegCards } from './partner-legs.js'
import { refundDialog } from './refund.js'
import { speakDialog } from './speak-of-journey.js'
import { ticketCode } from './ticket-code.js'
import { couponKindNames, couponStates, eventNames, isOpen, placeWords, whenWords } from './ticket-words.js'
import { orKept, signInFirst } from './tickets.js'
import { journeyTimeline } from './timeline.js'

const refundable = new Set(['ISSUED', 'NO_SHOW', 'SUSPENDED'])
const invoiceable = new Set(['ISSUED', 'CHECKED', 'USED', 'NO_SHOW'])

export async function ticketView(main, { ticketNo, left }) {
  fill(main, loading())
  const show = (session) => showTicket(main, { ticketNo, session, left, refresh: () => void show(session) })
  const kept = () => keptView(ticketNo, { head, face, left })
  const found = await orKept(main, kept, () => withSession('passenger', show))
  if (found === null) fill(main, h('div.narrow', {}, signInFirst()))
}

async function showTicket(main, place) {
  const { session, ticketNo, left } = place
  const [ticket, events] = await Promise.all([findTicket(session, ticketNo), findEvents(session, ticketNo)])
  const order = await findOrder(session, ticket.orderId)
  if (left.aborted) return
  const ofOrder = order.coupons.map((coupon) => ({ ...coupon, ride: order.legs[coupon.leg] }))
  const legs = order.legs.map((leg, index) => ({ ...leg, tickets: ofOrder.filter((one) => one.leg === index) }))
  const companions = ofOrder.filter((one) => one.ticketNo && one.ticketNo !== ticketNo && refundable.has(one.state))
  fill(
    main,
    h(
      'div.narrow.stack',
      {},
      h('a', { href: '#/tickets' }, both('← 我的车票', '← My tickets')),
      isBroken(order) ? brokenConnections({ ...order, session, done: place.refresh }) : null,
      h('article.e-ticket', {}, head(ticket), ...codeOf(ticket, place), face(ticket)),
      actions({ ticket, companions, legs }, place),
      journeyTimeline({ legs, current: ticket.leg, left }),
      partnerLegCards(order.partnerLegs, { session, orderId: order.id, done: place.refresh }),
      history(events, place)
    )
  )
  main.querySelector('h1').focus({ preventScroll: true })
  keepTickets(session, [ticket], { anew: true })
}

function head({ ride, state }) {
  const [tag, text] = couponStates[state]
  const [large, small] = whenWords(ride)
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
    h('div.e-ticket-when', {}, h('strong', {}, large), small)
  )
}

/** The open way back has no code of its own until it has a departure. */
function codeOf({ state, ticketNo, ride }, { session, left, refresh }) {
  if (state !== 'ISSUED') return []
  if (isOpen(ride))
    return [
      h(
        'p.notice.e-ticket-note',
        {},
        both('选定返程班次后即可检票乘车。', 'Date the way back, and it boards like any ticket.')
      )
    ]
  return [ticketCode({ ticketNo, session, left, changed: refresh })]
}

/** The face of the ticket: what JT/T 405 asks a ticket to say, with the identity masked. */
function face(ticket) {
  const { passenger, fareKind, fare, serviceFee, ticketNo, ride, vehicle } = ticket
  const fact = (name, ...value) => [h('dt', {}, name), h('dd', {}, ...value)]
  return h(
    'dl.facts.e-ticket-face',
    {},
    fact(
      vehicle ? both('驾驶员', 'Driver') : both('旅客', 'Passenger'),
      passenger.name,
      passenger.documentNumber ? h('span.mono.soft', {}, ` ${passenger.documentNumber}`) : null
    ),
    fact(vehicle ? both('车辆', 'Vehicle') : both('座位', 'Seat'), placeWords(ticket)),
    fact(
      both('票种', 'Fare'),
      couponKindNames[fareKind],
      ` ${yuan(fare)}`,
      serviceFee > 0 ? both(`，服务费 ${yuan(serviceFee)}`, `, service fee ${yuan(serviceFee)}`) : null
    ),
    isOpen(ride) ? null : fact(both('到达', 'Arrives'), moment(ride.arrivesAt)),
    fact(both('票号', 'Ticket no.'), h('span.mono', {}, ticketNo))
  )
}

function actions({ ticket, companions, legs }, { session, refresh }) {
  const button = (id, text, run) => h('button.button', { type: 'button', id, onclick: () => void run() }, text)
  const changed = (ticketNo) => (location.hash = `#/ticket/${ticketNo}`)
  const about = { ticket, companions, session }
  const open = isOpen(ticket.ride)
  const can = refundable.has(ticket.state)
  const all = [
    can ? button('refund', both('退票', 'Refund'), () => refundDialog({ ...about, done: refresh })) : null,
    can && !open && !ticket.vehicle
      ? button('change', both('改签', 'Change'), () => changeDialog({ ...about, done: changed }))
      : null,
    invoiceable.has(ticket.state) && ticket.fare > 0
      ? button('invoice', both('开发票', 'Invoice'), () => invoiceDialog({ ticketNo: ticket.ticketNo, session }))
      : null,
    button('speak', both('评价与投诉', 'Rate or complain'), () => speakDialog({ ticket, session }))
  ]
  const date = button('date-way-back', both('选返程班次', 'Date the way back'), () =>
    dateWayBack({ ticket, after: dayOf(legs[0].departsAt), session, done: refresh })
  )
  date.classList.add('main')
  return h('div.row', {}, open && can ? date : null, all)
}

function history(events, { session, ticketNo }) {
  const items = events.map(({ at, event, detail }) =>
    h(
      'li',
      {},
      h('time.small.soft', { datetime: at }, moment(at)),
      h('span', {}, eventNames[event] ?? event),
      detail ? h('span.small.soft', {}, detail) : null
    )
  )
  return h(
    'details.stack-tight',
    { open: events.length > 1 },
    h('summary', {}, both('办理记录', 'What happened so far')),
    h('ol.journey', {}, items),
    keepProof(session, ticketNo)
  )
}

/** The proof that this history is in the ticket log: a file to keep, checked offline by whoever doubts us. */
function keepProof(session, ticketNo) {
  const region = noticeRegion()
  const button = h('button.button.quiet', { type: 'button' }, both('下载存证', 'Keep the proof'))
  const save = async () => {
    try {
      const file = await callForBlob(`/v1/tickets/${ticketNo}/proof`, { session })
      const link = h('a', { href: URL.createObjectURL(file), download: `${ticketNo}.proof.json` })
      link.click()
      URL.revokeObjectURL(link.href)
    } catch (problem) {
      showProblem(region, problem)
    }
  }
  button.addEventListener('click', () => whileBusy(button, save))
  return h('div.stack-tight', {}, button, region)
}
