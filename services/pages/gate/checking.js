// A gate at work: what the camera, the reader or the keyboard brings is checked, answered, counted and kept in a short list.
import { parseTicketCode } from '../../boarding/ticket-code.ts'
import { call, newId, platformNow } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { clockOf, clockWithSeconds, count, dayOf } from '../shell/format.js'
import { both } from '../shell/language.js'
import { withSession } from '../shell/session.js'
import { answerPanel, ticketLines } from './answer.js'
import { seatWords } from '../tickets/tickets.js'
import { inputPanel } from './input-panel.js'
import { soundGo, soundStop, speak } from './sound.js'

const listedMax = 12
const tryAgainMs = 2000
const triesMax = 5
const offerEveryMs = 10 * 60_000
/** The same for coach and ferry. */
const goAhead = both('请通行', 'Go ahead')

/** `change` is called when somebody says that this is another gate. */
export function runGate(main, { gate, left, change }) {
  const counted = { OPEN: 0, REFUSED: 0 }
  const counters = h('dl.counters')
  const list = h('ol.last-scans', { 'aria-label': both('最近检票', 'Latest checks') })
  const panel = answerPanel(counters)
  const departures = h(
    'select',
    { id: 'departure' },
    h('option', { value: '' }, both('本站全部班次', 'Every departure here'))
  )
  const state = { gate, panel, counted, counters, list, departures, slip: null, busy: false, speaking: false }
  const input = inputPanel({
    left,
    check: (shown) => void check(state, shown),
    speaking: (on) => (state.speaking = on)
  })
  state.input = input
  showCounters(state)
  left.addEventListener('abort', panel.stop)
  const hand = h('div.hand', {}, input.element, h('h2', {}, both('最近检票', 'Latest checks')), list)
  fill(main, h('div.stack-tight', {}, whichGate(state, change), h('div.gate', {}, panel.element, hand)))
  input.focus()
  void offerToday(state, left)
}

function whichGate({ gate, departures }, change) {
  const another = h('button.button.quiet.slim', { type: 'button', onclick: change }, both('更换检票口', 'Another gate'))
  const which = h(
    'label.field',
    { for: 'departure' },
    h('span.only-heard', {}, both('检哪个班次', 'Which departure')),
    departures
  )
  return h(
    'div.row.apart',
    {},
    h('h1.gate-name', { tabindex: '-1' }, `${gate.placeName} · ${gate.name}`),
    h('span.row', {}, which, another)
  )
}

/** A gate boards all departures of its place until it is told to keep to one: of today's still to leave, or of those that came by. */
function offerDeparture({ departures }, { departure, departsAt, toName }) {
  if (departures.querySelector(`[value="${departure}"]`)) return
  const what = `${clockOf(departsAt)} ${toName}`
  departures.append(h('option', { value: departure }, both(`只检 ${what}`, `Only ${what}`)))
}

const leftLongAgoMs = 30 * 60_000
const over = new Set(['DISPATCHED', 'ARRIVED', 'CANCELLED', 'MERGED', 'MISSED'])

/** Again from time to time, for a gate stands through days. Those of other gates of the place are left out. */
async function offerToday(state, left) {
  const { place, number } = state.gate
  while (!left.aborted) {
    const today = await call('GET', `/v1/places/${place}/departures?day=${dayOf(platformNow())}`).catch(onlyProblems)
    for (const { id, departsAt, toName, state: stands, gate } of today) {
      const here = gate === null || gate === number
      const coming = Date.parse(departsAt) > platformNow() - leftLongAgoMs && !over.has(stands)
      if (here && coming) offerDeparture(state, { departure: id, departsAt, toName })
    }
    await new Promise((resolve) => setTimeout(resolve, offerEveryMs))
  }
}

/** Without the list the gate boards as before, and the departures that come by are offered. */
function onlyProblems(problem) {
  if (problem.name !== 'Problem') throw problem
  return []
}

function showCounters({ counted, counters }) {
  const one = (name, value) => h('div', {}, h('dt', {}, name), h('dd', {}, count(value)))
  fill(counters, one(both('已放行', 'Let through'), counted.OPEN), one(both('未放行', 'Refused'), counted.REFUSED))
}

