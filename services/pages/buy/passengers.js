// Who travels, with which vehicles, there or there and back; what it costs and what a refund would cost, before anything is held or paid.
import { newId } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { clearMarks, noticeRegion, showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'
import { cabinChoice } from './cabin-choice.js'
import { modeBadge } from './departure-card.js'
import { askGroupList } from './group-list.js'
import { legLine } from './journey-card.js'
import { ridesOf } from './partner-rides.js'
import { passengerForm } from './passenger-form.js'
import { quoteSummary } from './quote-summary.js'
import { returnChoice } from './return-choice.js'
import { seatChoice } from './seat-choice.js'
import { askQuote, joinWaitlist, placeOrder } from './ticketing.js'
import { inCabins, legsOf, withFixedReturn, withOpenReturn } from './trip.js'
import { vehicleSection } from './vehicle-section.js'

const passengersMax = 20

export function passengersView(main, { departure, left }) {
  const { waiting } = departure
  // The caller's own id: pressing again, or after the network broke, finds the same order instead of a second one.
  const state = {
    orderId: newId(),
    departure,
    waiting,
    people: [],
    quote: null,
    asked: 0,
    product: null,
    back: undefined,
    cabins: []
  }
  state.region = noticeRegion()
  state.summary = h('aside.card.stack-tight', { 'aria-live': 'polite', 'aria-label': both('费用', 'Price') })
  state.list = h('div.stack-tight')
  state.add = h('button.button', { type: 'button' }, both('＋ 添加旅客', '＋ Add a passenger'))
  state.paste = h('button.button.quiet', { type: 'button' }, both('团体：粘贴名单', 'Group: paste a list'))
  state.seats = seatChoice({
    legs: legsOf(departure),
    count: (mode) => state.people.filter((person) => mode === 'ferry' || person.fare() !== 'free').length
  })
  state.vehicles = vehicleSection({ trip: departure, drivers: () => driversOf(state), changed: () => requote(state) })
  const choice = returnChoice(departure, (product, back) => {
    Object.assign(state, { product, back })
    requote(state)
  })
  state.form = h(
    'form.bench',
    { novalidate: true },
    h(
      'div.stack-tight',
      {},
      cabinChoice(legsOf(departure), (cabins) => {
        state.cabins = cabins
        requote(state)
      }),
      waiting ? null : choice,
      state.list,
      h('div.row', {}, state.add, state.paste),
      ...(waiting ? [] : [state.vehicles.element, state.seats.element]),
      state.region
    ),
    state.summary
  )
  listen(state)
  addPerson(state)
  fill(main, h('div.stack', {}, heading(departure), state.form))
  left.addEventListener('abort', () => (state.asked = Infinity))
}

function listen(state) {
  const { form, add, paste } = state
  add.addEventListener('click', () => (addPerson(state), state.people.at(-1).focus()))
  paste.addEventListener('click', () => askGroupList((people) => takeGroup(state, people)))
  form.addEventListener('submit', (event) => (event.preventDefault(), void order(state)))
}

function addPerson(state) {
  const person = passengerForm({
    departure: state.departure,
    changed: () => state.vehicles.renameDrivers(),
    repriced: () => requote(state),
    remove: (one) => {
      state.people.splice(state.people.indexOf(one), 1)
      renumber(state)
    }
  })
  state.people.push(person)
  renumber(state)
  return person
}

/** The list fills forms that are still empty, then makes more of them. */
function takeGroup(state, people) {
  const empty = state.people.filter((person) => person.isEmpty())
  for (const one of people.slice(0, passengersMax - state.people.length + empty.length))
    (empty.shift() ?? addPerson(state)).take(one)
  renumber(state)
}

function renumber(state) {
  const { people, list, add, paste } = state
  fill(
    list,
    people.map((person) => person.element)
  )
  for (const [index, person] of people.entries()) person.renumber(index, people.length > 1)
  add.hidden = paste.hidden = people.length >= passengersMax
  state.vehicles.renameDrivers()
  requote(state)
}

/** Adults with a name: [{person, name}]. */
function driversOf({ people }) {
  return people
    .filter((person) => person.fare() === 'full')
    .map((person) => ({ person, name: person.read().name || person.title() }))
}

function heading(trip) {
  const { mode, number, from, to, departsAt, legs, connectionMinutes } = trip
  return h(
    'header.stack-tight',
    {},
    h('a', { href: '#/search' }, both('← 重选班次', '← Choose another departure')),
    h('h1', { tabindex: '-1' }, `${from.name} → ${to.name}`),
    legs
      ? h(
          'ol.legs',
          {},
          ridesOf(trip).map((leg, index) => legLine(leg, connectionMinutes[index]))
        )
      : h('p.row', {}, modeBadge(mode), h('strong', {}, moment(departsAt)), h('span.soft', {}, number))
  )
}

function tripOf({ departure, product, back, cabins }) {
  const trip = inCabins(departure, cabins)
  if (!product) return trip
  return back ? withFixedReturn(trip, product, inCabins(back)) : withOpenReturn(trip, product)
}

function requote(state) {
  state.seats.trim()
  void showQuote(state)
}

async function showQuote(state) {
  const { people, summary, vehicles, waiting } = state
  const asked = ++state.asked
  const trip = tripOf(state)
  try {
    const quote = await askQuote(trip, {
      fares: people.map((person) => person.fare()),
      certificates: people.map((person) => person.certificateKind()),
      vehicles: waiting ? [] : vehicles.described()
    })
    if (asked !== state.asked) return
    state.quote = quote
    quoteSummary(summary, { quote, departure: trip })
  } catch (problem) {
    if (asked !== state.asked) return
    state.quote = null
    const region = noticeRegion()
    const again = h('button.button', { type: 'button', onclick: () => requote(state) }, both('再试一次', 'Try again'))
    fill(summary, region, problem.status === 0 ? again : null)
    showProblem(region, problem)
  }
}

async function order(state) {
  const { form, region, people, vehicles, waiting } = state
  clearMarks(form)
  fill(region)
  const wrong = people.find((person) => !person.complete())
  if (wrong) return wrong.focusFault()
  const aboard = waiting ? [] : vehicles.read(people)
  if (!aboard || !state.quote) return
  await whileBusy(form.querySelector('button.main'), () =>
    withSession('passenger', async (session) => {
      const passengers = state.seats.assign(people.map((person) => person.read()))
      const wanted = { trip: tripOf(state), passengers, vehicles: aboard, total: state.quote.total }
      const placed = await (waiting ? joinWaitlist : placeOrder)(session, state.orderId, wanted)
      location.hash = `#/${waiting ? 'waitlist' : 'order'}/${placed.id}`
    }).catch((problem) => onRefused(state, problem))
  )
}

/** A refused order holds nothing; the next attempt is another order. When no answer came, it may exist: the id stays. */
function onRefused(state, problem) {
  const { form, region } = state
  if (problem.status > 0 && problem.status < 500) state.orderId = newId()
  showProblem(region, problem, form)
  if (problem.code === 'seat-taken') state.seats.refresh()
  if (problem.code === 'price-changed') void showQuote(state)
  region.scrollIntoView({ block: 'nearest' })
}
