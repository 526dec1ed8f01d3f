// A sale by keyboard: document, destination, departure, cash. Each step hands the focus to the next, and a reader may read a document
// at any of them. Everything out of the ordinary (a change on the way, a way back, a vehicle, another origin) is one letter in the list.
import { call, newId } from '../../shell/api.js'
import { fill, h } from '../../shell/element.js'
import { both } from '../../shell/language.js'
import { loading, noticeRegion, showProblem } from '../../shell/notice.js'
import { withSession } from '../../shell/session.js'
import { askQuote, placeOrder } from '../../buy/ticketing.js'
import { legsOf } from '../../buy/trip.js'
import { findTrips, listCommands, pickTrip } from './choosing.js'
import { awaitedSales, awaitPartners, dismissAwaited, printAwaited } from './awaited.js'
import { askSeats, assignSeats } from './seat-dialog.js'
import { departureList } from './departure-list.js'
import { isReading } from '../../buy/document-reading.js'
import { lastSale } from './last-sale.js'
import { takeOtherMoney } from './other-money.js'
import { peoplePanel } from './people.js'
import { till } from './till.js'
import { vehiclePanel } from './vehicles.js'
import { wayPanel } from './way.js'

/** Kept while the clerk looks at other views: the passenger's change must stay readable. */
let sold = null

export function saleView({ main, desk }) {
  const state = {
    desk,
    region: noticeRegion(),
    after: h('div'),
    orderId: newId(),
    trip: null,
    quote: null,
    asked: 0,
    seats: [],
    changing: false,
    // '' single, 'open' with the way back dated later, 'fixed' with both chosen now; then `out` is the way out once that is chosen.
    returning: '',
    out: null,
    issuing: null
  }
  // A document read anywhere is one more passenger; while tickets are being issued it is already the next sale's.
  const read = (text) => {
    if (!isReading(text)) return false
    if (state.issuing) void state.issuing.then(() => state.people.take(text))
    else state.people.take(text)
    return true
  }
  state.people = peoplePanel({
    added: () => (state.trip ? void requote(state) : state.way.focus()),
    changed: () => void requote(state),
    removed: (person) => state.vehicles.forget(person),
    next: () => (state.trip ? state.till.focus() : state.way.focus())
  })
  state.vehicles = vehiclePanel({ changed: () => void requote(state) })
  state.departures = departureList({
    ask: (day) => findTrips(state, day),
    pick: (trip) => pickTrip(state, trip) && void requote(state),
    back: () => state.way.focus(),
    read,
    commands: listCommands(state, { addVehicle: () => void addVehicle(state) })
  })
  state.till = till({ sell: (money) => sell(state, money), back: () => state.departures.focus(), read })
  const where = h('div', {}, loading())
  void loadWays({ state, where, read })
  fill(main, layout(state, where))
  showSold(state)
  return {
    home: () => state.people.focus(),
    idle: () => state.issuing,
    shortcuts: [
      { key: 'F6', text: both('票种', 'Fare kind'), run: () => state.people.cycleFare() },
      { key: 'F1', text: both('优待、身高', 'Concession'), run: () => state.people.askConcession() },
      { key: 'F3', text: both('选座', 'Seats'), run: () => void chooseSeats(state) },
      { key: 'F7', text: both('撤末项', 'Remove last'), run: () => removeLast(state) },
      { key: 'F9', text: both('重来', 'Start again'), run: () => clear(state) },
      { key: 'F10', text: both('打印', 'Print'), run: () => sold?.print() ?? printAwaited() },
      { key: 'F11', text: both('收起', 'Put aside'), run: dismissAwaited }
    ]
  }
}

function layout({ people, vehicles, departures, till: money, region, after }, where) {
  return h(
    'div.sale',
    {},
    h('h1.only-heard', {}, both('售票', 'Sell')),
    h(
      'div.stack-tight',
      {},
      h(
        'section.card.stack-tight',
        { 'aria-label': both('旅客与行程', 'Who and where') },
        people.element,
        vehicles.element,
        where
      ),
      h('section.card', { 'aria-label': both('班次', 'Departures') }, departures.element)
    ),
    h('div.stack-tight', {}, money.element, region, awaitedSales(), after)
  )
}

async function loadWays({ state, where, read }) {
  try {
    const [places, lines, partnerPlaces] = await Promise.all(
      ['/v1/places', '/v1/lines', '/v1/partner-places'].map((path) => call('GET', path))
    )
    const take = () => {
      Object.assign(state, { trip: null, out: null, changing: !state.way.isDirect() })
      void state.departures.load()
    }
    state.way = wayPanel({ home: state.desk.place, places, partnerPlaces, lines, take, read })
    fill(where, state.way.element)
    if (state.people.all().length > 0) state.way.focus()
  } catch (problem) {
    showProblem(state.region, problem)
  }
}

