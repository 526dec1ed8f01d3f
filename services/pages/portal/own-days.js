// Our clearing days: what each came to, its totals, its statements with receipts, the lines behind a total, and one line's story.
import { chapters } from '../desk/explain.js'
import { save } from '../desk/download.js'
import { h } from '../shell/element.js'
import { bytes, count, moment, signedMoney, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState } from '../shell/notice.js'
import { table } from './portal-table.js'

const services = {
  0: both('其他', 'other'),
  1: both('公交', 'bus'),
  2: both('地铁', 'metro'),
  3: both('自行车', 'bicycle'),
  4: both('出租', 'taxi'),
  5: both('有轨电车', 'tram'),
  6: both('轮渡', 'ferry'),
  8: both('停车', 'parking')
}

export async function daysView({ ask }) {
  const days = await ask('days')
  const title = h('h1', { tabindex: '-1' }, both('清算日', 'Clearing days'))
  if (days.length === 0)
    return [
      title,
      emptyState(
        both('还没有已发布的清算日', 'No day has been published yet'),
        both('每日 03:00 日切之后发布。', 'Published after the cut at 03:00.')
      )
    ]
  const heads = [
    ['', both('清算日', 'Day')],
    ['#', both('结算单号', 'Statement')],
    ['#', both('收入', 'Income')],
    ['#', both('支出', 'Expense')],
    ['#', both('净额', 'Net')],
    ['#', both('此后调账', 'Adjusted since')]
  ]
  return [
    title,
    table(
      both('清算日与轧差额', 'Days and positions'),
      heads,
      days.map(({ day, number, income, expense, adjusted }) => [
        h('a', { href: `#/day/${day}` }, day),
        String(number ?? '—'),
        yuan(income),
        yuan(expense),
        signedMoney(income - expense),
        adjusted === 0 ? '—' : signedMoney(adjusted)
      ])
    )
  ]
}

export async function dayView({ ask, session }, day) {
  const [{ totals, statements }, days, self] = await Promise.all([ask(`days/${day}`), ask('days'), ask('self')])
  const own = days.find((each) => each.day === day)
  return [
    h('h1', { tabindex: '-1' }, both(`清算日 ${day}`, `Clearing day ${day}`)),
    own ? position(own) : null,
    h('h2', {}, both('结算单与结果文件', 'Statements and result files')),
    h(
      'p.soft',
      {},
      both(
        '每份文件均有 SM2 分离签名；结算单里写明了如何用 openssl 验证。',
        'Every file has a detached SM2 signature; the statement says how to check it with openssl.'
      )
    ),
    statementsTable(statements, session),
    h('h2', {}, both('合计', 'Totals')),
    totalsTable(day, totals, self)
  ]
}

function position({ income, expense, number }) {
  const rows = [
    [both('净额', 'Net'), signedMoney(income - expense)],
    [both('收入', 'Income'), yuan(income)],
    [both('支出', 'Expense'), yuan(expense)],
    [both('结算单号', 'Statement'), String(number ?? '—')]
  ]
  return h(
    'dl.position',
    {},
    rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))
  )
}

function totalsTable(day, totals, self) {
  if (totals.length === 0) return emptyState(both('当日没有交易', 'No transaction that day'), '')
  const heads = [
    ['', both('对方机构', 'Counterparty')],
    ['', both('业务', 'Service')],
    ['#', both('笔数', 'Rides')],
    ['#', both('进站', 'Entries')],
    ['#', both('实收', 'Charged')],
    ['#', both('手续费（分）', 'Fee (fen)')],
    ['', both('明细', 'Lines')]
  ]
  return table(
    both('合计', 'Totals'),
    heads,
    totals.map(({ acquirer, acquirerName, issuer, issuerName, service, transactions, entries, amount, fee }) => [
      acquirer === self.code
        ? [issuerName, ' ', h('span.mono.small', {}, issuer)]
        : [acquirerName, ' ', h('span.mono.small', {}, acquirer)],
      services[service] ?? String(service),
      count(transactions),
      count(entries),
      yuan(amount),
      fee,
      h('a', { href: `#/lines/${day}/${acquirer}/${issuer}/${service}` }, both('逐笔', 'One by one'))
    ])
  )
}

function statementsTable(statements, session) {
  const heads = [
    ['', both('文件', 'File')],
    ['', both('调账', 'Adjustment')],
    ['#', both('行', 'Lines')],
    ['#', both('大小', 'Size')],
    ['', both('签收', 'Received')],
    ['', both('下载', 'Download')]
  ]
  return table(
    both('结算文件', 'Statements'),
    heads,
    statements.map(({ id, name, adjustment, lines, size, receivedAt }) => [
      h('span.mono', {}, name),
      adjustment === 0 ? '—' : String(adjustment),
      count(lines),
      bytes(size),
      receivedAt ? moment(receivedAt) : both('未取', 'not yet'),
      h(
        'span.row',
        {},
        downloadButton(both('文件', 'File'), name, { path: `/v1/portal/statements/${id}`, as: name, session }),
        downloadButton(both('签名', 'Signature'), name, {
          path: `/v1/portal/statements/${id}/signature`,
          as: `${name}.sig`,
          session
        })
      )
    ])
  )
}

function downloadButton(text, name, { path, as, session }) {
  return h(
    'button.button.quiet.slim',
    {
      type: 'button',
      'aria-label': both(`${text.zh} ${name}`, `${text.en} ${name}`),
      onclick: () => void save({ path, as, session: session() })
    },
    text
  )
}

export async function linesView({ ask }, ...of) {
  const [day, acquirer, issuer, service] = of
  const query = (after) =>
    `days/${day}/lines?${new URLSearchParams({ acquirer, issuer, service, after, limit: '100' })}`
  const body = h('div.stack-tight', { 'aria-live': 'polite' })
  const more = h('button.button', { type: 'button' }, both('更多', 'More'))
  let after = '0:0'
  const next = async () => {
    const lines = await ask(query(after))
    if (lines.length > 0) body.append(linesTable(lines))
    after = lines.at(-1)?.id ?? after
    more.hidden = lines.length < 100
  }
  more.addEventListener('click', () => void next())
  await next()
  return [
    h('h1', { tabindex: '-1' }, both('合计背后的逐笔', 'The lines behind a total')),
    h('p.mono', {}, h('a', { href: `#/day/${day}` }, day), ` · ${acquirer} ← ${issuer}`),
    body,
    more
  ]
}

function linesTable(lines) {
  const heads = [
    ['', both('文件:行', 'FILE:LINE')],
    ['', both('时间', 'Time')],
    ['#', both('应收', 'Price')],
    ['#', both('实收', 'Charged')]
  ]
  return table(
    both('逐笔', 'Lines'),
    heads,
    lines.map(({ id, occurredAt, price, amount, entry }) => [
      h('a.mono', { href: `#/line/${id}` }, id),
      moment(occurredAt),
      yuan(price),
      entry ? both('进站', 'entry') : yuan(amount)
    ])
  )
}

export async function lineView({ ask }, id) {
  const story = await ask(`transactions/${encodeURIComponent(id)}`)
  const { file } = story
  const signature = file.signature ?? both('文件未签名', 'the file was not signed')
  const told = h('ol.story', {}, chapters(story))
  // The desk's own views are not ours.
  for (const link of told.querySelectorAll('a')) link.replaceWith(...link.childNodes)
  return [
    h('h1', { tabindex: '-1' }, both('一笔交易的来龙去脉', 'The story of one transaction')),
    told,
    h('h2', {}, both('发送机构对文件的签名', 'The sender’s signature over the file')),
    h('p.mono.digest', {}, signature)
  ]
}
