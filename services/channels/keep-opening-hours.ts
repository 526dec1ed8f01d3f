// No channel sells outside its hours, our own windows and site included. The terms are read again every few seconds, not for every
// sale: a change is in force that much later.
import { sessionOf } from '../access/require-permit.ts'
import type { App, Parts } from '../parts.ts'
import { refuse } from '../refusals.ts'
import { listSellingTerms } from './channel-queries.ts'
import { channelOf, checkMaySell, type SellingTerms } from './channel-rules.ts'

const rereadMs = 5_000

/** Call before any route is made. Throws the refusals channel-closed and channel-suspended on behalf of routes that sell. */
export function keepOpeningHours(app: App, { sql, clock }: Pick<Parts, 'sql' | 'clock'>): void {
  let terms: { readAt: number; byCode: Map<string, SellingTerms> } | null = null
  app.addHook('preHandler', async (request) => {
    if (request.routeOptions.config.permit !== 'buy-ticket' || !['PUT', 'POST'].includes(request.method)) return
    const now = clock()
    if (!terms || Math.abs(now.getTime() - terms.readAt) > rereadMs) {
      const rows = await listSellingTerms(sql)
      terms = { readAt: now.getTime(), byCode: new Map(rows.map((row) => [row.code, row])) }
    }
    const channel = terms.byCode.get(channelOf(sessionOf(request)))
    const fault = channel ? checkMaySell(channel, now) : null
    if (fault) throw refuse(fault)
  })
}
