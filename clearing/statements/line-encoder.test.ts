import { expect, it } from 'vitest'
import { cdDetail } from '../card-files/cttic-layouts.ts'
import { errorCodes, errorIndex } from '../card-files/error-codes.ts'
import { clRecord, fbRecord } from '../card-files/result-layouts.ts'
import { fen } from '../money.ts'
import { feeFor } from '../rating/fee-rules.ts'
import { feeText, writeAcceptedFb, writeCl, writeRejectedFb, type UploadedLine } from './line-encoder.ts'

// The sample line and what becomes of it, byte for byte from card.md §2.15 (a dot is a space).
const uploaded =
  '362B00031048703000000000170000000002001560315083015000123000000031524031500012312215840···12215840···413156789012122158404131001SZ·BUS··································000000000000000000000000000000000000030085800···02205810···003·········000000000000000000001·········3104870300000000017·000000C806123456789012000001232024031508301517F993C901010005000012C002205810FFFFFFFF01020304······································································································000112215840···00000000012320240315000000000000000000001388000000C80000···'
const feedback =
  '00000007000100000000012320240315240315000123845112215840···02205810···12215840···12215840···4131033104870300000000017·00000500000000500000000000020020240315083015000000SUCCESS·································00.7·························0.21························0.35····················································FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF'
const forIssuer =
  '00000007000100000000012320240315240315000123845112215840···12215840···02205810···02205810···12215840···4131033104870300000000017·00000500000000500000000000020020240315083015000000000SUCCESS·································00.7·························0.21························0.35····················································10000150300101423104870300000000017·000000C806123456789012000001232024031508301517F993C901010005000012C002205810FFFFFFFF01020304······························'

const spaced = (text: string): string => text.replaceAll('·', ' ')
const bytes = Buffer.from(`junk${spaced(uploaded)}`, 'latin1')
const line: UploadedLine = { bytes, at: 4, length: bytes.length - 4, serial: 70_001 }
const fee = feeText(feeFor(fen(200), { chargeRate: '0.00350', acquirerShare: '0.50', issuerShare: '0.30' }))

it('writes the sample FB record', () => {
  const target = Buffer.alloc(3 + fbRecord.width, '#')
  writeAcceptedFb(target, 3, line, fee)
  expect(target.toString('latin1', 3)).toBe(`${spaced(feedback)}\r\n`)
  expect(target.toString('latin1', 0, 3)).toBe('###')
})

it('writes the sample CL record with segment 2 whole', () => {
  const target = Buffer.alloc(clRecord.width)
  writeCl(target, 0, line, fee)
  expect(target.toString('latin1')).toBe(`${spaced(forIssuer)}\r\n`)
})

it('answers a rejected line with its code, without fees, and readable whatever it holds', () => {
  const target = Buffer.alloc(fbRecord.width)
  for (const [name, spoil] of Object.entries({
    nothing: () => undefined,
    'control characters': (copy: Buffer) => copy.fill(7),
    'bytes above 127': (copy: Buffer) => copy.fill(0xfe, 4),
    'letters for digits': (copy: Buffer) => copy.fill('x', cdDetail.offset.amount, cdDetail.offset.amount + 12)
  })) {
    const copy = Buffer.from(bytes.subarray(4))
    spoil(copy)
    writeRejectedFb(target, 0, { bytes: copy, at: 0, length: copy.length, serial: 9 }, errorIndex('020004'))
    const record = fbRecord.read(target)
    expect(record, name).toMatchObject({ code: '020004', description: 'tac或tc校验不正确', fee: '0', issuerFee: '0' })
    expect(record.clearingSequence).toBe('000000000009')
  }
  writeRejectedFb(target, 0, { bytes: Buffer.from('short'), at: 0, length: 5, serial: 1 }, errorIndex('020080'))
  expect(fbRecord.read(target)).toMatchObject({ code: '020080', cardNumber: '', amount: 0 })
})

it('keeps what a rejected line says where it can be read', () => {
  const target = Buffer.alloc(fbRecord.width)
  writeRejectedFb(target, 0, line, errorIndex('020009'))
  const record = fbRecord.read(target)
  expect(record).toMatchObject({ cardNumber: '3104870300000000017', amount: 200, cardSequence: 5, balanceBefore: 5000 })
})

it('has a description that fits for every code', () => {
  const target = Buffer.alloc(fbRecord.width)
  for (const [index, { code, chinese }] of errorCodes.entries()) {
    if (index === 0) continue
    writeRejectedFb(target, 0, line, index)
    expect(fbRecord.read(target)).toMatchObject({ code, description: chinese })
  }
})
