// Money is taken at a window within a shift, so that every fen of it is in some clerk's count or on some terminal's slip.
import { holdsPermit } from '../access/permit-rules.ts'
import { sessionOf } from '../access/require-permit.ts'
import type { App, Parts } from '../parts.ts'
import { refuse } from '../refusals.ts'
import { viewerOf } from '../ticketing/show-order.ts'
import { findOpenShift } from './shift-queries.ts'

/**
 * A clerk's open shift is believed for so long without asking again. What he takes after it was closed elsewhere is written down by his
 * next shift.
 */
const believedMs = 2_000

/** Call before any route is made. Throws the refusal shift-required on behalf of routes that take money. */
export function keepCashInShifts(app: App, { sql, clock }: Pick<Parts, 'sql' | 'clock'>): void {
  const seenOpen = new Map<string, number>()
  app.addHook('preHandler', async (request) => {
    const { permit } = request.routeOptions.config
    const takes = permit === 'buy-ticket' ? takesMoney : permit === 'settle-gate-conflicts' ? collects : null
    if (!takes?.(request.body)) return
    const session = sessionOf(request)
    if (!holdsPermit(session.role, 'sell-at-counter')) return
    const clerk = viewerOf(session).owner
    const now = clock().getTime()
    if (Math.abs(now - (seenOpen.get(clerk) ?? -Infinity)) < believedMs) return
    if ((await findOpenShift(sql, clerk)) === null) throw refuse('shift-required')
    seenOpen.set(clerk, now)
  })
}

function takesMoney(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'gateway' in body && body.gateway !== 'credit'
}

/** What a conflict of gates owes (补收); a fare that is not collected moves no money. */
function collects(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'resolution' in body && body.resolution === 'collected'
}
