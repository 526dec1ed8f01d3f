// What the passenger said of his journeys, and what became of it: satisfied, not satisfied, or taken back.
import { call } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'
import { caseKinds, caseSubjects, caseSummary } from '../cases/case-words.js'
import { signInFirst } from './tickets.js'

const steps = {
  RECEIVED: ['withdraw'],
  ACCEPTED: ['withdraw'],
  TRANSFERRED: ['withdraw'],
  ANSWERED: ['close', 'reopen']
}
const stepNames = {
  withdraw: both('撤回', 'Take it back'),
  close: both('满意，办结', 'Satisfied, close it'),
  reopen: both('不满意，请重办', 'Not satisfied')
}

export async function ownCasesView(main, { left }) {
  fill(main, loading())
  const stories = await withSession('passenger', async (session) => {
    const cases = await call('GET', '/v1/service-cases', { session })
    return await Promise.all(cases.map(({ id }) => call('GET', `/v1/service-cases/${id}`, { session })))
  })
  if (left.aborted) return
  const title = h('h1', { tabindex: '-1' }, both('评价与投诉', 'What I said'))
  const back = h('a', { href: '#/tickets' }, both('← 我的车票', '← My tickets'))
  if (!stories) return fill(main, h('div.narrow.stack', {}, title, signInFirst()))
  const none = emptyState(
    both('还没有来件', 'Nothing yet'),
    both('在车票页可以评价、投诉或索赔。', 'A ticket’s page takes ratings, complaints and claims.')
  )
  const again = () => void ownCasesView(main, { left })
  fill(main, h('div.narrow.stack', {}, back, title, stories.length > 0 ? stories.map((one) => card(one, again)) : none))
}

function card(story, again) {
  const region = noticeRegion()
  const buttons = (steps[story.state] ?? []).map((step) => {
    const button = h('button.button', { type: 'button' }, stepNames[step])
    button.addEventListener('click', () => whileBusy(button, () => take(story.id, step, { region, again })))
    return button
  })
  return h(
    'article.card.stack-tight',
    {},
    h('h2', {}, caseKinds[story.kind], ' · ', caseSubjects[story.subject]),
    caseSummary(story),
    buttons.length > 0 ? h('div.row', {}, buttons) : null,
    region
  )
}

async function take(id, step, { region, again }) {
  try {
    await withSession('passenger', (session) =>
      call('POST', `/v1/service-cases/${id}/steps`, { session, body: { step } })
    )
    again()
  } catch (problem) {
    showProblem(region, problem)
  }
}
