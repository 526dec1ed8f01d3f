// Finding tickets by the document of whoever stands at the window, or by ticket number, and what can be done with each.
import { call, platformNow } from '../../shell/api.js'
import { announce, field, fill, h } from '../../shell/element.js'
import { dayOf, yuan } from '../../shell/format.js'
import { both } from '../../shell/language.js'
import { loading, noticeRegion, showProblem } from '../../shell/notice.js'
import { withSession } from '../../shell/session.js'
import { faults } from '../../buy/document-fields.js'
import { couponStates, placeWords, whenWords } from '../../tickets/ticket-words.js'
import { documentKindPicker, parseReading } from '../../buy/document-reading.js'
import { keyCap } from '../shortcuts.js'
import { ticketPanel } from './ticket-panel.js'

const ticketNumber = /^\d{11}[A-Z]\d{8}$/

export function searchView({ main, desk, left }) {
  const kind = documentKindPicker()
  const input = h('input', {
    id: 'asked',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 120,
    placeholder: both('刷证件，或键入号码、20 位票号', 'Read a document, or type its number or a ticket number')
  })
  const hint = h('span.hint')
  const region = noticeRegion()
  const results = h('div.stack-tight', { tabindex: '-1', role: 'group', 'aria-label': both('车票', 'Tickets') })
  const panel = h('div.stack-tight')
  const state = { kind, input, hint, region, results, panel, desk, tickets: [], document: null, left }
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    void search(state)
  })
  results.addEventListener('keydown', (event) => {
    const ticket = /^[1-9]$/.test(event.key) ? state.tickets[Number(event.key) - 1] : null
    if (ticket) choose(state, ticket)
    else if (event.key === 'Escape') input.focus()
  })
  fill(
    main,
    h(
      'div.sale',
      {},
      h('h1.only-heard', {}, both('查票', 'Find a ticket')),
      h(
        'div.stack-tight',
        {},
        h('section.card.reader', {}, kind, field(both('证件或票号', 'Document or ticket number'), input, hint)),
        region,
        results
      ),
      panel
    )
  )
  const home = () => (input.focus(), input.select())
  return { home, shortcuts: [{ key: 'F9', text: both('重来', 'Start again'), run: () => (clear(state), home()) }] }
}

function clear({ input, hint, region, results, panel }) {
  input.value = ''
  announce(hint, '')
  for (const place of [region, results, panel]) fill(place)
}

async function search(state) {
  const { input, kind, hint, region, results, panel } = state
  const text = input.value.trim().toUpperCase()
  if (text === '') return
  for (const place of [region, panel]) fill(place)
  const byNumber = ticketNumber.test(text)
  const read = byNumber ? {} : parseReading(input.value, kind.value, dayOf(platformNow()))
  if (!byNumber && !read.document) return announce(hint, faults[read.fault] ?? faults['document-malformed'], 'bad')
  state.document = read.document ?? null
  announce(hint, '')
  fill(results, loading())
  try {
    const found = await withSession('clerk', async (session) =>
      byNumber
        ? [await call('GET', `/v1/tickets/${text}`, { session })]
        : await call('POST', '/v1/ticket-searches', { session, body: read.document })
    )
    if (found && !state.left.aborted) showTickets(state, found)
  } catch (problem) {
    fill(results)
    showProblem(region, problem)
    input.focus()
  }
}

function showTickets(state, found) {
  const { results, input } = state
  state.tickets = found.slice(0, 9)
  if (found.length === 0) {
    fill(results, h('p.soft', { role: 'status' }, both('该证件没有有效车票', 'No live ticket for this document')))
    return input.focus()
  }
  fill(
    results,
    h(
      'ol.stack-tight',
      {},
      state.tickets.map((ticket, index) => row(state, ticket, index + 1))
    )
  )
  if (found.length === 1) choose(state, found[0])
  else results.focus()
}

function row(state, ticket, number) {
  const { passenger, ride, fare, serviceFee } = ticket
  const [tag, text] = couponStates[ticket.state]
  const [large, small] = whenWords(ride)
  return h(
    'li',
    {},
    h(
      'button.departure-row',
      { type: 'button', tabindex: '-1', onclick: () => choose(state, ticket) },
      keyCap(String(number)),
      h('strong.clock', {}, large),
      h(
        'span.where',
        {},
        h('span', {}, `${ride.fromName} → ${ride.toName}`),
        h('span.small.soft', {}, small, ` · ${passenger.name} · `, placeWords(ticket))
      ),
      h(`span.${tag}`, {}, text),
      h('strong', {}, yuan(fare + serviceFee))
    )
  )
}

function choose(state, { ticketNo }) {
  void ticketPanel({
    ticketNo,
    desk: state.desk,
    document: state.document,
    place: state.panel,
    left: state.left,
    back: () => (state.tickets.length > 1 ? state.results.focus() : (state.input.focus(), state.input.select()))
  })
}
