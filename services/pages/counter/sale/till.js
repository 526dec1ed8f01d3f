// The money of a sale: what it costs, what was given, what goes back. Enter in the empty field means the exact amount in cash; a wallet's
// code may be scanned into the same field, and * shows ours.
import { announce, field, fill, h } from '../../shell/element.js'
import { shortDay, yuan } from '../../shell/format.js'
import { both } from '../../shell/language.js'
import { contractNames } from '../../buy/journey-card.js'
import { partnerSum, partnerTerms } from '../../buy/partner-rides.js'
import { fareNames } from '../../buy/quote-summary.js'
import { keyCap } from '../shortcuts.js'
import { readYuan } from '../cash.js'
import { isPayCode } from './other-money.js'

/** `sell({given})` is called with fen, `sell({payCode})` with a scanned code, `sell({})` to show ours; `read(text)` may claim a line that was meant for the document field. */
export function till({ sell, back, read }) {
  const given = h('input', { id: 'given', inputmode: 'decimal', autocomplete: 'off', maxlength: 40 })
  const hint = h('span.hint')
  const price = h('div.stack-tight', { 'aria-live': 'polite' })
  const element = h(
    'section.card.stack-tight',
    { 'aria-label': both('收款', 'Payment'), hidden: true },
    price,
    field(both('收现金（元），回车即刚好', 'Cash given (yuan); Enter alone is exact'), given, hint),
    h(
      'div.row.small.soft',
      {},
      both('付款码：直接扫入', 'Wallet code: just scan it'),
      h(
        'button.shortcut',
        { type: 'button', tabindex: '-1', id: 'show-code', onclick: () => sell({}) },
        keyCap('*'),
        both('出示收款码', 'Show our code')
      )
    )
  )
  const state = { quote: null }
  given.addEventListener('input', () => showChange({ given, hint, state }))
  given.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') return back()
    if (event.key === '*') return (event.preventDefault(), sell({}))
    if (event.key !== 'Enter') return
    event.preventDefault()
    if (isPayCode(given.value)) {
      const payCode = given.value.trim()
      given.value = ''
      return sell({ payCode })
    }
    if (read(given.value)) return (given.value = '')
    const amount = amountOf(given, state)
    if (amount === null || amount < state.quote.total) return showChange({ given, hint, state })
    sell({ given: amount })
  })
  return {
    element,
    show: (quote, trip = null) => {
      state.quote = quote
      element.hidden = quote === null
      if (!quote) given.value = ''
      fill(price, quote && priceLines(quote, trip))
      showChange({ given, hint, state })
    },
    say: (text, tone) => announce(hint, text, tone),
    focus: () => (given.focus(), given.select())
  }
}

function amountOf(given, { quote }) {
  return given.value.trim() === '' ? (quote?.total ?? null) : readYuan(given.value)
}

function showChange({ given, hint, state }) {
  const amount = amountOf(given, state)
  if (!state.quote || given.value.trim() === '') return announce(hint, '')
  if (amount === null) return announce(hint, both('请填写金额，如 100', 'Give an amount, such as 100'), 'bad')
  const change = amount - state.quote.total
  if (change < 0) return announce(hint, both(`还差 ${yuan(-change)}`, `${yuan(-change)} short`), 'warn')
  announce(hint, both(`找零 ${yuan(change)}`, `Change ${yuan(change)}`), 'good')
}

/** Every vehicle by itself, and what the buyer must hear before paying: who answers for the whole way, until when the way back is good. */
function priceLines({ places, vehicles, total, contract, open, partnerLegs }, trip) {
  const kinds = Map.groupBy(places, ({ fareKind }) => fareKind)
  const line = (name, amount, kind = '') => h(`div.sum${kind}`, {}, h('span', {}, name), h('span', {}, yuan(amount)))
  const fees = places.reduce((sum, { serviceFee }) => sum + serviceFee, 0)
  return [
    ...[...kinds].map(([kind, of]) =>
      line(
        h('span', {}, fareNames[kind], ` × ${of.length}`),
        of.reduce((sum, { fare }) => sum + fare, 0)
      )
    ),
    vehicles.map(({ fare }) => line(both('车辆', 'Vehicle'), fare)),
    partnerLegs.length > 0 ? h('p.small.soft', {}, both('其中合作承运方：', 'Of this, to other carriers:')) : null,
    partnerLegs.map(partnerSum),
    fees > 0 ? line(both('服务费', 'Service fee'), fees) : null,
    line(both('应收', 'To pay'), total, '.total'),
    contract && trip?.legs ? h('p.small', {}, contractNames[contract]) : null,
    partnerLegs.map(partnerTerms),
    open
      ? h(
          'p.small',
          {},
          both(
            `回程 ${shortDay(open.until).zh} 前有效，班次以后再定`,
            `The way back is good until ${shortDay(open.until).en}; its departure is chosen later`
          )
        )
      : null
  ]
}
