// When an identity is due to be forgotten, and what of a birth date may stay.
import { addDays, type BusinessDay } from '../../../clearing/business-day.ts'
import { birthDayOf, completedYears } from '../document-rules.ts'
import type { Identity } from '../seal-identity.ts'

export type AgeBand = '0-6' | '7-14' | '15-17' | '18-59' | '60+'

/** The first day of travel whose identities are still kept on `today`. */
export function keptFrom(today: BusinessDay, days: number): BusinessDay {
  return addDays(today, -days)
}

/** Null when the document carries no birth date. */
export function ageBandOf({ document }: Identity, day: BusinessDay): AgeBand | null {
  const birthDay = document && birthDayOf(document)
  if (!birthDay) return null
  const age = completedYears(birthDay, day)
  if (age <= 6) return '0-6'
  if (age <= 14) return '7-14'
  if (age <= 17) return '15-17'
  return age <= 59 ? '18-59' : '60+'
}
