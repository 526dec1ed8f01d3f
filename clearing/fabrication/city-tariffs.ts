// Terminals that charge by the discount schemes of their cities, and keep each card's month as readers in the field do: then what they
// charged is what clearing finds it should have been. Cards of a class say so by their 优惠类型.
import type { BusinessDay } from '../business-day.ts'
import { fen } from '../money.ts'
import type { DiscountScheme } from '../rating/discounts/discount-scheme.ts'
import { freshMonth, priceRide, tieredBy, type MonthSoFar } from '../rating/discounts/price-ride-rules.ts'
import { rideOf } from '../rating/months/fare-table-rules.ts'

export interface TariffedRide {
  /** Of card_transaction. */
  service: number
  price: number
  /** GB/T 13497 of the operator. */
  city: string
  /** Row of the cards; null for one that is seen this once. */
  card: number | null
}

/** Null where no scheme has a word: the operator gives what it likes. */
export type Tariff = (ride: TariffedRide) => { amount: number; mark: number } | null

const [student, lowIncome] = [3, 5] as const

export function openTariff(schemes: readonly DiscountScheme[], day: BusinessDay): Tariff {
  const inForce = schemes
    .filter((each) => each.validFrom <= day && (each.validTo === null || each.validTo >= day))
    .toSorted((a, b) => (a.validFrom < b.validFrom ? -1 : 1))
  const byCity = new Map(inForce.map((each) => [each.city, each]))
  const months = new Map<string, MonthSoFar>()
  return ({ service, price, city, card }) => {
    const scheme = byCity.get(city)
    const mark = card === null ? 0 : cardMark(card)
    const ride = scheme && rideOf(scheme.terms, { service, price: fen(price), mark })
    if (!ride) return null
    const key = `${city} ${card}`
    const month = (card !== null && months.get(key)) || freshMonth
    const { charged } = priceRide(scheme.terms, ride, month)!
    if (card !== null && tieredBy(scheme.terms, ride))
      months.set(key, { rides: month.rides + 1, paid: fen(month.paid + charged) })
    return { amount: charged, mark }
  }
}

/** Every so many cards belong to a student, or to somebody with the half fare of the low incomes. */
export function cardMark(card: number): number {
  if (card % 17 === 5) return student
  return card % 71 === 7 ? lowIncome : 0
}
