// The explanation of a file's fares as a person reads it.
import type { FareExplanation } from '../rating/discounts/explain-fares.ts'
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
