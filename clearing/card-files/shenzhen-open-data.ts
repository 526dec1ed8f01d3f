// The Shenzhen Tong open-data file: UTF-8 text with a header line, one ride per line, card numbers masked into letters, no TAC
// and no terminal sequence. Amounts are fen; what is charged (deal_money) and the price (deal_value) are both there.
import { unknownParticipant, type TransactionBatch } from '../ingestion/transaction-batch.ts'
import type { ParticipantLookup } from '../participants/participant-lookup.ts'
import { bytesEqual, dayNumber, instantOf, readDecimal, secondOfDay, storeNumber } from './byte-reader.ts'
import { binaryFault } from './edge-checks.ts'
import { errorIndex } from './error-codes.ts'
import type { FileEdges, FileFormat, Frame, FrameFault, RecordReader } from './file-format.ts'

export const shenzhenOpenData: FileFormat = {
  id: 'shenzhen-open-data',
  hasProof: false,
  longestLine: 1024,
  shortestLine: 48,
  openFrame,
  recordReader
}

/** The one issuer of the file. */
const issuerCode = 2_215_840

const columns =
  'card_no,deal_date,deal_type,deal_money,deal_value,equ_no,company_name,station,car_no,conn_mark,close_date'
const cardNo = 0
const dealDate = 1
const dealType = 2
const dealMoney = 3
const dealValue = 4
const equNo = 5
const companyName = 6
const connMark = 9
const closeDate = 10
const columnCount = 11

/** The index in this list goes into card_sequence; the services and passages are card_transaction's. */
const dealTypes = [
  { name: Buffer.from('巴士'), service: 1, kind: 6, passage: 0 },
  { name: Buffer.from('地铁入站'), service: 2, kind: 9, passage: 1 },
  { name: Buffer.from('地铁出站'), service: 2, kind: 9, passage: 2 }
] as const

/** 优惠类型 of our own for a ride with the transfer mark. */
const transferDiscount = 1

const unreadable = errorIndex('020080')
const wrongType = errorIndex('020001')
const wrongAmount = errorIndex('020026')
const unknownAcquirer = errorIndex('020041')

function openFrame(edges: FileEdges): Frame | FrameFault {
  const fault = binaryFault(edges)
  if (fault) return fault
  const feed = edges.head.indexOf(10)
  const firstByte = feed === -1 ? edges.size : feed + 1
  if (edges.head.toString('utf8', 0, firstByte).trimEnd() !== columns)
    return { fault: '010010', detail: `the first line must read ${columns}` }
  if (!isUtf8(edges.head)) return { fault: '010010', detail: 'the text is not UTF-8' }
  return { firstByte, endByte: edges.size, firstLine: 2, records: edges.lines - 1, sender: null }
}

function isUtf8(head: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}

function recordReader(lookup: ParticipantLookup): RecordReader {
  const issuer = lookup.issuers.get(issuerCode) ?? unknownParticipant
  const companies = companyTable(lookup.acquirersByName)
  // Start and end of every column of the line at hand.
  const edges = new Int32Array(2 * columnCount)
  return (chunk, batch, firstLine, firstByte) => {
    const firstRow = batch.count
    batch.hasProof = false
    let at = 0
    while (at < chunk.length && batch.count < batch.capacity) {
      const row = batch.count++
      const feed = chunk.indexOf(10, at)
      const end = feed === -1 ? chunk.length : feed
      const lineEnd = end > at && chunk[end - 1] === 13 ? end - 1 : end
      batch.lineNumber[row] = firstLine + row - firstRow
      batch.byteOffset[row] = firstByte + at
      batch.byteLength[row] = lineEnd - at
      batch.issuer[row] = issuer
      batch.binIssuer[row] = issuer
      batch.code[row] = splitLine(chunk, at, lineEnd, edges)
        ? readRide(chunk, edges, batch) || readMoney(chunk, edges, batch) || readCompany(chunk, edges, batch, companies)
        : unreadable
      at = feed === -1 ? end : feed + 1
    }
    return at
  }
}

/** Finds the columns, with or without quotes; false unless there are exactly eleven. */
function splitLine(bytes: Buffer, at: number, end: number, edges: Int32Array): boolean {
  let column = 0
  let start = at
  while (column < columnCount) {
    const quoted = bytes[start] === 0x22 && start < end
    let stop = quoted ? start + 1 : start
    if (quoted) {
      // A doubled quote stands for one and does not end the column.
      while (stop < end && (bytes[stop] !== 0x22 || bytes[stop + 1] === 0x22)) stop += bytes[stop] === 0x22 ? 2 : 1
      if (stop >= end) return false
    } else {
      while (stop < end && bytes[stop] !== 0x2c) stop++
    }
    edges[2 * column] = quoted ? start + 1 : start
    edges[2 * column + 1] = stop
    column++
    const next = quoted ? stop + 1 : stop
    if (next >= end) return next === end && column === columnCount
    if (bytes[next] !== 0x2c) return false
    start = next + 1
  }
  return false
}

