// The dispatcher's desk: sign in as dispatcher or station manager, say once which place this is, and run its day.
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { placeInput, suggestionsOf } from '../shell/place-input.js'
import { sessionOf, signInAs } from '../shell/session.js'
import { runDay } from './day.js'

const placeKey = 'station-place'
const roles = ['dispatcher', 'station-manager']
const main = document.querySelector('#main')
const role = () => roles.find((one) => sessionOf(one)) ?? sessionStorage.getItem('station-role') ?? 'dispatcher'
/** Whose name stands at the top; another role begins the page anew. */
const begunAs = role()
let leave = new AbortController()
let signedIn = false

function show() {
  leave.abort()
  leave = new AbortController()
  signedIn = sessionOf(role()) !== null
  const place = JSON.parse(localStorage.getItem(placeKey) ?? 'null')
  showDesk(signedIn ? place : null)
  if (!signedIn) signInFirst()
  else if (place) void runDay(main, { place, role: role(), left: leave.signal }).catch(complain)
  else void choosePlace().catch(complain)
}

function complain(problem) {
  const region = noticeRegion()
  fill(main, region)
  showProblem(region, problem)
}

function showDesk(place) {
  const change = h(
    'button.button.quiet.slim',
    { type: 'button', onclick: () => (localStorage.removeItem(placeKey), show()) },
    both('换站', 'Change')
  )
  fill(document.querySelector('#desk'), place ? [h('strong', {}, place.name), change] : null)
}

function signInFirst() {
  const enter = (as) => () => {
    sessionStorage.setItem('station-role', as)
    void signInAs(as).then((session) => session && as !== begunAs && location.reload())
  }
  const words = { dispatcher: both('调度员登录', 'Dispatcher'), 'station-manager': both('站长登录', 'Station manager') }
  const [first, second] = roles.map((as) =>
    h(`button.button${as === 'dispatcher' ? '.main' : ''}`, { type: 'button', onclick: enter(as) }, words[as])
  )
  const text = both(
    '报班、检票、发班与班次异常都在这里办理；一次处置三个以上班次由站长登录。',
    'Reports, check-in, dispatch and disruption are handled here; more than three departures at once are for the station manager.'
  )
  const title = both('调度台', 'The dispatcher’s desk')
  fill(main, h('div.set-up', {}, emptyState(title, text, h('p.row.centred', {}, first, second))))
  first.focus()
}

async function choosePlace() {
  fill(main, loading())
  const places = await call('GET', '/v1/places')
  const byName = new Map(places.map(({ name, code }) => [name, { name, code }]))
  const suggestions = suggestionsOf(places).filter(({ text }) => byName.has(text))
  const place = placeInput({ id: 'place', label: both('车站或港口', 'Station or port'), value: '', suggestions })
  const keep = () => {
    const found = byName.get(place.input.value.trim())
    if (!found) return place.input.focus()
    localStorage.setItem(placeKey, JSON.stringify(found))
    show()
  }
  place.input.addEventListener('change', () => byName.has(place.input.value.trim()) && keep())
  const submit = h('button.button.main', {}, both('确定', 'Run this place'))
  const form = h('form.stack', { novalidate: true }, place.element, submit)
  form.addEventListener('submit', (event) => (event.preventDefault(), keep()))
  fill(main, h('div.set-up.stack', {}, h('h1', {}, both('这是哪个站？', 'Which place is this?')), form))
  place.input.focus()
}

startPage({ role: begunAs })
document.addEventListener('session', () => {
  if (!signedIn) show()
})
show()
