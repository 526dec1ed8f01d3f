// The statement as PDF and workbook: what they say, that their parts are whole, and that they are the same bytes whenever they are made.
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { BusinessDay } from '../../business-day.ts'
import { fen, type ExactFen } from '../../money.ts'
import type { Participant } from '../../participants/participant-schemas.ts'
import type { DayPlan } from '../day-plan.ts'
import type { PageContents } from '../statement-page.ts'
import { createPdf } from './pdf-document.ts'
import { statementPdf } from './statement-pdf.ts'
import { statementWorkbook } from './statement-workbook.ts'
import { readTrueType } from './true-type.ts'

const day = '2026-03-03' as BusinessDay
const participants = [
  { id: 1, code: '30085800', name: '广东省清分结算中心', role: 'clearing-centre' },
  { id: 2, code: '02215840', name: '深圳发卡机构（221）', role: 'issuer' },
  { id: 3, code: '12205810', name: '广州收单机构（220）', role: 'acquirer' }
] as Participant[]
const total = {
  acquirer: 3,
  issuer: 2,
  service: 2,
  agreement: 1,
  transactions: 1234,
  entries: 56,
  amount: fen(246800),
  price: fen(250000),
  fee: '863.8' as ExactFen,
  acquirerFee: '431.9' as ExactFen,
  issuerFee: '259.1400001' as ExactFen
}
const plan = {
  settlement: {
    day,
    state: 'settled',
    settledAt: new Date('2026-03-03T19:00:01Z'),
    files: 1,
    transactions: 1234,
    entries: 56,
    amount: total.amount,
    price: total.price,
    totals: Array.from({ length: 60 }, () => total),
    positions: [
      { participant: 2, income: fen(0), expense: fen(246541) },
      { participant: 3, income: fen(246368), expense: fen(0) },
      { participant: 1, income: fen(173), expense: fen(0) }
    ],
    obligations: [
      { payer: 2, payee: 3, amount: fen(246368) },
      { payer: 2, payee: 1, amount: fen(173) }
    ]
  },
  centre: participants[0],
  agreements: [],
  files: [
    {
      id: 7,
      name: 'CD260302230000122058100000000001A',
      format: 'cttic',
      sender: 3,
      digest: Buffer.alloc(32, 0xab),
      size: 700_000,
      storedAs: '',
      lineCount: 1300,
      acceptedCount: 1290,
      rejectedCount: 10,
      amount: total.amount
    }
  ],
  refused: [],
  numbers: participants.map(({ id }) => ({ participant: id, number: 12, day, style: 2 })),
  accountOf: (id: number) => id,
  participantOf: (id: number) => participants.find((each) => each.id === id)!,
  numberOf: (participant: number) => ({ participant, number: 12, day, style: 2 }),
  style: 2,
  adjustment: null,
  corrections: [],
  notices: [],
  entries: [{ sequence: 41, participant: 3, account: 'settlement', amount: fen(246368) }],
  anchor: { day, lastSequence: 43, head: Buffer.alloc(32, 1), signature: Buffer.alloc(64), signedAt: new Date(0) },
  publicKey: '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAE\n-----END PUBLIC KEY-----\n'
} as unknown as DayPlan
const contents: PageContents = {
  files: [{ participant: 3, kind: 'CR', part: 1, name: 'CR26', size: 271, lines: 1, digest: Buffer.alloc(32, 2) }],
  rejects: [{ code: '020004', count: 10, keys: ['7:12', '7:900'] }]
}

describe('the statement as a PDF', () => {
  const pdf = statementPdf(plan, 3, contents)
  const text = pdf.toString('latin1')

  it('is the same bytes whenever it is made', () => expect(statementPdf(plan, 3, contents).equals(pdf)).toBe(true))

  it('points at each of its objects, and has as many pages as it takes', () => {
    const xref = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)![1])
    const offsets = [...text.slice(xref).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, offset]) => Number(offset))
    for (const [index, offset] of offsets.entries())
      expect(text.slice(offset, offset + 12)).toContain(`${index + 1} 0 obj`)
    expect(Number(/\/Count (\d+)/.exec(text)![1])).toBe(4)
  })

  it('carries a font of only the characters it uses, each of them drawn and mapped back to its text', () => {
    const at = text.indexOf('stream\n', text.indexOf('6 0 obj')) + 7
    const font = readTrueType(pdf.subarray(at, text.indexOf('\nendstream', at)))
    const glyphs = Array.from('结算单广州收单机构应收实收', (character) => font.glyphOf(character.codePointAt(0)!))
    expect(glyphs).not.toContain(0)
    expect(font.glyphOf('岭'.codePointAt(0)!)).toBe(0)
    expect(pdf.length).toBeLessThan(250_000)
    expect(text).toContain(Buffer.from('算', 'utf16le').swap16().toString('hex'))
  })

  it('prints a mark for a character no font has', () => {
    const document = createPdf()
    document.newPage()
    document.text(0, 0, '𰻝', { size: 9 })
    expect(document.widthOf('𰻝', 10)).toBe(10)
    expect(document.finish({ title: 't', createdAt: new Date(0) }).length).toBeGreaterThan(500)
  })
})

describe('the statement as a workbook', () => {
  const book = statementWorkbook(plan, 3, contents)

  /** The stored entries of the archive. */
  function entries(): Map<string, string> {
    const found = new Map<string, string>()
    for (let at = 0; book.readUInt32LE(at) === 0x04034b50;) {
      const [size, nameLength] = [book.readUInt32LE(at + 18), book.readUInt16LE(at + 26)]
      const name = book.toString('utf8', at + 30, at + 30 + nameLength)
      const bytes = book.subarray(at + 30 + nameLength, at + 30 + nameLength + size)
      expect(crc32(bytes)).toBe(book.readUInt32LE(at + 14))
      found.set(name, bytes.toString('utf8'))
      at += 30 + nameLength + size
    }
    return found
  }

  it('is the same bytes whenever it is made', () =>
    expect(statementWorkbook(plan, 3, contents).equals(book)).toBe(true))

  it('has a sheet for every table, with amounts as numbers that lost no place', () => {
    const parts = entries()
    const names = [...parts.get('xl/workbook.xml')!.matchAll(/sheet name="([^"]+)"/g)].map(([, name]) => name)
    expect(names).toEqual([
      '结算单',
      '汇总',
      '按对方机构与服务',
      '双边应收应付',
      '来源文件',
      '拒绝的交易',
      '随附文件',
      '账簿'
    ])
    const byParty = parts.get('xl/worksheets/sheet3.xml')!
    expect(byParty).toContain('<v>2468.00</v>')
    expect(byParty).toContain('<v>259.1400001</v>')
    expect(byParty).toContain('深圳发卡机构（221） 02215840')
    expect(parts.get('xl/worksheets/sheet1.xml')!).toContain('openssl dgst -sm3 -verify')
  })

  it('shows everybody’s position to the centre alone', () => {
    expect(statementWorkbook(plan, 1, contents).includes('轧差额')).toBe(true)
    expect(book.includes('轧差额')).toBe(false)
  })
})
