// May a timetable be in force from this day? Water carriers publish 15 days ahead and stop a sailing 30 days after saying so (国内水路运输
// 管理条例 art. 21); the days are rows of notice_policy.
import { daysBetween, type BusinessDay } from '../../../clearing/business-day.ts'

/** What a version does to the departures of one mode, and the notice that asks for, in days. */
export interface NoticeTerms {
  /** It brings or changes regular departures; extra ones (加班) need no notice. */
  changes: boolean
  /** It leaves out departures that run now. */
  stops: boolean
  changeDays: number
  stopDays: number
}

export function checkNotice(terms: readonly NoticeTerms[], effective: BusinessDay, today: BusinessDay) {
  const notice = daysBetween(today, effective)
  if (notice < 0) return 'effective-day-passed'
  if (terms.some(({ stops, stopDays }) => stops && notice < stopDays)) return 'notice-too-short'
  if (terms.some(({ changes, changeDays }) => changes && notice < changeDays)) return 'notice-too-short'
  return null
}
