// The answer: one colour, one word, and underneath what the person at the gate needs to say or do.
import { fill, h } from '../shell/element.js'
import { clockOf } from '../shell/format.js'
import { both } from '../shell/language.js'
import { fareNames } from '../buy/quote-summary.js'
import { seatWords } from '../tickets/ticket-words.js'

const backToWaitingMs = 8000

/** The panel; `say({tone, word, detail})` shows an answer and goes back to waiting after a while. */
export function answerPanel(counters) {
  const words = h('div.answer-words', { role: 'status', 'aria-live': 'assertive', 'aria-atomic': 'true' })
  const element = h('section.answer.waiting', { 'aria-label': both('检票结果', 'Answer') }, words, counters)
  let timer
  const wait = () => {
    element.className = 'answer waiting'
    fill(
      words,
      h('div.answer-word', {}, both('请扫码', 'Scan a code')),
      h('div.answer-detail.soft', {}, both('或刷证件、键入号码', 'or check a document'))
    )
  }
  const say = ({ tone, word, detail = [], stays = false }) => {
    clearTimeout(timer)
    element.className = `answer ${tone}`
    fill(
      words,
      h('div.answer-sign', { 'aria-hidden': 'true' }, signs[tone]),
      h('div.answer-word', {}, word),
      h('div.answer-detail', {}, detail)
    )
    if (!stays) timer = setTimeout(wait, backToWaitingMs)
  }
  wait()
  return { element, say, stop: () => clearTimeout(timer) }
}

const signs = { go: '✓', stop: '✕', ask: '?', waiting: '' }

export function ticketLines({ passenger, seat, fareKind, departsAt, fromName, toName }) {
  return [
    h(
      'div.row',
      {},
      h('strong', {}, passenger.name),
      fareKind === 'full' ? null : h('span.badge', {}, fareNames[fareKind]),
      h('strong', {}, seatWords(seat))
    ),
    h('div', {}, `${clockOf(departsAt)} ${fromName} → ${toName}`)
  ]
}
