// The paper slip: what JT/T 405 asks of a ticket and a code that boards together with the document. One page each, on a receipt printer.
import { callForBlob } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { clockOf, dayName, dayOf, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { withSession } from '../shell/session.js'
import { fareNames } from '../buy/quote-summary.js'
import { seatWords } from '../tickets/tickets.js'

/** Tickets as the API shows them. Throws the Problem of a ticket that has no code. */
export async function printSlips(tickets) {
  const place = document.querySelector('#slips')
  const slips = await withSession('clerk', (session) => Promise.all(tickets.map((ticket) => slipOf(ticket, session))))
  if (slips === null) return
  fill(
    place,
    slips.map(({ element }) => element)
  )
  await Promise.all(slips.map(({ image }) => image.decode()))
  window.print()
  for (const { image } of slips) URL.revokeObjectURL(image.src)
  fill(place)
}

async function slipOf(ticket, session) {
  const { ticketNo, passenger, seat, fareKind, fare, serviceFee, ride } = ticket
  const drawn = await callForBlob(`/v1/tickets/${ticketNo}/code.svg?form=slip`, { session })
  const image = h('img', { src: URL.createObjectURL(drawn), alt: both('检票码', 'Code') })
  const element = h(
    'article.slip',
    {},
    h('h2', {}, `${ride.fromName} → ${ride.toName}`),
    h(
      'p.slip-when',
      {},
      h('strong', {}, clockOf(ride.departsAt)),
      ' ',
      dayName(dayOf(ride.departsAt)),
      ' ',
      ride.number
    ),
    h('p', {}, passenger.name, ' ', h('span.mono', {}, passenger.documentNumber ?? '')),
    h('p', {}, seatWords(seat), ' · ', fareNames[fareKind], ` ${yuan(fare + serviceFee)}`),
    image,
    h('p.mono', {}, ticketNo),
    h('p', {}, both('凭购票证件与本条检票', 'Board with this slip and your document'))
  )
  return { element, image }
}
