// Our books against a partner's: his list of a clearing day taken in and compared, ours given out in the same format, and what was
// compared before.
import { newId, platformNow } from '../shell/api.js'
import { field, fill, h, whileBusy } from '../shell/element.js'
import { addDays, count, dayOf, moment, signedMoney } from '../shell/format.js'
import { both } from '../shell/language.js'
import { loading, showProblem } from '../shell/notice.js'
import { badge, differences, table, ticketStates } from './channel-words.js'

export async function reconcilingView(view, id) {
  if (id !== undefined) return await resultView(view, id)
  const { place, api, stay } = view
  const [balances, past] = await Promise.all(['/v1/revenue/balances', '/v1/revenue/reconciliations'].map(api.get))
  if (!balances || !past || !stay()) return
  const parties = [...new Set(balances.map(({ party }) => party))].toSorted((a, b) => (a < b ? -1 : 1))
  fill(
    place,
    h('h1', { tabindex: '-1' }, both('对账', 'Reconciling')),
    h(
      'p.soft',
      {},
      both(
        '双方用同一格式：ticketNo,state,amount（分），每行一张客票在该清算日的最后状态与金额。',
        'Both sides use one format: ticketNo,state,amount (fen), a line for each ticket’s last state and money of that clearing day.'
      )
    ),
    exchangeForm(view, parties),
    h('h2', {}, both('对账记录', 'Compared before')),
    past.length === 0
      ? h('p.soft', {}, both('还没有对过账。', 'Nothing was compared yet.'))
      : table(both('对账记录', 'Compared before'), pastHeads, past.map(pastRow))
  )
}

function exchangeForm({ api, region }, parties) {
  const party = h(
    'select',
    { id: 'party' },
    parties.map((code) => h('option', { value: code }, code))
  )
  const day = h('input', { id: 'day', type: 'date', required: true, value: addDays(dayOf(platformNow()), -1) })
  const file = h('input', { id: 'their-file', type: 'file', accept: '.csv,text/csv' })
  const compare = h('button.button.main', { type: 'submit' }, both('对账', 'Compare'))
  const ours = h('button.button', { type: 'button', id: 'our-file' }, both('下载我方文件', 'Take ours'))
  const asked = () => new URLSearchParams({ party: party.value, day: day.value })
  ours.addEventListener('click', () =>
    whileBusy(ours, () =>
      api
        .save(`/v1/revenue/ticket-days?${asked()}`, `${party.value}-${day.value}-tickets.csv`)
        .catch((problem) => showProblem(region, problem))
    )
  )
  const form = h(
    'form.card.terms-form',
    { 'aria-label': both('对账', 'Compare') },
    field(both('清分方', 'Party'), party),
    field(both('清算日', 'Clearing day'), day),
    field(both('对方文件', 'Their file'), file),
    h('div.row', {}, compare, ours)
  )
  // The same file again under the same id is the same comparison.
  let attempt = newId()
  form.addEventListener('change', () => (attempt = newId()))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    fill(region)
    if (file.files.length === 0) return file.focus()
    void whileBusy(compare, async () => {
      try {
        const text = await file.files[0].text()
        const made = await api.sendText(`/v1/revenue/reconciliations/${attempt}?${asked()}`, text)
        if (made) location.hash = `#/reconciling/${made.id}`
      } catch (problem) {
        showProblem(region, problem)
        region.append(...badRows(problem))
      }
    })
  })
  return form
}

/** Every row that could not be read. */
function badRows({ code, facts }) {
  if (code !== 'reconciliation-malformed') return []
  const items = facts.rows.map(({ line, reason }) => h('li', {}, both(`第 ${line} 行：`, `Line ${line}: `), reason))
  return [h('ul.small', {}, items)]
}

const pastHeads = [
  both('清分方', 'Party'),
  both('清算日', 'Day'),
  both('对方行数', 'Their lines'),
  both('一致', 'Agreed'),
  both('差异', 'Differences'),
  both('收到', 'Received')
]

function pastRow({ id, party, day, lines, agreed, counts, receivedAt }) {
  return h(
    'tr',
    {},
    h('th.mono.small', { scope: 'row' }, h('a', { href: `#/reconciling/${id}` }, party)),
    h('td', {}, day),
    h('td.number', {}, count(lines)),
    h('td.number', {}, count(agreed)),
    h('td', {}, h('span.row', {}, countBadges(counts))),
    h('td', {}, moment(receivedAt))
  )
}

function countBadges(counts) {
  if (counts.length === 0) return badge(['badge.good', both('无', 'None')])
  return counts.map(({ kind, count: number }) =>
    h(`span.${differences[kind][0]}`, {}, differences[kind][1], ` ${number}`)
  )
}

async function resultView({ place, api, stay }, id) {
  fill(place, loading())
  const result = await api.get(`/v1/revenue/reconciliations/${encodeURIComponent(id)}`)
  if (!result || !stay()) return
  const { party, day, lines, agreed, digest } = result
  const counts = Object.groupBy(result.differences, ({ kind }) => kind)
  const numbers = Object.entries(counts).map(([kind, of]) => ({ kind, count: of.length }))
  fill(
    place,
    h('p', {}, h('a', { href: '#/reconciling' }, both('← 对账', '← Reconciling'))),
    h('h1', { tabindex: '-1' }, `${party} · ${day}`),
    h(
      'p.row',
      {},
      both(`对方 ${lines} 行，一致 ${agreed} 张`, `${lines} lines of theirs, ${agreed} agreed`),
      countBadges(numbers)
    ),
    h('p.small.soft', {}, both('对方文件 SM3 ', 'SM3 of their file '), h('span.mono.answer', {}, digest)),
    result.differences.length === 0
      ? h('p.notice.good', {}, both('全部一致。', 'Everything agrees.'))
      : table(both('差异', 'Differences'), heads, result.differences.map(differenceRow))
  )
}

const heads = [both('客票', 'Ticket'), both('差异', 'Difference'), both('我方', 'Ours'), both('对方', 'Theirs')]

function differenceRow({ ticketNo, kind, ours, theirs }) {
  return h(
    'tr',
    {},
    h('th.mono.small', { scope: 'row' }, ticketNo),
    h('td', {}, badge(differences[kind])),
    h('td', {}, sideWords(ours)),
    h('td', {}, sideWords(theirs))
  )
}

function sideWords(side) {
  return side === null ? '—' : [h('span', {}, ticketStates[side.state]), ` ${signedMoney(side.amount)}`]
}
