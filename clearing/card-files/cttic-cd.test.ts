import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../card-crypto/bytes.ts'
import { TAC_RECORD, TAC_VERDICT, tacBatch } from '../../card-crypto/tac-batch.ts'
import { daysBetween, type BusinessDay } from '../business-day.ts'
import { createTransactionBatch, type TransactionBatch } from '../ingestion/transaction-batch.ts'
import type { ParticipantLookup } from '../participants/participant-lookup.ts'
import { ctticCd } from './cttic-cd.ts'
import { cdDetail } from './cttic-layouts.ts'
import { errorCodes } from './error-codes.ts'
import { edgeBytes, type FileEdges } from './file-format.ts'
import { cdHeaderSample, cdSample, cdTrailerSample } from './test-samples.ts'

const lookup: ParticipantLookup = {
  issuers: new Map([[2_205_810, 1]]),
  acquirers: new Map([[12_215_840, 2]]),
  acquirersByName: new Map(),
  bins: [{ digits: 8, issuers: new Map([[31_048_703, 1]]) }],
  suspended: new Set()
}
const read = ctticCd.recordReader(lookup)
const line = cdSample.subarray(0, -2)
const end = Buffer.from('\r\n')

/** The sample line with some fields written over. */
function lineWith(changes: Partial<Record<keyof typeof cdDetail.offset, string>>): Buffer {
  const changed = Buffer.from(line)
  for (const [name, value] of Object.entries(changes))
    changed.write(value, cdDetail.offset[name as keyof typeof cdDetail.offset], 'latin1')
  return changed
}

function readAll(chunk: Buffer, capacity = 16): TransactionBatch {
  const batch = createTransactionBatch(capacity)
  read(chunk, batch, 2, 44)
  return batch
}

const codesOf = (batch: TransactionBatch): string[] =>
  [...batch.code.subarray(0, batch.count)].map((index) => errorCodes[index]!.code)
const codeOf = (changed: Buffer): string => codesOf(readAll(Buffer.concat([changed, end])))[0]!

