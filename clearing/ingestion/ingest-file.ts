// Takes in a card file: archive and digest it, judge it as a whole, load its lines, and accept it into the open clearing day.
// Running it again, whenever and wherever it stopped, gives the same sums and the first receipt.
import { join } from 'node:path'
import { hex } from '../../card-crypto/bytes.ts'
import type { BusinessDay } from '../business-day.ts'
import type { Frame, FrameFault } from '../card-files/file-format.ts'
import type { ClearingContext } from '../context.ts'
import { transaction } from '../database.ts'
import { findParticipant } from '../participants/participant-queries.ts'
import type { Participant } from '../participants/participant-schemas.ts'
import { startProgress } from '../progress-queries.ts'
import { refuse } from '../refusals.ts'
import { findDay } from '../settlement/clearing-day-queries.ts'
import { acceptFile } from './accept-file.ts'
import { loadCheckTerms } from './check-terms.ts'
import { receiptOf, type FileReceipt } from './file-receipt.ts'
import { fileProfiles, formatOfName, isFormatName, type FileProfile } from './file-profiles.ts'
import {
  findFile,
  findLiveFile,
  findRefusal,
  insertFile,
  withFileLock,
  type CardFile,
  type NewFile
} from './file-queries.ts'
import { judgeFile, senderCodeOf, storableName } from './file-rules.ts'
import { loadTransactions } from './loading/load-transactions.ts'
import { discardFile, keepFile, receiveFile, secureFile, type ReceivedFile } from './receiving/receive-file.ts'
import { claimSignature, type SignatureState } from './receiving/file-signature.ts'

export interface IncomingFile {
  path: string
  /** Without folders. */
  name: string
  /** 'cttic' or 'shenzhen-open-data'; by the name when it is not given. */
  format?: string
  /** Detached SM2 signature of the sender, r‖s (64 bytes) or DER. */
  signature?: Uint8Array
  /** A published day the file came late for: it is settled there by an adjustment, not on the day that is open. */
  lateFor?: BusinessDay
}

/** Refused with 'file-in-progress' while another process is at the same name; a refused file is a receipt, not an error. */
export async function ingestFile(context: ClearingContext, incoming: IncomingFile, now: Date): Promise<FileReceipt> {
  const format = incoming.format ?? formatOfName(incoming.name)
  if (!isFormatName(format)) throw refuse('format-unknown', { format })
  if (incoming.lateFor) await assertPublished(context, incoming.lateFor)
  const receipt = await withFileLock(context.sql, storableName(incoming.name), async () => {
    return await ingest(context, incoming, { profile: fileProfiles[format], now })
  })
  if (receipt === null) throw refuse('file-in-progress', { name: storableName(incoming.name) })
  return receipt
}

/** Told before the work; the acceptance looks again. */
async function assertPublished({ sql }: ClearingContext, day: BusinessDay): Promise<void> {
  const row = await findDay(sql, day)
  if (!row) throw refuse('clearing-day-not-found', { day })
  if (!row.publishedAt) throw refuse('clearing-day-not-published', { day })
}

interface Terms {
  profile: FileProfile
  now: Date
}

async function ingest(context: ClearingContext, incoming: IncomingFile, { profile, now }: Terms): Promise<FileReceipt> {
  const { sql, folders } = context
  const code = senderCodeOf(profile, incoming.name)
  const sender = code === null ? undefined : await findParticipant(sql, code)
  const claim = await claimSignature(sql, sender, incoming.signature)
  const toProve = typeof claim === 'string' ? undefined : claim
  const received = await receiveFile(folders.archive, incoming.path, toProve)
  try {
    const signatureState = typeof claim === 'string' ? claim : received.signatureHolds ? 'valid' : 'invalid'
    const arrival: Arrival = { incoming, profile, sender, received, signatureState, now }
    const { file, frame, repeated } = await register(context, arrival)
    // Writing the bytes out takes as long as loading them; both must be done before the file is accepted.
    if (frame)
      await Promise.all([load(context, { file, frame, profile, sender }), secureFile(received, folders.archive)])
    return await receiptOf(
      sql,
      frame ? await acceptFile(sql, file.id, { frame, now, lateFor: incoming.lateFor ?? null }) : file,
      repeated
    )
  } finally {
    await discardFile(received)
  }
}

