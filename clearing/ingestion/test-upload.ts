// Small CD uploads for tests: rides that differ as little from the published sample line as they are told to, with TACs of a
// test key, and every part of the frame open to being spoilt.
import { tacBatch, TAC_RECORD } from '../../card-crypto/tac-batch.ts'
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { ctticCd } from '../card-files/cttic-cd.ts'
import { cdDetail, cdHeader, cdTrailer, type CdDetail } from '../card-files/cttic-layouts.ts'
import { lineEnd } from '../card-files/fixed-width.ts'
import { cdSample } from '../card-files/test-samples.ts'
import { buildParticipantLookup } from '../participants/participant-lookup.ts'
import type { BusinessDay } from '../business-day.ts'
import { createTransactionBatch } from './transaction-batch.ts'

const rootKey = new Uint8Array(16).fill(0x31)

export async function importSampleKey(keys: KeyStore): Promise<void> {
  await keys.importKey({ purpose: 'tac', scope: '', version: 1, index: 1, algorithm: '3des' }, rootKey)
}

export interface Ride {
  /** Last digits of the card number and the card's own counter: together the card's key. */
  card: number
  counter: number
  /** Terminal and its counter: the other key. */
  terminal: number
  terminalCounter: number
  amount: number
  /** YYYYMMDD */
  date: string
  /** Any further field as the line shall carry it. */
  fields: Partial<CdDetail>
}

/** Ride number n of many that have nothing in common. */
export function ride(n: number, changes: Partial<Ride> = {}): Ride {
  return { card: n, counter: 5, terminal: 1, terminalCounter: n, amount: 200, date: '20240315', fields: {}, ...changes }
}

/** One line with its line end and a TAC that proves what it says. */
export function rideLine({ card, counter, terminal, terminalCounter, amount, date, fields }: Ride): Buffer {
  const pan = `31048703${String(card).padStart(11, '0')}`
  const balanceBefore = 5000
  const line = cdDetail.write({
    ...cdDetail.read(cdSample),
    pan,
    cardNumber: pan,
    amount,
    purseAmount: amount,
    balanceBefore,
    balanceAfter: balanceBefore - amount,
    price: amount,
    cardSequence: counter,
    terminalNumber: String(terminal).padStart(12, '0'),
    terminalSequence: terminalCounter,
    purseDate: date,
    ...fields
  })
  return Buffer.concat([stamped(line), Buffer.from(lineEnd)])
}

const nobody = buildParticipantLookup([], [], '2024-01-01' as BusinessDay)
const readLine = ctticCd.recordReader(nobody)
const proof = tacBatch([{ version: 1, index: 1, algorithm: '3des', key: rootKey }])

/** The reader lays the line's TAC data out; the TAC it should carry goes back into the line. */
function stamped(line: Buffer): Buffer {
  const batch = createTransactionBatch(1)
  readLine(Buffer.concat([line, Buffer.from(lineEnd)]), batch, 1, 0)
  proof.stamp(batch.tacRecords, 1)
  const tac = batch.tacRecords
    .subarray(TAC_RECORD.tac, TAC_RECORD.tac + 4)
    .toHex()
    .toUpperCase()
  line.write(tac, cdDetail.offset.tac, 'latin1')
  return line
}

export interface Upload {
  lines: readonly Buffer[]
  organisation?: string
  environment?: string
  version?: string
  /** Count in the trailer; the right one unless told. */
  records?: number
}

/** The bytes of a whole file. */
export function upload({
  lines,
  organisation = '12215840',
  environment = 'PROD',
  version = '00000001',
  records
}: Upload): Buffer {
  const header = cdHeader.write({ organisation, batchDate: '240315', settlementDate: '240315', environment, version })
  const trailer = cdTrailer.write({ records: records ?? lines.length + 2, macKey: '', mac: '' })
  const end = Buffer.from(lineEnd)
  return Buffer.concat([header, end, ...lines, trailer, end])
}

/** A proper name; files of one test differ in their sequence. */
export function uploadName(sequence: number, organisation = '12215840'): string {
  return `CD240315083015${organisation}${String(sequence).padStart(10, '0')}A`
}
