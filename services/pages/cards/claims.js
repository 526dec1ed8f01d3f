// A holder asks for the money of his card at the window: lost, unreadable, or given back with the card on the reader.
import { call, newId } from '../shell/api.js'
import { field, fill, h, whileBusy } from '../shell/element.js'
import { both } from '../shell/language.js'
import { showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'

const role = 'clerk'

export function claimForm(card, { show, region }) {
  const id = newId()
  const kind = h(
    'select',
    { id: 'claim-kind', name: '/kind' },
    h('option', { value: 'returned' }, both('退卡：卡在读卡器上', 'Given back: the card is on the reader')),
    h('option', { value: 'unreadable' }, both('坏卡：收下，待清算后退', 'Unreadable: kept, paid when all is in')),
    card.named ? h('option', { value: 'lost' }, both('挂失（记名）', 'Lost (named)')) : null
  )
  const toCard = h('input', {
    id: 'claim-to',
    name: '/toCard',
    inputmode: 'numeric',
    autocomplete: 'off',
    maxlength: 19
  })
  const document = h('input', { id: 'claim-document', name: '/document/number', autocomplete: 'off', maxlength: 18 })
  const documentField = field(both('记名所用居民身份证', 'The document it is named with'), document)
  documentField.hidden = true
  kind.addEventListener('change', () => (documentField.hidden = kind.value !== 'lost'))
  const submit = h('button.button', {}, both('提交', 'Ask for it'))
  const form = h('form.stack-tight', { novalidate: true })
  form.append(
    field(both('情形', 'What happened'), kind),
    documentField,
    field(both('转入卡号（留空则退现金）', 'Move to card (empty: paid in cash)'), toCard),
    submit
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    fill(region)
    void whileBusy(submit, async () => {
      try {
        await withSession(role, async (session) => {
          const cardNumber = card.cardNumber
          const body = { cardNumber, kind: kind.value }
          if (toCard.value.trim()) body.toCard = toCard.value.trim()
          if (kind.value === 'lost') body.document = { kind: '01', number: document.value.trim() }
          if (kind.value === 'returned') body.card = await answerOfCard(cardNumber, session)
          return await call('PUT', `/v1/card-claims/${id}`, { session, body })
        })
        await show()
      } catch (problem) {
        showProblem(region, problem, form)
      }
    })
  })
  return h(
    'details',
    {},
    h('summary', {}, both('挂失、坏卡、退卡', 'Lost, unreadable, given back')),
    h('div.stack-tight', {}, card.named ? null : anonymousWords(), form)
  )
}

export function anonymousWords() {
  return h(
    'p.notice.small',
    {},
    both(
      '不记名卡丢失不能挂失：谁都可以自称是持卡人，我们无从证明；拾得者手中的卡与现金一样。记名后即可挂失。',
      'A lost anonymous card cannot be stopped: anybody could say it is his and nobody could show it; like cash, it is whose hand it is in. Once named it can be stopped.'
    )
  )
}

/** The card on the reader shows by a fresh MAC1 over our number that it is there, and what it holds. */
export async function answerOfCard(cardNumber, session) {
  await call('POST', '/v1/card-reader/lay', { session, body: { cardNumber } })
  const { challenge } = await call('POST', '/v1/cards/challenge', { session, body: { cardNumber } })
  return await call('POST', '/v1/card-reader/ask', { session, body: { amount: challenge } })
}
