// Dating the open way back of a return ticket: a day, a departure of its line, and it is a ticket like any other. Nothing is due.
import { call, platformNow } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { clockOf, dayOf } from '../shell/format.js'
import { both } from '../shell/language.js'
import { showProblem } from '../shell/notice.js'
import { keepWayBack } from '../buy/trip.js'
import { departureDialog } from './departure-dialog.js'

/** `after` is the day of the way out: nobody comes back before it. */
export function dateWayBack({ ticket, after, session, done }) {
  const today = dayOf(platformNow())
  departureDialog({
    id: 'way-back',
    title: both('选返程班次', 'Date the way back'),
    keep: both('以后再说', 'Later'),
    ride: ticket.ride,
    day: after > today ? after : today,
    until: ticket.ride.openUntil,
    among: (departures) => keepWayBack(ticket.ride, departures),
    choose: (one, { place, region, close }) => {
      const time = clockOf(one.departsAt)
      const confirm = h(
        'button.button.main.wide',
        { type: 'button', id: 'confirm-date' },
        both(`确认乘 ${time} 的班次`, `Take the one at ${time}`)
      )
      confirm.addEventListener('click', () =>
        whileBusy(confirm, async () => {
          try {
            await call('PUT', `/v1/tickets/${ticket.ticketNo}/departure`, { session, body: { departure: one.id } })
            close()
            done()
          } catch (problem) {
            showProblem(region, problem)
          }
        })
      )
      fill(place, confirm)
      confirm.focus()
    }
  })
}
