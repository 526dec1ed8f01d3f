// Who travels, what it costs and what a refund would cost, before anything is held or paid.
import { newId } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { clearMarks, noticeRegion, showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'
import { modeBadge } from './departure-card.js'
import { passengerForm } from './passenger-form.js'
import { legLine } from './journey-card.js'
import { quoteSummary } from './quote-summary.js'
import { seatChoice } from './seat-choice.js'
import { askQuote, joinWaitlist, placeOrder } from './ticketing.js'

const passengersMax = 5

export function passengersView(main, { departure }) {
  // The caller's own id: pressing again, or after the network broke, finds the same order instead of a second one.
  const state = { orderId: newId(), people: [], quote: null, asked: 0 }
  const region = noticeRegion()
  const summary = h('aside.card.stack-tight', { 'aria-live': 'polite' })
  const list = h('div.stack-tight')
  const add = h('button.button', { type: 'button' }, both('＋ 添加旅客', '＋ Add a passenger'))
  const legs = departure.legs ?? [departure]
  const seats = seatChoice({
    legs,
    count: (mode) => state.people.filter((person) => mode === 'ferry' || person.fare() !== 'free').length
  })
  state.seats = seats
  const form = h(
    'form.bench',
    { novalidate: true },
    h('div.stack-tight', {}, list, add, departure.waiting ? null : seats.element, region),
    summary
  )
  const requote = () => (seats.trim(), void showQuote({ departure, state, summary }))
  const renumber = () => {
    fill(list, ...state.people.map((person) => person.element))
    for (const [index, person] of state.people.entries()) person.renumber(index, state.people.length > 1)
    add.hidden = state.people.length >= passengersMax
    requote()
  }
  const addPerson = () => {
    state.people.push(passengerForm({ departure, changed: () => summary.refresh?.(), repriced: requote, remove }))
    renumber()
  }
  const remove = (person) => {
    state.people.splice(state.people.indexOf(person), 1)
    renumber()
  }
  add.addEventListener('click', () => (addPerson(), state.people.at(-1).focus()))
  form.addEventListener('submit', (event) => (event.preventDefault(), void order({ form, region, state, departure })))
  addPerson()
  fill(main, h('div.stack', {}, heading(departure), form))
}

function heading({ mode, number, from, to, departsAt, legs }) {
  return h(
    'header.stack-tight',
    {},
    h('a', { href: '#/search' }, both('← 重选班次', '← Choose another departure')),
    h('h1', { tabindex: '-1' }, `${from.name} → ${to.name}`),
    legs
      ? h(
          'ol.legs',
          {},
          legs.map((leg) => legLine(leg))
        )
      : h('p.row', {}, modeBadge(mode), h('strong', {}, moment(departsAt)), h('span.soft', {}, number))
  )
}

async function showQuote({ departure, state, summary }) {
  const asked = ++state.asked
  try {
    const quote = await askQuote(
      departure,
      state.people.map((person) => person.fare())
    )
    if (asked !== state.asked) return
    state.quote = quote
    quoteSummary(summary, { quote, departure })
  } catch (problem) {
    if (asked !== state.asked) return
    state.quote = null
    const region = noticeRegion()
    fill(summary, region)
    showProblem(region, problem)
  }
}

async function order({ form, region, state, departure }) {
  clearMarks(form)
  fill(region)
  const wrong = state.people.filter((person) => !person.complete())
  if (wrong.length > 0) return wrong[0].focusFault()
  if (!state.quote) return
  await whileBusy(form.querySelector('button.main'), () =>
    withSession('passenger', async (session) => {
      const passengers = state.seats.assign(state.people.map((person) => person.read()))
      const wanted = { departure, passengers, total: state.quote.total }
      const placed = await (departure.waiting ? joinWaitlist : placeOrder)(session, state.orderId, wanted)
      location.hash = `#/${departure.waiting ? 'waitlist' : 'order'}/${placed.id}`
    }).catch((problem) => onRefused({ problem, form, region, state, departure }))
  )
}

/** A refused order holds nothing; the next attempt is another order. When no answer came, it may exist: the id stays. */
function onRefused({ problem, form, region, state, departure }) {
  if (problem.status > 0 && problem.status < 500) state.orderId = newId()
  showProblem(region, problem, form)
  if (problem.code === 'seat-taken') state.seats.refresh()
  if (problem.code === 'price-changed') void showQuote({ departure, state, summary: form.querySelector('aside') })
  region.scrollIntoView({ block: 'nearest' })
}
