// What just happened, large enough to read aloud: the change, the seats, the tickets. It stays until the next sale.
import { h } from '../../shell/element.js'
import { yuan } from '../../shell/format.js'
import { both } from '../../shell/language.js'
import { placeWords, rideWords } from '../../tickets/ticket-words.js'
import { keyCap } from '../shortcuts.js'
import { partnerLegCards } from '../../tickets/partner-legs.js'
import { printSlips } from '../slip.js'

/** `given` is the cash in fen; `name` says by what else it was paid. */
export function lastSale({ order, given, name }) {
  const { coupons, ride, total, journeyNumber } = order
  const tickets = coupons.map((coupon) => ({ ...coupon, ride: order.legs[coupon.leg] ?? ride }))
  const partners = (order.partnerLegs ?? []).filter(({ state }) => state === 'CONFIRMED')
  const print = () => void printSlips(tickets, { partners, people: tickets })
  const element = h(
    'section.card.stack-tight.sold',
    { role: 'status', 'aria-label': both('已出票', 'Issued') },
    h(
      'div.row.apart',
      {},
      h('span.badge.good', {}, both('✓ 已出票', '✓ Issued')),
      h(
        'span.small.soft',
        {},
        both(`应收 ${yuan(total)} · 实收 ${yuan(given)}`, `${yuan(total)} of ${yuan(given)} given`)
      )
    ),
    name
      ? h('div.sum.change', {}, h('span', {}, name), h('strong', {}, yuan(total)))
      : h('div.sum.change', {}, h('span', {}, both('找零', 'Change')), h('strong', {}, yuan(given - total))),
    order.legs.map((leg, index) =>
      legTickets(
        leg,
        tickets.filter((ticket) => ticket.leg === index)
      )
    ),
    partnerLegCards(partners),
    journeyNumber ? h('p.small.soft', {}, both('联程号 ', 'Journey '), h('span.mono', {}, journeyNumber)) : null,
    h(
      'button.button.slim',
      { type: 'button', tabindex: '-1', onclick: print },
      keyCap('F10'),
      both('打印凭条', 'Print the slips')
    )
  )
  return { element, print }
}

function legTickets(leg, tickets) {
  return h(
    'div.stack-tight',
    {},
    h('p', {}, rideWords(leg)),
    h(
      'ul.stack-tight',
      {},
      tickets.map((ticket) =>
        h(
          'li.row.apart',
          {},
          h('strong', {}, ticket.passenger.name),
          placeWords(ticket),
          h('span.mono.small', {}, ticket.ticketNo)
        )
      )
    )
  )
}
