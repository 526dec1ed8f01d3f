import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BusinessDay } from '../business-day.ts'
import type { ExactFen } from '../money.ts'
import { cdDetail, cdHeader, cdTrailer, purseSegment, purseSegmentStart } from './cttic-layouts.ts'
import { digits, encodeGbk, exactFen, filler, fixedWidth, hexNumber, number, text } from './fixed-width.ts'
import {
  binRecord,
  bpRecord,
  clRecord,
  crRecord,
  disputeHeader,
  errorRecord,
  fbRecord,
  hotlistRecord,
  ldRecord,
  readResultHeader,
  writeListHeader,
  writeResultHeader
} from './result-layouts.ts'
import {
  bnSample,
  bpSample,
  cdHeaderSample,
  cdSample,
  cdTrailerSample,
  clSample,
  crSample,
  dcSample,
  erSample,
  fbSample,
  ldSample
} from './test-samples.ts'

const clearingDay = '2024-03-16' as BusinessDay
const receiver = '12215840'
const exact = (fee: string): ExactFen => fee as ExactFen

describe('the sample files of the interface', () => {
  it('have the widths the interface states', () => {
    expect(ldRecord.width).toBe(150)
    expect(bpRecord.width).toBe(182)
    expect(crRecord.width).toBe(216)
    expect(fbRecord.width).toBe(363)
    expect(clRecord.width).toBe(335 + 158 + 2)
    expect(cdDetail.width).toBe(269 + 142 + 146)
    expect(purseSegmentStart).toBe(269)
    expect(disputeHeader.width).toBe(47)
    expect([ldSample, bpSample, crSample, dcSample, bnSample, erSample].map((file) => file.length)).toEqual([
      205, 237, 271, 65, 55, 80
    ])
  })

  it('LD is written byte for byte', () => {
    const record = {
      fileSequence: '00000007',
      fileIndex: '0001',
      fileName: 'CD240315083015122158400000000019A',
      code: '000000',
      description: 'SUCCESS'
    }
    const header = writeResultHeader({ kind: 'LD', records: 1, clearingDay, receiver })
    expect(Buffer.concat([header, ldRecord.write(record)])).toEqual(ldSample)
    expect(ldRecord.read(ldSample, 55)).toEqual(record)
  })

  it('BP is written byte for byte', () => {
    const record = { income: 1997, expense: 0, testIncome: 0, testExpense: 0, depositChange: 1997, sign: '0' }
    const header = writeResultHeader({ kind: 'BP', records: 1, clearingDay, receiver })
    expect(Buffer.concat([header, bpRecord.write(record)])).toEqual(bpSample)
    expect(bpRecord.read(bpSample, 55)).toEqual(record)
  })

  it('CR is written byte for byte, in GBK', () => {
    const record = {
      acquirer: '12215840',
      receiver: '02205810',
      issuer: '02205810',
      sender: '12215840',
      business: '8451',
      adjustment: '0',
      code: '000000',
      description: '成功交易',
      transactions: 10,
      amount: 2000,
      acquirerFee: 4,
      disputeFee: 0,
      issuerFee: 2,
      centreFee: 1,
      test: '0'
    }
    const header = writeResultHeader({ kind: 'CR', records: 1, clearingDay, receiver })
    expect(Buffer.concat([header, crRecord.write(record)])).toEqual(crSample)
    expect(crRecord.read(crSample, 55)).toEqual(record)
  })

  it('FB and CL are written byte for byte, and CL holds the purse segment of the CD line', () => {
    const fb = fbRecord.read(fbSample)
    expect(fb).toMatchObject({ cardNumber: '3104870300000000017', cardSequence: 5, balanceBefore: 5000, amount: 200 })
    expect(fb).toMatchObject({ fee: '0.7', issuerFee: '0.21', acquirerFee: '0.35', description: 'SUCCESS' })
    expect(fbRecord.write(fb)).toEqual(fbSample)
    const cl = clRecord.read(clSample)
    expect(cl).toMatchObject({ algorithm: '00', balanceKind: '0', merchantCategory: '4131', channel: '03' })
    expect(clRecord.write(cl)).toEqual(clSample)
    const purse = cdSample.subarray(purseSegmentStart, purseSegmentStart + purseSegment.width)
    expect(clSample.includes(purse)).toBe(true)
    expect(cl.purseSegment.padEnd(142)).toBe(purse.toString('latin1'))
  })

  it('a CD detail record is read and written byte for byte', () => {
    const record = cdDetail.read(cdSample)
    expect(record).toMatchObject({
      pan: '3104870300000000017',
      amount: 200,
      merchantName: 'SZ BUS',
      acquirer: '12215840',
      terminalNumber: '123456789012',
      terminalSequence: 0x123,
      purseDate: '20240315',
      purseTime: '083015',
      tac: '17F993C9',
      cardSequence: 5,
      balanceAfter: 4800,
      balanceBefore: 5000,
      price: 200,
      issuerId: '02205810FFFFFFFF'
    })
    expect(Buffer.concat([cdDetail.write(record), Buffer.from('\r\n')])).toEqual(cdSample)
  })

  it('the frame of a CD file is written byte for byte', () => {
    const header = {
      organisation: '12215840',
      batchDate: '240315',
      settlementDate: '240315',
      environment: 'PROD',
      version: '00000001'
    }
    expect(cdHeader.write(header)).toEqual(cdHeaderSample)
    expect(cdHeader.read(cdHeaderSample)).toEqual(header)
    expect(cdTrailer.write({ records: 3, macKey: '', mac: '' })).toEqual(cdTrailerSample)
  })

  it('the lists DC, BN and ER are written byte for byte', () => {
    const header = writeListHeader(1)
    expect(header).toHaveLength(32)
    const card = hotlistRecord.write({ issuer: '02205810', cardNumber: '3104870300000000017' })
    expect(Buffer.concat([header, card])).toEqual(dcSample)
    expect(Buffer.concat([header, binRecord.write({ issuer: '02205810', bin: '31048703' })])).toEqual(bnSample)
    const error = errorRecord.write({ code: '020004', description: 'tac或tc校验不正确' })
    expect(Buffer.concat([header, error])).toEqual(erSample)
  })
})

