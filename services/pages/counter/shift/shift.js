// The shift: what it sold, refunded and holds in cash; handing over with a count; the shifts before.
import { call } from '../../shell/api.js'
import { announce, field, fill, h, whileBusy } from '../../shell/element.js'
import { count, moment, signedMoney, yuan } from '../../shell/format.js'
import { both } from '../../shell/language.js'
import { emptyState, noticeRegion, showProblem } from '../../shell/notice.js'
import { withSession } from '../../shell/session.js'
import { readYuan } from '../cash.js'
import { meansNames } from '../sale/other-money.js'

/** By reason, as the others; an ordinary sale has none. */
const saleNames = {
  '': both('售票', 'Sold'),
  change: both('改签补差', 'Change, difference paid'),
  'gate-conflict': both('检票补收', 'Collected for a gate')
}
const reasonNames = {
  passenger: both('退票', 'Refund'),
  carrier: both('停班退票', 'Refund, carrier'),
  void: both('废票', 'Void'),
  'late-payment': both('迟到款退回', 'Late payment returned'),
  change: both('改签退差', 'Change, difference returned'),
  overrule: both('按事由全额退票', 'Refund, terms set aside'),
  waitlist: both('候补退款', 'Waitlist returned')
}

export function shiftView({ main, shift, shifts, again }) {
  const closing = shift ? closingForm(shift, () => again('shift')) : null
  const before = shifts.filter((one) => one.closing)
  fill(
    main,
    h(
      'div.sale',
      {},
      h(
        'div.stack-tight',
        {},
        h('h1', { tabindex: '-1' }, shift ? both('本班', 'This shift') : both('没有未交的班', 'No shift is open')),
        shift
          ? opened(shift)
          : emptyState(both('已交班', 'Handed over'), both('按 F2 开下一班。', 'Press F2 to open the next shift.')),
        shift ? totals(shift) : null
      ),
      h('div.stack-tight', {}, closing?.element ?? null, h('h2', {}, both('以往各班', 'Shifts before')), past(before))
    )
  )
  return { home: () => (closing ? closing.focus() : main.querySelector('h1').focus()), shortcuts: [] }
}

function opened({ openedAt, openingCash, placeName, window: number }) {
  const { zh, en } = moment(openedAt)
  return h(
    'p.soft',
    {},
    both(
      `${placeName} ${number} 号窗口，${zh} 开班，备用金 ${yuan(openingCash)}`,
      `${placeName}, window ${number}, opened ${en} with ${yuan(openingCash)}`
    )
  )
}

function totals({ totals: rows, openingCash, expectedCash }) {
  const cells = ({ kind, gateway, reason, tickets, amount }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, (kind === 'sale' ? saleNames : reasonNames)[reason] ?? reason),
      h('td', {}, meansNames[gateway] ?? gateway),
      h('td.number', {}, count(tickets)),
      h('td.number', {}, signedMoney(kind === 'sale' ? amount : -amount))
    )
  return h(
    'div.table-scroll',
    {},
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', {}, both('业务', 'What')),
          h('th', {}, both('方式', 'How')),
          h('th.number', {}, both('张', 'Tickets')),
          h('th.number', {}, both('金额（元）', 'Yuan'))
        )
      ),
      h(
        'tbody',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, both('备用金', 'Opening cash')),
          h('td', {}, meansNames.cash),
          h('td'),
          h('td.number', {}, signedMoney(openingCash))
        ),
        rows.map(cells)
      ),
      h(
        'tfoot',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'row', colspan: 3 }, both('应有现金', 'Cash expected')),
          h('td.number', { id: 'expected-cash' }, yuan(expectedCash))
        )
      )
    )
  )
}

/** What each terminal's own slip says, beside what we have of it; left empty it is not compared. */
function terminalFields(totals) {
  const others = Map.groupBy(
    totals.filter(({ gateway }) => gateway !== 'cash' && gateway !== 'none'),
    ({ gateway }) => gateway
  )
  return [...others].map(([means, of]) => {
    const expected = of.reduce((sum, { kind, amount }) => sum + (kind === 'sale' ? amount : -amount), 0)
    const input = h('input', { id: `terminal-${means}`, inputmode: 'decimal', autocomplete: 'off' })
    const hint = h('span.hint')
    const read = () => {
      const minus = input.value.trim().startsWith('-')
      const amount = readYuan(input.value.replace('-', ''))
      return amount === null ? null : minus ? -amount : amount
    }
    input.addEventListener('input', () => {
      const said = read()
      if (said === null) return announce(hint, '')
      announce(hint, differenceWords(said - expected), said === expected ? 'good' : 'warn')
    })
    const name = meansNames[means] ?? both(means, means)
    const label = both(
      `${name.zh} 终端合计（账面 ${yuan(expected)}）`,
      `${name.en}, total of the terminal (we have ${yuan(expected)})`
    )
    return { means, read, element: field(label, input, hint) }
  })
}

