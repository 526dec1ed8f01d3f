// A holder's own cards: what they hold and did within the day, what came back by itself, stopping a lost one and moving its money, doubting
// a line, and what we hold of him.
import { call, newId } from '../shell/api.js'
import { field, fill, h, whileBusy } from '../shell/element.js'
import { yuan } from '../shell/format.js'
import { startPage } from '../shell/frame.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'
import { sessionOf, withSession } from '../shell/session.js'
import { signInFirst } from '../shell/sign-in-first.js'
import { balanceOf, claimsOf, journeysOf } from '../cards/card-facts.js'
import { historyOf } from '../cards/card-history.js'
import { cardStates } from '../cards/card-words.js'
import { anonymousWords, answerOfCard } from '../cards/claims.js'
import { ownData } from './own-data.js'

const role = 'passenger'
const main = document.querySelector('#main')
/** The card that is open; it is never in the address. */
let chosen = ''

async function show(said = null) {
  if (!sessionOf(role))
    return fill(
      main,
      signInFirst({
        role,
        title: both('登录后查看您的公交卡', 'Sign in to see your cards'),
        hint: both('余额、当日记录、挂失、退款。', 'Balance, today’s rides, stopping a lost card, money back.')
      })
    )
  if (!main.querySelector('h1')) fill(main, loading())
  const region = noticeRegion()
  try {
    const cards = await withSession(role, (session) => call('GET', '/v1/my-cards', { session }))
    if (!cards) return
    const open = cards.find(({ cardNumber }) => cardNumber === chosen) ?? cards[0]
    chosen = open?.cardNumber ?? ''
    fill(
      main,
      h(
        'div.stack',
        {},
        h('h1', {}, both('我的卡', 'My cards')),
        region,
        said ? h('p.notice.good', { role: 'status' }, said) : null,
        cards.length > 1 ? chooser(cards) : null,
        open
          ? h(
              'div.card-desk',
              {},
              h('div.stack', {}, cardOf(open, cards, region), addCard(region, true)),
              historyOf(open.story, doubtOf(open, region))
            )
          : addCard(region, false)
      )
    )
  } catch (problem) {
    fill(main, h('h1', {}, both('我的卡', 'My cards')), region)
    showProblem(region, problem)
  }
}

function chooser(cards) {
  return h(
    'div.row',
    { role: 'group', 'aria-label': both('选择卡', 'Choose a card') },
    cards.map(({ cardNumber }) =>
      h(
        'button.button.slim.mono',
        {
          type: 'button',
          'aria-pressed': String(cardNumber === chosen),
          onclick: () => {
            chosen = cardNumber
            void show()
          }
        },
        `…${cardNumber.slice(-8)}`
      )
    )
  )
}

function cardOf(open, cards, region) {
  const { cardNumber, shownBy, story } = open
  const [tag, state] = story.card ? cardStates[story.card.state] : ['badge', both('非本平台发行', 'Not issued here')]
  return h(
    'article.card.stack',
    { 'aria-label': both('这张卡', 'The card') },
    h('div.row.apart', {}, h('strong.mono', {}, cardNumber), h(`span.${tag}`, {}, state)),
    h('p.small.soft', {}, story.issuerName),
    balanceOf(story.balance),
    story.owed.map(({ amount }) =>
      h(
        'p.notice.good',
        {},
        both(
          `有 ${yuan(amount)} 待到账：任一充值点放卡即得，无需申请`,
          `${yuan(amount)} is waiting for you: hold the card to any load terminal, nothing to claim`
        )
      )
    ),
    journeysOf(story),
    claimsOf(story),
    story.card?.named ? lostOf(open, cards, region) : anonymousWords(),
    shownBy === 'document' ? ownData(cardNumber, { region, show }) : null,
    h(
      'div',
      {},
      act(region, both('从本页移除', 'Take it off this page'), async (session) => {
        await call('POST', '/v1/my-cards/drop', { session, body: { cardNumber } })
        return both('已移除', 'Taken off')
      })
    )
  )
}

function act(region, text, work) {
  return h(
    'button.button',
    {
      type: 'button',
      onclick: (event) =>
        void whileBusy(event.currentTarget, async () => {
          fill(region)
          try {
            const said = await withSession(role, work)
            if (said) await show(said)
          } catch (problem) {
            showProblem(region, problem)
          }
        })
    },
    text
  )
}

