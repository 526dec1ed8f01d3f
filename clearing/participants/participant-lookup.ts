// What the file adapters must know about organisations, as plain integer maps: cheap to read per record and cheap to hand to
// a worker thread. Built once per file from participant-queries.ts.
import { disabledBin, unknownParticipant } from '../ingestion/transaction-batch.ts'
import { readDecimal } from '../card-files/byte-reader.ts'
import type { ErrorCode } from '../card-files/error-codes.ts'
import type { BusinessDay } from '../business-day.ts'
import type { Bin, Participant } from './participant-schemas.ts'

export interface ParticipantLookup {
  /** 8-digit organisation code as a number → participant id, by role. */
  readonly issuers: ReadonlyMap<number, number>
  readonly acquirers: ReadonlyMap<number, number>
  /** Name → id, for sources that name the operator instead of giving its code. */
  readonly acquirersByName: ReadonlyMap<string, number>
  /** BIN digits as a number → issuer id, or disabledBin. One map per BIN length, longest first. */
  readonly bins: readonly { readonly digits: number; readonly issuers: ReadonlyMap<number, number> }[]
  readonly suspended: ReadonlySet<number>
}

/** The registered organisations, and the BINs as they stand on a day. */
export function buildParticipantLookup(
  participants: readonly Participant[],
  bins: readonly Bin[],
  day: BusinessDay
): ParticipantLookup {
  const ofRole = (role: Participant['role']): Participant[] => participants.filter((each) => each.role === role)
  const byCode = (list: Participant[]): Map<number, number> => new Map(list.map((each) => [Number(each.code), each.id]))
  const acquirers = ofRole('acquirer')
  return {
    issuers: byCode(ofRole('issuer')),
    acquirers: byCode(acquirers),
    acquirersByName: new Map(acquirers.map((each) => [each.name, each.id])),
    bins: binsByLength(bins, day),
    suspended: new Set(participants.filter((each) => each.state === 'suspended').map((each) => each.id))
  }
}

function binsByLength(bins: readonly Bin[], day: BusinessDay): ParticipantLookup['bins'] {
  const lengths = [...new Set(bins.map((each) => each.bin.length))].sort((a, b) => b - a)
  return lengths.map((digits) => {
    const issuers = new Map<number, number>()
    for (const each of bins) {
      if (each.bin.length !== digits) continue
      const valid = each.validFrom <= day && (each.validTo === null || day <= each.validTo)
      if (valid) issuers.set(Number(each.bin), each.issuer)
      else if (!issuers.has(Number(each.bin))) issuers.set(Number(each.bin), disabledBin)
    }
    return { digits, issuers }
  })
}

/** Whose card it is whose number begins at `at`, by the longest registered BIN; unknownParticipant or disabledBin otherwise. */
export function issuerOfCard(lookup: ParticipantLookup, bytes: Uint8Array, at: number): number {
  for (const { digits, issuers } of lookup.bins) {
    const issuer = issuers.get(readDecimal(bytes, at, digits))
    if (issuer !== undefined) return issuer
  }
  return unknownParticipant
}

/** Why an organisation may not send us card files: not registered, suspended, or no acquirer; null when it may. */
export function senderFault(sender: Participant | undefined): ErrorCode | null {
  if (sender === undefined) return '010004'
  if (sender.role !== 'acquirer') return '010008'
  if (sender.state !== 'active') return '010005'
  return null
}
