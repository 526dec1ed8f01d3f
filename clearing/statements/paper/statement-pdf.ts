// The statement on paper: A4 on its side, the summary first, then every table, page by page, with the commands that check it at the end.
import { hex } from '../../../card-crypto/bytes.ts'
import { wallClock } from '../../business-day.ts'
import type { DayPlan } from '../day-plan.ts'
import type { PageContents } from '../statement-page.ts'
import { adjustmentFacts, statementName } from './statement-name.ts'
import { createPdf, pageHeight, pageWidth, type Ink, type PdfDocument } from './pdf-document.ts'
import { statementTables, type Column, type StatementTable } from './statement-tables.ts'
import type { Cell } from './workbook.ts'

/** Work on any of the files, this one included, with nothing of ours. */
export const verificationCommands = [
  'openssl dgst -sm3 FILE',
  'openssl dgst -sm3 -verify statement-signature.pem -sigopt distid:1234567812345678 -signature FILE.sig FILE'
] as const

const margin = 36
const inner = pageWidth - 2 * margin
const bottom = pageHeight - 40
const soft: Ink = [0.36, 0.42, 0.47]
const accent: Ink = [0.04, 0.43, 0.38]
const wash: Ink = [0.945, 0.957, 0.953]
const rule: Ink = [0.86, 0.88, 0.9]

/** Where on which page the next thing goes. */
interface Pen {
  pdf: PdfDocument
  y: number
}

export function statementPdf(plan: DayPlan, participant: number, contents: PageContents): Buffer {
  const pdf = createPdf()
  const pen = { pdf, y: 0 }
  turnPage(pen)
  heading(pen, plan, participant)
  for (const table of statementTables(plan, participant, contents)) drawTable(pen, table)
  verification(pen, plan)
  const member = plan.participantOf(participant)
  const title = `${statementName(plan)[0]} ${member.code} ${plan.settlement.day}`
  for (let page = 0; page < pdf.pages; page++) {
    pdf.choosePage(page)
    const mark = `${title} · 第 ${page + 1} / ${pdf.pages} 页 · 版式 style ${plan.style}`
    pdf.text(margin, pageHeight - 20, mark, { size: 7.5, ink: soft })
  }
  return pdf.finish({ title, createdAt: plan.settlement.settledAt })
}

function heading(pen: Pen, plan: DayPlan, participant: number): void {
  const { pdf } = pen
  const { settlement, centre } = plan
  const member = plan.participantOf(participant)
  const [chinese, english] = statementName(plan)
  pdf.text(margin, 58, chinese, { size: 24, bold: true })
  pdf.text(margin + 82, 58, english, { size: 11, ink: soft })
  pdf.text(margin, 80, `${member.name}  ${member.code}`, { size: 13, bold: true })
  const facts = [
    `清算日 Clearing day  ${settlement.day}`,
    `结算单号 Number  ${plan.numberOf(participant).number}`,
    `结算时间 Settled at  ${wallClock(settlement.settledAt)}`,
    `${centre.name}  ${centre.code}`
  ]
  for (const [index, fact] of facts.entries())
    pdf.text(pageWidth - margin - pdf.widthOf(fact, 9), 46 + index * 13, fact, { size: 9, ink: index === 3 ? soft : 0 })
  const adjusted = adjustmentFacts(plan).map(([term, value]) => `${term}  ${value}`)
  if (adjusted.length > 0) pdf.text(margin + 240, 80, adjusted.join('   '), { size: 9 })
  pdf.box({ x: margin, y: 94, width: inner, height: 1.6 }, 0.1)
  pen.y = 104
}

const rowHeight = 14

function drawTable(pen: Pen, table: StatementTable): void {
  const { pdf } = pen
  keepTogether(pen, 58)
  pen.y += 22
  pdf.text(margin, pen.y, table.chinese, { size: 11.5, bold: true })
  pdf.text(margin + pdf.widthOf(table.chinese, 11.5) + 8, pen.y, table.english, { size: 8.5, ink: soft })
  pen.y += 6
  if (table.rows.length === 0) {
    pen.y += 12
    pdf.text(margin, pen.y, '无 none', { size: 8.5, ink: soft })
    return
  }
  const places = placeColumns(table)
  drawHeadings(pen, places)
  for (const [index, row] of table.rows.entries()) {
    if (pen.y + rowHeight > bottom) {
      turnPage(pen)
      drawHeadings(pen, places)
    }
    const total = table.summed === true && index === table.rows.length - 1
    drawRow(pen, places, { row, total })
  }
}