async function requote(state) {
  const asked = ++state.asked
  const people = state.people.all()
  fill(state.region)
  if (!state.trip) return state.till.show(null)
  if (people.length === 0) return (state.till.show(null), state.people.focus())
  try {
    const about = {
      fares: people.map(({ fare }) => fare),
      certificates: people.map(({ certificate }) => certificate?.kind ?? null),
      vehicles: state.vehicles.all()
    }
    const quote = await withSession('clerk', (session) => askQuote(state.trip, { ...about, session }))
    if (asked !== state.asked || !quote) return
    state.quote = quote
    state.till.show(quote, state.trip)
    state.till.focus()
  } catch (problem) {
    if (asked !== state.asked) return
    state.till.show(null)
    showProblem(state.region, problem)
    state.departures.focus()
  }
}

async function chooseSeats(state) {
  const seated = state.people.all().filter(({ fare }) => fare !== 'free').length
  if (!state.trip || seated === 0) return
  try {
    state.seats = await askSeats(legsOf(state.trip), seated)
    const chosen = state.seats.map((map) => map?.chosen.join('、') || '—').join(' / ')
    state.till.focus()
    const none = state.seats.every((map) => !map?.chosen.length)
    state.till.say(none ? both('座位自动安排', 'Seats as they come') : both(`座位 ${chosen}`, `Seats ${chosen}`), '')
  } catch (problem) {
    showProblem(state.region, problem)
  }
}

async function addVehicle(state) {
  try {
    await state.vehicles.ask(state.trip ?? state.departures.first(), state.people.all())
    if (!state.trip) state.departures.focus()
  } catch (problem) {
    showProblem(state.region, problem)
  }
}

function removeLast(state) {
  if (state.vehicles.all().length > 0) state.vehicles.removeLast()
  else state.people.removeLast()
}

/** `money`: {given} in cash, {payCode} scanned, or neither when our code is shown. */
function sell(state, money) {
  state.issuing ??= finishSale(state, money).finally(() => (state.issuing = null))
}

async function finishSale(state, money) {
  fill(state.region)
  state.till.say(both('正在出票…', 'Issuing…'))
  try {
    const done = await withSession('clerk', (session) => issue(session, state, money))
    if (!done?.order) {
      state.till.say(done?.declined ? declinedWords(done.declined) : '', 'warn')
      return state.till.focus()
    }
    const sale = { ...done, given: money.given ?? done.order.total }
    const waits = done.order.state === 'CONFIRMING' || done.order.state === 'CANCELLED'
    if (waits) awaitPartners(sale)
    sold = waits ? null : lastSale(sale)
    clear(state)
    showSold(state)
  } catch (problem) {
    onRefused(state, problem)
  }
}

function declinedWords({ zh, en }) {
  return both(`${zh}付款未成功，可再扫或收现金`, `${en} did not pay: scan again, or take cash`)
}

/** Asked again after a lost answer it finds its own order, paid or not. */
async function issue(session, { orderId, desk, people, vehicles, quote, seats, trip }, { given, payCode }) {
  const everybody = people.all()
  const held = await placeOrder(session, orderId, {
    trip,
    passengers: assignSeats(seats, everybody.map(travellerOf), legsOf(trip)),
    vehicles: vehicles.named(everybody),
    total: quote.total,
    counter: { place: desk.place, window: desk.window }
  })
  if (held.state === 'ISSUED') return { order: held }
  if (given === undefined && quote.total > 0) return await takeOtherMoney({ session, order: held, payCode })
  return await call('POST', `/v1/orders/${orderId}/payments`, { session, body: { gateway: 'cash' } })
}

function travellerOf({ name, document, birthDay, fare, certificate, heightCm }) {
  return {
    name,
    fare,
    ...(document ? { document } : {}),
    ...(birthDay ? { birthDay } : {}),
    ...(certificate ? { certificate } : {}),
    ...(heightCm ? { heightCm } : {})
  }
}

/** A refused order holds nothing; the next attempt is another one. Without an answer it may exist: the id stays. */
function onRefused(state, problem) {
  if (problem.status > 0 && problem.status < 500) state.orderId = newId()
  showProblem(state.region, problem)
  state.till.say(
    problem.status === 0
      ? both('再按回车即可重试，不会重复出票', 'Press Enter to try again; nothing is sold twice')
      : ''
  )
  state.till.focus()
  if (problem.code === 'price-changed') void requote(state)
  if (problem.code === 'seat-taken') state.seats = []
}

function clear(state) {
  Object.assign(state, {
    orderId: newId(),
    trip: null,
    seats: [],
    quote: null,
    changing: false,
    returning: '',
    out: null
  })
  state.asked += 1
  state.people.clear()
  state.vehicles.clear()
  state.departures.clear()
  state.way?.clear()
  state.till.show(null)
  fill(state.region)
  state.people.focus()
}

function showSold({ after }) {
  fill(after, sold?.element ?? null)
}
