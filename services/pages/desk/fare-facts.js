// Why a ride cost what it did: the scheme, the month before it, what each rule took off, and who bears that.
import { h } from '../shell/element.js'
import { yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { bearers, classes } from './fare-words.js'

const rules = {
  band: both('分段折扣', 'price bands'),
  monthly: both('月累计优惠', 'the month’s tier'),
  transfer: both('换乘优惠', 'transfer'),
  class: both('卡种优惠', 'the card’s class'),
  rounding: both('取整', 'rounding')
}

/** Rows of [name, ...value]. */
export function fareFacts(fare) {
  const { scheme, validFrom, source, sample, riderClass, transfer, price, due, charged, overcharged, agreement } = fare
  return [
    [
      both('优惠方案', 'Scheme'),
      h('span.mono', {}, scheme),
      both(`，${validFrom} 起`, `, from ${validFrom}`),
      sample ? both('（示例）', ' (sample)') : null,
      h('p.small.soft', {}, source)
    ],
    [both('持卡人', 'Holder'), classes[riderClass], transfer ? both('，换乘', ', continuing a ride') : null],
    counterFact(fare),
    [
      both('票价', 'Fare'),
      `${yuan(price)} → ${yuan(due)}`,
      charged === due ? null : both(`，刷卡实收 ${yuan(charged)}`, `, the terminal charged ${yuan(charged)}`)
    ],
    ...fare.steps.map(({ rule, off }) => [rules[rule], `−${yuan(off)}`]),
    ...fare.bearers.map(({ bearer, code, name, amount }) => [
      both('承担', 'Borne by'),
      bearers[bearer],
      ` ${yuan(amount)} · ${name} `,
      h('span.mono.small.soft', {}, code)
    ]),
    fare.bearers.length > 0
      ? [both('分担协议', 'Sharing agreement'), both(`第 ${agreement} 号`, `no. ${agreement}`)]
      : null,
    overcharged > 0
      ? [
          both('多收', 'Overcharged'),
          both(`${yuan(overcharged)}，退还持卡人`, `${yuan(overcharged)}, owed to the holder`)
        ]
      : null,
    ...fare.history.map(({ day, takenBack, due: then, ridesBefore, paidBefore }) => [
      takenBack ? both('冲回', 'Taken back') : both('计价', 'Priced'),
      `${day} · ${yuan(then)} · `,
      both(`此前 ${ridesBefore} 次、${yuan(paidBefore)}`, `${ridesBefore} rides and ${yuan(paidBefore)} before`)
    ])
  ]
}

function counterFact({ month, countedBy, ridesBefore, paidBefore, tierFrom, nextTierFrom }) {
  if (countedBy === null) return [both('月累计', 'The month'), both('不参与月累计', 'It neither counts nor is counted')]
  const of = (used) => (countedBy === 'rides' ? both(`${used} 次`, `${used} rides`) : yuan(used))
  return [
    both('月累计', 'The month'),
    both(`${month} 此前 ${ridesBefore} 次，`, `${month}: ${ridesBefore} rides before, `),
    yuan(paidBefore),
    both('；所在档 ', '; tier from '),
    of(tierFrom),
    both(' 起', ''),
    nextTierFrom === null ? null : [both('，下一档 ', ', the next from '), of(nextTierFrom)]
  ]
}