interface Arrival extends Terms {
  incoming: IncomingFile
  sender: Participant | undefined
  received: ReceivedFile
  signatureState: SignatureState
}

interface Registered {
  file: CardFile
  /** Where the lines to load are; null when the file's fate was decided before or is decided now. */
  frame: Frame | null
  repeated: boolean
}

/** Finds or makes the file's row, and puts its bytes where they belong. */
async function register(context: ClearingContext, arrival: Arrival): Promise<Registered> {
  const { incoming, profile, received, signatureState, sender } = arrival
  const facts = { ...received, name: incoming.name, sender, signature: signatureState }
  const live = await findLiveFile(context.sql, storableName(incoming.name))
  if (live && !sameBytes(live.digest, received.digest))
    return await refuseFile(context, arrival, {
      fault: '010002',
      detail: `file ${live.id} of this name holds other bytes`
    })
  if (live?.state === 'accepted') return { file: live, frame: null, repeated: true }
  // A load that was cut short goes on by the verdict it began with, even if the sender was suspended meanwhile.
  const judged = live ? profile.format.openFrame(facts) : judgeFile(profile, facts)
  if ('fault' in judged) return await refuseFile(context, arrival, judged)
  const storedAs = hex(received.digest)
  await keepFile(received, context.folders.archive, storedAs)
  const file = live ?? (await saveFile(context, arrival, { state: 'loading', code: '000000', detail: '' }))
  return { file, frame: judged, repeated: false }
}

/** Keeps the bytes in quarantine with the reason. The same bytes refused for the same reason again are the first refusal. */
async function refuseFile(
  context: ClearingContext,
  arrival: Arrival,
  { fault, detail }: FrameFault
): Promise<Registered> {
  const { incoming, received } = arrival
  const name = storableName(incoming.name)
  const before = await findRefusal(context.sql, { name, digest: received.digest, code: fault })
  if (before) return { file: before, frame: null, repeated: true }
  await keepFile(received, context.folders.quarantine, hex(received.digest))
  await secureFile(received, context.folders.quarantine)
  return {
    file: await saveFile(context, arrival, { state: 'refused', code: fault, detail }),
    frame: null,
    repeated: false
  }
}

async function saveFile(
  { sql }: ClearingContext,
  { incoming, profile, sender, received, signatureState, now }: Arrival,
  verdict: Pick<NewFile, 'state' | 'code' | 'detail'>
): Promise<CardFile> {
  const id = await transaction(sql, async (tx) => {
    return await insertFile(tx, {
      name: storableName(incoming.name),
      format: profile.format.id,
      sender: sender?.id ?? null,
      digest: received.digest,
      size: received.size,
      storedAs: hex(received.digest),
      signature: incoming.signature ?? null,
      signatureState,
      receivedAt: now,
      ...verdict
    })
  })
  return (await findFile(sql, id))!
}

interface Load {
  file: CardFile
  frame: Frame
  profile: FileProfile
  sender: Participant | undefined
}

async function load(context: ClearingContext, { file, frame, profile, sender }: Load): Promise<void> {
  const progress = await startProgress(context.sql, `file:${file.id}`, frame.endByte - frame.firstByte)
  try {
    const { terms, lookup } = await loadCheckTerms(context.sql, { profile, sender, receivedAt: file.receivedAt })
    const path = join(context.folders.archive, file.storedAs)
    await loadTransactions(context, { fileId: file.id, path, frame, lookup, terms }, (done) =>
      progress.at('load', done)
    )
    await progress.end('done')
  } catch (error) {
    await progress.end('failed', (error as Error).message).catch(() => undefined)
    throw error
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
