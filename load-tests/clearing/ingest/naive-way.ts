// The way one would write it first: a line at a time, an object per line, a cipher object per step of every TAC, and a thousand
// rows per insert.
import { createCipheriv } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { tacKey } from '../../../card-crypto/tac.ts'
import type { TacRootKey } from '../../../card-crypto/tac-batch.ts'
import { cdDetail, type CdDetail } from '../../../clearing/card-files/cttic-layouts.ts'
import { transaction, type Database } from '../../../clearing/database.ts'

const rowsPerInsert = 1000

export interface NaiveOrder {
  path: string
  /** So many records from the beginning. */
  records: number
  roots: readonly TacRootKey[]
  participants: ReadonlyMap<string, number>
}

/** Answers the rows it put in. */
export async function ingestNaively(
  sql: Database,
  { path, records, roots, participants }: NaiveOrder
): Promise<number> {
  let rows: Record<string, unknown>[] = []
  let read = 0
  let inserted = 0
  const flush = async (): Promise<void> => {
    const full = rows
    rows = []
    if (full.length === 0) return
    await transaction(sql, async (tx) => {
      const done = await tx`insert into card_transaction ${tx(full)} on conflict do nothing`
      inserted += done.count
    })
  }
  for await (const line of createInterface({ input: createReadStream(path, 'latin1') })) {
    if (line.startsWith('000') || line.startsWith('001')) continue
    if (++read > records) break
    const record = cdDetail.read(Buffer.from(line, 'latin1'))
    if (!provesItself(record, roots)) continue
    rows.push(rowOf(record, read + 1, participants))
    if (rows.length === rowsPerInsert) await flush()
  }
  await flush()
  return inserted
}

function provesItself(record: CdDetail, roots: readonly TacRootKey[]): boolean {
  const algorithm = record.algorithm === '04' ? 'sm4' : '3des'
  const root = roots.find((each) => each.algorithm === algorithm)!
  const issuerKey = diversify(algorithm, root.key, Buffer.from(record.issuerId, 'hex'))
  const cardKey = diversify(algorithm, issuerKey, Buffer.from(record.cardNumber.trimEnd().slice(-16), 'hex'))
  const data = Buffer.from(
    [
      record.purseAmount.toString(16).padStart(8, '0'),
      record.purseKind,
      record.terminalNumber,
      record.terminalSequence.toString(16).padStart(8, '0'),
      record.purseDate,
      record.purseTime
    ].join(''),
    'hex'
  )
  return mac(algorithm, tacKey(algorithm, cardKey), data).toString('hex').toUpperCase() === record.tac
}

function diversify(algorithm: TacRootKey['algorithm'], key: Uint8Array, factor: Buffer): Buffer {
  const cipher = createCipheriv(algorithm === 'sm4' ? 'sm4-ecb' : 'des-ede', key, null).setAutoPadding(false)
  return cipher.update(Buffer.concat([factor, factor.map((byte) => ~byte)]))
}

/** The first four bytes of the last block; single DES is triple DES with one key thrice. */
function mac(algorithm: TacRootKey['algorithm'], key: Uint8Array, data: Buffer): Buffer {
  const block = algorithm === 'sm4' ? 16 : 8
  const padded = Buffer.alloc(Math.ceil((data.length + 1) / block) * block)
  data.copy(padded)
  padded[data.length] = 0x80
  const cipher =
    algorithm === 'sm4'
      ? createCipheriv('sm4-cbc', key, Buffer.alloc(16))
      : createCipheriv('des-ede-cbc', Buffer.concat([key, key]), Buffer.alloc(8))
  return cipher.setAutoPadding(false).update(padded).subarray(-block).subarray(0, 4)
}

function rowOf(record: CdDetail, line: number, participants: ReadonlyMap<string, number>): Record<string, unknown> {
  const { purseDate: date, purseTime: time } = record
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`
  return {
    transactionDay: day,
    cardNumber: record.pan,
    cardSequence: record.cardSequence,
    terminalNumber: record.terminalNumber,
    terminalSequence: record.terminalSequence | 0,
    occurredAt: new Date(`${day}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}+08:00`),
    amount: record.purseAmount,
    price: record.price,
    balanceBefore: record.balanceBefore,
    tac: Number.parseInt(record.tac, 16) | 0,
    fileId: 1,
    lineNumber: line,
    issuer: participants.get(record.issuer.trimEnd()) ?? 0,
    acquirer: participants.get(record.acquirer.trimEnd()) ?? 0,
    key: (record.keyVersion << 8) | record.keyIndex,
    service: 1,
    kind: Number(record.purseKind),
    passage: 0,
    discount: Number(record.discount),
    algorithm: record.algorithm === '04' ? 4 : 3
  }
}
