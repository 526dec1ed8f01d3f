// R9 for every layout of the interface: a sound file is cut, repeated, re-ordered, bent and mixed up, and whatever comes out is either read,
// and then says the same when it is written and read again, or refused as a syntax error. Nothing else may happen.
import { isDeepStrictEqual } from 'node:util'
import { buildParticipantLookup } from '../../participants/participant-lookup.ts'
import { seededRandom, type Random } from '../../fabrication/random.ts'
import { createTransactionBatch } from '../../ingestion/transaction-batch.ts'
import type { BusinessDay } from '../../business-day.ts'
import { ctticCd } from '../cttic-cd.ts'
import { edgeBytes } from '../file-format.ts'
import { fileKinds, type FileKind } from '../file-names.ts'
import { cdDetail } from '../cttic-layouts.ts'
import { encodeGbk } from '../fixed-width.ts'
import { clRecord, crRecord, fbRecord, bpRecord } from '../result-layouts.ts'
import {
  cdSample,
  clSample,
  fbSample,
  bnSample,
  bpSample,
  crSample,
  dcSample,
  erSample,
  ldSample
} from '../test-samples.ts'
import { readFile, writeFile, type InterfaceFile, type Row } from './every-file.ts'

const day = '2024-03-16' as BusinessDay

/** A small sound file of each kind. */
export function soundFile(kind: FileKind): InterfaceFile {
  const file = { kind, organisation: '12215840', clearingDay: null }
  const result = { kind, organisation: '12215840', clearingDay: day }
  switch (kind) {
    case 'CD':
    case 'CQ':
      return { ...file, rows: [cdDetail.read(cdSample), cdDetail.read(cdSample)] as Row[] }
    case 'LD':
      return readFile('LD', ldSample)
    case 'CR':
      return { ...result, rows: [crRecord.read(crSample, 55), crRecord.read(crSample, 55)] }
    case 'BP':
      return { ...result, rows: [bpRecord.read(bpSample, 55)] }
    case 'FB':
      return { ...result, rows: [fbRecord.read(fbSample), fbRecord.read(fbSample)] }
    case 'CL':
      return { ...result, rows: [clRecord.read(clSample), clRecord.read(clSample)] }
    case 'DC':
    case 'UC':
      return readFile(kind, dcSample)
    case 'BN':
      return readFile('BN', bnSample)
    case 'ER':
      return readFile('ER', erSample)
    case 'ED':
    case 'CM':
    case 'AD':
      return { ...file, rows: [disputed, disputed] }
  }
}

const disputed: Row = {
  adjustmentSequence: '000000000011',
  clearingDay: '20240316',
  clearingSequence: '000000000007',
  acquirerSequence: '000000000123',
  acquirerDate: '20240315',
  retrievalReference: '240315000123',
  business: '8451',
  adjustment: '1',
  kind: '9003',
  answer: '01',
  cardNumber: '3104870300000000017',
  cardSequence: 5,
  balanceBefore: 5000,
  adjustedBusiness: '8451',
  adjustedAmount: 100,
  merchantCategory: '4131',
  channel: '03',
  date: '20240315',
  time: '083015',
  test: '0',
  reason: '9101',
  raisedBy: '02205810',
  answeredBy: '12215840',
  issuer: '02205810',
  receiver: '02205810',
  acquirer: '12215840',
  sender: '12215840',
  code: '000000',
  description: '成功交易',
  disputeFee: '1',
  fee: '-0.7',
  issuerFee: '-0.21',
  acquirerFee: '-0.35'
}

export interface FuzzReport {
  kind: FileKind
  cases: number
  /** Read, and the same again; the rest was refused. */
  sound: number
  /** Read, but holding text that GBK cannot write. */
  unwritable: number
}

/** Throws at the first case that breaks the rule, naming its seed. */
export function fuzz(kind: FileKind, cases: number, seed: number): FuzzReport {
  const random = seededRandom(seed)
  const sound = writeFile(soundFile(kind))
  const report: FuzzReport = { kind, cases, sound: 0, unwritable: 0 }
  for (let nth = 0; nth < cases; nth++) {
    const bytes = mutate(sound, random)
    try {
      const outcome = judge(kind, bytes)
      if (outcome !== 'refused') report[outcome]++
      if (kind === 'CD') readColumns(bytes)
    } catch (error) {
      throw new Error(`${kind}, seed ${seed}, case ${nth}: ${bytes.toString('latin1').slice(0, 200)}`, { cause: error })
    }
  }
  return report
}