function closingForm({ id, expectedCash, totals: rows }, done) {
  const terminals = terminalFields(rows)
  const counted = h('input', { id: 'counted-cash', inputmode: 'decimal', autocomplete: 'off', name: '/countedCash' })
  const hint = h('span.hint')
  const note = h('input', { id: 'closing-note', autocomplete: 'off', maxlength: 200, name: '/note' })
  const region = noticeRegion()
  const submit = h('button.button.main', {}, both('交班', 'Hand over'))
  const form = h(
    'form.card.stack-tight',
    { novalidate: true },
    h('h2', {}, both('交班', 'Hand over')),
    field(both('清点现金（元）', 'Cash counted (yuan)'), counted, hint),
    terminals.map(({ element }) => element),
    field(both('备注（长短款原因）', 'Note (why it differs)'), note),
    region,
    submit
  )
  counted.addEventListener('input', () => {
    const cash = readYuan(counted.value)
    if (cash === null) return announce(hint, '')
    announce(hint, differenceWords(cash - expectedCash), cash === expectedCash ? 'good' : 'warn')
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const countedCash = readYuan(counted.value)
    if (countedCash === null)
      return (
        announce(hint, both('请清点钱箱并填写金额', 'Count the drawer and give the amount'), 'bad'),
        counted.focus()
      )
    confirmClosing(countedCash - expectedCash, () => send())
    const send = () =>
      whileBusy(submit, async () => {
        const said = terminals.map(({ means, read }) => ({ means, counted: read() }))
        const compared = said.filter(({ counted }) => counted !== null)
        const body = { countedCash, note: note.value.trim(), ...(compared.length > 0 ? { terminals: compared } : {}) }
        try {
          if (
            await withSession('clerk', (session) => call('PUT', `/v1/counter/shifts/${id}/closing`, { session, body }))
          )
            done()
        } catch (problem) {
          showProblem(region, problem, form)
        }
      })
  })
  return { element: form, focus: () => counted.focus() }
}

/** A count cannot be taken back, so it is asked once. */
function confirmClosing(difference, confirmed) {
  const close = () => dialog.close()
  const yes = h(
    'button.button.main',
    { type: 'button', id: 'confirm-closing', onclick: () => (close(), void confirmed()) },
    both('确认交班', 'Hand over')
  )
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'closing-title' },
    h(
      'div.stack-tight',
      {},
      h('h2', { id: 'closing-title' }, differenceWords(difference)),
      h('p', {}, both('交班后不能再改清点结果。', 'The count cannot be changed afterwards.')),
      h(
        'div.row',
        {},
        yes,
        h('button.button.quiet', { type: 'button', onclick: close }, both('再数一遍', 'Count again'))
      )
    )
  )
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  yes.focus()
}

function differenceWords(difference) {
  if (difference === 0) return both('账款相符', 'Books and cash agree')
  return difference > 0
    ? both(`长款 ${yuan(difference)}`, `${yuan(difference)} over`)
    : both(`短款 ${yuan(-difference)}`, `${yuan(-difference)} short`)
}

function past(shifts) {
  if (shifts.length === 0) return h('p.soft', {}, both('还没有交过班。', 'None so far.'))
  return h(
    'ol.stack-tight.past',
    {},
    shifts.map(({ openedAt, closing, expectedCash, placeName, window: number }) =>
      h(
        'li.card',
        {},
        h(
          'div.row.apart',
          {},
          h('strong', {}, moment(openedAt)),
          h(`span.badge.${closing.difference === 0 ? 'good' : 'warn'}`, {}, differenceWords(closing.difference))
        ),
        h(
          'span.small.soft',
          {},
          `${placeName} · ${number} · `,
          both(
            `应有 ${yuan(expectedCash)}，清点 ${yuan(closing.countedCash)}`,
            `${yuan(expectedCash)} expected, ${yuan(closing.countedCash)} counted`
          )
        ),
        closing.terminals.length > 0
          ? h(
              'ul.small',
              {},
              closing.terminals.map(({ means, counted, difference }) =>
                h('li', {}, meansNames[means] ?? means, ` ${yuan(counted)} · `, differenceWords(difference))
              )
            )
          : null,
        closing.note ? h('p.small', {}, closing.note) : null
      )
    )
  )
}