describe('the reader of CD lines', () => {
  it('reads the sample line into every column', () => {
    const batch = readAll(cdSample)
    expect(batch.count).toBe(1)
    expect(codesOf(batch)).toEqual(['000000'])
    const row = Object.entries(batch).flatMap(([name, column]) => {
      if (!ArrayBuffer.isView(column) || name === 'tacRecords' || name.endsWith('Words')) return []
      return [[name, (column as Int32Array)[0]]]
    })
    expect(Object.fromEntries(row)).toEqual({
      code: 0,
      lineNumber: 2,
      byteOffset: 44,
      byteLength: 557,
      cardNumber: 3104870300000000017n,
      cardSequence: 5,
      terminalNumber: 123456789012n,
      terminalSequence: 0x123,
      occurredAt: Date.parse('2024-03-15T08:30:15+08:00'),
      day: daysBetween('2000-01-01' as BusinessDay, '2024-03-15' as BusinessDay),
      amount: 200,
      price: 200,
      balanceBefore: 5000,
      balanceAfter: 4800,
      tac: 0x17f993c9,
      key: 0x0101,
      service: 1,
      kind: 6,
      passage: 0,
      discount: 0,
      algorithm: 3,
      issuer: 1,
      binIssuer: 1,
      acquirer: 2
    })
    expect(batch.hasProof).toBe(true)
  })

  it('lays the TAC record out so that the card crypto proves it', () => {
    const batch = readAll(Buffer.concat([cdSample, lineWith({ tac: '17F993C8' }), end]))
    const verdicts = new Uint8Array(2)
    const key = fromHex('FFEEDDCCBBAA99887766554433221100')
    tacBatch([{ version: 1, index: 1, algorithm: '3des', key }]).verify(batch.tacRecords, 2, verdicts)
    expect(batch.tacRecords[TAC_RECORD.dataLength]).toBe(22)
    expect([...verdicts]).toEqual([TAC_VERDICT.valid, TAC_VERDICT.wrong])
  })

  it.each([
    [
      'an entry, which is never money',
      { purseKind: '09', amount: '000000000000', purseAmount: '00000000', balanceAfter: '00001388' },
      9,
      1
    ],
    ['an exit', { purseKind: '09' }, 9, 2],
    ['a single ride', { purseKind: '06' }, 6, 0]
  ])('tells %s', (_, changes, kind, passage) => {
    const batch = readAll(Buffer.concat([lineWith(changes), end]))
    expect([codesOf(batch)[0], batch.kind[0], batch.passage[0]]).toEqual(['000000', kind, passage])
  })

  it.each([
    ['4131', 1],
    ['4111', 2],
    ['4112', 2],
    ['4121', 4],
    ['4411', 6],
    ['5999', 0]
  ])('takes the service from merchant category %s', (merchantCategory, service) => {
    expect(readAll(Buffer.concat([lineWith({ merchantCategory }), end])).service[0]).toBe(service)
  })

  it('leaves it to the ladder to judge whom it does not know', () => {
    const batch = readAll(
      Buffer.concat([
        lineWith({ pan: '3104879900000000017', cardNumber: '3104879900000000017' }),
        end,
        lineWith({ issuer: '09995810', issuerId: '09995810' }),
        end,
        lineWith({ acquirer: '19995840', acquirerCode: '19995840', sender: '19995840' }),
        end
      ])
    )
    expect(codesOf(batch)).toEqual(['000000', '000000', '000000'])
    expect([...batch.binIssuer.subarray(0, 3)]).toEqual([-1, 1, 1])
    expect([...batch.issuer.subarray(0, 3)]).toEqual([1, -1, 1])
    expect([...batch.acquirer.subarray(0, 3)]).toEqual([2, 2, -1])
  })

  it('keeps 4-byte numbers with their high bit, and balances below zero', () => {
    const batch = readAll(
      Buffer.concat([
        lineWith({
          terminalSequence: 'FFFFFFFE',
          tac: 'FFFFFFFF',
          keyVersion: 'FE',
          balanceBefore: '00000064',
          balanceAfter: 'FFFFFF9C'
        }),
        end
      ])
    )
    expect(codesOf(batch)).toEqual(['000000'])
    expect([batch.terminalSequence[0], batch.tac[0], batch.balanceAfter[0]]).toEqual([-2, -1, -100])
    expect(batch.key[0]! & 0xffff).toBe(0xfe01)
  })

  it.each([
    ['020001', { tradeCode: '999' }],
    ['020080', { bitmap: 'A000' }],
    ['020080', { pan: '310487030000000001X', cardNumber: '310487030000000001X' }],
    ['020080', { pan: '3104870300000000018' }],
    ['020080', { pan: '3104870300000000   ', cardNumber: '3104870300000000    ' }],
    ['020026', { amount: '000000000201' }],
    ['020080', { amount: '00000000 200' }],
    ['020080', { purseAmount: '000000c8' }],
    ['020026', { purseAmount: 'FFFFFFFF', amount: '004294967295' }],
    ['020026', { balanceAfter: '000012C1' }],
    ['020026', { currency: '840' }],
    ['020001', { purseKind: '05' }],
    ['020001', { purseKind: '0x' }],
    ['020080', { terminalNumber: '12345678901A' }],
    ['020080', { terminalSequence: '0000012G' }],
    ['020080', { purseDate: '20240230' }],
    ['020080', { purseDate: '19991231' }],
    ['020080', { purseTime: '083060' }],
    ['020080', { tac: '17F993C ' }],
    ['020080', { keyVersion: '0-' }],
    ['020080', { cardSequence: '    ' }],
    ['020039', { issuer: '02215840' }],
    ['020039', { issuerId: '02205810FFFFFFFE' }],
    ['020080', { issuer: '0220581A' }],
    ['020080', { issuer: '02205810X' }],
    ['020037', { acquirerCode: '11616020' }],
    ['020038', { sender: '11616020' }],
    ['020080', { merchantCategory: '41 1' }],
    ['020022', { state: '01' }],
    ['020004', { algorithm: '09' }],
    ['020080', { algorithm: '??' }],
    ['020080', { discount: '00A0' }],
    ['020080', { price: 'ZZZZZZZZ' }],
    ['020080', { random: '0102\x0004' }],
    ['020080', { acquirerSequence: '00000000012X' }],
    ['020080', { acquirerDate: '20241301' }],
    ['020080', { retrievalReference: '\x1b[2J' }]
  ])('marks %s: %o', (code, changes) => {
    expect(codeOf(lineWith(changes))).toBe(code)
  })

  it.each([
    ['one byte short', line.subarray(0, -1), '020080'],
    ['one byte long', Buffer.concat([line, Buffer.from(' ')]), '020081'],
    ['empty', Buffer.alloc(0), '020080'],
    [
      'in UTF-8 with a longer name',
      Buffer.concat([line.subarray(0, 130), Buffer.from('深圳'), line.subarray(134)]),
      '020080'
    ],
    ['with another TLV tag', Buffer.concat([line, Buffer.from('20010000')]), '020081'],
    ['with a TLV longer than it says', Buffer.concat([line, Buffer.from('10000004abcde')]), '020016'],
    ['with a TLV shorter than it says', Buffer.concat([line, Buffer.from('10000009abcd')]), '020016'],
    ['with a TLV beyond 256', Buffer.concat([line, Buffer.from(`10000249${'x'.repeat(249)}`)]), '020080'],
    ['with a sound TLV', Buffer.concat([line, Buffer.from('10000004abcd30010000')]), '000000']
  ])('judges a line %s', (_, changed, code) => {
    expect(codeOf(changed)).toBe(code)
  })

  it('wants CRLF', () => {
    expect(codesOf(readAll(Buffer.concat([line, Buffer.from('\n'), cdSample])))).toEqual(['020080', '000000'])
    expect(codesOf(readAll(line))).toEqual(['020080'])
  })

  it('never lets a bad line hide the next, whatever the bytes', () => {
    const noise = fc
      .uint8Array({ maxLength: 700 })
      .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 10 ? 11 : byte))))
    fc.assert(
      fc.property(fc.array(fc.oneof(noise, fc.constant(line)), { maxLength: 10 }), (lines) => {
        const batch = readAll(Buffer.concat(lines.flatMap((each) => [each, end])))
        expect(batch.count).toBe(lines.length)
        expect(codesOf(batch).map((code) => code === '000000')).toEqual(lines.map((each) => each === line))
        let offset = 44
        lines.forEach((each, row) => {
          expect([batch.lineNumber[row], batch.byteOffset[row], batch.byteLength[row]]).toEqual([
            row + 2,
            offset,
            each.length
          ])
          offset += each.length + 2
        })
      })
    )
  })

  it('finds every one-byte change of what money and proof rest on', () => {
    const { offset, length } = cdDetail
    const vital = (
      ['amount', 'balanceAfter', 'balanceBefore', 'acquirer', 'issuer', 'currency', 'pan', 'state'] as const
    ).flatMap((name) => Array.from({ length: length[name] }, (_, index) => offset[name] + index))
    for (const at of vital) {
      const changed = Buffer.from(line)
      changed[at] = changed[at] === 0x31 ? 0x32 : 0x31
      expect([at, codeOf(changed)]).not.toEqual([at, '000000'])
    }
  })

  it('stops when the batch is full and goes on where it stopped', () => {
    const chunk = Buffer.concat(Array.from({ length: 5 }, () => cdSample))
    const batch = createTransactionBatch(3)
    const used = read(chunk, batch, 10, 1000)
    expect([used, batch.count, batch.lineNumber[2]]).toEqual([3 * cdSample.length, 3, 12])
    batch.count = 0
    expect(read(chunk.subarray(used), batch, 13, 1000 + used)).toBe(2 * cdSample.length)
    expect([batch.count, batch.lineNumber[1], batch.byteOffset[1]]).toEqual([2, 14, 1000 + 4 * cdSample.length])
  })
})

