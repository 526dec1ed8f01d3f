// The clearing day (清算日): named by the morning it is cut, 03:00 in Asia/Shanghai (card.md §2.10), so the day of
// 2024-03-16 takes in everything accepted from 03-15 03:00 up to 03-16 03:00, as the sample files of §2.15 show.
import { Type } from 'typebox'

/** A calendar or clearing day as 'YYYY-MM-DD', Asia/Shanghai. */
export type BusinessDay = string & { readonly __unit: 'day' }

export const BusinessDaySchema = Type.Unsafe<BusinessDay>(
  Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: '日期 YYYY-MM-DD（北京时间）' })
)

/** China keeps UTC+8 the whole year and has since 1991, so day logic is a fixed shift. */
export const shanghaiOffsetMs = 8 * 3_600_000
const dayMs = 86_400_000
export const cutHour = 3

/** The Shanghai calendar day of an instant. */
export function calendarDay(at: Date): BusinessDay {
  return new Date(at.getTime() + shanghaiOffsetMs).toISOString().slice(0, 10) as BusinessDay
}

/** The clearing day that is open at an instant, if nobody closed it early. */
export function clearingDayAt(at: Date): BusinessDay {
  return calendarDay(new Date(at.getTime() + (24 - cutHour) * 3_600_000))
}

/** The instant at which a clearing day is cut. */
export function cutOf(day: BusinessDay): Date {
  return shanghaiInstant(day, cutHour * 3600)
}

/** The instant of a Shanghai wall-clock time: seconds after midnight of a day. */
export function shanghaiInstant(day: BusinessDay, secondsOfDay: number): Date {
  return new Date(Date.parse(`${day}T00:00:00Z`) - shanghaiOffsetMs + secondsOfDay * 1000)
}

export function addDays(day: BusinessDay, days: number): BusinessDay {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10) as BusinessDay
}

/** Whole days from one day to another; negative when `to` is earlier. */
export function daysBetween(from: BusinessDay, to: BusinessDay): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs)
}

/** Reads 'YYYY-MM-DD' or 'YYYYMMDD'; null when it is not a real calendar day. */
export function parseDay(text: string): BusinessDay | null {
  const match = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text)
  if (!match) return null
  const day = `${match[1]}-${match[2]}-${match[3]}`
  const parsed = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day) ? (day as BusinessDay) : null
}

/** 'YYYYMMDD', as files write it. */
export function compactDay(day: BusinessDay): string {
  return day.replaceAll('-', '')
}

/** Shanghai wall clock as 'YYYYMMDDhhmmss'. */
export function compactInstant(at: Date): string {
  return new Date(at.getTime() + shanghaiOffsetMs).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')
}

/** Shanghai wall clock as 'YYYY-MM-DD hh:mm:ss', for people. */
export function wallClock(at: Date): string {
  return new Date(at.getTime() + shanghaiOffsetMs).toISOString().slice(0, 19).replace('T', ' ')
}
