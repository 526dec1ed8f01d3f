// A clearing day goes four ways: open, closed, settled, published. The next step can be taken by hand; the night takes it anyway. A
// day on its way to be closed, disputed or being adjusted wears that as its badge.
import { announce, h, whileBusy } from '../shell/element.js'
import { moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { noticeRegion, showProblem } from '../shell/notice.js'

const states = {
  open: ['badge.accent', both('受理中', 'Open')],
  closed: ['badge.warn', both('已日切', 'Closed')],
  settled: ['badge.warn', both('已结算', 'Settled')],
  published: ['badge.good', both('已发布', 'Published')]
}
/** On the way between two steps, and which of them it has reached. */
const between = {
  closing: ['open', 'badge.accent', both('日切中', 'Closing')],
  disputed: ['published', 'badge.warn', both('有争议', 'Disputed')],
  adjusting: ['published', 'badge.warn', both('重开调账', 'Adjusting')]
}
const order = Object.keys(states)

/** What can be done next, in which words, and what to know before pressing. */
const nextSteps = {
  open: [
    'close',
    both('日切', 'Close the day'),
    both('此后收到的文件归入下一清算日。', 'Files that come later belong to the next day.')
  ],
  closed: [
    'settle',
    both('结算', 'Settle'),
    both('计费、轧差并记账；重复执行结果不变。', 'Rates, nets and posts. Doing it twice changes nothing.')
  ],
  settled: [
    'publish',
    both('发布结算文件', 'Publish'),
    both('由后台签名并发布，进度见左侧。', 'A worker signs and publishes; see its progress.')
  ]
}

export function stateBadge(state) {
  const [tag, text] = states[state] ?? between[state].slice(1)
  return h(`span.${tag}`, {}, text)
}

export function daySteps(day, { act, refresh }) {
  const times = { open: day.openedAt, closed: day.closedAt, settled: day.settledAt, published: day.publishedAt }
  const reached = order.indexOf(between[day.state]?.[0] ?? day.state)
  const items = order.map((state, index) =>
    h(
      `li${index < reached || (index === reached && reached === order.length - 1) ? '.done' : index === reached ? '.now.done' : ''}`,
      index === reached ? { 'aria-current': 'step' } : {},
      states[state][1],
      times[state] ? h('time', { datetime: times[state] }, moment(times[state])) : null
    )
  )
  const next = nextSteps[day.state]
  return h(
    'section.card.stack-tight',
    {},
    h('ol.steps', {}, items),
    next ? nextStep({ day, next, act, refresh }) : null
  )
}

function nextStep({ day, next: [step, label, explanation], act, refresh }) {
  const region = noticeRegion()
  const hint = h('span.small.soft', { 'aria-live': 'polite' }, explanation)
  const button = h('button.button.main', { type: 'button' }, label)
  button.addEventListener('click', () =>
    whileBusy(button, async () => {
      try {
        await act(`/v1/clearing/days/${day.day}/${step}`)
        if (step === 'publish') announce(hint, both('已交后台处理…', 'Handed to a worker…'))
        else await refresh()
      } catch (problem) {
        showProblem(region, problem)
      }
    })
  )
  return h('div.stack-tight', {}, h('div.row', {}, button, hint), region)
}
