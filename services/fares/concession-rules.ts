// Who may travel for less, and why: children by age or height, others by certificate, from rows of the policy (ticketing facts §1.3).
// Everything is decided from what was shown, on the day of departure; no history and no profile of the buyer plays a part.
import { applyRate, fen, zeroFen, type Fen } from '../../clearing/money.ts'
import type { Concession, PolicyTerms } from './policy-schemas.ts'

export type ConcessionTerms = Pick<
  PolicyTerms,
  'freeAgeMax' | 'halfAgeMax' | 'freeHeightMaxCm' | 'halfHeightMaxCm' | 'concessions'
>

/** What a passenger showed. */
export interface Shown {
  /** Completed years on the day of departure; null when nothing proves it. */
  age: number | null
  /** Measured by staff. */
  heightCm: number | null
  certificate: Concession['certificate']
}

export interface Step {
  rule: string
  /** Whether the rule applies, and what it looked at. */
  applies: boolean
  because: string
  becauseEn: string
}

/** A child, or a row of the table: what it makes of the fare. */
export interface Entitlement {
  code: string
  fareKind: 'half' | 'free'
  /** The share of the full fare to pay; null for the line's own half fare. */
  rate: string | null
}

/** Every entitlement with the reason it does or does not apply. Height helps where it is more favourable than age. */
export function weighConcessions(terms: ConcessionTerms, shown: Shown): (Step & { entitlement: Entitlement })[] {
  const { freeAgeMax, halfAgeMax, freeHeightMaxCm, halfHeightMaxCm } = terms
  const child = (fareKind: 'free' | 'half', ageMax: number, heightMaxCm: number | null) => ({
    rule: `${fareKind}-child`,
    ...weighChild(shown, ageMax, heightMaxCm),
    entitlement: { code: `${fareKind}-child`, fareKind, rate: null }
  })
  return [
    child('free', freeAgeMax, freeHeightMaxCm),
    child('half', halfAgeMax, halfHeightMaxCm),
    ...terms.concessions.map((row) => ({
      rule: row.code,
      ...weighRow(row, shown),
      entitlement: { code: row.code, fareKind: row.fareKind, rate: row.rate }
    }))
  ]
}

type Weighed = Omit<Step, 'rule'>

const carried = (because: string, becauseEn: string): Weighed => ({ applies: true, because, becauseEn })
const not = (because: string, becauseEn: string): Weighed => ({ applies: false, because, becauseEn })

function weighChild({ age, heightCm }: Shown, ageMax: number, heightMaxCm: number | null): Weighed {
  if (age !== null && age <= ageMax)
    return carried(`${age} 周岁，不超过 ${ageMax} 周岁`, `${age} years old, at most ${ageMax}`)
  if (heightCm !== null && heightMaxCm !== null && heightCm <= heightMaxCm)
    return carried(
      `身高 ${heightCm} 厘米，不超过 ${heightMaxCm} 厘米`,
      `${heightCm} cm tall, at most ${heightMaxCm} cm`
    )
  if (age === null && heightCm === null) return not('没有证明年龄或身高', 'neither age nor height is proven')
  if (age === null) return not(`身高 ${heightCm} 厘米`, `${heightCm} cm tall`)
  return not(`${age} 周岁，超过 ${ageMax} 周岁`, `${age} years old, more than ${ageMax}`)
}

function weighRow(row: Concession, { age, heightCm, certificate }: Shown): Weighed {
  const english = row.nameEn ?? row.name
  if (row.certificate !== null && row.certificate !== certificate)
    return not(`未出示${row.name}所需证件`, `the certificate of a ${english} was not shown`)
  if (row.ageMin !== null && age === null) return not('没有证明年龄', 'age is not proven')
  if (row.ageMin !== null && age! < row.ageMin)
    return not(`${age} 周岁，不足 ${row.ageMin} 周岁`, `${age} years old, less than ${row.ageMin}`)
  if (row.heightMaxCm !== null && heightCm === null) return not('未量身高', 'height was not measured')
  if (row.heightMaxCm !== null && heightCm! > row.heightMaxCm)
    return not(
      `身高 ${heightCm} 厘米，超过 ${row.heightMaxCm} 厘米`,
      `${heightCm} cm tall, more than ${row.heightMaxCm} cm`
    )
  return carried(`${row.name}：${row.source}`, `${english} (${row.source})`)
}

/** Null when what was shown does not carry the fare kind asked for. */
export function findEntitlement(terms: ConcessionTerms, shown: Shown, fareKind: 'half' | 'free'): Entitlement | null {
  const entitled = weighConcessions(terms, shown)
    .filter(({ applies }) => applies)
    .map(({ entitlement }) => entitlement)
  // Whoever may travel free may also take a seat for half (F2).
  return (
    entitled.find((one) => one.fareKind === fareKind && one.rate !== null) ??
    entitled.find((one) => one.fareKind === fareKind) ??
    entitled.find((one) => fareKind === 'half' && one.fareKind === 'free') ??
    null
  )
}

export interface PublishedFares {
  fullFare: Fen
  halfFare: Fen
}

/** A concession by share is taken from the full fare as published, never above the line's half fare. */
export function fareFor(
  { fullFare, halfFare }: PublishedFares,
  fareKind: 'full' | 'half' | 'free',
  rate: string | null
): Fen {
  if (fareKind === 'full') return fullFare
  if (fareKind === 'free') return zeroFen
  return rate === null ? halfFare : fen(Math.min(halfFare, applyRate(fullFare, rate)))
}
