// The paper slip: what JT/T 405 asks of a ticket and a code that boards together with the document. One page each, on a receipt printer.
import { callForBlob } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { clockOf, dayName, dayOf, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { withSession } from '../shell/session.js'
import { couponKindNames, isOpen, placeWords, whenWords } from '../tickets/ticket-words.js'

/** Tickets as the API shows them, and the partner legs they travel with. Throws the Problem of a ticket that has no code. */
export async function printSlips(tickets, { partners = [], people = [] } = {}) {
  const place = document.querySelector('#slips')
  const slips = await withSession('clerk', (session) => Promise.all(tickets.map((ticket) => slipOf(ticket, session))))
  if (slips === null) return
  fill(
    place,
    slips.map(({ element }) => element),
    partners.map((leg) => partnerSlip(leg, namesOf(people)))
  )
  const images = slips.map(({ image }) => image).filter((image) => image !== null)
  await Promise.all(images.map((image) => image.decode()))
  window.print()
  for (const image of images) URL.revokeObjectURL(image.src)
  fill(place)
}

const namesOf = (people) => [...new Set(people.map(({ passenger }) => passenger.name))]

/** Not a ticket of ours: what its carrier asks for at its own gate. */
function partnerSlip({ offer, seats, tickets }, names) {
  return h(
    'article.slip',
    {},
    h('h2', {}, `${offer.from.name} → ${offer.to.name}`),
    h(
      'p.slip-when',
      {},
      h('strong', {}, clockOf(offer.departsAt)),
      ' ',
      dayName(dayOf(offer.departsAt)),
      ' ',
      offer.number
    ),
    tickets.map((ticket, index) =>
      h('p', {}, names[index] ?? '', ' ', seats[index] ?? '', ' ', h('span.mono', {}, ticket))
    ),
    h('p', {}, both(`${offer.carrier}承运，凭购票证件乘车`, `Carried by ${offer.carrier}: board with your document`))
  )
}

/** The way back that has no departure yet prints without a code: it goes by that of the way out. */
async function slipOf(ticket, session) {
  const { ticketNo, passenger, fareKind, fare, serviceFee, ride } = ticket
  const open = isOpen(ride)
  const drawn = open ? null : await callForBlob(`/v1/tickets/${ticketNo}/code.svg?form=slip`, { session })
  const image = drawn && h('img', { src: URL.createObjectURL(drawn), alt: both('检票码', 'Code') })
  const [large, small] = whenWords(ride)
  const element = h(
    'article.slip',
    {},
    h('h2', {}, `${ride.fromName} → ${ride.toName}`),
    h('p.slip-when', {}, h('strong', {}, large), ' ', small, ' ', ride.number),
    h('p', {}, passenger.name, ' ', h('span.mono', {}, passenger.documentNumber ?? '')),
    h('p', {}, placeWords(ticket), ' · ', couponKindNames[fareKind], ` ${yuan(fare + serviceFee)}`),
    image,
    h('p.mono', {}, ticketNo),
    h(
      'p',
      {},
      open
        ? both('回程班次待定：凭证件在窗口或手机上确认', 'The way back is to be dated at a window or on the phone')
        : both('凭购票证件与本条检票', 'Board with this slip and your document')
    )
  )
  return { element, image }
}