interface Place extends Column {
  x: number
  room: number
}

/** Narrow tables stay narrow; wide ones share the width. */
function placeColumns({ columns }: StatementTable): Place[] {
  const characters = columns.reduce((sum, column) => sum + column.width, 0)
  const each = Math.min(inner / characters, 6)
  let x = margin
  return columns.map((column) => {
    const place = { ...column, x, room: column.width * each }
    x += place.room
    return place
  })
}

function drawHeadings(pen: Pen, places: readonly Place[]): void {
  const { pdf } = pen
  const width = places.reduce((sum, place) => sum + place.room, 0)
  pdf.box({ x: margin, y: pen.y, width, height: 23 }, wash)
  for (const place of places) {
    put(pdf, place, { y: pen.y + 10, text: place.chinese, size: 8, bold: true })
    put(pdf, place, { y: pen.y + 19, text: place.english, size: 6.5, ink: soft })
  }
  pdf.box({ x: margin, y: pen.y + 23, width, height: 0.8 }, 0.2)
  pen.y += 24
}

function drawRow(pen: Pen, places: readonly Place[], { row, total }: { row: readonly Cell[]; total: boolean }): void {
  const { pdf } = pen
  const width = places.reduce((sum, place) => sum + place.room, 0)
  for (const [index, cell] of row.entries()) {
    const text = shown(cell)
    put(pdf, places[index]!, { y: pen.y + 10, text, size: 7.8, bold: total, ink: text.startsWith('−') ? accent : 0 })
  }
  pen.y += rowHeight
  pdf.box({ x: margin, y: pen.y - 0.5, width, height: 0.4 }, rule)
}

interface Put {
  y: number
  text: string
  size: number
  bold?: boolean
  ink?: Ink
}

/** Text too long for its column is set smaller, down to what can be read, and then cut. */
function put(pdf: PdfDocument, place: Place, { y, text, size, bold = false, ink = 0 }: Put): void {
  const room = place.room - 6
  const natural = pdf.widthOf(text, size)
  const fitted = natural <= room ? size : Math.max(5, (size * room) / natural)
  let cut = text
  while (cut.length > 1 && pdf.widthOf(cut, fitted) > room + 0.01) cut = `${cut.slice(0, cut.endsWith('…') ? -2 : -1)}…`
  const x = place.right ? place.x + place.room - 3 - pdf.widthOf(cut, fitted) : place.x + 3
  pdf.text(x, y, cut, { size: fitted, bold, ink })
}

function shown(cell: Cell): string {
  if (typeof cell === 'string') return cell
  const text = typeof cell === 'number' ? String(cell) : cell.decimal
  return text.replace('-', '−').replace(/\d+/, (whole) => whole.replaceAll(/\B(?=(\d{3})+$)/g, ','))
}

function verification(pen: Pen, { publicKey, anchor }: DayPlan): void {
  const { pdf } = pen
  const lines = [
    '每个文件（包括本文件）旁边都有同名 .sig 签名文件（SM2，DER）。将下面的公钥存为 statement-signature.pem，FILE 换成文件名：',
    'Beside every file, this one included, stands its SM2 signature NAME.sig. Save the key as statement-signature.pem, put the name for FILE:',
    ...verificationCommands,
    ...publicKey.trim().split('\n'),
    `当日账链锚点 Ledger anchor of the day: ${anchor.lastSequence} ${hex(anchor.head)}`,
    '每笔交易由“编号:行号”追溯到来源文件、字节位置与签名。 Every transaction leads by FILE:LINE to its source file, byte offset and signature.'
  ]
  keepTogether(pen, 40 + lines.length * 12)
  pen.y += 22
  pdf.text(margin, pen.y, '如何核验', { size: 11.5, bold: true })
  pdf.text(margin + 54, pen.y, 'How to verify this with public tools', { size: 8.5, ink: soft })
  for (const line of lines) pdf.text(margin, (pen.y += 12), line, { size: 8 })
}

function keepTogether(pen: Pen, height: number): void {
  if (pen.y + height > bottom) turnPage(pen)
}

function turnPage(pen: Pen): void {
  pen.pdf.newPage()
  pen.y = margin
}
