// What a day's discounts come to and what was claimed of a month, as a person reads them.
import { hex } from '../../card-crypto/bytes.ts'
import type { PricedDay } from '../rating/months/price-rides.ts'
import type { SubsidyClaim } from '../subsidies/claim-queries.ts'
import { grouped, money, table } from './output.ts'

const bearers = {
  operator: '运营 operator',
  issuer: '发卡 issuer',
  government: '政府 government',
  overcharge: '多收退还 overcharged'
}

export function describeDiscounts({ day, rides, repriced, legs }: PricedDay): string {
  const rows = legs.map(({ month, scheme, bearer, payer, payee, rides, amount }) => [
    month.slice(0, 7),
    scheme,
    bearers[bearer],
    payer,
    payee,
    grouped(rides),
    money(amount)
  ])
  return `✓ ${day} 已计价 priced: ${grouped(rides)} 笔 rides · 重新计价 priced anew ${grouped(repriced)}

${table(['月 month', '方案 scheme', '承担 bearer', '付 payer', '收 payee', '笔 rides', '金额 amount'], rows)}`
}

export function describeClaims(claims: readonly SubsidyClaim[]): string {
  const rows = claims.map(({ month, number, code, rides, amount, day, paidAt, name }) => [
    month.slice(0, 7),
    String(number),
    code,
    grouped(rides),
    money(amount),
    day,
    paidAt ? '✓' : '',
    name ?? ''
  ])
  return table(
    ['月 month', '号 number', '承担 bearer', '笔 rides', '金额 amount', '清算日 day', '已付 paid', '明细 file'],
    rows
  )
}

export function shownClaim({ digest, signature, ...claim }: SubsidyClaim) {
  return { ...claim, digest: digest && hex(digest), signature: signature && hex(signature) }
}