/** Card, time, kind of ride and the device. */
function readRide(bytes: Buffer, edges: Int32Array, batch: TransactionBatch): number {
  const row = batch.count - 1
  const type = dealTypeOf(bytes, edges)
  if (type === -1) return wrongType
  const day = readDay(bytes, edges, dealDate)
  const second = readSecond(bytes, edges[2 * dealDate]!)
  const closed = readDay(bytes, edges, closeDate)
  const device = readWhole(bytes, edges, equNo, 12)
  if (day < 0 || second < 0 || closed < 0 || device < 0) return unreadable
  if (!storeLetters(bytes, edges, batch.cardNumberWords, row)) return unreadable
  const { service, kind, passage } = dealTypes[type]!
  storeNumber(batch.terminalNumberWords, row, device)
  // The file counts nothing: one card does one kind of thing once in a second, so that a line sent twice is a duplicate.
  batch.cardSequence[row] = second * 4 + type
  batch.day[row] = day
  batch.occurredAt[row] = instantOf(day, second)
  batch.service[row] = service
  batch.kind[row] = kind
  batch.passage[row] = passage
  batch.algorithm[row] = 0
  return 0
}

function readMoney(bytes: Buffer, edges: Int32Array, batch: TransactionBatch): number {
  const row = batch.count - 1
  const amount = readWhole(bytes, edges, dealMoney, 9)
  const price = readWhole(bytes, edges, dealValue, 9)
  const mark = readWhole(bytes, edges, connMark, 1)
  if (amount < 0 || price < 0 || mark < 0 || mark > 1) return unreadable
  if (amount > price || (batch.passage[row] === 1 && price !== 0)) return wrongAmount
  batch.amount[row] = amount
  batch.price[row] = price
  batch.discount[row] = mark === 1 ? transferDiscount : 0
  return 0
}

interface Company {
  name: Buffer
  acquirer: number
}

function companyTable(byName: ReadonlyMap<string, number>): Map<number, Company[]> {
  const table = new Map<number, Company[]>()
  for (const [text, acquirer] of byName) {
    const name = Buffer.from(text)
    const key = companyKey(name, 0, name.length)
    table.set(key, [...(table.get(key) ?? []), { name, acquirer }])
  }
  return table
}

function readCompany(
  bytes: Buffer,
  edges: Int32Array,
  batch: TransactionBatch,
  companies: Map<number, Company[]>
): number {
  const at = edges[2 * companyName]!
  const length = edges[2 * companyName + 1]! - at
  for (const company of companies.get(companyKey(bytes, at, length)) ?? []) {
    if (company.name.length !== length || !bytesEqual(bytes, at, company.name)) continue
    batch.acquirer[batch.count - 1] = company.acquirer
    return 0
  }
  batch.acquirer[batch.count - 1] = unknownParticipant
  return unknownAcquirer
}

/** FNV-1a: a key without making a string. */
function companyKey(bytes: Buffer, at: number, length: number): number {
  let key = 0x811c9dc5
  for (let index = at; index < at + length; index++) key = Math.imul(key ^ bytes[index]!, 0x01000193)
  return key
}

function dealTypeOf(bytes: Buffer, edges: Int32Array): number {
  const at = edges[2 * dealType]!
  const length = edges[2 * dealType + 1]! - at
  for (let type = 0; type < dealTypes.length; type++) {
    const { name } = dealTypes[type]!
    if (name.length === length && bytesEqual(bytes, at, name)) return type
  }
  return -1
}

/** Letters A to J are the digits 0 to 9; a 1 in front keeps the length, so AB and B are two cards. */
function storeLetters(bytes: Buffer, edges: Int32Array, words: Uint32Array, row: number): boolean {
  const at = edges[2 * cardNo]!
  const end = edges[2 * cardNo + 1]!
  if (end - at < 1 || end - at > 14) return false
  let value = 1
  for (let index = at; index < end; index++) {
    const digit = bytes[index]! - 65
    if (digit < 0 || digit > 9) return false
    value = value * 10 + digit
  }
  storeNumber(words, row, value)
  return true
}

/** A whole number of 1 to `most` digits that fills its column. */
function readWhole(bytes: Buffer, edges: Int32Array, column: number, most: number): number {
  const at = edges[2 * column]!
  const length = edges[2 * column + 1]! - at
  return length < 1 || length > most ? -1 : readDecimal(bytes, at, length)
}

/** The day of a column 'YYYY-MM-DD hh:mm:ss'. */
function readDay(bytes: Buffer, edges: Int32Array, column: number): number {
  const at = edges[2 * column]!
  const length = edges[2 * column + 1]! - at
  if (length !== 19 || bytes[at + 4] !== 0x2d || bytes[at + 7] !== 0x2d || bytes[at + 10] !== 0x20) return -1
  return dayNumber(readDecimal(bytes, at, 4), readDecimal(bytes, at + 5, 2), readDecimal(bytes, at + 8, 2))
}

function readSecond(bytes: Buffer, at: number): number {
  if (bytes[at + 13] !== 0x3a || bytes[at + 16] !== 0x3a) return -1
  return secondOfDay(readDecimal(bytes, at + 11, 2), readDecimal(bytes, at + 14, 2), readDecimal(bytes, at + 17, 2))
}
