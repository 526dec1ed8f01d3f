// Tickets kept on the phone, so that their codes show without a network: what the page shows of each, the printed form of its code, and
// the difference between the platform's clock and the phone's. The documents in it are masked. Signing out forgets all of it.
import { call, platformNow } from '../shell/api.js'
import { bindPhone, forgetPhoneKeys } from './phone-key.js'

const storeKey = 'kept-tickets'
/** So long after its departure nobody boards with a ticket any more. */
const keptForMs = 12 * 3_600_000
const ticketsMax = 30
const codesForMs = 6 * 3_600_000

/** {account, clockOffsetMs, tickets: {ticketNo: {ticket, slip, keptAt}}}, or null. */
function store() {
  return JSON.parse(localStorage.getItem(storeKey) ?? 'null')
}

/** Those still to be travelled first, as they were when the platform was last asked. */
export function keptTickets() {
  return Object.values(store()?.tickets ?? {})
    .map(({ ticket }) => ticket)
    .sort((a, b) => Date.parse(a.ride.departsAt) - Date.parse(b.ride.departsAt))
}

/** {ticket, slip, clockOffsetMs}, or null. */
export function keptTicket(ticketNo) {
  const kept = store()
  const one = kept?.tickets[ticketNo]
  return one ? { ...one, clockOffsetMs: kept.clockOffsetMs } : null
}

let last = Promise.resolve()

/**
 * Keeps those of the account's tickets that can be shown at a gate, and the page itself; what can no longer be shown is dropped. Quietly:
 * without room or a network there is nothing to say. `anew` asks for codes again that were asked for lately.
 */
export function keepTickets(session, tickets, { anew = false } = {}) {
  last = last.then(() => keep(session, tickets, anew)).catch(() => undefined)
}

async function keep(session, tickets, anew) {
  const good = tickets.filter(isToBoard).sort((a, b) => Date.parse(a.ride.departsAt) - Date.parse(b.ride.departsAt))
  const known = keptFor(session)
  const seen = new Set(tickets.map(({ ticketNo }) => ticketNo))
  const stay = Object.entries(known).filter(([ticketNo, { ticket }]) => !seen.has(ticketNo) && !isOver(ticket))
  const kept = Object.fromEntries(stay)
  save(session, kept)
  if (good.length > 0) await keepPage()
  // What leaves soonest first, each on the phone before the next is asked for.
  for (const ticket of good.slice(0, ticketsMax)) {
    const { ticketNo } = ticket
    const lately = !anew && known[ticketNo]?.keptAt > Date.now() - codesForMs
    const codes = lately ? known[ticketNo] : await codesOf(session, ticketNo)
    if (!codes) continue
    kept[ticketNo] = { ticket, slip: codes.slip, keptAt: codes.keptAt }
    save(session, kept)
  }
}

const isOver = ({ ride }) => Date.parse(ride.departsAt) < Date.now() - keptForMs

const isToBoard = ({ ticketNo, state, ride }) =>
  ticketNo && state === 'ISSUED' && ride.departure !== null && !isOver({ ride })

function keptFor({ name }) {
  const before = store()
  return before?.account === name ? before.tickets : {}
}

/** Whoever signed out meanwhile wants nothing kept. */
function save({ name }, tickets) {
  if (localStorage.getItem('session-passenger') === null) return
  const kept = { account: name, clockOffsetMs: platformNow() - Date.now(), tickets }
  localStorage.setItem(storeKey, JSON.stringify(kept))
}

/** The static level, as it would be printed (it boards with the document), and the phone's own key for the ticket. */
async function codesOf(session, ticketNo) {
  // Whoever has a dialog open may be giving the ticket back, and then it has no code.
  if (document.querySelector('dialog[open]')) return null
  const slip = await call('GET', `/v1/tickets/${ticketNo}/code?form=slip`, { session }).catch(() => null)
  if (!slip) return null
  await bindPhone({ ticketNo, session }).catch(() => null)
  const { payload, notBefore, notAfter } = slip
  return { slip: { payload, notBefore, notAfter }, keptAt: Date.now() }
}

/** Whoever only looks around gets nothing installed. */
async function keepPage() {
  if (!('serviceWorker' in navigator)) return
  const worker = await navigator.serviceWorker.register('/tickets-worker.js', { scope: '/buy' }).catch(() => null)
  worker?.active?.postMessage('refresh')
}

export async function forgetTickets() {
  localStorage.removeItem(storeKey)
  await forgetPhoneKeys().catch(() => null)
}
