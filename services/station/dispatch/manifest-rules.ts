// The manifest (乘客清单、舱单): one text file that says what left, who runs it, and who is aboard; its bytes are what is signed.
import { wallClock, type BusinessDay } from '../../../clearing/business-day.ts'
import type { CountsByClass } from '../station-schemas.ts'

export interface ManifestHead {
  number: string
  day: BusinessDay
  lineName: string
  placeName: string
  conveyance: string
  crew: readonly { code: string; name: string }[]
  dispatchedAt: Date
  counts: CountsByClass
  missed: number
}

export interface ManifestLine {
  ticketNo: string
  seat: number | null
  fareKind: string
  fromName: string
  toName: string
  name: string
  document: string
  plate: string | null
}

const columns = '序号,客票号,座位,票种,上车（船）,下车（船）,姓名,证件,车牌'

export function manifestText(head: ManifestHead, lines: readonly ManifestLine[]): string {
  const { counts } = head
  const rows = [
    ['班次', head.number, '日期', head.day, '线路', head.lineName],
    ['发出', head.placeName, '实开', wallClock(head.dispatchedAt), '车船', head.conveyance],
    ['驾驶员', ...head.crew.map(({ code, name }) => `${name}(${code})`)],
    ['人数', `全票${counts.full}`, `半票${counts.half}`, `免票${counts.free}`, `车${counts.vehicle + counts.truck}`],
    ['漏乘', head.missed]
  ]
  const people = lines.map((line, at) => [
    at + 1,
    line.ticketNo,
    line.seat ?? '',
    line.fareKind,
    line.fromName,
    line.toName,
    line.name,
    line.document,
    line.plate ?? ''
  ])
  const text = [...rows, columns.split(','), ...people].map((row) => row.map(quoted).join(','))
  return `${text.join('\r\n')}\r\n`
}

function quoted(value: string | number): string {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function countByClass(kinds: readonly (keyof CountsByClass)[]): CountsByClass {
  const counts = { full: 0, half: 0, free: 0, vehicle: 0, truck: 0 }
  for (const kind of kinds) counts[kind]++
  return counts
}
