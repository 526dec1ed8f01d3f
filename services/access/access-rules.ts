// How long a session lives and when an account is locked. MLPS level 3 asks for both; the figures are ours.
import type { Role } from './permit-rules.ts'

const minute = 60_000
const hour = 60 * minute

export const failuresMax = 5
const lockMs = 15 * minute
/** Everybody but a passenger needs a one-time code (two-factor sign-in of staff, ticketing.md §9). */
export const needsOneTimeCode = (role: Role): boolean => role !== 'passenger'

/** A gate stands unattended through a whole shift of services; people at desks walk away from them. */
const sessionLife: Record<Role, { longestMs: number; idleMs: number }> = {
  passenger: { longestMs: 7 * 24 * hour, idleMs: 7 * 24 * hour },
  clerk: { longestMs: 12 * hour, idleMs: 2 * hour },
  gate: { longestMs: 24 * hour, idleMs: 24 * hour },
  // A dispatcher's page stays open through his shift, watched rather than pressed.
  dispatcher: { longestMs: 12 * hour, idleMs: 4 * hour },
  'station-manager': { longestMs: 12 * hour, idleMs: hour },
  operator: { longestMs: 12 * hour, idleMs: hour },
  participant: { longestMs: 12 * hour, idleMs: hour }
}

/** The instant after which a session opened now is over whatever happens. */
export function sessionEnd(role: Role, now: Date): Date {
  return new Date(now.getTime() + sessionLife[role].longestMs)
}

export function isLive(session: { role: Role; seenAt: Date; expiresAt: Date }, now: Date): boolean {
  if (now >= session.expiresAt) return false
  return now.getTime() - session.seenAt.getTime() < sessionLife[session.role].idleMs
}

/** Writing "seen" on every request would make each read a write; once a minute is exact enough for idle hours. */
export function needsTouch(session: { seenAt: Date }, now: Date): boolean {
  return now.getTime() - session.seenAt.getTime() >= minute
}

export function isLocked(account: { lockedUntil: Date | null }, now: Date): boolean {
  return account.lockedUntil !== null && now < account.lockedUntil
}

/** When the account opens again if this many failures in a row lock it; null while they do not. */
export function lockAfter(failures: number, now: Date): Date | null {
  return failures >= failuresMax ? new Date(now.getTime() + lockMs) : null
}
