// The money behind the days: payments by two persons with the three books side by side, what is in suspense, and members' reserves.
import { field, fill, h, whileBusy } from '../shell/element.js'
import { money, signedMoney } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { barsOption, drawChart } from './charts.js'

const rowHeight = 27

export async function moneyView(main, desk) {
  const [region, body] = [noticeRegion(), h('div.stack.money', { 'aria-live': 'polite' }, loading())]
  const refresh = async () => {
    const [runs, suspense, reserves] = await Promise.all(
      ['payments', 'suspense', 'reserves'].map((what) => desk.ask(`/v1/clearing/${what}`))
    )
    const books = runs?.[0] ? await desk.ask(`/v1/clearing/payments/${runs[0].day}`) : []
    if (!runs || desk.left.aborted) return
    const tools = { ...desk, region, refresh }
    fill(body, runsSection(runs, books, tools), suspenseSection(suspense, tools), reservesSection(reserves, tools))
  }
  fill(
    main,
    h(
      'div.stack',
      {},
      h('h1', { tabindex: '-1' }, both('资金', 'Money')),
      h(
        'p.soft',
        {},
        both(
          '清算日结算后生成付款：一人经办，另一人复核，到期发往银行。示例环境的银行是模拟的，会出错：少两分、丢用途、多一元。',
          'Payments follow a settled day: one person releases, another approves, and they go to the bank when due. The sample’s bank is simulated and makes mistakes: two fen short, a lost purpose, a yuan too much.'
        )
      ),
      region,
      body
    )
  )
  await refresh()
}

function runsSection(runs, books, desk) {
  const [latest, ...earlier] = runs
  if (!latest)
    return emptyState(both('还没有付款', 'No payments yet'), both('结算后出现。', 'They follow a settled day.'))
  return h(
    'section.stack-tight',
    {},
    h('div.row.apart', {}, h('h2', {}, both('付款 ', 'Payments of '), latest.day), runState(latest, desk)),
    books.length === 0
      ? h('p.notice.good', {}, both('这一天无须付款。', 'Nothing is to be paid for that day.'))
      : table(
          both('三方对账', 'Three books'),
          [
            both('机构', 'Participant'),
            both('起息', 'Due'),
            both('账簿', 'Ledger'),
            both('指令', 'Payment'),
            both('银行', 'Bank'),
            both('说明', 'Explanation')
          ],
          books.map(bookRow)
        ),
    earlier.some(({ approvedAt }) => !approvedAt)
      ? h(
          'ul.stack-tight',
          {},
          earlier
            .filter(({ approvedAt }) => !approvedAt)
            .map((run) => h('li.row.apart', {}, run.day, runState(run, desk)))
        )
      : null
  )
}

function runState({ day, releasedAt, approvedAt }, desk) {
  if (approvedAt) return h('span.badge.good', {}, both('已复核', 'Approved'))
  const [label, step] = releasedAt ? [both('复核付款', 'Approve'), 'approve'] : [both('经办付款', 'Release'), 'release']
  return act(label, `payments/${day}/${step}`, undefined, desk)
}

function act(label, path, body, desk) {
  return h(
    'button.button.slim',
    {
      type: 'button',
      onclick: (event) =>
        whileBusy(event.currentTarget, async () => {
          try {
            await desk.act(`/v1/clearing/${path}`, body)
            await desk.refresh()
          } catch (problem) {
            showProblem(desk.region, problem)
          }
        })
    },
    label
  )
}

const tones = { agrees: 'good', 'within-tolerance': 'good', late: 'bad', 'books-differ': 'bad', 'in-suspense': 'warn' }

function bookRow({ instruction, participant, name, dueOn, ledger, amount, bank, explanation, chinese, english }) {
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name, h('div.small.soft.mono', {}, `${participant} · P${instruction}`)),
    h('td', {}, h('time', { datetime: dueOn }, dueOn)),
    h('td.number', {}, signedMoney(ledger)),
    h('td.number', {}, signedMoney(amount)),
    h('td.number', {}, bank === null ? '—' : signedMoney(bank)),
    h('td', {}, h(`span.badge.${tones[explanation] ?? 'accent'}`, {}, both(chinese, english)))
  )
}

const reasons = {
  'unknown-purpose': both('用途不明', 'Unknown purpose'),
  'other-amount': both('金额不符', 'Another amount'),
  'paid-twice': both('重复', 'Paid twice')
}
const actions = {
  assign: both('归入付款指令', 'Assign to a payment'),
  return: both('退回', 'Return'),
  'write-off': both('核销', 'Write off')
}

