// Sales that are paid and wait for a partner's tickets (rail, another province). They stand in sight while the next passenger is served,
// and end as issued, or with the money to hand back; each is asked after until then.
import { call } from '../../shell/api.js'
import { announce, fill, h } from '../../shell/element.js'
import { yuan } from '../../shell/format.js'
import { both } from '../../shell/language.js'
import { sessionOf } from '../../shell/session.js'
import { partnerLegCards } from '../../tickets/partner-legs.js'
import { keyCap } from '../shortcuts.js'
import { lastSale } from './last-sale.js'

const askEveryMs = 1500

/** Kept while the clerk looks at other views. The latest first. */
const cards = []
const place = h('div.stack-tight')

/** Where they are shown. */
export function awaitedSales() {
  return place
}

/** `done`: {order, given, name} of a sale that is paid, and perhaps already undone by its partner. */
export function awaitPartners(done) {
  const card = { done, element: h('section.card.stack-tight.awaited'), print: null }
  cards.unshift(card)
  show()
  if (!showEnd(card, done.order)) void follow(card)
}

/** Prints the latest that was issued; false when there is none. */
export function printAwaited() {
  const issued = cards.find(({ print }) => print !== null)
  issued?.print()
  return issued !== undefined
}

/** Puts aside the latest that has ended. */
export function dismissAwaited() {
  const ended = cards.findIndex(({ over }) => over)
  if (ended >= 0) cards.splice(ended, 1)
  show()
}

function show() {
  fill(
    place,
    cards.map(({ element }) => element)
  )
}

async function follow(card) {
  for (;;) {
    await new Promise((wake) => setTimeout(wake, askEveryMs))
    const session = sessionOf('clerk')
    // A lost answer decides nothing.
    const order = session && (await call('GET', `/v1/orders/${card.done.order.id}`, { session }).catch(() => null))
    if (!order) continue
    if (showEnd(card, order)) return
  }
}

/** False while it waits. */
function showEnd(card, order) {
  card.over = order.state !== 'CONFIRMING'
  if (!card.over) showWaiting(card, order)
  else if (order.state === 'CANCELLED') showUndone(card, order)
  else showIssued(card, order)
  return card.over
}

const namesOf = ({ coupons }) => [...new Set(coupons.map(({ passenger }) => passenger.name))].join('、')

function showWaiting(card, order) {
  const shown = JSON.stringify(order.partnerLegs)
  if (card.shown === shown) return
  card.shown = shown
  const carriers = [...new Set(order.partnerLegs.map(({ offer }) => offer.carrier))].join('、')
  const said = h('p.notice.warn', { role: 'status' })
  announce(
    said,
    both(
      `${namesOf(order)}：已收 ${yuan(order.total)}，等待 ${carriers} 出票。可先接待下一位；全程都出票，或全部退款。`,
      `${namesOf(order)}: ${yuan(order.total)} taken, waiting for ${carriers}. Serve the next passenger meanwhile; it ends with every ticket or all the money back.`
    ),
    'warn'
  )
  const bar = h('progress', { 'aria-label': both('等待出票', 'Waiting for the tickets') })
  fill(card.element, said, bar, partnerLegCards(order.partnerLegs))
}

function showIssued(card, order) {
  const { element, print } = lastSale({ ...card.done, order })
  card.print = print
  fill(card.element, element, aside())
}

/** The drawer has counted it as paid out. */
function showUndone(card, order) {
  const said = h('p.notice.bad', { role: 'alert' })
  const cash = card.done.name === undefined
  announce(
    said,
    both(
      `${namesOf(order)}：未能全部出票，全额退款 ${yuan(order.total)}。${cash ? '请退还现金。' : '已原路退回。'}`,
      `${namesOf(order)}: not every ticket could be had. ${yuan(order.total)} goes back${cash ? ': hand back the cash.' : ' the way it came.'}`
    ),
    'bad'
  )
  fill(card.element, said, partnerLegCards(order.partnerLegs), aside())
}

function aside() {
  return h(
    'button.button.slim',
    { type: 'button', tabindex: '-1', onclick: dismissAwaited },
    keyCap('F11'),
    both('收起', 'Put aside')
  )
}
