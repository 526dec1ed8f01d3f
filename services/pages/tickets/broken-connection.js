// A connection that a delay or a cancellation broke: how one may go on free of charge, or what comes back when one does not. Choosing is
// one press; the platform changes or refunds every ticket concerned.
import { call } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { clockOf, dayName, dayOf, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { noticeRegion, showProblem } from '../shell/notice.js'

export function isBroken({ connections = [] }) {
  return connections.some(({ state }) => state === 'OPEN')
}

/** Empty until the journey has been asked for. `done()` after a choice. */
export function brokenConnections({ journeyNumber, session, done }) {
  const place = h('div.stack-tight')
  const region = noticeRegion()
  const load = async () => {
    try {
      const { connections } = await call('GET', `/v1/journeys/${journeyNumber}`, { session })
      const open = connections.filter(({ state }) => state === 'OPEN')
      fill(
        place,
        open.map((one) => card(one, { session, region, done })),
        region
      )
    } catch (problem) {
      fill(place, region)
      showProblem(region, problem)
    }
  }
  void load()
  return place
}

function card(broken, act) {
  const { choices, refund } = broken
  return h(
    'section.card.broken.stack-tight',
    { 'aria-label': both('衔接中断', 'Connection broken') },
    h('h2', {}, both('衔接中断，请选择', 'Your connection is broken: choose')),
    h('p', { role: 'status' }, reasonOf(broken)),
    choices.length > 0 ? h('p.small.soft', {}, both('免费改乘：', 'Go on free of charge:')) : null,
    choices.map((choice, index) => choiceButton(broken, choice, { ...act, first: index === 0 })),
    refund ? refundButton(broken, refund, act) : null
  )
}

function reasonOf({ cause, minutesShort }) {
  if (cause === 'cancelled') return both('后一程班次已停运。', 'The next departure is cancelled.')
  return minutesShort === null
    ? both('前一程晚点，赶不上后一程。', 'A delay keeps you from the next departure.')
    : both(`前一程晚点，换乘差 ${minutesShort} 分钟。`, `A delay leaves ${minutesShort} min too little to change.`)
}

function choiceButton(broken, { legs, arrivesAt }, { session, region, done, first }) {
  const way = legs.map(({ departsAt, fromName, number }) => `${clockOf(departsAt)} ${fromName} ${number}`).join('，')
  const arrives = both(`${clockOf(arrivesAt)} 到达`, `arrives ${clockOf(arrivesAt)}`)
  const button = h(
    `button.button.wide.way-on${first ? '.main' : ''}`,
    { type: 'button' },
    h('strong', {}, way),
    h('span.small', {}, dayName(dayOf(arrivesAt)), ' ', arrives)
  )
  const rebook = legs.map(({ departure }) => departure)
  button.addEventListener('click', () => decide(button, { broken, session, region, done, body: { rebook } }))
  return button
}

function refundButton(broken, { amount, fee }, { session, region, done }) {
  const words = both(`不走了，退回 ${yuan(amount)}`, `Do not go on: ${yuan(amount)} comes back`)
  const button = h(
    'button.button.danger.wide',
    { type: 'button' },
    words,
    fee > 0 ? h('span.small', {}, both(`手续费 ${yuan(fee)}`, `fee ${yuan(fee)}`)) : null
  )
  button.addEventListener('click', () => decide(button, { broken, session, region, done, body: { refund: amount } }))
  return button
}

/** The same choice again, after a lost answer, goes on where it stopped. */
function decide(button, { broken, session, region, done, body }) {
  void whileBusy(button, async () => {
    try {
      await call('PUT', `/v1/connections/${broken.id}/decision`, { session, body })
      done()
    } catch (problem) {
      showProblem(region, problem)
    }
  })
}
