// Cases in words, for passengers and for those who handle them.
import { h } from '../shell/element.js'
import { moment, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'

export const caseKinds = {
  complaint: both('投诉', 'Complaint'),
  claim: both('索赔', 'Claim'),
  enquiry: both('咨询', 'Question'),
  suggestion: both('建议', 'Suggestion')
}

export const caseSubjects = {
  delay: both('晚点', 'Delay'),
  cancellation: both('停班', 'Cancellation'),
  'missed-connection': both('未接上联程', 'Missed connection'),
  overcharge: both('多收票款', 'Overcharge'),
  refund: both('退改', 'Refund or change'),
  sale: both('售票', 'Sale'),
  staff: both('人员服务', 'Staff'),
  safety: both('安全', 'Safety'),
  cleanliness: both('卫生', 'Cleanliness'),
  luggage: both('行李', 'Luggage'),
  other: both('其他', 'Something else')
}

export const caseStates = {
  RECEIVED: ['badge.warn', both('待受理', 'Received')],
  ACCEPTED: ['badge.accent', both('处理中', 'In hand')],
  TRANSFERRED: ['badge.accent', both('已转办', 'Handed over')],
  ANSWERED: ['badge.good', both('已答复', 'Answered')],
  CLOSED: ['badge', both('已办结', 'Closed')],
  REFUSED: ['badge', both('不予受理', 'Refused')],
  WITHDRAWN: ['badge', both('已撤回', 'Withdrawn')]
}

export const caseEvents = {
  open: both('提交', 'Opened'),
  accept: both('受理', 'Accepted'),
  refuse: both('不予受理', 'Refused'),
  transfer: both('转办', 'Handed over'),
  answer: both('答复', 'Answered'),
  settle: both('赔付', 'Money given back'),
  close: both('办结', 'Closed'),
  reopen: both('重办', 'Taken up again'),
  withdraw: both('撤回', 'Withdrawn'),
  overdue: both('超期', 'Overdue')
}

/** Number, state, deadline, and everything that was said. */
export function caseSummary({ number, state, answerBy, answeredAt, asked, paid, events }) {
  const [tag, text] = caseStates[state]
  return h(
    'div.stack-tight',
    {},
    h('div.row.apart', {}, h('strong.mono', {}, number), h(`span.${tag}`, {}, text)),
    answeredAt === null
      ? h('p.small.soft', {}, both(`最迟答复 ${moment(answerBy).zh}`, `Answer by ${moment(answerBy).en}`))
      : null,
    asked === null
      ? null
      : h('p.small', {}, both(`索赔 ${yuan(asked)}，已付 ${yuan(paid)}`, `Claimed ${yuan(asked)}, paid ${yuan(paid)}`)),
    h('ol.stack-tight', {}, events.map(caseEvent))
  )
}

function caseEvent({ at, event, actor, words }) {
  return h(
    'li.stack-tight',
    {},
    h('div.row.small.soft', {}, h('time', { datetime: at }, moment(at)), caseEvents[event], h('span', {}, actor)),
    words ? h('p', {}, words) : null
  )
}
