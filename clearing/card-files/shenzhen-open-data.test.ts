import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createTransactionBatch, type TransactionBatch } from '../ingestion/transaction-batch.ts'
import { guangdongParticipants } from '../participants/guangdong.ts'
import { buildParticipantLookup } from '../participants/participant-lookup.ts'
import type { BusinessDay } from '../business-day.ts'
import { errorCodes } from './error-codes.ts'
import { edgeBytes, type FileEdges } from './file-format.ts'
import { shenzhenOpenData } from './shenzhen-open-data.ts'

const participants = guangdongParticipants().map((each, index) => ({
  ...each,
  id: index + 1,
  state: 'active' as const,
  settlesThrough: null
}))
const nameOf = new Map(participants.map((each) => [each.id, each.name]))
const lookup = buildParticipantLookup(participants, [], '2018-09-01' as BusinessDay)
const shenzhenIssuer = participants.find((each) => each.code === '02215840')!.id
const read = shenzhenOpenData.recordReader(lookup)

const header =
  'card_no,deal_date,deal_type,deal_money,deal_value,equ_no,company_name,station,car_no,conn_mark,close_date'
const bus = 'FHEFIHBJC,2018-09-01 09:33:50,巴士,160,200,231017343,巴士集团,M506,01620D,0,2018-09-01 00:00:00'
const exit = 'FIAAAEIFD,2018-09-01 11:17:55,地铁出站,380,400,263035112,地铁五号线,太安,OGT-112,1,2018-09-01 00:00:00'
const entry = 'BEBABAHFE,2018-09-01 11:17:31,地铁入站,0,0,263027121,地铁五号线,坂田,IGT-121,0,2018-09-01 00:00:00'

function readLines(...lines: string[]): TransactionBatch {
  const batch = createTransactionBatch(lines.length + 1)
  read(Buffer.from(lines.map((line) => `${line}\r\n`).join('')), batch, 2, 107)
  return batch
}
const codesOf = (batch: TransactionBatch): string[] =>
  [...batch.code.subarray(0, batch.count)].map((index) => errorCodes[index]!.code)
const codeOf = (line: string): string => codesOf(readLines(line))[0]!

const day = gunzipSync(
  await readFile(new URL('../../services/local/sample-province/shenzhen-tong-2018-09-01.csv.gz', import.meta.url))
)

function edgesOf(bytes: Buffer): FileEdges {
  const feeds = bytes.filter((byte) => byte === 10).length
  return {
    name: 'shenzhen-tong-2018-09-01.csv',
    size: bytes.length,
    head: bytes.subarray(0, edgeBytes),
    tail: bytes.subarray(Math.max(0, bytes.length - edgeBytes)),
    lines: feeds + (bytes.length > 0 && bytes.at(-1) !== 10 ? 1 : 0)
  }
}

describe('the reader of Shenzhen rides', () => {
  it('reads bus, metro entry and metro exit', () => {
    const batch = readLines(bus, exit, entry)
    const column = (of: Int16Array | Int32Array): number[] => [...of.subarray(0, 3)]
    expect(codesOf(batch)).toEqual(['000000', '000000', '000000'])
    expect(column(batch.service)).toEqual([1, 2, 2])
    expect(column(batch.kind)).toEqual([6, 9, 9])
    expect(column(batch.passage)).toEqual([0, 2, 1])
    expect(column(batch.amount)).toEqual([160, 380, 0])
    expect(column(batch.price)).toEqual([200, 400, 0])
    expect(column(batch.discount)).toEqual([0, 1, 0])
    expect(column(batch.algorithm)).toEqual([0, 0, 0])
    expect(column(batch.issuer)).toEqual([shenzhenIssuer, shenzhenIssuer, shenzhenIssuer])
    expect(nameOf.get(batch.acquirer[1]!)).toBe('地铁五号线')
    expect(batch.cardNumber[0]).toBe(1574587192n)
    expect(batch.terminalNumber[0]).toBe(231017343n)
    expect(batch.occurredAt[0]).toBe(Date.parse('2018-09-01T09:33:50+08:00'))
    expect(batch.cardSequence[0]).toBe((9 * 3600 + 33 * 60 + 50) * 4)
    expect(batch.hasProof).toBe(false)
    expect([batch.lineNumber[1], batch.byteOffset[1]]).toEqual([3, 107 + Buffer.byteLength(bus) + 2])
  })

  it('tells AB from B, and a second ride within a second from the same ride sent twice', () => {
    const batch = readLines(
      bus.replace('FHEFIHBJC', 'AB'),
      bus.replace('FHEFIHBJC', 'B'),
      bus,
      bus,
      bus.replace('巴士,160,200', '地铁出站,160,200')
    )
    expect([batch.cardNumber[0], batch.cardNumber[1]]).toEqual([101n, 11n])
    expect(batch.cardSequence[2]).toBe(batch.cardSequence[3])
    expect(batch.cardSequence[4]).not.toBe(batch.cardSequence[2])
  })

  it('reads quoted columns with commas and quotes in them, and empty ones', () => {
    expect(codeOf(bus.replace('M506,01620D', '"M506, ""东"" ","",'.slice(0, -1)))).toBe('000000')
    expect(codeOf(bus.replace('巴士集团,M506,01620D', '"巴士集团",,'))).toBe('000000')
  })

  it.each([
    ['020080', ''],
    ['020080', 'FHEFIHBJC'],
    ['020080', bus.slice(0, -1)],
    ['020080', `${bus},`],
    ['020080', `${bus},0`],
    ['020080', bus.replace(',01620D', '')],
    ['020080', bus.replace('M506', '"M506')],
    ['020080', bus.replace('M506', '"M506"x')],
    ['020080', bus.replace('FHEFIHBJC', 'FHEFIHBJK')],
    ['020080', bus.replace('FHEFIHBJC', '')],
    ['020080', bus.replace('FHEFIHBJC', 'FHEFIHBJCFHEFIHBJC')],
    ['020080', bus.replace('2018-09-01 09', '2018-09-31 09')],
    ['020080', bus.replace('2018-09-01 09', '2018/09/01 09')],
    ['020080', bus.replace('09:33:50', '24:33:50')],
    ['020080', bus.replace('160', '1.6')],
    ['020080', bus.replace('160', '-160')],
    ['020080', bus.replace('160', '')],
    ['020080', bus.replace('160', '1600000000')],
    ['020080', bus.replace('231017343', 'X')],
    ['020080', bus.replace('01620D,0', '01620D,2')],
    ['020001', bus.replace('巴士,', '公交,')],
    ['020001', bus.replace('巴士,', '巴士x,')],
    ['020026', bus.replace('160', '201')],
    ['020026', entry.replace('0,0,263', '0,5,263')],
    ['020041', bus.replace('巴士集团', '巴士集団')],
    ['020041', bus.replace('巴士集团', '')]
  ])('marks %s: %s', (code, line) => {
    const batch = readLines(line, bus)
    expect(codesOf(batch)).toEqual([code, '000000'])
  })
})

