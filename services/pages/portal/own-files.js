// The files we sent, what was refused of them and why, and our disputes.
import { describeError } from '../../../clearing/card-files/error-codes.ts'
import { disputeKinds } from '../../../clearing/disputes/dispute-codes.ts'
import { h } from '../shell/element.js'
import { count, moment, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState } from '../shell/notice.js'
import { table } from './portal-table.js'

const states = {
  loading: ['badge.accent', both('处理中', 'Loading')],
  accepted: ['badge.good', both('已受理', 'Accepted')],
  refused: ['badge.bad', both('已拒收', 'Refused')]
}
const disputeStates = {
  raised: both('待应答', 'Awaiting answer'),
  agreed: both('已同意', 'Agreed'),
  proposed: both('待复核', 'To be approved'),
  booked: both('已记账', 'Booked'),
  declined: both('不同意', 'Declined'),
  answered: both('已答复', 'Answered')
}

export async function filesView({ ask }) {
  const files = await ask('files?limit=200')
  const title = h('h1', { tabindex: '-1' }, both('送交的文件', 'Files we sent'))
  if (files.length === 0)
    return [
      title,
      emptyState(
        both('还没有送交文件', 'Nothing was sent yet'),
        both('文件经专线（TCP）、收件夹或接口送达后列于此。', 'Files sent by TCP, the inbox or the API appear here.')
      )
    ]
  const heads = [
    ['', both('文件', 'File')],
    ['', both('状态', 'State')],
    ['', both('清算日', 'Day')],
    ['#', both('行', 'Lines')],
    ['#', both('受理', 'Accepted')],
    ['#', both('拒绝', 'Rejected')],
    ['#', both('金额', 'Amount')]
  ]
  return [
    title,
    table(
      both('送交的文件', 'Files we sent'),
      heads,
      files.map((file) => [
        [h('span.mono', {}, file.name), h('div.small.soft', {}, moment(file.receivedAt))],
        stateOf(file),
        file.clearingDay ? h('a', { href: `#/day/${file.clearingDay}` }, file.clearingDay) : '—',
        count(file.lines),
        count(file.accepted),
        file.rejected > 0 ? h('a', { href: `#/rejects/${file.id}` }, count(file.rejected)) : '0',
        yuan(file.amount)
      ])
    )
  ]
}

function stateOf({ state, code, detail }) {
  const [tag, text] = states[state]
  const badge = h(`span.${tag}`, {}, text)
  if (state !== 'refused') return badge
  const error = describeError(code)
  return [
    badge,
    h(
      'div.small',
      {},
      h('span.mono', {}, code),
      ' ',
      error ? both(error.chinese, error.english) : '',
      detail ? ` · ${detail}` : ''
    )
  ]
}

export async function rejectsView({ ask }, id) {
  const rejects = await ask(`files/${encodeURIComponent(id)}/rejects?limit=500`)
  const heads = [
    ['', both('行', 'Line')],
    ['', both('原因', 'Reason')],
    ['#', both('字节位置', 'Byte')],
    ['', both('来历', 'Story')]
  ]
  return [
    h('h1', { tabindex: '-1' }, both('被拒绝的行', 'Rejected lines')),
    rejects.length === 0
      ? h('p.notice.good', {}, both('没有被拒绝的行。', 'No line was rejected.'))
      : table(
          both('被拒绝的行', 'Rejected lines'),
          heads,
          rejects.map(({ lineNumber, code, reason, detail, byteOffset }) => [
            String(lineNumber),
            [
              h('span.mono', {}, code),
              ' ',
              both(reason, describeError(code)?.english ?? reason),
              detail ? ` · ${detail}` : ''
            ],
            count(byteOffset),
            h('a', { href: `#/line/${id}:${lineNumber}` }, both('追溯', 'Explain'))
          ])
        )
  ]
}

export async function disputesView({ ask }) {
  const disputes = await ask('disputes')
  const title = h('h1', { tabindex: '-1' }, both('差错', 'Disputes'))
  if (disputes.length === 0)
    return [
      title,
      emptyState(
        both('没有差错', 'No disputes'),
        both('发起差错请送 ED 文件，应答请送 CM 文件。', 'Raise one by an ED file, answer by a CM file.')
      )
    ]
  const heads = [
    ['', both('差错', 'Dispute')],
    ['', both('类型', 'Kind')],
    ['', both('发起 → 应答', 'Raised by → answered by')],
    ['#', both('金额', 'Amount')],
    ['', both('期限', 'Deadline')],
    ['', both('状态', 'State')]
  ]
  return [
    title,
    table(
      both('差错', 'Disputes'),
      heads,
      disputes.map((each) => [
        [
          `#${each.id} `,
          h('a.mono', { href: `#/line/${each.transaction}` }, each.transaction),
          h('div.small.soft', {}, each.day)
        ],
        kindOf(each.kind),
        `${each.raisedBy} → ${each.answeredBy}`,
        `${yuan(each.amount)} → ${yuan(each.adjustedAmount)}`,
        moment(each.answerDue),
        disputeStates[each.state]
      ])
    )
  ]
}

function kindOf(kind) {
  const { chinese, english } = disputeKinds[kind]
  return both(chinese, english)
}