describe('a result file read back', () => {
  it('is as long as its header says', () => {
    expect(readResultHeader('BP', bpSample)).toMatchObject({ records: 1, clearingDay: '20240316', receiver })
  })

  it.each([
    ['cut short', bpSample.subarray(0, 200), 'does not hold 1 records'],
    ['of another version', Buffer.concat([Buffer.from('02'), bpSample.subarray(2)]), 'version 02'],
    ['of another kind', ldSample, 'record length 0150']
  ])('is refused when it is %s', (_, bytes, reason) => {
    expect(() => readResultHeader('BP', bytes)).toThrow(reason)
  })

  it('cannot count beyond six digits', () => {
    expect(() => writeResultHeader({ kind: 'FB', records: 1_000_000, clearingDay, receiver })).toThrow('records')
  })
})

describe('a layout', () => {
  const layout = fixedWidth([
    text('name', 10),
    number('amount', 6),
    digits('code', 3),
    filler('F', 2),
    hexNumber('sequence', 4),
    exactFen('fee', 12)
  ])
  const sample = { name: '深圳', amount: 42, code: '007', sequence: 0xbeef, fee: exact('0.0035') }

  it('pads text right in GBK, numbers left, and fills reserves', () => {
    expect(layout.write(sample)).toEqual(
      Buffer.concat([encodeGbk('深圳'), Buffer.from('      000042007FFBEEF0.0035      ', 'latin1')])
    )
  })

  it('tells where every field lies', () => {
    expect(layout.offset).toEqual({ name: 0, amount: 10, code: 16, sequence: 21, fee: 25 })
    expect(layout.length.fee).toBe(12)
  })

  it('gives back what was written, whatever it was', () => {
    const places = fc.stringMatching(/^(0|[1-9]\d{0,2})(\.\d{0,6}[1-9])?$/).map(exact)
    const record = fc.record({
      name: fc.stringMatching(/^[一-龥A-Za-z]{0,5}$/),
      amount: fc.integer({ min: 0, max: 999_999 }),
      code: fc.stringMatching(/^\d{3}$/),
      sequence: fc.integer({ min: 0, max: 0xffff }),
      fee: places
    })
    fc.assert(
      fc.property(record, (value) => {
        expect(layout.read(layout.write(value))).toEqual(value)
      })
    )
  })

  it.each([
    ['name', { ...sample, name: '一二三四五六' }],
    ['name', { ...sample, name: 'a\nb' }],
    ['name', { ...sample, name: '😀' }],
    ['amount', { ...sample, amount: 1_000_000 }],
    ['amount', { ...sample, amount: -1 }],
    ['amount', { ...sample, amount: 0.5 }],
    ['code', { ...sample, code: '7' }],
    ['sequence', { ...sample, sequence: 0x10000 }],
    ['fee', { ...sample, fee: exact('0.12345678') }],
    ['fee', { ...sample, fee: exact('12345678901.5') }]
  ])('refuses to write a %s that does not fit', (_, value) => {
    expect(() => layout.write(value)).toThrow(RangeError)
  })

  it.each([
    ['amount', 10, '0000 2'],
    ['amount', 10, '-00042'],
    ['code', 16, '0x7'],
    ['sequence', 21, 'BEEG'],
    ['fee', 25, '1,5         '],
    ['fee', 25, '            '],
    ['fee', 25, '.           ']
  ])('names the field it cannot read: %s', (name, at, garbage) => {
    const bytes = layout.write(sample)
    bytes.write(garbage, at, 'latin1')
    expect(() => layout.read(bytes)).toThrow(new RegExp(`^${name}`))
  })

  it('refuses a line that is too short', () => {
    expect(() => layout.read(layout.write(sample).subarray(1))).toThrow('36 bytes where a record takes 37')
  })

  it.each([
    ['.7', '0.7'],
    ['0.70', '0.7'],
    ['007', '7'],
    ['-.5', '-0.5'],
    ['0.0000000', '0'],
    ['-0', '0'],
    ['3.', '3']
  ])('reads the fee %s leniently', (written, value) => {
    const bytes = layout.write(sample)
    bytes.write(written.padEnd(12), 25, 'latin1')
    expect(layout.read(bytes).fee).toBe(value)
  })
})
