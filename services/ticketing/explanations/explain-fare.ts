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
    ...weighed.map(({ rule, applies, because }) => ({ rule, applies, because })),
    fareStep(best, weighed, fen(fare)),
    ...partSteps(parts, query)
  ]
  return { fareKind: best?.fareKind ?? 'full', concession: best?.code ?? null, fare, parts, steps }
}

function cheapest(offer: Offer, carried: readonly Entitlement[]): Entitlement | null {
  const priced = carried.map((one) => ({ one, fare: fareFor(offer, one.fareKind, one.rate) }))
  return priced.toSorted((a, b) => a.fare - b.fare)[0]?.one ?? null
}

const sourceNames = { line: '线路票价', set: '硬调票价', formula: '公式票价' } as const

function publishedStep(
  { fullFare, halfFare, cabin }: Offer,
  { source, validFrom, ceiling, sample }: FareInForce
): Step {
  const limit = ceiling === null ? '' : `，上限票价 ${yuan(ceiling)} 元`
  const name = cabin === null ? sourceNames[source] : `舱位等级 ${cabin} 的票价`
  const because = `${name}：全价 ${yuan(fullFare)} 元，半价 ${yuan(halfFare)} 元，自 ${validFrom} 起${limit}`
  return { rule: 'published-fare', applies: true, because: sample ? `${because}（示例票价）` : because }
}

function fareStep(best: Entitlement | null, weighed: readonly Step[], fare: FareParts['total']): Step {
  const why = weighed.find(({ rule }) => rule === best?.code)?.because ?? '不享受优待，按全价'
  return { rule: 'fare', applies: true, because: `票价 ${yuan(fare)} 元：${why}` }
}

function partSteps(parts: FareParts, { insured }: ExplanationQuery): Step[] {
  const part = (rule: string, name: string, amount: FareParts['total'], applies = amount > 0): Step => ({
    rule,
    applies,
    because: `${name} ${yuan(amount)} 元`
  })
  return [
    part('station-fee', '票价内站务费', parts.stationFee),
    part('fuel-surcharge', '票价内燃油附加费', parts.fuelSurcharge),
    part('service-fee', '另收服务费', parts.serviceFee),
    part('insurance', insured ? '旅客选购乘意险' : '未选乘意险', parts.insurance, insured),
    part('total', '合计', parts.total, true)
  ]
}
