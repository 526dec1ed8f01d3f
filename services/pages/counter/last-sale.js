// What just happened, large enough to read aloud: the change, the seats, the tickets. It stays until the next sale.
import { h } from '../shell/element.js'
import { clockOf, dayName, dayOf, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { seatWords } from '../tickets/tickets.js'
import { keyCap } from './shortcuts.js'
import { printSlips } from './slip.js'

/** `given` is the cash in fen. */
export function lastSale({ order, given }) {
  const { coupons, ride, total } = order
  const tickets = coupons.map((coupon) => ({ ...coupon, ride: order.legs[coupon.leg] ?? ride }))
  const print = () => void printSlips(tickets)
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
    h('div.sum.change', {}, h('span', {}, both('找零', 'Change')), h('strong', {}, yuan(given - total))),
    h(
      'p',
      {},
      `${clockOf(ride.departsAt)} ${ride.fromName} → ${ride.toName} `,
      h('span.small.soft', {}, dayName(dayOf(ride.departsAt)))
    ),
    h(
      'ul.stack-tight',
      {},
      tickets.map(({ ticketNo, passenger, seat }) =>
        h('li.row.apart', {}, h('strong', {}, passenger.name), seatWords(seat), h('span.mono.small', {}, ticketNo))
      )
    ),
    h(
      'button.button.slim',
      { type: 'button', tabindex: '-1', onclick: print },
      keyCap('F10'),
      both('打印凭条', 'Print the slips')
    )
  )
  return { element, print }
}
