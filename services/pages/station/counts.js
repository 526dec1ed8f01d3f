// Counts exchanged after a dispatch: ours beside theirs, and what to do where they differ.
import { field, fill, h } from '../shell/element.js'
import { both } from '../shell/language.js'
import { loading } from '../shell/notice.js'

const parties = { port: both('港口', 'Port'), carrier: both('承运人', 'Carrier') }
const states = {
  WAITING: ['', both('待回复', 'Waiting')],
  AGREED: ['.good', both('一致', 'Agreed')],
  DIFFERS: ['.bad', both('有差异', 'Differs')],
  SETTLED: ['.good', both('已查明', 'Explained')]
}
const sum = ({ full, half, free }) => full + half + free

export function countsView({ desk, row, act }) {
  const place = h('section.stack-tight', {}, loading())
  const query = new URLSearchParams({ place: desk.place.code, departure: row.departure }).toString()
  void desk.ask('GET', `/v1/station/counts?${query}`).then((counts) => {
    if (counts)
      fill(
        place,
        h('h3', {}, both('人数核对', 'Counts')),
        counts.map((one) => countRow(one, { desk, row, act }))
      )
  })
  return place
}

function countRow(exchange, { desk, row, act }) {
  const { party, state, ours, theirs } = exchange
  const [tone, words] = states[state]
  const figures = theirs
    ? both(`我方 ${sum(ours)}，对方 ${sum(theirs)}`, `ours ${sum(ours)}, theirs ${sum(theirs)}`)
    : both(`我方 ${sum(ours)}`, `ours ${sum(ours)}`)
  const url = `/v1/station/departures/${row.departure}/places/${desk.place.code}/counts/${party}`
  return h(
    'div.stack-tight',
    {},
    h(
      'div.row.apart',
      {},
      h('span', {}, h('strong', {}, parties[party]), ' ', h('span.small.soft', {}, figures)),
      h(`span.badge${tone}`, {}, words)
    ),
    exchange.settlement ? h('p.small.soft', {}, exchange.settlement) : null,
    state === 'DIFFERS' ? chase({ url, desk, act, party }) : null
  )
}

function chase({ url, desk, act, party }) {
  const again = h('button.button.slim', { type: 'button' }, both('请对方重新清点', 'Have them count again'))
  again.addEventListener('click', () => void act(again, () => desk.ask('POST', url, { again: true })))
  const reason = h('input', { id: `reason-${party}`, maxlength: 200, autocomplete: 'off' })
  const settle = h('button.button.slim', {}, both('记录原因', 'Record'))
  const form = h(
    'form.stack-tight',
    { novalidate: true },
    field(both('查明的原因', 'What it was'), reason),
    h('div.row', {}, settle, again)
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void act(settle, () => desk.ask('POST', url, { settlement: reason.value }))
  })
  return form
}
