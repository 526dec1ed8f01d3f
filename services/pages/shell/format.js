// How money, days and times are written. The platform's clock is Shanghai's, whatever the visitor's is.
import { both } from './language.js'

const zone = 'Asia/Shanghai'
const dayParts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
const clockParts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' })
const secondParts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'medium' })
const whole = new Intl.NumberFormat('en-US')
const weekdays = { zh: '日一二三四五六', en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] }
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Fen as yuan: 123456 → 1,234.56. Whole arithmetic on the digits, no floating point. */
export function money(fen) {
  const digits = String(Math.abs(fen)).padStart(3, '0')
  const yuan = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0 ? '−' : ''}${yuan}.${digits.slice(-2)}`
}

export function yuan(fen) {
  return `${fen < 0 ? '−' : ''}¥${money(Math.abs(fen))}`
}

export function signedMoney(fen) {
  return fen > 0 ? `+${money(fen)}` : money(fen)
}

export function count(number) {
  return whole.format(number)
}

export function bytes(size) {
  if (size < 1024) return `${size} B`
  if (size < 1024 * 1024) return `${(size / 1024).toFixed(1)} KB`
  if (size < 1024 ** 3) return `${(size / 1024 / 1024).toFixed(1)} MB`
  return `${(size / 1024 ** 3).toFixed(2)} GB`
}

/** 2026-11-20 of an instant, in Shanghai. */
export function dayOf(instant) {
  return dayParts.format(new Date(instant))
}

export function clockOf(instant) {
  return clockParts.format(new Date(instant))
}

export function clockWithSeconds(instant) {
  return secondParts.format(new Date(instant))
}

export function addDays(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** 11月20日 · 20 Nov */
export function shortDay(day) {
  const date = new Date(`${day}T00:00:00Z`)
  const [month, dayOfMonth] = [date.getUTCMonth(), date.getUTCDate()]
  return both(`${month + 1}月${dayOfMonth}日`, `${dayOfMonth} ${months[month]}`)
}

export function weekday(day) {
  const number = new Date(`${day}T00:00:00Z`).getUTCDay()
  return both(`周${weekdays.zh[number]}`, weekdays.en[number])
}

/** 11月20日 周五 · Fri 20 Nov */
export function dayName(day) {
  const [date, name] = [shortDay(day), weekday(day)]
  return both(`${date.zh} ${name.zh}`, `${name.en} ${date.en}`)
}

export function moment(instant) {
  const { zh, en } = dayName(dayOf(instant))
  return both(`${zh} ${clockOf(instant)}`, `${en}, ${clockOf(instant)}`)
}

export function duration(minutes) {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  if (hours === 0) return both(`${rest}分钟`, `${rest} min`)
  return rest === 0 ? both(`${hours}小时`, `${hours} h`) : both(`${hours}小时${rest}分`, `${hours} h ${rest} min`)
}

/** 4:05 of seconds left; never below zero. */
export function countdown(seconds) {
  const left = Math.max(0, Math.ceil(seconds))
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
}
