// What a leaf and a head of the ticket log say, byte for byte: both sides of every proof make them from here.
import { leafHash } from '../../card-crypto/merkle.ts'
import type { LoggedEvent, TicketLogHead } from './ticket-log-schemas.ts'

/** Who did it, by role alone: 'clerk:one' → 'clerk'. The log is for everybody, names are not. */
export function actorRole(actor: string): string {
  return actor.split(':', 1)[0]!
}

/** The UTF-8 bytes a leaf hashes: the members in this order, as JSON writes them without spaces. */
export function leafOf(event: LoggedEvent): Uint8Array {
  const { ticketNo, event: name, state, at, by, detail, salt } = event
  return new TextEncoder().encode(JSON.stringify({ ticketNo, event: name, state, at, by, detail, salt }))
}

export function leafHashOf(event: LoggedEvent): Uint8Array {
  return leafHash(leafOf(event))
}

/** What a head's signature stands under: text, so that `openssl` can check it too. */
export function headMessage({ day, size, root }: Pick<TicketLogHead, 'day' | 'size' | 'root'>): Uint8Array {
  return new TextEncoder().encode(`ticket-log|${day}|${size}|${root}`)
}

/** A new head is due when there are new leaves and the last head is this old, and once every day whatever happens. */
export const headEverySeconds = 60

export function isHeadDue(
  last: { day: string; size: number; signedAt: Date } | null,
  now: { day: string; size: number; at: Date }
): boolean {
  if (!last || last.day !== now.day) return true
  return now.size > last.size && now.at.getTime() - last.signedAt.getTime() >= headEverySeconds * 1000
}