export const fuzzedKinds = fileKinds

function judge(kind: FileKind, bytes: Buffer): 'sound' | 'unwritable' | 'refused' {
  let file: InterfaceFile
  try {
    file = readFile(kind, bytes)
  } catch (error) {
    if (error instanceof SyntaxError) return 'refused'
    throw error
  }
  let again: InterfaceFile
  try {
    again = readFile(kind, writeFile(file))
  } catch (error) {
    if (error instanceof RangeError) return 'unwritable'
    throw error
  }
  if (!isDeepStrictEqual(again.rows, file.rows)) throw new Error('it says something else when written and read again')
  return 'sound'
}

const readUploadLines = ctticCd.recordReader(buildParticipantLookup([], [], day))

/** The reader of the night: it never throws over a line. */
function readColumns(bytes: Buffer): void {
  const lines = bytes.filter((byte) => byte === 10).length + (bytes.at(-1) === 10 ? 0 : 1)
  const edges = {
    name: 'CD240315083015122158400000000019A',
    size: bytes.length,
    head: bytes.subarray(0, edgeBytes),
    tail: bytes.subarray(Math.max(0, bytes.length - edgeBytes)),
    lines
  }
  const frame = ctticCd.openFrame(edges)
  if ('fault' in frame) return
  const batch = createTransactionBatch(Math.max(1, frame.records))
  readUploadLines(bytes.subarray(frame.firstByte, frame.endByte), batch, frame.firstLine, frame.firstByte)
}

const strangeBytes = [
  Buffer.from([0]),
  Buffer.from([0xff, 0xfe]),
  Buffer.from('\n'),
  Buffer.from('\r\n'),
  Buffer.from('岭南通', 'utf8'),
  encodeGbk('岭南通'),
  Buffer.from('-1'),
  Buffer.from('9'.repeat(18)),
  Buffer.from('1e3'),
  Buffer.from(' '),
  Buffer.alloc(0)
]

/** One to three of the things that happen to files. */
function mutate(sound: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(sound)
  for (let turns = 1 + random.below(3); turns > 0; turns--)
    bytes = mutations[random.below(mutations.length)]!(bytes, random)
  return bytes
}

type Mutation = (bytes: Buffer, random: Random) => Buffer

const place = (bytes: Buffer, random: Random): number => random.below(bytes.length + 1)

const mutations: readonly Mutation[] = [
  (bytes) => bytes,
  (bytes, random) => bytes.subarray(0, place(bytes, random)),
  (bytes, random) => bytes.subarray(place(bytes, random)),
  (bytes, random) => {
    if (bytes.length === 0) return bytes
    const changed = Buffer.from(bytes)
    changed[random.below(bytes.length)]! ^= 1 << random.below(8)
    return changed
  },
  (bytes, random) => {
    if (bytes.length === 0) return bytes
    const changed = Buffer.from(bytes)
    changed[random.below(bytes.length)] = random.below(256)
    return changed
  },
  (bytes, random) => {
    const at = place(bytes, random)
    return Buffer.concat([bytes.subarray(0, at), strangeBytes[random.below(strangeBytes.length)]!, bytes.subarray(at)])
  },
  (bytes, random) => {
    const changed = Buffer.from(bytes)
    strangeBytes[random.below(strangeBytes.length)]!.copy(changed, place(bytes, random))
    return changed
  },
  (bytes, random) => {
    const lines = splitLines(bytes)
    const line = lines[random.below(lines.length)]!
    lines.splice(random.below(lines.length + 1), 0, line)
    return Buffer.concat(lines)
  },
  (bytes, random) => {
    const lines = splitLines(bytes)
    lines.splice(random.below(lines.length), 1)
    return Buffer.concat(lines)
  },
  (bytes, random) => {
    const lines = splitLines(bytes)
    const [one, other] = [random.below(lines.length), random.below(lines.length)]
    ;[lines[one], lines[other]] = [lines[other]!, lines[one]!]
    return Buffer.concat(lines)
  },
  (bytes) => Buffer.concat([bytes, bytes])
]

/** With their line ends. */
function splitLines(bytes: Buffer): Buffer[] {
  return bytes
    .toString('latin1')
    .split(/(?<=\n)/)
    .map((line) => Buffer.from(line, 'latin1'))
}
