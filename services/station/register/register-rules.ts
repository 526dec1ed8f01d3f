// Are the papers of a vehicle, a vessel or one of its crew in order on a day? (报班 is refused without them.)
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { PaperKind } from '../station-schemas.ts'

export interface HeldPaper {
  kind: PaperKind
  validTo: BusinessDay
}

export interface PaperFault {
  kind: PaperKind
  /** The last day of the one that ran out; null when there never was one. */
  validTo: BusinessDay | null
}

/** The papers that are missing or run out before the day; a paper counts to the end of its last day. */
export function paperFaults(wanted: readonly PaperKind[], held: readonly HeldPaper[], day: BusinessDay): PaperFault[] {
  return wanted.flatMap((kind) => {
    const latest = held
      .filter((paper) => paper.kind === kind)
      .map(({ validTo }) => validTo)
      .toSorted()
      .at(-1)
    return latest !== undefined && latest >= day ? [] : [{ kind, validTo: latest ?? null }]
  })
}

export interface Inspection {
  passed: boolean
  inspectedAt: Date
}

/** Why the latest safety inspection (安检) does not let the vehicle out; null when it does, or none is asked for. */
export function inspectionFault(hours: number | null, latest: Inspection | null, now: Date) {
  if (hours === null) return null
  if (!latest) return 'missing'
  if (!latest.passed) return 'failed'
  return now.getTime() - latest.inspectedAt.getTime() > hours * 3_600_000 ? 'too-old' : null
}
