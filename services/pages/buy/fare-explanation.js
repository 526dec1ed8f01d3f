// "Explain my fare": which published price this is, which concessions were weighed and why they do or do not apply, step by step; asked for
// only when somebody opens it.
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'

/** `legs` are departures as they are sold. The reasons are the platform's own words. */
export function fareExplanation(legs) {
  const body = h('div.stack-tight.small')
  const summary = h('summary.small', {}, both('票价怎么来的', 'How the fare comes about'))
  const element = h('details', { id: 'fare-explanation' }, summary, body)
  element.addEventListener('toggle', () => element.open && void show(body, legs))
  return element
}

async function show(body, legs) {
  fill(body, loading())
  try {
    const explained = await Promise.all(legs.map(explain))
    fill(body, explained.map(oneLeg))
  } catch (problem) {
    const region = noticeRegion()
    fill(body, region)
    showProblem(region, problem)
  }
}

async function explain({ id, from, to, cabin, number }) {
  const asked = new URLSearchParams({ departure: id, from: from.place, to: to.place, ...(cabin ? { cabin } : {}) })
  const { steps } = await call('GET', `/v1/fares/explanations?${asked}`)
  return { number, steps }
}

function oneLeg({ number, steps }) {
  const items = steps.map(({ applies, because, becauseEn }) =>
    h(`li${applies ? '' : '.soft'}`, {}, applies ? '✓ ' : '— ', both(because, becauseEn))
  )
  return h('section', {}, h('strong', {}, number), h('ul', {}, items))
}
