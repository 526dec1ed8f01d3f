import { describe, expect, it } from 'vitest'
import { sm3 } from '../../card-crypto/sm3.ts'
import { hex } from '../../card-crypto/bytes.ts'
import { TAC_VERDICT, tacBatch } from '../../card-crypto/tac-batch.ts'
import type { BusinessDay } from '../business-day.ts'
import { ctticCd } from '../card-files/cttic-cd.ts'
import { cdDetail } from '../card-files/cttic-layouts.ts'
import { edgeBytes, type Frame } from '../card-files/file-format.ts'
import { createTransactionBatch, unknownParticipant, type TransactionBatch } from '../ingestion/transaction-batch.ts'
import { guangdongBins, guangdongParticipants } from '../participants/guangdong.ts'
import { buildParticipantLookup } from '../participants/participant-lookup.ts'
import { fabricateCardDay, type FabricationOptions } from './fabricate-card-day.ts'
import type { Manifest } from './manifest.ts'
import { sampleTacRoots } from './sample-keys.ts'

const day = '2026-03-02' as BusinessDay
const tacs = tacBatch(sampleTacRoots)
const options: FabricationOptions = {
  transactions: 20_000,
  seed: 7,
  day,
  signTacs: (records, count) => tacs.stamp(records, count)
}

interface Fabricated {
  manifest: Manifest
  files: Map<string, Buffer>
}

async function fabricate(changes: Partial<FabricationOptions> = {}): Promise<Fabricated> {
  const pieces = new Map<string, Uint8Array[]>()
  const manifest = await fabricateCardDay({ ...options, ...changes }, (name, bytes) => {
    pieces.set(name, [...(pieces.get(name) ?? []), bytes])
  })
  return { manifest, files: new Map([...pieces].map(([name, parts]) => [name, Buffer.concat(parts)])) }
}

const participants = guangdongParticipants().map((each, index) => ({
  ...each,
  id: index + 1,
  state: 'active' as const,
  settlesThrough: null
}))
const idOf = new Map(participants.map((each) => [each.code, each.id]))
const codeOf = new Map(participants.map((each) => [each.id, each.code]))
const bins = guangdongBins().map(({ bin, issuerCode, validFrom }) => ({
  bin,
  issuer: idOf.get(issuerCode)!,
  validFrom,
  validTo: null
}))
const lookup = buildParticipantLookup(participants, bins, day)

function frameOf(name: string, bytes: Buffer): Frame {
  const frame = ctticCd.openFrame({
    name,
    size: bytes.length,
    head: bytes.subarray(0, edgeBytes),
    tail: bytes.subarray(Math.max(0, bytes.length - edgeBytes)),
    lines: bytes.filter((byte) => byte === 10).length
  })
  if ('fault' in frame) throw new Error(`${name}: ${frame.fault} ${frame.detail}`)
  return frame
}

/** All lines of all files, as the ingestion would see them. */
function readBack({ files, manifest }: Fabricated): TransactionBatch {
  const batch = createTransactionBatch(manifest.lines)
  const read = ctticCd.recordReader(lookup)
  for (const [name, bytes] of files) {
    const frame = frameOf(name, bytes)
    read(bytes.subarray(frame.firstByte, frame.endByte), batch, frame.firstLine, frame.firstByte)
  }
  return batch
}

const made = await fabricate()
const batch = readBack(made)
const verdicts = new Uint8Array(batch.count)
tacs.verify(batch.tacRecords, batch.count, verdicts)
const rows = Array.from({ length: batch.count }, (_, row) => row)
const keyOf = (row: number): string => `${batch.cardNumber[row]} ${batch.cardSequence[row]}`
const hotlisted = new Set(made.manifest.hotlist.map((entry) => BigInt(entry.cardNumber)))
const today = Math.max(...batch.day)

