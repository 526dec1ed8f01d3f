// What a clerk does with the partner legs of a ticket's order: another ride of the same carrier, or giving it back, each by a letter.
import { call } from '../../shell/api.js'
import { both } from '../../shell/language.js'
import { withSession } from '../../shell/session.js'
import { partnerChangeDialog } from '../../tickets/partner-change.js'
import { partnerRefundDialog } from '../../tickets/partner-legs.js'

/** Change and refund, of the first leg and of the second. */
const keys = [
  ['D', 'E'],
  ['M', 'N']
]

/** As the ticket panel's own actions. */
export function partnerActions({ ticket, partnerLegs, again }) {
  const standing = partnerLegs.filter(({ state }) => state === 'CONFIRMED').slice(0, keys.length)
  return standing.flatMap((leg, index) => {
    const [change, refund] = keys[index]
    const { carrier, number } = leg.offer
    const open = (dialog) => () =>
      void withSession('clerk', async (session) =>
        dialog({ leg, session, orderId: ticket.orderId, done: () => void again(), pay: payInCash, atWindow: true })
      )
    return [
      { key: change, text: both(`改签 ${number}`, `Change ${carrier} ${number}`), run: open(partnerChangeDialog) },
      { key: refund, text: both(`退 ${number}`, `Refund ${carrier} ${number}`), run: open(partnerRefundDialog) }
    ]
  })
}

/** The clerk has the money in hand when he confirms. */
async function payInCash({ session, id }) {
  await call('POST', `/v1/partner-changes/${id}/payments`, { session, body: { gateway: 'cash' } })
}
