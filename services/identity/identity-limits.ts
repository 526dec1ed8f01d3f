// What one identity may hold at once, decided by the database where coupons come to life (migration 0041), in our words.
import { violates } from '../../clearing/database.ts'
import type { Refusal } from '../../clearing/refusal.ts'
import { refuse } from '../refusals.ts'

const refusalOf = {
  coupon_one_per_identity: 'identity-holds-ticket',
  half_share_full: 'half-tickets-full',
  identity_day_full: 'identity-tickets-full',
  journeys_overlap: 'journeys-overlap'
} as const

/** The refusals a route documents when it brings coupons to life. */
export const identityLimits = Object.values(refusalOf)

/** The refusal behind a database error; null when it is another error. */
export function identityLimit(error: unknown): Refusal | null {
  for (const [constraint, code] of Object.entries(refusalOf)) if (violates(error, constraint)) return refuse(code)
  return null
}
