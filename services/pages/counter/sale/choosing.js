// What a clerk may pick at the window: departures, journeys with a change, a way there and back with the way back open or chosen now.
import { call } from '../../shell/api.js'
import { fill } from '../../shell/element.js'
import { both } from '../../shell/language.js'
import { showProblem } from '../../shell/notice.js'
import {
  byCabin,
  findReturnProduct,
  inCabins,
  tripOf,
  waysBack,
  withFixedReturn,
  withOpenReturn
} from '../../buy/trip.js'

/** With both ways chosen now, the first pick is the way out, and the list goes on with the ways back. True when there is something to sell. */
export function pickTrip(state, trip) {
  if (state.returning === 'fixed' && !state.out) {
    Object.assign(state, { out: trip, trip: null })
    state.till.show(null)
    void state.departures.load()
    return false
  }
  const { out } = state
  Object.assign(state, { trip: out ? withFixedReturn(out, out.returnProduct, trip) : trip, seats: [] })
  return true
}

const nextReturn = { '': 'open', open: 'fixed', fixed: '' }

/** In the list of departures, by letter. */
export function listCommands(state, { addVehicle }) {
  const turn = (change) => () => {
    Object.assign(state, { trip: null, out: null }, change())
    state.till.show(null)
    void state.departures.load()
  }
  return [
    {
      key: 'h',
      text: both('换乘', 'Changes'),
      pressed: () => state.changing,
      run: turn(() => ({ changing: !state.changing }))
    },
    {
      key: 'r',
      text: both('往返', 'Return'),
      more: () => returnWords(state),
      pressed: () => state.returning !== '',
      run: turn(() => ({ returning: nextReturn[state.returning] }))
    },
    { key: 'c', text: both('带车', 'Vehicle'), run: addVehicle },
    { key: 'y', text: both('异地', 'Elsewhere'), run: () => state.way.focusOrigin() }
  ]
}

function returnWords({ returning, out }) {
  if (returning === 'open') return both('：回程待定', ': way back later')
  if (returning !== 'fixed') return null
  return out ? both('：选回程', ': choose the way back') : both('：回程现定，先选去程', ': both now, first the way out')
}

/** What is on sale that day: departures, or journeys with a change; with a return asked for, those that have one. */
export async function findTrips(state, day) {
  state.trip = null
  state.till.show(null)
  fill(state.region)
  const { from, to } = state.out ? { from: state.out.to.place, to: state.out.from.place } : state.way.asked()
  const asked = new URLSearchParams({ from, to, day })
  try {
    if (state.changing) return (await findJourneys(asked)).map((one) => inCabins(tripOf(one)))
    const departures = (await call('GET', `/v1/departures?${asked}`)).flatMap(byCabin)
    if (state.out) return waysBack(state.out, state.out.returnProduct, departures)
    if (state.returning === '') return departures
    const products = await Promise.all(departures.map(findReturnProduct))
    return departures.flatMap((one, index) => {
      const product = products[index]
      if (!product) return []
      return [state.returning === 'open' ? withOpenReturn(one, product) : { ...one, returnProduct: product }]
    })
  } catch (problem) {
    showProblem(state.region, problem)
    return []
  }
}

/** Ours before those with another carrier; what a simulated one will do wrong comes last. */
async function findJourneys(asked) {
  const all = await call('GET', `/v1/journeys?${asked}&partners=true`)
  const rank = ({ partnerLegs }) => partnerLegs.length + (partnerLegs.some(({ offer }) => offer.remark !== '') ? 10 : 0)
  return all.toSorted((a, b) => rank(a) - rank(b))
}
