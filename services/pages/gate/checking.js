// A gate at work: what the camera, the reader or the keyboard brings is checked, answered, counted and kept in a short list.
import { readCode } from '../../boarding/verify-ticket-rules.ts'
import { call, platformNow } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { clockOf, clockWithSeconds, count, dayOf } from '../shell/format.js'
import { both } from '../shell/language.js'
import { answerPanel, ticketLines } from './answer.js'
import { seatWords } from '../tickets/ticket-words.js'
import { decide, takeBack as takeBackCheck } from './deciding.js'
import { inputPanel } from './input-panel.js'
import { keepUp } from './keeping-up.js'
import { soundGo, soundStop, speak } from './sound.js'
import { standingLine } from './standing.js'

const listedMax = 12
const offerEveryMs = 10 * 60_000
/** The same for coach and ferry. */
const goAhead = both('请通行', 'Go ahead')
const noLists = both('没有网络，也没有名单，不能检票', 'No network and no lists: nothing can be checked')

/** `change` is called when somebody says that this is another gate. */
export async function runGate(main, { gate, left, change }) {
  const counted = { OPEN: 0, REFUSED: 0 }
  const counters = h('dl.counters')
  const list = h('ol.last-scans', { 'aria-label': both('最近检票', 'Latest checks') })
  const panel = answerPanel(counters)
  const departures = h(
    'select',
    { id: 'departure' },
    h('option', { value: '' }, both('本站全部班次', 'Every departure here'))
  )
  const state = {
    gate,
    panel,
    counted,
    counters,
    list,
    departures,
    slip: null,
    busy: false,
    speaking: false,
    kept: null
  }
  const input = inputPanel({
    left,
    check: (shown) => void check(state, shown),
    speaking: (on) => (state.speaking = on)
  })
  state.input = input
  const stands = standingLine(() => state.kept, left)
  state.stands = stands
  showCounters(state)
  left.addEventListener('abort', panel.stop)
  const hand = h('div.hand', {}, input.element, h('h2', {}, both('最近检票', 'Latest checks')), list)
  fill(main, h('div.stack-tight', {}, whichGate(state, change), stands.element, h('div.gate', {}, panel.element, hand)))
  input.focus()
  state.kept = await keepUp(gate, {
    left,
    changed: () => {
      stands.show()
      offerListed(state)
    },
    outcomes: (all) => tellOutcomes(state, all)
  })
  stands.show()
  offerListed(state)
  void offerToday(state, left)
}

/** Departures of the lists: all that there is without a network. */
function offerListed(state) {
  for (const { id, departsAt, state: stands } of state.kept?.lists?.departures.values() ?? []) {
    const coming =
      departsAt.getTime() > platformNow() - leftLongAgoMs && departsAt.getTime() < platformNow() + offeredAheadMs
    if (coming && !over.has(stands)) {
      const toName = state.kept.saved.manifest.departures.find((one) => one.id === id).lineName
      offerDeparture(state, { departure: id, departsAt, toName })
    }
  }
}

/** What the platform says of scans it did not decide. A conflict is the station's to settle; the gate only says that there is one. */
function tellOutcomes({ list }, outcomes) {
  const conflicts = outcomes.filter(({ outcome }) => outcome === 'conflict').length
  if (outcomes.length === 0) return
  const said = both(`已上传 ${outcomes.length} 条离线检票`, `${outcomes.length} offline checks sent`)
  const trouble = both(
    `其中 ${conflicts} 条与平台记录不符，由车站处理`,
    `${conflicts} of them at odds with the platform: for the station`
  )
  const item = h(
    'li',
    {},
    h('span.badge.good', {}, '↑'),
    h('span', {}, said, conflicts > 0 ? h('div.small', {}, trouble) : '')
  )
  list.prepend(item)
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
const offeredAheadMs = 6 * 3_600_000
const over = new Set(['DISPATCHED', 'ARRIVED', 'SUSPENDED', 'CANCELLED', 'MERGED', 'MISSED'])

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
  if (state.busy || !state.kept) return
  state.busy = true
  const slip = shown.document ? state.slip : null
  const asked = slip ? { code: slip, documentNumber: shown.document.number } : shown
  const departure = state.departures.value === '' ? null : Number(state.departures.value)
  showClaims(state, shown.code)
  try {
    tell(state, await decide(state.kept, trimmed(asked), departure), asked)
  } catch (problem) {
    if (problem.name !== 'Problem') throw problem
    soundStop()
    state.panel.say({ tone: 'stop', word: problem.text })
  } finally {
    state.busy = false
    state.stands.show()
    state.input.focus()
  }
}

const trimmed = (asked) => (asked.code === undefined ? asked : { ...asked, code: asked.code.trim() })

/** What the code says of itself, before anybody has proved it: with a slow network the person at the gate already sees which ride it is. */
function showClaims({ panel }, code) {
  const claims = code ? readCode(code.trim()).code?.claims : null
  if (!claims) return
  const { ticketNo, departsAt, seat, form } = claims
  panel.say({
    tone: 'ask',
    word: both('正在核验…', 'Checking…'),
    detail: [
      h(
        'div.row',
        {},
        h('strong', {}, clockOf(departsAt)),
        h('strong', {}, seatWords(seat === 0 ? null : seat)),
        form === 'slip' ? both('纸质凭条', 'slip') : null
      ),
      h('div.mono', {}, ticketNo)
    ],
    stays: true
  })
}

function tell(state, answer, asked) {
  const { result, code, message, english, ticket, alone } = answer
  const words = result === 'OPEN' ? goAhead : code === 'no-lists' ? noLists : both(message, english)
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
    detail: [
      ...(ticket ? ticketLines(ticket) : []),
      alone ? h('span.badge', {}, both('离线检票', 'Decided offline')) : ''
    ],
    stays: needsDocument
  })
  if (ticket) offerDeparture(state, ticket)
  showCounters(state)
  state.list.prepend(scanItem(state, answer, words))
  while (state.list.children.length > listedMax) state.list.lastElementChild.remove()
}

function scanItem(state, answer, words) {
  const { result, checkedAt, ticket } = answer
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
  undo.addEventListener('click', () => void takeBack(state, { answer, item, undo }))
  return item
}

async function takeBack(state, { answer, item, undo }) {
  try {
    await takeBackCheck(state.kept, answer)
    state.counted.OPEN -= 1
    showCounters(state)
    undo.replaceWith(h('span.badge.warn', {}, both('已取消', 'Undone')))
  } catch (problem) {
    if (problem.name !== 'Problem') throw problem
    item.append(h('span.small', { role: 'alert' }, problem.text))
  }
  state.input.focus()
}
