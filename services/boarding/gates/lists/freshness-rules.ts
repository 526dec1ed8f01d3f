// What a gate may still decide by itself as its lists and its clock grow old. Pure, without imports at run time: the gate page and the
// simulated gate go by these lines, and the platform judges what they bring back by the same.
import type { GatePolicy } from '../gate-schemas.ts'

/** From better to worse: as usual · tell the staff · codes need the document too · no more by itself. */
export type Freshness = 'fresh' | 'warn' | 'document' | 'stopped'

/** Of lists of this age; 'never' when the gate never had any. */
export function freshnessOf(ageSeconds: number | null, policy: GatePolicy): Freshness | 'never' {
  if (ageSeconds === null) return 'never'
  const minutes = ageSeconds / 60
  if (minutes > policy.listsRefuseMinutes) return 'stopped'
  if (minutes > policy.listsAskDocumentMinutes) return 'document'
  return minutes > policy.listsWarnMinutes ? 'warn' : 'fresh'
}

export interface LoneScan {
  /** The document was held against the ticket. */
  documentChecked: boolean
  listsAgeSeconds: number | null
  /** How far the clock may be off by now: what its drift came to since the last sync. */
  clockErrorSeconds: number
}

/** Why a gate may not open by itself for this scan; null when it may. The codes are those of gate-refusals.ts. */
export function checkFreshness(
  { documentChecked, listsAgeSeconds, clockErrorSeconds }: LoneScan,
  policy: GatePolicy
): 'lists-stale' | 'gate-clock-wrong' | 'document-required' | null {
  if (clockErrorSeconds > policy.clockOffSecondsMax) return 'gate-clock-wrong'
  switch (freshnessOf(listsAgeSeconds, policy)) {
    case 'fresh':
    case 'warn':
      return null
    case 'document':
      return documentChecked ? null : 'document-required'
    case 'stopped':
    case 'never':
      return 'lists-stale'
  }
}
