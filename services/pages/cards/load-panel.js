// Loading at the window: the card on the reader is asked, the load is begun, credited and confirmed. A card torn out in the middle is shown
// as undecided and resolved by laying it back; the sample reader can tear one out, so that a clerk has seen it once.
import { call, newId } from '../shell/api.js'
import { field, fill, h, whileBusy } from '../shell/element.js'
import { yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'

const role = 'clerk'
const amounts = [2000, 5000, 10000, 20000]

export function loadPanel({ owed, loads, card }, { number, show }) {
  if (card && card.state !== 'ACTIVE') return null
  const undecided = loads.find(({ state }) => state === 'AUTHORISED')
  const { agent, tear, options } = loadOptions()
  const run = (button, work) =>
    void whileBusy(button, async () => {
      const saying = await withSession(role, work).then(
        (words) => words && ((place) => fill(place, h('p.notice.good', { role: 'status' }, words))),
        (problem) => (place) => showProblem(place, problem)
      )
      if (!saying) return
      await show()
      saying(document.querySelector('#load-said'))
    })
  const button = (text, work, tag = 'button.button') =>
    h(tag, { type: 'button', onclick: (event) => run(event.currentTarget, work) }, text)
  const load = (amount, credit) => (session) =>
    makeLoad({ session, number, amount, credit, agent: agent.value.trim(), tear: tear.value || null })
  const find = (session) => resolve({ session, number, agent: agent.value.trim() })
  return h(
    'section.card.stack-tight',
    { 'aria-labelledby': 'load-title' },
    h('h2', { id: 'load-title' }, both('充值', 'Load')),
    h(
      'p.small.soft',
      {},
      both('示例读卡器：卡已放上，写卡时勿拿开。', 'Sample reader: the card lies on it; leave it while it is written.')
    ),
    undecided
      ? undecidedNotice(undecided, button(both('放回卡片核对', 'Lay it back and find out'), find, 'button.button.main'))
      : null,
    owed.map(({ load: credit, amount }) =>
      h(
        'div',
        {},
        button(
          both(`补登 ${yuan(amount)}`, `Load the ${yuan(amount)} it is owed`),
          load(amount, credit),
          'button.button.main'
        )
      )
    ),
    undecided
      ? null
      : h(
          'div.row',
          {},
          amounts.map((amount) => button(yuan(amount), load(amount)))
        ),
    options,
    h('div', { id: 'load-said', 'aria-live': 'polite' })
  )
}

function loadOptions() {
  const agent = h('input', { id: 'load-agent', name: '/agent', value: 'A01', maxlength: 16, autocomplete: 'off' })
  const tear = h(
    'select',
    { id: 'load-tear' },
    h('option', { value: '' }, both('不中断', 'Leave it there')),
    h('option', { value: 'before' }, both('写卡前拿走', 'Torn out before it is written')),
    h('option', { value: 'after' }, both('写卡后拿走', 'Torn out after it is written'))
  )
  const options = h(
    'details',
    {},
    h('summary', {}, both('代理点与演练', 'Agent, and trying an interruption')),
    h(
      'div.stack-tight',
      {},
      field(both('代理点', 'Load agent'), agent),
      field(both('演练：拿走卡片', 'Try: tear the card out'), tear)
    )
  )
  return { agent, tear, options }
}

function undecidedNotice({ amount }, button) {
  return h(
    'div.notice.warn.stack-tight',
    {},
    h(
      'p',
      {},
      both(
        `充值 ${yuan(amount)} 中断：已扣款，卡上未定。放回卡片即可核对。`,
        `A load of ${yuan(amount)} was cut short: the money is taken, the card knows. Lay it back to find out.`
      )
    ),
    button
  )
}

/** INITIALIZE, begin, CREDIT, confirm. */
async function makeLoad({ session, number, amount, credit, agent, tear }) {
  await call('POST', '/v1/card-reader/lay', { session, body: { cardNumber: number } })
  const card = await call('POST', '/v1/card-reader/ask', { session, body: { amount } })
  const id = newId()
  const body = { cardNumber: number, amount, agent, card, ...(credit ? { credit } : {}) }
  const { dateTime, mac2 } = await call('PUT', `/v1/card-loads/${id}`, { session, body })
  const { tac } = await call('POST', '/v1/card-reader/credit', { session, body: { dateTime, mac2, tear } })
  await call('POST', `/v1/card-loads/${id}/confirmation`, { session, body: { tac } })
  return both(
    `已充值 ${yuan(amount)}，卡内 ${yuan(card.balance + amount)}`,
    `Loaded ${yuan(amount)}; the card holds ${yuan(card.balance + amount)}`
  )
}

/**
 * The next load asks for the last: a counter that moved on shows it was credited, otherwise the challenge does. What was begun to find
 * out is given back by the same proof.
 */
async function resolve({ session, number, agent }) {
  await call('POST', '/v1/card-reader/lay', { session, body: { cardNumber: number } })
  const ask = async (amount) => await call('POST', '/v1/card-reader/ask', { session, body: { amount } })
  const id = newId()
  const body = { cardNumber: number, amount: 100, agent, card: await ask(100) }
  const begun = await call('PUT', `/v1/card-loads/${id}`, { session, body }).catch((problem) => problem)
  if (begun.code !== 'load-undecided' && begun.code !== undefined) throw begun
  if (begun.code === undefined) {
    // The last one was credited; the load that told so is undone.
    const again = await call('PUT', `/v1/card-loads/${newId()}`, {
      session,
      body: { ...body, card: await ask(100) }
    }).catch((problem) => problem)
    const { load, challenge } = again.facts
    await call('POST', `/v1/card-loads/${load}/proof`, { session, body: await ask(challenge) })
    return both('卡片已到账', 'The card had been loaded')
  }
  const { load, challenge } = begun.facts
  const { state } = await call('POST', `/v1/card-loads/${load}/proof`, { session, body: await ask(challenge) })
  return state === 'LOADED'
    ? both('卡片已到账', 'The card had been loaded')
    : both('卡片未到账，款已退回，请退现金', 'The card had not been loaded: the money is back, return the cash')
}