/** The judgement of a ladder that knows no more than the manifest's promises. */
function verdictOf(row: number, seen: Set<string>): string {
  if (batch.binIssuer[row] === unknownParticipant) return '020013'
  if (hotlisted.has(batch.cardNumber[row]!)) return '020009'
  if (batch.day[row]! < today - 30) return '020005'
  if (verdicts[row] !== TAC_VERDICT.valid) return '020004'
  if (seen.has(keyOf(row))) return '020002'
  seen.add(keyOf(row))
  return '000000'
}

const seen = new Set<string>()
const judged = rows.map((row) => verdictOf(row, seen))
const accepted = rows.filter((row) => judged[row] === '000000')

describe('a fabricated card day', () => {
  it('is as many lines as asked for, in whole files of several acquirers, none malformed', () => {
    expect(batch.count).toBe(20_000)
    expect(batch.code.every((code) => code === 0)).toBe(true)
    expect(made.manifest.files).toHaveLength(6)
    expect(made.manifest.files.reduce((sum, file) => sum + file.lines, 0)).toBe(20_000)
    expect([...made.files.keys()].sort()).toEqual(made.manifest.files.map((file) => file.name).sort())
    for (const file of made.manifest.files) {
      expect(frameOf(file.name, made.files.get(file.name)!)).toMatchObject({
        records: file.lines,
        sender: file.acquirer
      })
    }
  })

  it('holds exactly the troubles its manifest names', () => {
    const counts: Record<string, number> = {}
    for (const code of judged) if (code !== '000000') counts[code] = (counts[code] ?? 0) + 1
    expect(counts).toEqual({ '020004': 10, '020002': 10, '020013': 4, '020009': 8, '020005': 4 })
    expect(made.manifest.rejected).toEqual(counts)
  })

  it('comes to the sums of its manifest, by acquirer, issuer and service', () => {
    const totals = new Map<string, { transactions: number; entries: number; amount: number; price: number }>()
    for (const row of accepted) {
      const key = `${codeOf.get(batch.acquirer[row]!)} ${codeOf.get(batch.issuer[row]!)} ${batch.service[row]}`
      const total = totals.getOrInsertComputed(key, () => ({ transactions: 0, entries: 0, amount: 0, price: 0 }))
      total.transactions++
      total.entries += batch.passage[row] === 1 ? 1 : 0
      total.amount += batch.amount[row]!
      total.price += batch.price[row]!
    }
    const expected = made.manifest.totals.map(({ acquirer, issuer, service, ...total }) => [
      `${acquirer} ${issuer} ${service}`,
      total
    ])
    expect(Object.fromEntries(totals)).toEqual(Object.fromEntries(expected))
    expect(made.manifest.accepted).toBe(accepted.length)
    expect(made.manifest.amount).toBe(accepted.reduce((sum, row) => sum + batch.amount[row]!, 0))
    expect(made.manifest.price).toBeGreaterThan(made.manifest.amount)
  })

  it('keeps each card’s counter and balance from ride to ride, but for loads', () => {
    const byCard = new Map<bigint, number[]>()
    for (const row of rows) {
      if (judged[row] === '020002') continue
      byCard.getOrInsertComputed(batch.cardNumber[row]!, () => []).push(row)
    }
    let rides = 0
    for (const [, ofCard] of byCard) {
      ofCard.sort((a, b) => batch.cardSequence[a]! - batch.cardSequence[b]!)
      for (const [index, row] of ofCard.entries()) {
        const previous = ofCard[index - 1]
        if (previous === undefined) continue
        rides++
        expect(batch.cardSequence[row]).toBe(batch.cardSequence[previous]! + 1)
        expect(batch.occurredAt[row]).toBeGreaterThanOrEqual(batch.occurredAt[previous]!)
        expect([0, 10_000]).toContain(batch.balanceBefore[row]! - batch.balanceAfter[previous]!)
        if (batch.passage[row] === 2)
          expect([batch.passage[previous], batch.acquirer[previous]]).toEqual([1, batch.acquirer[row]])
      }
    }
    expect(rides).toBeGreaterThan(15_000)
    expect(Math.min(...batch.balanceAfter)).toBeGreaterThanOrEqual(0)
  })

  it('gives no terminal the same sequence twice, except in lines sent twice', () => {
    const keys = new Set(rows.map((row) => `${batch.terminalNumber[row]} ${batch.terminalSequence[row]}`))
    expect(keys.size).toBe(20_000 - 10)
  })

  it('has both algorithms and every issuer, service, passage and discount', () => {
    const kinds = (column: ArrayLike<number>): number[] =>
      [...new Set(accepted.map((row) => column[row]!))].sort((a, b) => a - b)
    expect(kinds(batch.algorithm)).toEqual([3, 4])
    expect(kinds(batch.service)).toEqual([1, 2, 6])
    expect(kinds(batch.passage)).toEqual([0, 1, 2])
    expect(kinds(batch.discount)).toEqual([0, 1, 2, 3])
    expect(kinds(batch.issuer)).toHaveLength(17)
    const wire = new Set(
      rowsOf(made).map((line) => line.toString('latin1', cdDetail.offset.algorithm, cdDetail.offset.algorithm + 2))
    )
    expect([...wire].sort()).toEqual(['00', '01', '04'])
    const entries = accepted.filter((row) => batch.passage[row] === 1)
    expect(entries.every((row) => batch.amount[row] === 0 && batch.kind[row] === 9)).toBe(true)
  })

  it('has late lines of the day before, which are good', () => {
    expect(accepted.filter((row) => batch.day[row] === today - 1)).toHaveLength(40)
  })

  it('is the same bytes for the same seed, whatever the pieces, and others for another', async () => {
    const digests = ({ files }: Fabricated): string[] => [...files].map(([name, bytes]) => `${name} ${hex(sm3(bytes))}`)
    const [again, other] = [await fabricate(), await fabricate({ seed: 8 })]
    expect(digests(again)).toEqual(digests(made))
    expect(again.manifest).toEqual(made.manifest)
    expect(digests(other)).not.toEqual(digests(made))
  })

  it('is the same bytes when every ride is tapped by a card in software at a terminal with a PSAM', async () => {
    const [quick, tapped] = [
      await fabricate({ transactions: 4_000 }),
      await fabricate({ transactions: 4_000, signTacs: undefined })
    ]
    expect([...tapped.files.keys()]).toEqual([...quick.files.keys()])
    for (const [name, bytes] of tapped.files) expect(hex(sm3(bytes))).toBe(hex(sm3(quick.files.get(name)!)))
    expect(tapped.manifest).toEqual(quick.manifest)
  })

  it('can be one file, several files of one acquirer, and one without trouble', async () => {
    const troubles = { badTacs: 0, duplicates: 0, unknownIssuers: 0, hotlisted: 0, overdue: 0, late: 0 }
    const clean = await fabricate({ transactions: 1000, acquirers: ['12215840'], recordsPerFile: 400, troubles })
    expect(clean.manifest.files.map((file) => [file.name, file.lines])).toEqual([
      ['CD260302233000122158400000000001A', 400],
      ['CD260302233000122158400000000002A', 400],
      ['CD260302233000122158400000000003A', 200]
    ])
    expect([clean.manifest.accepted, clean.manifest.rejected]).toEqual([1000, {}])
    expect(readBack(clean).count).toBe(1000)
  })

  it('refuses more trouble than there are lines', async () => {
    await expect(fabricate({ transactions: 10, troubles: { badTacs: 6 } })).rejects.toThrow('do not fit')
  })
})

function rowsOf({ files }: Fabricated): Buffer[] {
  return [...files].flatMap(([name, bytes]) => {
    const { firstByte, records } = frameOf(name, bytes)
    const stride = cdDetail.width + 2
    return Array.from({ length: records }, (_, row) =>
      bytes.subarray(firstByte + row * stride, firstByte + (row + 1) * stride)
    )
  })
}