/** `shown` is {code} or {document}. After a slip, the document that follows belongs to it. */
async function check(state, shown) {
  if (state.busy) return
  state.busy = true
  const slip = shown.document ? state.slip : null
  const asked = slip ? { code: slip, documentNumber: shown.document.number } : shown
  const only = state.departures.value === '' ? {} : { departure: Number(state.departures.value) }
  showClaims(state, shown.code)
  try {
    const answer = await send(state, { gate: state.gate.id, nonce: newId(), ...only, ...asked })
    if (answer) tell(state, answer, asked)
  } catch (problem) {
    if (problem.name !== 'Problem') throw problem
    soundStop()
    state.panel.say({ tone: 'stop', word: problem.text })
  } finally {
    state.busy = false
    state.input.focus()
  }
}

/** What the code says of itself, before anybody has proved it: with a slow network the person at the gate already sees which ride it is. */
function showClaims({ panel }, code) {
  const claims = code ? parseTicketCode(code.trim())?.claims : null
  if (!claims) return
  const { ticketNo, departsAt, seat, slip } = claims
  const form = slip ? both('纸质凭条', 'slip') : null
  panel.say({
    tone: 'ask',
    word: both('正在核验…', 'Checking…'),
    detail: [
      h('div.row', {}, h('strong', {}, clockOf(departsAt)), h('strong', {}, seatWords(seat === 0 ? null : seat)), form),
      h('div.mono', {}, ticketNo)
    ],
    stays: true
  })
}

/** A scan whose answer was lost is sent again under its own nonce: it is one scan, whatever happened to the first message. */
async function send(state, body) {
  for (let tries = 1; ; tries++) {
    try {
      return await withSession('gate', (session) => call('POST', '/v1/boarding/checks', { session, body }))
    } catch (problem) {
      if (problem.status !== 0 || tries >= triesMax) throw problem
      state.panel.say({ tone: 'ask', word: both('网络中断，正在重试…', 'No network, trying again…'), stays: true })
      await new Promise((resolve) => setTimeout(resolve, tryAgainMs))
    }
  }
}

function tell(state, answer, asked) {
  const { result, code, message, english, ticket } = answer
  const words = result === 'OPEN' ? goAhead : both(message, english)
  const needsDocument = code === 'document-required'
  state.slip = needsDocument ? asked.code : null
  if (needsDocument) state.input.askDocument()
  else state.counted[result] += 1
  if (result === 'OPEN') soundGo()
  else soundStop()
  if (state.speaking) speak(words)
  state.panel.say({
    tone: needsDocument ? 'ask' : result === 'OPEN' ? 'go' : 'stop',
    word: words,
    detail: ticket ? ticketLines(ticket) : [],
    stays: needsDocument
  })
  if (ticket) offerDeparture(state, ticket)
  showCounters(state)
  state.list.prepend(scanItem(state, answer, words))
  while (state.list.children.length > listedMax) state.list.lastElementChild.remove()
}

function scanItem(state, { id, result, checkedAt, ticket }, words) {
  const open = result === 'OPEN'
  const undo = h('button.button.quiet.slim', { type: 'button' }, both('取消', 'Undo'))
  const item = h(
    'li',
    {},
    h('time.soft', { datetime: checkedAt }, clockWithSeconds(checkedAt)),
    h(
      'span',
      {},
      h(`span.badge.${open ? 'good' : 'bad'}`, {}, open ? both('放行', 'Go') : both('未放行', 'Stop')),
      ' ',
      ticket ? ticket.passenger.name : '',
      open ? '' : h('div.small', {}, words)
    ),
    open ? undo : h('span')
  )
  undo.addEventListener('click', () => void takeBack(state, { id, item, undo }))
  return item
}

async function takeBack(state, { id, item, undo }) {
  try {
    await withSession('gate', (session) => call('DELETE', `/v1/boarding/checks/${id}`, { session }))
    state.counted.OPEN -= 1
    showCounters(state)
    undo.replaceWith(h('span.badge.warn', {}, both('已取消', 'Undone')))
  } catch (problem) {
    if (problem.name !== 'Problem') throw problem
    item.append(h('span.small', { role: 'alert' }, problem.text))
  }
  state.input.focus()
}
