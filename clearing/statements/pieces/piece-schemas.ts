// The pieces a publication is made of, as they are written down: what each has to do, and what came of it.
import { fromHex, hex } from '../../../card-crypto/bytes.ts'
import type { AgreementTotal } from '../../settlement/net-rules.ts'
import type { FileTitle } from '../statement-file.ts'
import type { MadeFile } from '../statement-schemas.ts'

/** A stretch of the records of one kind for one participant: those that one source file brings. */
export interface SeriesPlace {
  kind: 'FB' | 'CL'
  participant: number
  /** Records before it. */
  start: number
  records: number
  /** Of the whole series. */
  expected: number
}

/** Everything the lines of some files go into. */
export interface LinesWork {
  /** One interface file, whose records have places known beforehand; or all files of other formats, for the tables. */
  files: number[]
  series: SeriesPlace[]
}

/** A file whose bytes are all there, to be digested and signed. */
export interface LargeWork {
  title: FileTitle
  lines: number
}

/** What one participant gets beside the large files. */
export interface SmallWork {
  participant: number
}

/** Rejects of one reason in one file as a participant is told them. */
export interface FileReject {
  file: number
  participant: number
  code: string
  count: number
  /** FILE:LINE of the first ones. */
  keys: string[]
}

export interface LinesResult {
  totals: AgreementTotal[]
  rejects: FileReject[]
  /** The tables these lines filled. */
  tables: LargeWork[]
}

export type Piece = { day: string; number: number } & (
  { stage: 1; work: LinesWork } | { stage: 2; work: LargeWork } | { stage: 3; work: SmallWork }
)

export interface SignedFile extends MadeFile {
  /** r‖s. */
  signature: Uint8Array
}

/** As JSON has it. */
export type WrittenFile = Omit<SignedFile, 'digest' | 'signature'> & { digest: string; signature: string }

export function writeFileRow({ digest, signature, ...file }: SignedFile): WrittenFile {
  return { ...file, digest: hex(digest), signature: hex(signature) }
}

export function readFileRow({ digest, signature, ...file }: WrittenFile): SignedFile {
  return { ...file, digest: fromHex(digest), signature: fromHex(signature) }
}
