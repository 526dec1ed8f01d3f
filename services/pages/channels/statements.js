// The parties' balances and their daily statements, each to take along with its signature.
import { fill, h, whileBusy } from '../shell/element.js'
import { count, moment, signedMoney } from '../shell/format.js'
import { both } from '../shell/language.js'
import { showProblem } from '../shell/notice.js'
import { table } from './channel-words.js'

export async function statementsView(view) {
  const { place, api, stay } = view
  const [balances, statements] = await Promise.all(
    ['/v1/revenue/balances', '/v1/revenue/statements?limit=200'].map(api.get)
  )
  if (!balances || !statements || !stay()) return
  const [books, days] = [both('各方余额', 'Balances'), both('结算单', 'Statements')]
  fill(
    place,
    h('h1', { tabindex: '-1' }, both('客票收入', 'Ticket revenue')),
    h('h2', {}, books),
    balances.length === 0
      ? h('p.soft', {}, both('账簿中还没有客票收入。', 'The ledger holds no ticket revenue yet.'))
      : table(
          books,
          [both('清分方', 'Party'), both('账户', 'Account'), both('平台应付', 'Owed by the platform')],
          balances.map(balanceRow)
        ),
    h('h2', {}, days),
    statements.length === 0
      ? h(
          'p.soft',
          {},
          both('还没有结算单；清算日关闭后由夜间任务发布。', 'None yet: the night publishes them once a day is closed.')
        )
      : table(
          days,
          heads,
          statements.map((one) => statementRow(view, one))
        )
  )
}

const accounts = {
  receivable: both('应收/预存', 'Receivable'),
  unearned: both('未结', 'Unearned'),
  earned: both('已结', 'Earned'),
  bank: both('银行', 'Bank')
}

function balanceRow({ party, account, balance }) {
  return h(
    'tr',
    {},
    h('th.mono.small', { scope: 'row' }, party),
    h('td', {}, accounts[account] ?? account),
    h('td.number', {}, signedMoney(balance))
  )
}

const heads = [
  both('清分方', 'Party'),
  both('清算日', 'Day'),
  both('编号', 'No.'),
  both('行数', 'Lines'),
  both('净额', 'Net'),
  both('发布', 'Published'),
  both('下载', 'Take')
]

function statementRow({ api, region }, { party, name, number, day, lines, net, publishedAt }) {
  const path = `/v1/revenue/statements/${party}/${number}`
  const as = `${party}-${day}-${number}.csv`
  const take = (from, file, text) => {
    const button = h('button.button.slim', { type: 'button', 'aria-label': `${file}` }, text)
    button.addEventListener('click', () =>
      whileBusy(button, () => api.save(from, file).catch((problem) => showProblem(region, problem)))
    )
    return button
  }
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name, h('div.mono.small', {}, party)),
    h('td', {}, day),
    h('td.number', {}, String(number)),
    h('td.number', {}, count(lines)),
    h('td.number', {}, signedMoney(net)),
    h('td', {}, moment(publishedAt)),
    h(
      'td',
      {},
      h('span.row', {}, take(path, as, 'CSV'), take(`${path}/signature`, `${as}.sig`, both('签名', 'Signature')))
    )
  )
}
