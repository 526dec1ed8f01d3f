// A fare by formula (parameter 0021): a base and so much a kilometre, rounded half up; children pay a share of the rounded fare.
import type { FareFormula } from './fare-schemas.ts'

export function formulaFare({ base, perKilometre, halfPercent, roundTo }: FareFormula, kilometres: number) {
  const round = (amount: number) => Math.round(amount / roundTo) * roundTo
  const fullFare = round(base + perKilometre * kilometres)
  return { fullFare, halfFare: Math.min(fullFare, round((fullFare * halfPercent) / 100)) }
}
