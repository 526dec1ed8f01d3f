// The first half of taking in a card file: archive and digest it, judge it as a whole, and give it a row. What is refused here stays in
// quarantine with its reason; what was taken in before is found again.
import { hex } from '../../card-crypto/bytes.ts'
import type { BusinessDay } from '../business-day.ts'
import type { Frame, FrameFault } from '../card-files/file-format.ts'
import type { ClearingContext } from '../context.ts'
import { transaction } from '../database.ts'
import { findParticipant } from '../participants/participant-queries.ts'
import type { Participant } from '../participants/participant-schemas.ts'
import { refuse } from '../refusals.ts'
import { findDay } from '../settlement/clearing-day-queries.ts'
import { fileProfiles, formatOfName, isFormatName, type FileProfile } from './file-profiles.ts'
import { findFile, findLiveFile, findRefusal, insertFile, type CardFile, type NewFile } from './file-queries.ts'
import { judgeFile, senderCodeOf, storableName } from './file-rules.ts'
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

/** By the format it is said to have, or by its name; null when there is no such format. */
export function findProfile({ format, name }: IncomingFile): FileProfile | null {
  const id = format ?? formatOfName(name)
  return isFormatName(id) ? fileProfiles[id] : null
}

export interface RegisteredFile {
  file: CardFile
  /** Where the lines to load are; null when the file's fate was decided before or is decided now. */
  frame: Frame | null
  repeated: boolean
  profile: FileProfile
  sender: Participant | undefined
  received: ReceivedFile
  lateFor: BusinessDay | null
}

/** Refused with 'format-unknown', 'clearing-day-not-found' and 'clearing-day-not-published'. */
export async function registerFile(
  context: ClearingContext,
  incoming: IncomingFile,
  now: Date
): Promise<RegisteredFile> {
  const { sql, folders } = context
  const profile = findProfile(incoming)
  if (!profile) throw refuse('format-unknown', { format: incoming.format ?? '' })
  if (incoming.lateFor) await assertPublished(context, incoming.lateFor)
  const code = senderCodeOf(profile, incoming.name)
  const sender = code === null ? undefined : await findParticipant(sql, code)
  const claim = await claimSignature(sql, sender, incoming.signature)
  const toProve = typeof claim === 'string' ? undefined : claim
  const received = await receiveFile(folders.archive, incoming.path, toProve)
  try {
    const signatureState = typeof claim === 'string' ? claim : received.signatureHolds ? 'valid' : 'invalid'
    const registered = await register(context, { incoming, profile, sender, received, signatureState, now })
    return { ...registered, profile, sender, received, lateFor: incoming.lateFor ?? null }
  } finally {
    // What is kept has another name by now.
    await discardFile(received)
  }
}

/** Told before the work; the acceptance looks again. */
async function assertPublished({ sql }: ClearingContext, day: BusinessDay): Promise<void> {
  const row = await findDay(sql, day)
  if (!row) throw refuse('clearing-day-not-found', { day })
  if (!row.publishedAt) throw refuse('clearing-day-not-published', { day })
}

interface Arrival {
  now: Date
  profile: FileProfile
  incoming: IncomingFile
  sender: Participant | undefined
  received: ReceivedFile
  signatureState: SignatureState
}

type Registered = Pick<RegisteredFile, 'file' | 'frame' | 'repeated'>

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

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
