// Cash that waits at this station: what must be handed back after a disruption, paid out against the passenger's document, and what a
// conflict of gates owes, taken in. Both are in the shift of whoever does it.
import { call, newId, platformNow } from '../../shell/api.js'
import { announce, field, fill, h, whileBusy } from '../../shell/element.js'
import { clockOf, dayOf, moment, yuan } from '../../shell/format.js'
import { both } from '../../shell/language.js'
import { loading, noticeRegion, showProblem } from '../../shell/notice.js'
import { withSession } from '../../shell/session.js'
import { faults } from '../../buy/document-fields.js'
import { documentKindPicker, parseReading } from '../../buy/document-reading.js'

const ask = (method, path, body) => withSession('clerk', (session) => call(method, path, { session, body }))

export function waitingCashView({ main, desk, left }) {
  const kind = documentKindPicker()
  const input = h('input', {
    id: 'shown-document',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 120,
    placeholder: both('刷证件，或键入号码', 'Read a document, or type its number')
  })
  const [hint, region, lists, panel] = [h('span.hint'), noticeRegion(), h('div.stack'), h('div.stack-tight')]
  const state = { kind, input, hint, region, lists, panel, desk, left, documents: [], id: newId() }
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    void show(state)
  })
  fill(
    main,
    h(
      'div.sale',
      {},
      h('h1.only-heard', {}, both('现金待办', 'Cash that waits')),
      h(
        'div.stack-tight',
        {},
        h('section.card.reader', {}, kind, field(both('旅客出示的证件', 'The document shown'), input, hint)),
        region,
        panel
      ),
      lists
    )
  )
  void look(state)
  const home = () => (input.focus(), input.select())
  return { home, shortcuts: [{ key: 'F9', text: both('重来', 'Start again'), run: () => (begin(state), home()) }] }
}

function begin(state) {
  Object.assign(state, { documents: [], id: newId() })
  state.input.value = ''
  announce(state.hint, '')
  for (const place of [state.region, state.panel]) fill(place)
}

/** What waits here, of both kinds. */
async function look(state) {
  const { desk, lists, region, left } = state
  if (lists.childElementCount === 0) fill(lists, loading())
  const place = encodeURIComponent(desk.place)
  try {
    const [waiting, conflicts] = await Promise.all([
      ask('GET', `/v1/station/cash-refunds?place=${place}`),
      ask('GET', `/v1/boarding/conflicts?open=true&place=${place}`)
    ])
    if (!waiting || !conflicts || left.aborted) return
    const owed = conflicts.filter((one) => one.owed > 0 && !one.proposed)
    fill(lists, refundList(waiting), owed.length > 0 ? conflictList(state, owed) : null)
  } catch (problem) {
    fill(lists)
    showProblem(region, problem)
  }
}

function refundList({ tickets, amount, refunds }) {
  return h(
    'section.stack-tight',
    {},
    h(
      'h2',
      {},
      both(`待付现金退款 ${tickets} 张，${yuan(amount)}`, `Cash refunds to pay: ${tickets}, ${yuan(amount)}`)
    ),
    refunds.length === 0
      ? h('p.soft', {}, both('没有待付的。', 'None waits.'))
      : h('ul.stack-tight', {}, refunds.map(refundRow))
  )
}

function refundRow({ passenger, lineName, departsAt, amount, ticketNo }) {
  const { zh, en } = moment(departsAt)
  return h(
    'li.card.row.apart',
    {},
    h(
      'span',
      {},
      h('strong', {}, passenger.name),
      h('span.mono.small.soft', {}, ` ${passenger.documentNumber ?? ''}`),
      h('div.small.soft', {}, both(`${lineName} ${zh}`, `${lineName}, ${en}`), ` · ${ticketNo}`)
    ),
    h('strong', {}, yuan(amount))
  )
}

/** Documents are read one after the other: each brings the tickets it may take away. */
async function show(state) {
  const { input, kind, hint, region, panel, documents } = state
  const { document: read, fault } = parseReading(input.value, kind.value, dayOf(platformNow()))
  fill(region)
  if (!read) return announce(hint, faults[fault] ?? faults['document-malformed'], 'bad')
  announce(hint, '')
  const shown = [...documents.filter(({ number }) => number !== read.number), read]
  try {
    const found = await ask('POST', '/v1/station/cash-refund-searches', { documents: shown })
    if (!found || state.left.aborted) return
    if (found.length === 0) {
      fill(panel)
      return announce(hint, both('该证件没有待付的现金退款', 'No cash refund waits for this document'), 'warn')
    }
    Object.assign(state, { documents: shown, id: newId() })
    input.value = ''
    fill(panel, ...[...Map.groupBy(found, ({ orderId }) => orderId).values()].map((group) => payCard(state, group)))
    panel.querySelector('.button.main').focus()
  } catch (problem) {
    showProblem(region, problem)
    input.focus()
  }
}

function payCard(state, tickets) {
  const amount = tickets.reduce((sum, one) => sum + one.amount, 0)
  const id = newId()
  const pay = h('button.button.main', { type: 'button' }, both(`付现金 ${yuan(amount)}`, `Hand out ${yuan(amount)}`))
  const said = h('div', { role: 'status' })
  pay.addEventListener('click', () =>
    whileBusy(pay, async () => {
      const body = { tickets: tickets.map(({ ticketNo }) => ticketNo), documents: state.documents, amount }
      try {
        if ((await ask('PUT', `/v1/station/cash-refunds/${id}`, body)) === null) return
        pay.remove()
        fill(said, h('p.notice.good', {}, both(`已付 ${yuan(amount)}`, `${yuan(amount)} handed out`)))
        state.input.focus()
        await look(state)
      } catch (problem) {
        showProblem(state.region, problem)
      }
    })
  )
  return h('section.card.stack-tight', {}, h('ul.stack-tight', {}, tickets.map(refundRow)), said, h('p.row', {}, pay))
}

function conflictList(state, conflicts) {
  const sum = conflicts.reduce((owed, one) => owed + one.owed, 0)
  return h(
    'section.stack-tight',
    {},
    h('h2', {}, both(`检票冲突待补收 ${yuan(sum)}`, `Owed for conflicts at gates: ${yuan(sum)}`)),
    h(
      'ul.stack-tight',
      {},
      conflicts.slice(0, 50).map((one) => conflictRow(state, one))
    )
  )
}

function conflictRow(state, { id, kindName, kindEnglish, gate, scannedAt, ticketNo, owed }) {
  const take = h('button.button.slim', { type: 'button' }, both(`补收 ${yuan(owed)}`, `Take ${yuan(owed)}`))
  take.addEventListener('click', () =>
    whileBusy(take, async () => {
      try {
        const done = await ask('PUT', `/v1/boarding/conflicts/${id}/resolution`, { resolution: 'collected' })
        if (done) await look(state)
      } catch (problem) {
        showProblem(state.region, problem)
      }
    })
  )
  const where = both(`${gate} 号口 ${clockOf(scannedAt)}`, `Gate ${gate}, ${clockOf(scannedAt)}`)
  return h(
    'li.card.row.apart',
    {},
    h(
      'span',
      {},
      h('strong', {}, both(kindName, kindEnglish)),
      h('div.small.soft', {}, where, ticketNo ? ` · ${ticketNo}` : '')
    ),
    take
  )
}
