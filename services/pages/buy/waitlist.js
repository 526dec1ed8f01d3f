// The waitlist: prepaid, in the order of payment; whatever frees a place gives it to the first in line, and what is not filled is returned.
import { call } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { moment, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'
import { signInFirst } from '../tickets/tickets.js'
import { cashier } from './cashier.js'

const askEveryMs = 2000

const states = {
  UNPAID: ['', both('待预付：付款的先后就是排队的先后', 'To be prepaid: the line forms in the order of payment')],
  WAITING: ['warn', both('候补中，一有余票立即出票', 'Waiting: your tickets are issued the moment places come free')],
  FILLED: ['good', both('候补成功，已出票', 'Filled: your tickets are issued')],
  UNFILLED: ['', both('未能候补到票，预付款已全额退回', 'No place came free; all you prepaid is returned')],
  CANCELLED: ['', both('候补已取消', 'The entry was given up')]
}

export async function waitlistView(main, { id, left }) {
  fill(main, loading())
  const shown = await withSession('passenger', (session) => showEntry({ main, id, session, left }))
  if (shown === null) fill(main, h('div.narrow', {}, signInFirst()))
}

async function showEntry(place) {
  const { main, id, session, left } = place
  const entry = await call('GET', `/v1/waitlist/${id}`, { session })
  if (left.aborted) return
  const [tone, words] = states[entry.state]
  const region = noticeRegion()
  const till = h('div')
  fill(
    main,
    h(
      'div.narrow.stack',
      {},
      h('h1', { tabindex: '-1' }, both('候补购票', 'Waitlist')),
      h(`p.notice${tone ? `.${tone}` : ''}`, { role: 'status' }, words),
      entry.state === 'WAITING' ? standing(entry) : null,
      entry.order ? h('a.button.main', { href: `#/order/${entry.order}` }, both('查看车票', 'See the tickets')) : null,
      till,
      region,
      ['UNPAID', 'WAITING'].includes(entry.state) ? giveUp(place, region) : null
    )
  )
  if (entry.state === 'UNPAID') void prepay(place, { till, region })
  if (['UNPAID', 'WAITING'].includes(entry.state)) void follow(place, entry)
}

function standing({ ahead, prepaid, deadline }) {
  const until = moment(deadline)
  return h(
    'section.card.stack-tight',
    {},
    ahead === null ? null : h('p', {}, both(`前面还有 ${ahead} 单`, `${ahead} before you in the line`)),
    h('p', {}, both(`已预付 ${yuan(prepaid)}`, `${yuan(prepaid)} prepaid`)),
    h(
      'p.soft',
      {},
      both(
        `截止 ${until.zh}；到时未兑现，预付款自动全额退回。`,
        `Until ${until.en}; what is not filled by then is returned in full.`
      )
    )
  )
}

async function prepay(place, { till, region }) {
  const { id, session } = place
  try {
    const body = { gateway: 'simulated-cashier' }
    const payment = await call('POST', `/v1/waitlist/${id}/payments`, { session, body })
    const again = () => void prepay(place, { till, region })
    if (payment.state !== 'SUCCEEDED') fill(till, cashier({ payment, total: payment.entry.prepaid, retry: again }))
  } catch (problem) {
    showProblem(region, problem)
  }
}

function giveUp(place, region) {
  const button = h('button.button.quiet', { type: 'button' }, both('取消候补', 'Leave the line'))
  button.addEventListener('click', () =>
    whileBusy(button, () =>
      call('DELETE', `/v1/waitlist/${place.id}`, { session: place.session }).then(
        () => showEntry(place),
        (problem) => showProblem(region, problem)
      )
    )
  )
  return button
}

async function follow(place, { state, ahead }) {
  while (!place.left.aborted) {
    await new Promise((resolve) => setTimeout(resolve, askEveryMs))
    const now = await call('GET', `/v1/waitlist/${place.id}`, { session: place.session }).catch(() => ({
      state,
      ahead
    }))
    const moved = now.state !== state || (state === 'WAITING' && now.ahead !== ahead)
    if (moved && !place.left.aborted) return showEntry(place)
  }
}
