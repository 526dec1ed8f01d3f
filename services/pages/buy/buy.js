// The passenger's page: which view the address asks for, and what is carried from one view to the next.
import { fill } from '../shell/element.js'
import { markCurrent, startPage } from '../shell/frame.js'
import { noticeRegion, showProblem } from '../shell/notice.js'
import { orderView } from './order.js'
import { passengersView } from './passengers.js'
import { searchView } from './search.js'
import { waitlistView } from './waitlist.js'
import { forgetTickets } from '../tickets/kept-tickets.js'
import { ownCasesView } from '../tickets/own-cases.js'
import { ticketView } from '../tickets/ticket.js'
import { ticketsView } from '../tickets/tickets.js'

const main = document.querySelector('#main')

/** The departure chosen from the list. Passengers' documents are never kept anywhere but in their form. */
let chosen = null
/** Ends what a view left running (countdowns, the refreshing code) when another takes its place. */
let leave = new AbortController()

const views = {
  search: (_id, query) => searchView(main, { query, choose }),
  passengers: () =>
    chosen
      ? passengersView(main, { departure: chosen, left: leave.signal })
      : searchView(main, { query: new URLSearchParams(), choose }),
  order: (id) => orderView(main, { id, left: leave.signal }),
  waitlist: (id) => waitlistView(main, { id, left: leave.signal }),
  ticket: (id) => ticketView(main, { ticketNo: id, left: leave.signal }),
  tickets: () => ticketsView(main, { left: leave.signal }),
  cases: () => ownCasesView(main, { left: leave.signal })
}

function choose(departure) {
  chosen = departure
  location.hash = '#/passengers'
}

async function show() {
  leave.abort()
  leave = new AbortController()
  // Going back must not leave a question of the view before standing over this one.
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close()
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?')
  const [name, id] = path.split('/')
  const view = Object.hasOwn(views, name) ? name : 'search'
  markCurrent(['tickets', 'ticket', 'cases'].includes(view) ? 'tickets' : 'search')
  try {
    await views[view](id, new URLSearchParams(query))
    window.scrollTo(0, 0)
    if (document.activeElement === document.body) main.querySelector('h1')?.focus({ preventScroll: true })
  } catch (problem) {
    const region = noticeRegion()
    fill(main, region)
    showProblem(region, problem)
  }
}

startPage({ role: 'passenger' })
window.addEventListener('hashchange', () => void show())
document.addEventListener('signed-out', ({ detail }) => detail.push(forgetTickets()))
// What was shown from the phone is shown as it is now.
window.addEventListener('online', () => main.querySelector('[data-kept]') && void show())
void show()
