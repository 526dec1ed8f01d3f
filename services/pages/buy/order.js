// An order: its places held against the clock, the cashier, and what came of it.
import { platformNow } from '../shell/api.js'
import { announce, fill, h, whileBusy } from '../shell/element.js'
import { countdown, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'
import { cashier } from './cashier.js'
import { contractNames } from './journey-card.js'
import { modeBadge } from './departure-card.js'
import { ridesOf } from './partner-rides.js'
import { brokenConnections, isBroken } from '../tickets/broken-connection.js'
import { keepTickets } from '../tickets/kept-tickets.js'
import { partnerLegCards } from '../tickets/partner-legs.js'
import { placeWords, whenWords } from '../tickets/ticket-words.js'
import { signInFirst, ticketRow } from '../tickets/tickets.js'
import { findOrder, giveUpOrder, openPayment } from './ticketing.js'

const askEveryMs = 1500

export async function orderView(main, { id, left }) {
  fill(main, loading())
  const shown = await withSession('passenger', (session) => showOrder(main, { id, session, left }))
  if (shown === null) fill(main, h('div.narrow', {}, signInFirst()))
}

async function showOrder(main, place) {
  const order = await findOrder(place.session, place.id)
  if (place.left.aborted) return
  const views = { LOCKED: heldView, CONFIRMING: confirmingView, EXPIRED: expiredView, CANCELLED: cancelledView }
  fill(
    main,
    h('div.narrow.stack', {}, rideHeading(order), ...(views[order.state] ?? issuedView)(order, { ...place, main }))
  )
  main.querySelector('h1').focus({ preventScroll: true })
}

/** A partner's ride as ours are shown. */
const asRide = (ride) => (ride.fromName ? ride : { ...ride, fromName: ride.from.name, toName: ride.to.name })

function rideHeading(order) {
  const { journeyNumber, contract } = order
  const legs = ridesOf(order).map(asRide)
  const [first, last] = [legs[0], legs.at(-1)]
  const returns = legs.length === 2 && last.to === first.from
  return h(
    'header.stack-tight',
    {},
    h('h1', { tabindex: '-1' }, returns ? `${first.fromName} ⇄ ${first.toName}` : `${first.fromName} → ${last.toName}`),
    legs.map((leg) => rideLine(leg, legs.length > 1)),
    journeyNumber
      ? h(
          'p.small.soft',
          {},
          both('联程号 ', 'Journey '),
          h('span.mono', {}, journeyNumber),
          returns ? null : [' · ', contractNames[contract]]
        )
      : null
  )
}

function rideLine(leg, several) {
  const [large, small] = whenWords(leg)
  const which = several ? `${leg.number} ${leg.fromName}` : leg.number
  return h('p.row', {}, modeBadge(leg.mode), h('strong', {}, small, ' ', large), h('span.soft', {}, which))
}

function heldView(order, place) {
  const region = noticeRegion()
  const till = h('div.stack-tight')
  const giveUp = h('button.button.quiet', { type: 'button' }, both('取消订单', 'Give up the order'))
  giveUp.addEventListener('click', () =>
    whileBusy(giveUp, () =>
      giveUpOrder(place.session, order.id).then(
        () => showOrder(place.main, place),
        (problem) => showProblem(region, problem)
      )
    )
  )
  const pay = () => {
    fill(till, loading(both('正在打开收银台…', 'Opening the cashier…')))
    void openPayment(place.session, order.id).then(
      (payment) =>
        payment.state === 'SUCCEEDED'
          ? showOrder(place.main, place)
          : fill(till, cashier({ payment, total: order.total, retry: pay })),
      (problem) => (fill(till), showProblem(region, problem))
    )
  }
  pay()
  void followOrder(order, place)
  return [holdClock(order, place), peopleOf(order), partnerLegCards(order.partnerLegs), till, region, giveUp]
}

/** Asks until the order has moved on: the cashier's answer may take a while, or come after the hold is over. */
async function followOrder(order, place) {
  while (!place.left.aborted) {
    await new Promise((resolve) => setTimeout(resolve, askEveryMs))
    const now = await findOrder(place.session, order.id).catch(() => order)
    const moved = now.state !== order.state || stateOfPartners(now) !== stateOfPartners(order)
    if (moved && !place.left.aborted) return showOrder(place.main, place)
  }
}

const stateOfPartners = ({ partnerLegs }) => partnerLegs.map(({ state }) => state).join()

function holdClock({ holdUntil, total }, { left }) {
  const clock = h('div.hold-clock', { role: 'timer' })
  const tick = () => fill(clock, countdown((Date.parse(holdUntil) - platformNow()) / 1000))
  const timer = setInterval(tick, 500)
  left.addEventListener('abort', () => clearInterval(timer))
  tick()
  return h(
    'section.card.row.apart',
    {},
    h('div', {}, h('div.small.soft', {}, both('座位为您保留', 'Your seats are held for')), clock),
    h('div', {}, h('div.small.soft', {}, both('应付', 'To pay')), h('strong.fare', {}, yuan(total)))
  )
}

function peopleOf({ coupons }) {
  return h(
    'ul.stack-tight',
    {},
    coupons.map((coupon) =>
      h(
        'li.row.apart',
        {},
        h(
          'span',
          {},
          h('strong', {}, coupon.passenger.name),
          ' ',
          h('span.mono.small.soft', {}, coupon.passenger.documentNumber ?? '')
        ),
        h('span.badge', {}, placeWords(coupon))
      )
    )
  )
}

/** Paid, and its partners have the word: what they said so far, asked again until it ends. */
function confirmingView(order, place) {
  const { partnerLegs, total } = order
  const said = h('p.notice.warn', { role: 'status' })
  const carriers = [...new Set(partnerLegs.map(({ offer }) => offer.carrier))].join('、')
  announce(
    said,
    both(
      `已收到 ${yuan(total)}，正等待 ${carriers} 出票。座位都为您保留；全程都出票，或全部退款，请勿重复付款。`,
      `We have your ${yuan(total)} and wait for ${carriers}. All seats stay yours: you get every ticket or all your money back. Do not pay again.`
    ),
    'warn'
  )
  const bar = h('progress', { 'aria-label': both('等待出票', 'Waiting for the tickets') })
  void followOrder(order, place)
  return [said, bar, partnerLegCards(partnerLegs), peopleOf(order)]
}

function expiredView(order) {
  return [
    emptyState(
      both('占座已超时', 'The hold ran out'),
      both(
        '座位已放回售票。若之后才扣款成功，款项会自动全额退回。',
        'The seats are on sale again. If a payment still succeeds, all of it is returned by itself.'
      ),
      again(order)
    )
  ]
}

function cancelledView(order) {
  const undone = order.partnerLegs.some(({ cause }) => cause === 'partner' || cause === 'local' || cause === 'lost')
  if (undone)
    return [
      emptyState(
        both('未能全部出票，票款全额退回', 'Not every ticket could be had: all your money comes back'),
        both(
          `${yuan(order.total)} 已原路退回，任何一程都没有出票，也不收手续费。`,
          `${yuan(order.total)} goes back the way it came. No leg was ticketed, and no fee is kept.`
        ),
        again(order)
      ),
      partnerLegCards(order.partnerLegs)
    ]
  return [
    emptyState(
      both('订单已取消', 'The order was given up'),
      both('没有收取任何费用。', 'Nothing was charged.'),
      again(order)
    )
  ]
}

function again() {
  return h('p.row.centred', {}, h('a.button.main', { href: '#/search' }, both('重新查班次', 'Search again')))
}

const outcomes = {
  ISSUED: [
    'good',
    both('已出票。凭证件或二维码检票乘车。', 'Your tickets are issued. Board with the document or the code.')
  ],
  PART_REFUNDED: ['warn', both('部分车票已退。', 'Some of the tickets were refunded.')],
  REFUNDED: ['warn', both('车票已全部退回。', 'All tickets were refunded.')]
}

function issuedView(order, place) {
  const [tone, words] = outcomes[order.state]
  const said = h('p.notice', { role: 'status' })
  announce(said, words, tone)
  const tickets = order.coupons.map((coupon) => ({ ...coupon, ride: order.legs[coupon.leg] ?? order.ride }))
  const rows = tickets.map((ticket) => h('li', {}, ticketRow(ticket)))
  // Bought at home, shown where there is no network.
  keepTickets(place.session, tickets)
  const done = () => void showOrder(place.main, place)
  const broken = isBroken(order) ? brokenConnections({ ...order, session: place.session, done }) : null
  // In order of travel.
  const partners = (wanted) =>
    partnerLegCards(
      order.partnerLegs.filter(({ side }) => side === wanted),
      { session: place.session, orderId: order.id, done }
    )
  return [said, broken, partners('before'), h('ul.stack-tight', {}, rows), partners('after')]
}
