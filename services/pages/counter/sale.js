// A sale by keyboard: document, destination, departure, cash. Each step hands the focus to the next, and a reader may read a document
// at any of them.
import { call, newId } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'
import { departureList } from './departure-list.js'
import { destinationInput, destinationsFrom } from './destination.js'
import { isReading } from './document-reading.js'
import { lastSale } from './last-sale.js'
import { seatsFor } from '../buy/seat-map.js'
import { askSeats } from './seat-dialog.js'
import { peoplePanel } from './people.js'
import { till } from './till.js'

/** Kept while the clerk looks at other views: the passenger's change must stay readable. */
let sold = null

export function saleView({ main, desk }) {
  const [region, after] = [noticeRegion(), h('div')]
  const state = {
    desk,
    region,
    after,
    orderId: newId(),
    departure: null,
    quote: null,
    destination: null,
    asked: 0,
    seats: null,
    busy: false
  }
  // A document read anywhere is one more passenger.
  const read = (text) => isReading(text) && (state.people.take(text), true)
  state.people = peoplePanel({
    added: () => (state.departure ? void requote(state) : focusDestination()),
    changed: () => void requote(state),
    next: () => (state.departure ? state.till.focus() : focusDestination())
  })
  state.departures = departureList({
    ask: (day) => ask(state, day),
    pick: (departure) => {
      Object.assign(state, { departure, seats: null })
      void requote(state)
    },
    back: focusDestination,
    read
  })
  state.till = till({ sell: (given) => void sell(state, given), back: () => state.departures.focus(), read })
  const where = h('div', {}, loading())
  void loadDestinations({ state, where, read })
  fill(main, layout(state, where))
  showSold(state)
  return {
    home: () => state.people.focus(),
    shortcuts: [
      { key: 'F6', text: both('票种', 'Fare kind'), run: () => state.people.cycleFare() },
      { key: 'F3', text: both('选座', 'Seats'), run: () => void chooseSeats(state) },
      { key: 'F7', text: both('撤末位旅客', 'Remove last'), run: () => state.people.removeLast() },
      { key: 'F9', text: both('重来', 'Start again'), run: () => clear(state) },
      { key: 'F10', text: both('打印', 'Print'), run: () => sold?.print() }
    ]
  }
}

function layout({ people, departures, till: money, region, after }, where) {
  return h(
    'div.sale',
    {},
    h('h1.only-heard', {}, both('售票', 'Sell')),
    h(
      'div.stack-tight',
      {},
      h('section.card.stack-tight', {}, people.element, where),
      h('section.card', {}, departures.element)
    ),
    h('div.stack-tight', {}, money.element, region, after)
  )
}

async function loadDestinations({ state, where, read }) {
  try {
    const [places, lines] = await Promise.all([call('GET', '/v1/places'), call('GET', '/v1/lines')])
    const destinations = destinationsFrom(state.desk.place, places, lines)
    const take = (one) => {
      state.destination = one
      void state.departures.load()
    }
    fill(where, destinationInput({ destinations, take, read }))
    if (state.people.all().length > 0) focusDestination()
  } catch (problem) {
    showProblem(state.region, problem)
  }
}

function focusDestination() {
  document.querySelector('#destination')?.focus()
}

async function ask(state, day) {
  state.departure = null
  state.till.show(null)
  fill(state.region)
  const { text, code } = state.destination
  const asked = new URLSearchParams({ from: state.desk.place, to: code || text, day })
  return await call('GET', `/v1/departures?${asked}`).catch((problem) => (showProblem(state.region, problem), []))
}

const legOf = ({ departure }) => ({ departure: departure.id, from: departure.from.place, to: departure.to.place })

async function requote(state) {
  const asked = ++state.asked
  const fares = state.people.all().map(({ fare }) => fare)
  fill(state.region)
  if (!state.departure) return state.till.show(null)
  if (fares.length === 0) return (state.till.show(null), state.people.focus())
  try {
    const quote = await call('POST', '/v1/quotes', { body: { ...legOf(state), fares } })
    if (asked !== state.asked) return
    state.quote = quote
    state.till.show(quote)
    state.till.focus()
  } catch (problem) {
    if (asked !== state.asked) return
    state.till.show(null)
    showProblem(state.region, problem)
    state.departures.focus()
  }
}

async function chooseSeats(state) {
  const count = state.people.all().filter(({ fare }) => fare !== 'free').length
  if (!state.departure || count === 0) return
  try {
    state.seats = await askSeats(state.departure, count)
    const chosen = state.seats?.chosen.join('、') ?? ''
    state.till.focus()
    state.till.say(
      chosen === '' ? both('座位自动安排', 'Seats as they come') : both(`座位 ${chosen}`, `Seats ${chosen}`),
      ''
    )
  } catch (problem) {
    showProblem(state.region, problem)
  }
}

async function sell(state, given) {
  if (state.busy) return
  state.busy = true
  fill(state.region)
  state.till.say(both('正在出票…', 'Issuing…'))
  try {
    const order = await withSession('clerk', (session) => issue(session, state))
    if (order) {
      sold = lastSale({ order, given })
      clear(state)
      showSold(state)
    }
  } catch (problem) {
    onRefused(state, problem)
  } finally {
    state.busy = false
  }
}

/** Asked again after a lost answer it finds its own order, paid or not. */
async function issue(session, { orderId, desk, people, quote, seats, ...of }) {
  const everybody = people.all().map(({ name, document, birthDay, fare }) => ({
    name,
    fare,
    ...(document ? { document } : {}),
    ...(birthDay ? { birthDay } : {})
  }))
  const passengers = seatsFor([seats], everybody, [of.departure.mode])
  const counter = { place: desk.place, window: desk.window }
  const body = { ...legOf(of), passengers, total: quote.total, counter }
  const held = await call('PUT', `/v1/orders/${orderId}`, { session, body })
  if (held.state === 'ISSUED') return held
  return (await call('POST', `/v1/orders/${orderId}/payments`, { session, body: { gateway: 'cash' } })).order
}

/** A refused order holds nothing; the next attempt is another one. Without an answer it may exist: the id stays. */
function onRefused(state, problem) {
  if (problem.status > 0 && problem.status < 500) state.orderId = newId()
  showProblem(state.region, problem)
  state.till.say('')
  state.till.focus()
  if (problem.code === 'price-changed') void requote(state)
  if (problem.code === 'seat-taken') state.seats = null
}

function clear(state) {
  Object.assign(state, { orderId: newId(), departure: null, seats: null, quote: null, destination: null })
  state.asked += 1
  state.people.clear()
  state.departures.clear()
  state.till.show(null)
  fill(state.region)
  const destination = document.querySelector('#destination')
  if (destination) destination.value = ''
  state.people.focus()
}

function showSold({ after }) {
  fill(after, sold?.element)
}