describe('the Shenzhen day of 2018-09-01', () => {
  it('is 37,000 rides, none malformed, one of them twice', () => {
    const frame = shenzhenOpenData.openFrame(edgesOf(day))
    if ('fault' in frame) throw new Error(frame.detail)
    expect(frame).toMatchObject({ records: 37_000, firstLine: 2, sender: null, endByte: day.length })
    const batch = createTransactionBatch(40_000)
    expect(read(day.subarray(frame.firstByte), batch, frame.firstLine, frame.firstByte)).toBe(
      day.length - frame.firstByte
    )
    expect(batch.count).toBe(37_000)
    expect(batch.code.every((code) => code === 0)).toBe(true)
    const passages = [0, 0, 0]
    const keys = new Map<string, number>()
    for (let row = 0; row < batch.count; row++) {
      passages[batch.passage[row]!]!++
      const key = `${batch.day[row]} ${batch.cardNumber[row]} ${batch.cardSequence[row]}`
      keys.set(key, (keys.get(key) ?? 0) + 1)
    }
    expect(passages).toEqual([18_119, 9_620, 9_261])
    expect([...keys.values()].filter((count) => count > 1)).toEqual([2])
    expect(batch.amount.reduce((sum, amount) => sum + amount, 0)).toBe(independentSum(3))
    expect(batch.price.reduce((sum, price) => sum + price, 0)).toBe(independentSum(4))
  })

  /** Columns before the station are never quoted in this file. */
  function independentSum(column: number): number {
    const lines = day.toString('utf8').split('\r\n').slice(1, -1)
    return lines.reduce((sum, line) => sum + Number(line.split(',')[column]), 0)
  }
})

describe('the frame of a Shenzhen file', () => {
  it.each([
    ['010016', 'nothing', Buffer.alloc(0)],
    ['010010', 'another header', Buffer.from(`card,date\r\n${bus}\r\n`)],
    ['010010', 'no header', Buffer.from(`${bus}\r\n`)],
    ['010010', 'GBK', Buffer.concat([Buffer.from(`${header}\r\n`), Buffer.from([0xb0, 0xcd, 0xca, 0xbf, 10])])],
    ['010010', 'NUL bytes', Buffer.from(`${header}\r\n\0`)],
    ['010010', 'a zip', Buffer.from('PK\x03\x04')]
  ])('refuses with %s %s', (fault, _, bytes) => {
    expect(shenzhenOpenData.openFrame(edgesOf(bytes))).toMatchObject({ fault })
  })

  it('needs no line end after its last line', () => {
    const bytes = Buffer.from(`${header}\n${bus}\n${exit}`)
    expect(shenzhenOpenData.openFrame(edgesOf(bytes))).toMatchObject({ records: 2, endByte: bytes.length })
    const batch = createTransactionBatch(4)
    read(bytes.subarray(header.length + 1), batch, 2, header.length + 1)
    expect(codesOf(batch)).toEqual(['000000', '000000'])
  })

  it('may hold no ride at all', () => {
    expect(shenzhenOpenData.openFrame(edgesOf(Buffer.from(header)))).toMatchObject({
      records: 0,
      firstByte: header.length
    })
  })
})
