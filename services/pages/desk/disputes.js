// The queue of disputes: who must answer by when, what one person proposes and another approves, and the evidence to take along.
import { disputeKinds, disputeReasons } from '../../../clearing/disputes/dispute-codes.ts'
import { field, fill, h, whileBusy } from '../shell/element.js'
import { moment, money } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { save } from './download.js'

const states = {
  raised: ['badge.accent', both('待应答', 'Awaiting answer')],
  agreed: ['badge.warn', both('已同意，待经办', 'Agreed, to be proposed')],
  proposed: ['badge.warn', both('待复核', 'To be approved')],
  booked: ['badge.good', both('已记账', 'Booked')],
  declined: ['badge.bad', both('不同意', 'Declined')],
  answered: ['badge.good', both('已答复', 'Answered')]
}

export async function disputesView(main, desk) {
  const [region, list] = [noticeRegion(), h('div.stack-tight', { 'aria-live': 'polite' }, loading())]
  const refresh = async () => {
    const disputes = await desk.ask('/v1/clearing/disputes?limit=200')
    if (disputes && !desk.left.aborted) fill(list, queue(disputes, { ...desk, region, refresh }))
  }
  fill(
    main,
    h(
      'div.stack',
      {},
      h('h1', { tabindex: '-1' }, both('差错', 'Disputes')),
      h(
        'p.soft',
        {},
        both(
          '类型、原因与期限代码为本地定义。同意后由一人经办、另一人复核，记入原清算日的调账。',
          'Kinds, reasons and deadlines are our own. Once agreed, one person proposes and another approves; it is booked in an adjustment of the original day.'
        )
      ),
      raiseForm({ ...desk, region, refresh }),
      region,
      list
    )
  )
  await refresh()
}

function queue(disputes, desk) {
  if (disputes.length === 0)
    return emptyState(
      both('没有差错', 'No disputes'),
      both(
        '机构发来的 ED 文件，或上方代为发起的差错，会出现在这里。',
        'ED files of members, or disputes raised above, appear here.'
      )
    )
  const heads = [
    both('差错', 'Dispute'),
    both('类型与原因', 'Kind and reason'),
    both('发起 → 应答', 'Raised by → answered by'),
    both('金额', 'Amount'),
    both('期限', 'Deadline'),
    both('状态', 'State'),
    both('处理', 'Action')
  ]
  return h(
    'div.table-scroll',
    { tabindex: '0', role: 'region', 'aria-label': both('差错队列', 'Queue of disputes') },
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
      h(
        'tbody',
        {},
        disputes.map((dispute) => row(dispute, desk))
      )
    )
  )
}

function row(dispute, desk) {
  const { id, kind, reason, transaction, day, raisedBy, answeredBy, amount, adjustedAmount, answerDue, state } = dispute
  const [tag, text] = states[state]
  const name = disputeKinds[kind]
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      `#${id} `,
      h('a.mono', { href: `#/explain/${encodeURIComponent(transaction)}` }, transaction),
      h('div.small.soft', {}, h('a', { href: `#/days/${day}` }, day))
    ),
    h(
      'td',
      {},
      both(name.chinese, name.english),
      h('div.small.soft', {}, both(...(disputeReasons[reason] ?? [reason, reason])))
    ),
    h('td.mono', {}, `${raisedBy} → ${answeredBy}`),
    h('td.number', {}, `${money(amount)} → ${money(adjustedAmount)}`),
    h(
      'td',
      {},
      h('time', { datetime: answerDue }, moment(answerDue)),
      dispute.lapsed ? both('（逾期未答）', ' (lapsed)') : null
    ),
    h('td', {}, h(`span.${tag}`, {}, text)),
    h('td', {}, actions(dispute, desk))
  )
}

function actions({ id, state, answeredBy }, desk) {
  const step = (label, path, body) =>
    h(
      'button.button.slim',
      {
        type: 'button',
        onclick: (event) =>
          whileBusy(event.currentTarget, async () => {
            try {
              await desk.act(`/v1/clearing/disputes/${id}/${path}`, body)
              await desk.refresh()
            } catch (problem) {
              showProblem(desk.region, problem)
            }
          })
      },
      label
    )
  const evidence = h(
    'button.button.quiet.slim',
    {
      type: 'button',
      'aria-label': both(`下载差错 ${id} 的证据包`, `Download the evidence of dispute ${id}`),
      onclick: (event) =>
        whileBusy(event.currentTarget, () =>
          save({
            path: `/v1/clearing/disputes/${id}/evidence`,
            as: `dispute-${id}.zip`,
            session: desk.session()
          }).catch((problem) => showProblem(desk.region, problem))
        )
    },
    both('证据', 'Evidence')
  )
  const steps = {
    raised: () => [
      step(both('代为同意', 'Agree for it'), 'answer', { answer: 'agreed', by: answeredBy }),
      step(both('代为拒绝', 'Decline for it'), 'answer', { answer: 'declined', by: answeredBy })
    ],
    agreed: () => [step(both('经办', 'Propose'), 'propose')],
    proposed: () => [step(both('复核', 'Approve'), 'approve')]
  }
  return h('div.row', {}, steps[state]?.() ?? [], evidence)
}

function raiseForm(desk) {
  const input = (id, attributes) => h('input', { id, required: true, autocomplete: 'off', ...attributes })
  const select = (id, options) =>
    h(
      'select',
      { id },
      options.map(([value, text]) => h('option', { value }, text))
    )
  const transaction = input('dispute-transaction', { placeholder: '1:2', pattern: '\\d{1,9}:\\d{1,9}' })
  const kind = select(
    'dispute-kind',
    Object.entries(disputeKinds).map(([value, { chinese, english }]) => [value, both(chinese, english)])
  )
  const reason = select(
    'dispute-reason',
    Object.entries(disputeReasons).map(([value, text]) => [value, both(...text)])
  )
  const amount = input('dispute-amount', { inputmode: 'decimal', pattern: '\\d{1,3}(\\.\\d{1,2})?' })
  const party = input('dispute-party', { inputmode: 'numeric', pattern: '\\d{8}' })
  const labelled = (control, text) => field(text, control)
  const button = h('button.button.main', { type: 'submit' }, both('代为发起', 'Raise for it'))
  const form = h(
    'form.dispute-form',
    {},
    labelled(transaction, both('交易号（文件:行）', 'Transaction (FILE:LINE)')),
    labelled(kind, both('类型', 'Kind')),
    labelled(reason, both('原因', 'Reason')),
    labelled(amount, both('调整后金额（元）', 'Adjusted amount (yuan)')),
    labelled(party, both('发起机构代码', 'Raised by (code)')),
    button
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void whileBusy(button, async () => {
      try {
        await desk.act('/v1/clearing/disputes', {
          transaction: transaction.value,
          kind: kind.value,
          reason: reason.value,
          adjustedAmount: Math.round(Number(amount.value) * 100),
          raisedBy: party.value
        })
        await desk.refresh()
      } catch (problem) {
        showProblem(desk.region, problem)
      }
    })
  })
  return h('details.fold', {}, h('summary', {}, both('代机构发起差错', 'Raise a dispute for a member')), form)
}