function suspenseSection(items, desk) {
  const open = items.filter(({ clearedAt }) => !clearedAt)
  return h(
    'section.stack-tight',
    {},
    h('h2', {}, both('挂账', 'Suspense')),
    open.length === 0
      ? h('p.notice.good', {}, both('✓ 没有挂账。', '✓ Nothing is in suspense.'))
      : table(
          both('挂账队列', 'Queue of suspense'),
          [
            both('银行流水', 'Bank line'),
            both('金额', 'Amount'),
            both('原因', 'Reason'),
            both('天数', 'Days'),
            both('处理', 'Action')
          ],
          open.map((item) => suspenseRow(item, desk))
        )
  )
}

function suspenseRow(item, desk) {
  const { reference, purpose, counterparty, amount, reason, ageDays, alarm } = item
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, h('span.mono', {}, reference), h('div.small.soft', {}, `${counterparty} · ${purpose}`)),
    h('td.number', {}, signedMoney(amount)),
    h('td', {}, reasons[reason]),
    h('td.number', {}, alarm ? h('span.badge.bad', {}, both(`${ageDays} 天，告警`, `${ageDays}, alarm`)) : ageDays),
    h('td', {}, item.action ? proposed(item, desk) : proposeForm(item, desk))
  )
}

function proposed({ id, action, instruction }, desk) {
  return h(
    'div.row',
    {},
    h('span.badge.warn', {}, actions[action], instruction ? ` P${instruction}` : ''),
    act(both('复核', 'Approve'), `suspense/${id}/approve`, undefined, desk)
  )
}

function proposeForm({ id, reference }, desk) {
  const action = h(
    'select',
    { id: `action-${id}` },
    Object.entries(actions).map(([value, text]) => h('option', { value }, text))
  )
  const instruction = h('input', { id: `instruction-${id}`, inputmode: 'numeric', placeholder: 'P', size: 6 })
  const button = h('button.button.slim', { type: 'submit' }, both('经办', 'Propose'))
  const form = h(
    'form.row.suspense-form',
    { 'aria-label': both(`处理 ${reference}`, `What becomes of ${reference}`) },
    field(both('如何销账', 'What it is'), action),
    field(both('付款号', 'Payment'), instruction),
    button
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void whileBusy(button, async () => {
      try {
        const meant = Number(instruction.value.replace(/^P/i, ''))
        const body = { action: action.value, ...(meant > 0 ? { instruction: meant } : {}) }
        await desk.act(`/v1/clearing/suspense/${id}/propose`, body)
        await desk.refresh()
      } catch (problem) {
        showProblem(desk.region, problem)
      }
    })
  })
  return form
}

function reservesSection(reserves, { left }) {
  if (reserves.length === 0) return null
  const sorted = reserves.toSorted((a, b) => b.balance - b.required - (a.balance - a.required))
  const rows = sorted.map(({ name, balance, required }) => ({ name, value: (balance - required) / 100 }))
  const element = h('div.chart')
  element.style.height = `${Math.max(2, rows.length) * rowHeight + 12}px`
  void drawChart(element, {
    label: both('备付金余量条形图，数值见明细表', 'Reserves above what is required; figures in the table'),
    optionOf: (look) => barsOption(rows, { look, written: (value) => signedMoney(Math.round(value * 100)) }),
    left
  })
  return h(
    'section.stack-tight',
    {},
    h(
      'div.row.apart',
      {},
      h('h2', {}, both('备付金', 'Reserves')),
      h('span.small.soft', {}, both('余量 = 余额 − 应备，节前加倍', 'Above what is required; more before holidays'))
    ),
    h('div.card', {}, element),
    table(
      both('备付金明细', 'Reserves'),
      [
        both('机构', 'Participant'),
        both('余额', 'Balance'),
        both('应备', 'Required'),
        both('水位', 'Level'),
        both('应补', 'Top up')
      ],
      sorted.map(reserveRow)
    )
  )
}

function reserveRow({ participant, name, cycle, balance, required, topUp, notifiedAt }) {
  const percent = Math.round((balance / required) * 100)
  const label = both(`应备的 ${percent}%`, `${percent}% of what is required`)
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      name,
      h(
        'div.small.soft',
        {},
        h('span.mono', {}, participant),
        ' · ',
        cycle === 'monthly' ? both('按月', 'monthly') : both('按日', 'daily')
      )
    ),
    h('td.number', {}, money(balance)),
    h('td.number', {}, money(required)),
    h(
      'td',
      {},
      h('meter', {
        min: 0,
        max: 2 * required,
        low: required,
        optimum: 2 * required,
        value: balance,
        'aria-label': label
      }),
      ` ${percent}%`
    ),
    h(
      'td',
      {},
      topUp === 0
        ? '—'
        : h(
            'span.badge.bad',
            {},
            money(topUp),
            notifiedAt ? both('，已通知', ', told') : both('，待通知', ', to be told')
          )
    )
  )
}

function table(name, heads, rows) {
  return h(
    'div.table-scroll',
    { tabindex: '0', role: 'region', 'aria-label': name },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map((text) => h('th', { scope: 'col' }, text))
        )
      ),
      h('tbody', {}, rows)
    )
  )
}
