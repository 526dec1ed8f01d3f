// The explanation of a file's fares, and of one fare, as a person reads them.
import type { FareExplanation } from '../rating/discounts/explain-fares.ts'
import type { FareStory } from '../rating/months/explain-ride.ts'
import type { Fen } from '../money.ts'
import { grouped, money, table } from './output.ts'

const names = {
  ordinary: '普通卡 ordinary',
  transfer: '换乘 transfer',
  half: '半价 half fare',
  free: '免费 free',
  full: '无优惠 no discount'
}

export function describeFares(explanation: FareExplanation): string {
  const { scheme, source, lines, explained, share, byPattern, unexplained, cards, unreadable } = explanation
  const rows = byPattern.map(({ pattern, service, lines, price, charged }) => [
    names[pattern],
    service,
    grouped(lines),
    money(price),
    money(charged)
  ])
  const open = unexplained.map(({ service, price, charged, transfer, lines, hint, line }) => [
    service,
    money(price),
    money(charged),
    transfer ? '换乘 marked' : '',
    grouped(lines),
    String(line),
    hint
  ])
  return [
    `方案 scheme ${scheme}: ${source}`,
    `${grouped(explained)} / ${grouped(lines)} 行可解释到分 lines explained to the fen (${(share * 100).toFixed(2)} %); ${grouped(unreadable)} 行不可读 unreadable`,
    `同卡多次 cards with several fares ${grouped(cards.several)}, 类别一致 of one class ${grouped(cards.consistent)}`,
    '',
    table(['规则 rule', '业务 service', '行 lines', '应收 price', '实收 charged'], rows),
    ...(open.length === 0
      ? []
      : [
          '',
          '不可解释 unexplained',
          table(['业务 service', '应收 price', '实收 charged', '标志', '行 lines', '首行 first', '提示 hint'], open)
        ])
  ].join('\n')
}

const ruleNames = {
  band: '分段 bands',
  monthly: '月累计 month',
  transfer: '换乘 transfer',
  class: '卡种 class',
  rounding: '取整 rounding'
}
const bearerNames = { operator: '运营 operator', issuer: '发卡 issuer', government: '政府 government' }

/** Of the story of one transaction. */
export function fareLines(fare: FareStory): string[] {
  const steps = fare.steps.map(({ rule, off }) => `${ruleNames[rule]} −${money(off)}`)
  const parts = fare.bearers.map(({ bearer, code, amount }) => `${bearerNames[bearer]} ${code} ${money(amount)}`)
  return [
    `优惠方案 scheme  ${fare.scheme}（${fare.validFrom} 起 from${fare.sample ? '，示例 sample' : ''}）· ${fare.riderClass}${fare.transfer ? ' · 换乘 transfer' : ''}`,
    `计数 counter     ${fare.month} 此前 before: ${fare.ridesBefore} 次 rides · ${money(fare.paidBefore)} 元 → 档 tier ${fare.tier}${tierText(fare)}`,
    `票价 fare        ${money(fare.price)} → ${money(fare.due)} 元${steps.length > 0 ? `: ${steps.join(' · ')}` : ''}`,
    ...(parts.length > 0 ? [`承担 borne by    ${parts.join(' · ')}（协议 agreement #${fare.agreement}）`] : []),
    ...(fare.overcharged > 0 ? [`多收 overcharged ${money(fare.overcharged)} 元，退还持卡人 owed to the holder`] : []),
    ...fare.history.map(
      ({ day, takenBack, due, ridesBefore, paidBefore }) =>
        `                 ${day} ${takenBack ? '冲回 taken back' : '计价 priced'} ${money(due)} 元（${ridesBefore} 次 · ${money(paidBefore)} 元）`
    )
  ]
}

function tierText({ countedBy, tierFrom, nextTierFrom }: FareStory): string {
  if (countedBy === null) return '（不计入 not counted）'
  const of = (used: number): string => (countedBy === 'rides' ? `${used} 次` : `${money(used as Fen)} 元`)
  return `（${of(tierFrom)} 起 from${nextTierFrom === null ? '' : `，下一档 next ${of(nextTierFrom)}`}）`
}
