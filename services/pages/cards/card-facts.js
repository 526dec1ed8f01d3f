// What a card holds with its proof, journeys that one gate did not see, and claims on its money: for the window and for the holder.
import { h } from '../shell/element.js'
import { moment, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { claimGrounds, claimKinds, claimStates, gapWords, journeyGrounds } from './card-words.js'

export function balanceOf(balance) {
  if (!balance)
    return h(
      'p.soft',
      {},
      both(
        '清算中还没有这张卡的交易，余额未知',
        'No transaction of this card has been cleared: its balance is not known'
      )
    )
  const rests =
    balance.restsOn === 'load' ? both('最近一次充值', 'the last load') : both('最近一次刷卡', 'the last tap')
  return h(
    'div.stack-tight',
    {},
    h('div.card-balance', {}, yuan(balance.fen)),
    h(
      'p.small.soft',
      {},
      both('依据：', 'Rests on '),
      rests,
      ' · ',
      h('time', { datetime: balance.at }, moment(balance.at))
    ),
    balance.unbroken
      ? h(
          'p.small',
          {},
          both('每笔交易都接续上一笔，记录完整', 'Every transaction continues the one before: nothing is missing')
        )
      : h(
          'div.notice.warn.stack-tight',
          {},
          h('p', {}, both('记录中有断点，以卡内为准', 'There is a gap: the chip decides')),
          h(
            'ul.small',
            {},
            balance.gaps.map((gap) => h('li', {}, gapWords(gap)))
          )
        ),
    proofOf(balance)
  )
}

function proofOf({ fen, proof: { opening, spent, loaded, unexplained, offline, online } }) {
  const row = (name, value) => h('tr', {}, h('th', { scope: 'row' }, name), h('td.mono', {}, value))
  return h(
    'details',
    {},
    h('summary', {}, both('余额是怎么算出来的', 'How it was reckoned')),
    h(
      'table.card-proof',
      {},
      h(
        'tbody',
        {},
        row(both('所示首笔之前', 'Before the first shown'), yuan(opening)),
        row(both(`消费 ${offline} 笔`, `${offline} purchases`), yuan(-spent)),
        row(both(`充值 ${online} 笔`, `${online} loads`), yuan(loaded)),
        unexplained === 0 ? null : row(both('断点中', 'In the gaps'), yuan(unexplained)),
        row(both('余额', 'Balance'), yuan(fen))
      )
    )
  )
}

/** Entries without an exit, and exits that were charged the most and put right. */
export function journeysOf({ openEntries, completions }) {
  if (openEntries.length + completions.length === 0) return null
  return h(
    'section.stack-tight',
    { 'aria-labelledby': 'journeys' },
    h('h3', { id: 'journeys' }, both('不完整行程', 'Incomplete journeys')),
    h(
      'ul.stack-tight.small',
      { role: 'list' },
      completions.map(({ at, acquirer, chargedFen, usualFen, restsOn }) =>
        h(
          'li',
          {},
          h('div', {}, moment(at), ` · ${acquirer}`),
          usualFen === null
            ? h(
                'div',
                {},
                both(`按最高票价收 ${yuan(chargedFen)}；`, `Charged ${yuan(chargedFen)}, the most; `),
                journeyGrounds[restsOn]
              )
            : h(
                'div',
                {},
                both(
                  `收 ${yuan(chargedFen)}，应为 ${yuan(usualFen)}，已退 ${yuan(Math.max(0, chargedFen - usualFen))}：`,
                  `Charged ${yuan(chargedFen)}, usually ${yuan(usualFen)}, given back ${yuan(Math.max(0, chargedFen - usualFen))}: `
                ),
                journeyGrounds[restsOn]
              )
        )
      ),
      openEntries.map(({ at, acquirer }) =>
        h(
          'li',
          {},
          h('div', {}, moment(at), ` · ${acquirer}`),
          h(
            'div',
            {},
            both(
              '有进站无出站：没有扣款；若下次被收最高票价，会自动退还差额',
              'In and never out: nothing was taken; should the next gate charge the most, the difference comes back by itself'
            )
          )
        )
      )
    )
  )
}

export function claimsOf({ claims }) {
  if (claims.length === 0) return null
  return h(
    'section.stack-tight',
    { 'aria-labelledby': 'claims' },
    h('h3', { id: 'claims' }, both('余额处理', 'What becomes of its money')),
    h('ul.stack-tight', { role: 'list' }, claims.map(claimLine))
  )
}

export function claimLine({ kind, state, toCard, dueAt, decidedAt, balanceFen, depositFen, restsOn, words }) {
  const [tag, text] = claimStates[state]
  const money =
    balanceFen === null
      ? null
      : both(
          `余额 ${yuan(balanceFen)}${depositFen > 0 ? `，押金 ${yuan(depositFen)}` : ''}`,
          `Balance ${yuan(balanceFen)}${depositFen > 0 ? `, deposit ${yuan(depositFen)}` : ''}`
        )
  return h(
    'li.card-line',
    {},
    h('div.row.apart', {}, h('strong', {}, claimKinds[kind]), h(`span.${tag}`, {}, text)),
    state === 'WAITING'
      ? h('div.small', {}, both(`余额于 ${moment(dueAt).zh} 确定`, `Its balance counts on ${moment(dueAt).en}`))
      : null,
    money ? h('div.small', {}, money) : null,
    restsOn ? h('div.small.soft', {}, claimGrounds[restsOn]) : null,
    toCard
      ? h(
          'div.small.soft',
          {},
          both('转入 ', 'To '),
          h('span.mono', {}, toCard),
          both('，下次充值时到账', ', when it is next at a load terminal')
        )
      : null,
    decidedAt ? h('div.small.soft', {}, moment(decidedAt), words ? ` · ${words}` : '') : null
  )
}
