// "Explain my fare": the published price and where it comes from, each concession weighed, the parts within and on top.
import { calendarDay } from '../../../clearing/business-day.ts'
import type { Queryable } from '../../../clearing/database.ts'
import { fen, yuan } from '../../../clearing/money.ts'
import { refuse } from '../../refusals.ts'
import { findOffer, type Offer } from '../../timetable/departure-queries.ts'
import { completedYears } from '../../identity/document-rules.ts'
import { fareFor, weighConcessions, type Entitlement, type Step } from '../../fares/concession-rules.ts'
import { partsOf, type FareParts } from '../../fares/fare-parts-rules.ts'
import { findFareInForce, type FareInForce } from '../../fares/fare-queries.ts'
import type { Explanation, ExplanationQuery } from '../../fares/fare-schemas.ts'
import { checkCabin } from '../sale-rules.ts'
import { frozenTerms } from '../../fares/publish-policy.ts'

/** The cheapest fare that what was shown carries. Throws the refusals departure-not-found, cabin-required, cabin-not-offered and age-unproven. */
export async function explainFare(sql: Queryable, query: ExplanationQuery): Promise<Explanation> {
  const offer = await findOffer(sql, query)
  if (!offer) throw refuse('departure-not-found')
  const otherClass = checkCabin(offer, query.cabin)
  if (otherClass) throw refuse(otherClass)
  const { birthDay, heightCm = null, certificate = null } = query
  const age = birthDay === undefined ? null : completedYears(birthDay, calendarDay(offer.departsAt))
  if (age !== null && age < 0) throw refuse('age-unproven')
  const [terms, published] = [await frozenTerms(sql, offer.refundPolicy), await findFareInForce(sql, offer)]
  const weighed = weighConcessions(terms, { age, heightCm, certificate })
  const carried = weighed.filter(({ applies }) => applies).map(({ entitlement }) => entitlement)
  const best = cheapest(offer, carried)
  const fare = best ? fareFor(offer, best.fareKind, best.rate) : offer.fullFare
  const parts = partsOf(fare, terms, query)
  const steps = [
    publishedStep(offer, published),
    ...weighed.map(({ rule, applies, because, becauseEn }) => ({ rule, applies, because, becauseEn })),
    fareStep(best, weighed, fen(fare)),
    ...partSteps(parts, query)
  ]
  return { fareKind: best?.fareKind ?? 'full', concession: best?.code ?? null, fare, parts, steps }
}

function cheapest(offer: Offer, carried: readonly Entitlement[]): Entitlement | null {
  const priced = carried.map((one) => ({ one, fare: fareFor(offer, one.fareKind, one.rate) }))
  return priced.toSorted((a, b) => a.fare - b.fare)[0]?.one ?? null
}

const sourceNames = {
  line: ['线路票价', 'The line’s fare'],
  set: ['硬调票价', 'A fare set by hand'],
  formula: ['公式票价', 'A fare by formula']
} as const

function publishedStep({ fullFare, halfFare, cabin }: Offer, published: FareInForce): Step {
  const { source, validFrom, ceiling, sample } = published
  const [name, nameEn] =
    cabin === null ? sourceNames[source] : [`舱位等级 ${cabin} 的票价`, `The fare of class ${cabin}`]
  const limit = ceiling === null ? '' : `，上限票价 ${yuan(ceiling)} 元`
  const limitEn = ceiling === null ? '' : `, ceiling ¥${yuan(ceiling)}`
  return {
    rule: 'published-fare',
    applies: true,
    because: `${name}：全价 ${yuan(fullFare)} 元，半价 ${yuan(halfFare)} 元，自 ${validFrom} 起${limit}${sample ? '（示例票价）' : ''}`,
    becauseEn: `${nameEn}: full ¥${yuan(fullFare)}, half ¥${yuan(halfFare)}, from ${validFrom} on${limitEn}${sample ? ' (sample fare)' : ''}`
  }
}

function fareStep(best: Entitlement | null, weighed: readonly Step[], fare: FareParts['total']): Step {
  const why = weighed.find(({ rule }) => rule === best?.code)
  return {
    rule: 'fare',
    applies: true,
    because: `票价 ${yuan(fare)} 元：${why?.because ?? '不享受优待，按全价'}`,
    becauseEn: `Fare ¥${yuan(fare)}: ${why?.becauseEn ?? 'no concession, the full price'}`
  }
}

function partSteps(parts: FareParts, { insured }: ExplanationQuery): Step[] {
  const part = (
    rule: string,
    [name, nameEn]: [string, string],
    amount: FareParts['total'],
    applies = amount > 0
  ): Step => ({
    rule,
    applies,
    because: `${name} ${yuan(amount)} 元`,
    becauseEn: `${nameEn} ¥${yuan(amount)}`
  })
  const insurance: [string, string] = insured
    ? ['旅客选购乘意险', 'Insurance, as chosen']
    : ['未选乘意险', 'No insurance chosen']
  return [
    part('station-fee', ['票价内站务费', 'Station fee within the fare'], parts.stationFee),
    part('fuel-surcharge', ['票价内燃油附加费', 'Fuel surcharge within the fare'], parts.fuelSurcharge),
    part('service-fee', ['另收服务费', 'Service fee on top'], parts.serviceFee),
    part('insurance', insurance, parts.insurance, insured),
    part('total', ['合计', 'Total'], parts.total, true)
  ]
}