describe('the frame of a CD file', () => {
  const name = 'CD240315083015122158400000000019A'
  const sound = Buffer.concat([cdHeaderSample, end, cdSample, cdTrailerSample, end])

  function edgesOf(bytes: Buffer, named = name): FileEdges {
    const feeds = bytes.filter((byte) => byte === 10).length
    return {
      name: named,
      size: bytes.length,
      head: bytes.subarray(0, edgeBytes),
      tail: bytes.subarray(Math.max(0, bytes.length - edgeBytes)),
      lines: feeds + (bytes.length > 0 && bytes.at(-1) !== 10 ? 1 : 0)
    }
  }
  const withHeader = (at: number, text: string): Buffer => {
    const changed = Buffer.from(sound)
    changed.write(text, at, 'latin1')
    return changed
  }
  const trailer = (text: string): Buffer => Buffer.concat([cdHeaderSample, end, cdSample, Buffer.from(text), end])
  const long = Buffer.concat([
    cdHeaderSample,
    end,
    ...Array.from({ length: 300 }, () => cdSample),
    Buffer.from(`001    ${'302'.padStart(10, '0')}${' '.repeat(32)}`),
    end
  ])

  it.each([
    ['as the interface writes it', sound, 1],
    ['without an end to its last line', sound.subarray(0, -2), 1],
    ['longer than its edges', long, 300],
    ['without a ride', Buffer.concat([cdHeaderSample, end, Buffer.from(`001    0000000002${' '.repeat(32)}`), end]), 0],
    ['with an unused MAC of zeros', trailer(`001    0000000003${'0'.repeat(32)}`), 1]
  ])('opens %s', (_, bytes, records) => {
    expect(ctticCd.openFrame(edgesOf(bytes))).toEqual({
      firstByte: 44,
      endByte: 44 + records * cdSample.length,
      firstLine: 2,
      records,
      sender: '12215840'
    })
  })

  it.each([
    ['010001', 'a foreign name', edgesOf(sound, 'rides.txt')],
    ['010003', 'another type', edgesOf(sound, name.replace('CD', 'BP'))],
    ['010016', 'nothing', edgesOf(Buffer.alloc(0))],
    ['010010', 'a zip', edgesOf(Buffer.from('PK\x03\x04...'))],
    ['010010', 'a gzip', edgesOf(Buffer.from([0x1f, 0x8b, 8, 0]))],
    ['010010', 'NUL bytes', edgesOf(withHeader(60, '\0'))],
    ['010010', 'no header', edgesOf(sound.subarray(44))],
    ['010010', 'a header without CR', edgesOf(withHeader(42, ' \n'))],
    ['010010', 'neither PROD nor TEST', edgesOf(withHeader(30, 'DEMO'))],
    [
      '010010',
      'UTF-8',
      edgesOf(Buffer.concat([sound.subarray(0, 180), Buffer.from('深圳巴士集团'), sound.subarray(192)]))
    ],
    ['010010', 'a byte-order mark', edgesOf(Buffer.concat([Buffer.from('\ufeff'), sound]))],
    ['010009', 'another organisation in the header', edgesOf(withHeader(7, '11616020'))],
    ['010006', 'a test file', edgesOf(withHeader(30, 'TEST'))],
    ['010007', 'another version', edgesOf(withHeader(34, '00000002'))],
    ['010013', 'a header day that is none', edgesOf(withHeader(18, '240230'))],
    ['010011', 'a file cut within its trailer', edgesOf(sound.subarray(0, -10))],
    ['010011', 'a file cut within a record', edgesOf(sound.subarray(0, 300))],
    ['010011', 'a file cut after its header', edgesOf(sound.subarray(0, 44))],
    ['010011', 'lines after the trailer', edgesOf(Buffer.concat([sound, cdSample]))],
    ['010014', 'a trailer that counts wrong', edgesOf(trailer(`001    0000000004${' '.repeat(32)}`))],
    ['010014', 'a trailer that counts in letters', edgesOf(trailer(`001    00000000A3${' '.repeat(32)}`))],
    ['010014', 'a line lost on the way', edgesOf(Buffer.concat([sound.subarray(0, 44), cdTrailerSample, end]))],
    ['010019', 'a MAC nobody agreed on', edgesOf(trailer(`001    0000000003${' '.repeat(16)}0123456789ABCDEF`))]
  ])('refuses with %s %s', (fault, _, edges) => {
    expect(ctticCd.openFrame(edges)).toMatchObject({ fault })
  })

  it('takes Chinese text in GBK', () => {
    const gbk = withHeader(172, Buffer.from([0xc9, 0xee, 0xdb, 0xda, 0xb0, 0xcd, 0xca, 0xbf]).toString('latin1'))
    expect(ctticCd.openFrame(edgesOf(gbk))).toMatchObject({ records: 1 })
  })
})
