// What passes between us and the national centre: the account we hold with it against its own, what was forwarded, what came back, and the
// differences somebody must settle.
import { fill, h, whileBusy } from '../shell/element.js'
import { count, moment, money, signedMoney, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { table } from '../portal/portal-table.js'

const kinds = {
  'file-refused': both('文件被拒', 'File refused'),
  'line-rejected': both('逐笔被拒，待退回', 'Line rejected, to be taken back'),
  unanswered: both('逾期未答', 'Not answered'),
  'unknown-line': both('来路不明', 'Line we never sent'),
  'keep-differs': both('费用不符', 'Other fee than agreed'),
  'sums-differ': both('合计不符', 'Sums differ'),
  'their-line-rejected': both('我方拒收', 'Refused by us')
}

export async function nationalView(main, desk) {
  const [region, shown] = [noticeRegion(), h('div.stack', { 'aria-live': 'polite' }, loading())]
  const refresh = async () => {
    const national = await desk.ask('/v1/clearing/national')
    if (national && !desk.left.aborted) fill(shown, ...sections(national, { ...desk, region, refresh }))
  }
  fill(main, h('div.stack', {}, h('h1', { tabindex: '-1' }, both('部级往来', 'National centre')), region, shown))
  await refresh()
}

function sections({ account, forwardings, results, differences }, desk) {
  if (account === null)
    return [
      emptyState(
        both('未设部级中心', 'There is no national centre'),
        both('设定后，跨省交易经其转发与结算。', 'Once it is set up, rides between provinces pass through it.')
      )
    ]
  return [
    h('h2', {}, both('往来账核对', 'The account')),
    accountFacts(account),
    h('h2', {}, both('未了结的差异', 'Differences to settle')),
    differences.length === 0
      ? h('p.notice.good', {}, both('没有差异。', 'Nothing differs.'))
      : differencesTable(differences, desk),
    h('h2', {}, both('已转发', 'Forwarded')),
    forwardingsTable(forwardings),
    h('h2', {}, both('部级结果', 'Results')),
    resultsTable(results)
  ]
}

/** Both sides, and what lies between them; positive: they owe us. */
function accountFacts({ ours, theirs, unanswered, rejected, feeDifferences, notTaken, unexplained }) {
  const fen = (exact) => money(Math.round(Number(exact)))
  const rows = [
    [both('我方账（对方欠我方为正）', 'Ours (positive: they owe us)'), signedMoney(ours)],
    [both('对方账', 'Theirs'), signedMoney(theirs)],
    [both('在途，未答', 'On its way, not answered'), fen(unanswered)],
    [both('被拒，未退回', 'Rejected, not yet taken back'), fen(rejected)],
    [both('费用差', 'Other fees'), fen(feeDifferences)],
    [both('对方已计、我方未结', 'Counted there, not yet settled here'), fen(notTaken)],
    [both('未解释', 'Unexplained'), unexplained === 0 ? both('无', 'nothing') : signedMoney(unexplained)]
  ]
  return h(
    'dl.facts',
    {},
    rows.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])
  )
}

function differencesTable(differences, desk) {
  const heads = [
    ['', both('差异', 'Difference')],
    ['', both('所涉', 'Of')],
    ['#', both('金额', 'Amount')],
    ['', both('说明', 'Detail')],
    ['', both('催询', 'Asked')],
    ['', both('处理', 'Action')]
  ]
  const rows = differences.map((each) => [
    kinds[each.kind],
    /^\d+:\d+$/.test(each.reference)
      ? h('a.mono', { href: `#/explain/${each.reference}` }, each.reference)
      : h('span.mono', {}, each.reference),
    signedMoney(each.amount),
    each.detail,
    each.chasedAt ? [moment(each.chasedAt), ` ×${each.chases}`] : '—',
    actionOf(each, desk)
  ])
  return table(both('未了结的差异', 'Differences to settle'), heads, rows)
}

function actionOf({ id, kind, reference, dispute }, { act, region, refresh }) {
  if (kind === 'line-rejected')
    return dispute ? h('a', { href: '#/disputes' }, both(`差错 #${dispute}`, `dispute #${dispute}`)) : '—'
  const button = h(
    'button.button.slim',
    { type: 'button', 'aria-label': both(`了结 ${reference}`, `Settle ${reference}`) },
    both('了结', 'Settle')
  )
  button.addEventListener('click', () =>
    whileBusy(button, async () => {
      try {
        await act(`/v1/clearing/national/differences/${id}/settle`)
        await refresh()
      } catch (problem) {
        showProblem(region, problem)
      }
    })
  )
  return button
}

function forwardingsTable(forwardings) {
  const heads = [
    ['', both('文件', 'File')],
    ['', both('清算日', 'Day')],
    ['#', both('笔数', 'Lines')],
    ['#', both('金额', 'Amount')],
    ['', both('送出', 'Sent')],
    ['', both('回执', 'Answer')]
  ]
  const rows = forwardings.map(({ name, day, lines, amount, sentAt, answerCode }) => [
    h('span.mono', {}, name),
    h('a', { href: `#/days/${day}` }, day),
    count(lines),
    yuan(amount),
    sentAt ? moment(sentAt) : both('待送', 'waiting'),
    answerCode ?? '—'
  ])
  return table(both('已转发', 'Forwarded'), heads, rows)
}

function resultsTable(results) {
  const heads = [
    ['', both('文件', 'File')],
    ['', both('部级清算日', 'Their day')],
    ['#', both('行', 'Lines')],
    ['#', both('应收我方（分）', 'For us (fen)')],
    ['', both('收到', 'Received')]
  ]
  const rows = results.map(({ name, day, lines, net, fileId, receivedAt }) => [
    fileId ? h('a.mono', { href: `#/file/${fileId}` }, name) : h('span.mono', {}, name),
    day ?? '—',
    count(lines),
    net ?? '—',
    moment(receivedAt)
  ])
  return table(both('部级结果', 'Results'), heads, rows)
}