function lostOf({ cardNumber, story: { card } }, cards, region) {
  if (card.state !== 'ACTIVE' && card.state !== 'BLOCKED') return null
  const stopped = card.state === 'BLOCKED'
  const stop = act(
    region,
    stopped ? both('解挂：找到了', 'It was found') : both('挂失', 'Stop it: lost'),
    async (session) => {
      await call('POST', '/v1/my-cards/stop', { session, body: { cardNumber, stopped: !stopped } })
      return stopped
        ? both('卡片恢复使用', 'It goes on')
        : both('已挂失，终端将拒收', 'Stopped: terminals will refuse it')
    }
  )
  const others = cards.filter((each) => each.cardNumber !== cardNumber && each.story.card?.state === 'ACTIVE')
  return h('div.stack-tight', {}, stop, stopped ? moveForm(cardNumber, others, region) : null)
}

function moveForm(cardNumber, others, region) {
  if (others.length === 0)
    return h(
      'p.small.soft',
      {},
      both(
        '补一张新卡并添加到本页后，可把余额转过去；也可到窗口退现金。',
        'Get another card and add it here to move the balance to it, or have it paid out at a window.'
      )
    )
  const id = newId()
  const to = h(
    'select',
    { id: 'move-to', name: '/toCard' },
    others.map((each) => h('option', { value: each.cardNumber }, each.cardNumber))
  )
  const document = h('input', { id: 'move-document', name: '/document/number', autocomplete: 'off', maxlength: 18 })
  const submit = h('button.button.main', {}, both('转移余额', 'Move the balance'))
  const form = h('form.stack-tight', { novalidate: true })
  form.append(field(both('转入', 'To'), to), field(both('居民身份证', 'Identity card'), document), submit)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    fill(region)
    const body = { cardNumber, toCard: to.value, document: { kind: '01', number: document.value.trim() } }
    void whileBusy(submit, async () => {
      try {
        const claim = await withSession(role, (session) => call('PUT', `/v1/my-cards/claims/${id}`, { session, body }))
        if (claim)
          await show(both('已受理：各终端的交易到齐后转入', 'Taken: it is moved when what terminals still hold is in'))
      } catch (problem) {
        showProblem(region, problem, form)
      }
    })
  })
  return form
}

/** Beside each line with money: ask whoever took it. */
function doubtOf({ cardNumber }, region) {
  return ({ id, amount }) => {
    if (amount === 0) return null
    const button = act(region, both('有疑问', 'Doubt it'), async (session) => {
      const body = { cardNumber, transaction: id, reason: '9199' }
      await call('POST', '/v1/my-cards/disputes', { session, body })
      return both('已向收单方查询，限期答复', 'Whoever took it has been asked, and has a day to answer by')
    })
    button.classList.add('slim', 'quiet')
    return button
  }
}

function addCard(region, folded) {
  const number = h('input', {
    id: 'own-number',
    name: '/cardNumber',
    inputmode: 'numeric',
    autocomplete: 'off',
    maxlength: 23
  })
  const document = h('input', { id: 'own-document', name: '/document/number', autocomplete: 'off', maxlength: 18 })
  const submit = h('button.button.main', {}, both('凭证件添加', 'Add it by document'))
  const reader = h('button.button', { type: 'button' }, both('将卡放上读卡器（示例）', 'Hold it to a reader (sample)'))
  const form = h('form.stack-tight', { novalidate: true })
  form.append(
    field(both('卡号', 'Card number'), number),
    field(both('居民身份证（记名卡）', 'Identity card (named cards)'), document),
    h('div.row', {}, submit, reader),
    h(
      'p.small.soft',
      {},
      both(
        '卡的去向只给持卡人看：记名卡凭证件，不记名卡须卡在手。',
        'Where a card went is its holder’s business: a named one needs the document, an anonymous one the card itself.'
      )
    )
  )
  const add = (button, proofOf) =>
    void whileBusy(button, async () => {
      fill(region)
      const cardNumber = number.value.replaceAll(/\D/g, '')
      try {
        await withSession(role, async (session) => {
          const body = { cardNumber, ...(await proofOf(cardNumber, session)) }
          await call('POST', '/v1/my-cards', { session, body })
        })
        chosen = cardNumber
        await show(both('已添加', 'Added'))
      } catch (problem) {
        showProblem(region, problem, form)
      }
    })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    add(submit, async () => ({ document: { kind: '01', number: document.value.trim() } }))
  })
  reader.addEventListener('click', () =>
    add(reader, async (cardNumber, session) => ({ card: await answerOfCard(cardNumber, session) }))
  )
  if (folded) return h('details.card', {}, h('summary', {}, both('再添加一张卡', 'Add another card')), form)
  return h('section.card.stack-tight.narrow', {}, h('h2', {}, both('添加一张卡', 'Add a card')), form)
}

startPage({ role })
document.addEventListener('session', () => void show())
void show()
