// The CSV files for people and spreadsheets: UTF-8 with a byte order mark, CRLF (RFC 4180), amounts in fen, headings in both
// languages' terms so that a column keeps its name.
import { errorCodes } from '../card-files/error-codes.ts'
import { wallClock } from '../business-day.ts'
import { subtractExact } from '../money.ts'
import { centreFee, type Fee } from '../rating/fee-rules.ts'
import type { RatedTotal } from '../settlement/net-rules.ts'
import type { ArchivedLines } from './archived-lines.ts'
import type { ParticipantOf } from './statement-rules.ts'
import type { DayFile } from './statement-schemas.ts'

export const byteOrderMark = '\uFEFF'

/** 服务 of card.md §1.5, §2.10. */
export const serviceNames: Readonly<Record<number, readonly [chinese: string, english: string]>> = {
  0: ['其他', 'other'],
  1: ['公交', 'bus'],
  2: ['地铁', 'metro'],
  3: ['自行车', 'bicycle'],
  4: ['出租', 'taxi'],
  5: ['有轨电车', 'tram'],
  6: ['轮渡', 'ferry'],
  8: ['停车', 'parking']
}

const passageNames = ['单次', '进站', '出站'] as const

const transactionColumns = [
  '交易号 transaction',
  '时间 occurred_at',
  '服务 service',
  '进出 passage',
  '应收（分）price',
  '实收（分）charged',
  '优惠（分）discount',
  '结果 code',
  '说明 reason',
  '手续费（分）fee',
  '收单分润 acquirer_share',
  '发卡分润 issuer_share',
  '原始行 source_line'
]

export const transactionHeading = Buffer.from(byteOrderMark + csvLine(transactionColumns))

/** One line of the source with what became of it; `fee` is null when it was rejected. */
export function transactionRow(
  file: DayFile,
  { batch, bytes, byteFrom, fates }: ArchivedLines,
  { row, fee }: { row: number; fee: Fee | null }
): Buffer {
  const at = batch.byteOffset[row]! - byteFrom
  const source = bytes.toString('utf8', at, at + batch.byteLength[row]!)
  const error = errorCodes[fates[row]!]!
  const read = batch.code[row] === 0
  const facts = read
    ? [
        wallClock(new Date(batch.occurredAt[row]!)),
        serviceNames[batch.service[row]!]?.[0] ?? '',
        passageNames[batch.passage[row]!] ?? '',
        batch.price[row]!,
        batch.amount[row]!,
        batch.price[row]! - batch.amount[row]!
      ]
    : ['', '', '', '', '', '']
  const fees = fee ? [fee.fee, fee.acquirerFee, fee.issuerFee] : ['0', '0', '0']
  const key = `${file.id}:${batch.lineNumber[row]}`
  return Buffer.from(csvLine([key, ...facts, error.code, error.chinese, ...fees, source]))
}

const summaryColumns = [
  '收单机构 acquirer',
  '收单机构名称 acquirer_name',
  '发卡机构 issuer',
  '发卡机构名称 issuer_name',
  '服务 service',
  '笔数 transactions',
  '进站 entries',
  '应收（分）price',
  '实收（分）charged',
  '优惠（分）discount',
  '手续费 fee',
  '收单分润 acquirer_share',
  '发卡分润 issuer_share',
  '中心分润 centre_share'
]

/** The settled totals as a table: one line per counterparty and service. */
export function summaryCsv(totals: readonly RatedTotal[], participantOf: ParticipantOf): Buffer {
  const rows = totals.map((total) => {
    const acquirer = participantOf(total.acquirer)
    const issuer = participantOf(total.issuer)
    return csvLine([
      acquirer.code,
      acquirer.name,
      issuer.code,
      issuer.name,
      serviceNames[total.service]?.[0] ?? String(total.service),
      total.transactions,
      total.entries,
      total.price,
      total.amount,
      subtractExact(total.price, total.amount),
      total.fee,
      total.acquirerFee,
      total.issuerFee,
      centreFee(total)
    ])
  })
  return Buffer.from(byteOrderMark + csvLine(summaryColumns) + rows.join(''))
}

/** Quotes what needs it; text that a spreadsheet would run as a formula gets a quote mark in front. */
export function csvLine(values: readonly (string | number)[]): string {
  const fields = values.map((value) => {
    const text =
      typeof value === 'string' && /^[=+@\t\r-]/.test(value) && !/^-?[\d.]+$/.test(value) ? `'${value}` : String(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  })
  return `${fields.join(',')}\r\n`
}
