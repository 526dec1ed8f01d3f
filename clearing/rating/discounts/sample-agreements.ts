// Who bears the sample schemes' discounts: ours, because no city publishes its contracts. And the authorities that pay a part.
import type { BusinessDay } from '../../business-day.ts'
import type { NewParticipant } from '../../participants/participant-queries.ts'
import type { DiscountAgreement, Shares } from './bearing-rules.ts'
import type { DiscountRule } from './price-ride-rules.ts'

const share = (operator: number, issuer: number, government: number): Shares => ({ operator, issuer, government })

/** A card's own discount is the operator's and the issuer's to give; what the city asks for, it pays the larger part of. */
const shares: Record<DiscountRule, Shares> = {
  band: share(60, 40, 0),
  monthly: share(30, 10, 60),
  transfer: share(50, 0, 50),
  class: share(25, 0, 75),
  rounding: share(100, 0, 0)
}

export const authorityCode = (city: string): string => `authority-${city}`

const cities = [
  ['5810', '广州市交通主管部门（示例）'],
  ['5840', '深圳市交通主管部门（示例）'],
  ['5850', '珠海市交通主管部门（示例）']
] as const

export const sampleAuthorities = cities.map(([city, name]) => ({
  code: authorityCode(city),
  name,
  role: 'authority',
  company: '',
  cityCode: city,
  fileProfile: 'cttic',
  sample: true
})) as unknown as readonly NewParticipant[]

export type NewDiscountAgreement = Pick<DiscountAgreement, 'city' | 'validFrom' | 'sample' | 'shares'>

export const sampleDiscountAgreements: readonly NewDiscountAgreement[] = cities.map(([city]) => ({
  city,
  validFrom: '2010-05-01' as BusinessDay,
  sample: true,
  shares
}))
