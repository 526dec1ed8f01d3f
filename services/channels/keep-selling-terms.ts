// No channel sells outside its hours or beyond its quota, our own windows and site included. The terms are read again every few seconds,
// not for every sale: a change is in force that much later.
import type { FastifyRequest } from 'fastify'
import { sessionOf } from '../access/require-permit.ts'
import type { App, Parts } from '../parts.ts'
import { refuse } from '../refusals.ts'
import { listSellingTerms } from './channel-queries.ts'
import { channelOf, checkMaySell, ticketsAsked, type SellingTerms } from './channel-rules.ts'
import { claimQuota, releaseQuota } from './quota-queries.ts'

const rereadMs = 5_000

/**
 * Call before any route is made. Throws the refusals channel-closed, channel-suspended and quota-spent on behalf of routes that hold
 * places; to pay for what is held is always in time.
 */
export function keepSellingTerms(app: App, { sql, clock }: Pick<Parts, 'sql' | 'clock'>): void {
  const claims = new WeakMap<FastifyRequest, string>()
  const termsOf = rereading(async () => new Map((await listSellingTerms(sql)).map((row) => [row.code, row])))

  app.addHook('preHandler', async (request) => {
    if (request.routeOptions.config.permit !== 'buy-ticket' || request.method !== 'PUT') return
    const now = clock()
    const code = channelOf(sessionOf(request))
    const channel = (await termsOf(now)).get(code)
    const fault = channel ? checkMaySell(channel, now) : null
    if (fault) throw refuse(fault)
    if (channel?.ticketsPerDay == null) return
    const { id: order } = request.params as { id: string }
    const answer = await claimQuota(sql, { order, channel: code, tickets: ticketsAsked(request.body) }, now)
    if (answer === 'spent') throw refuse('quota-spent')
    if (answer === 'claimed') claims.set(request, order)
  })

  app.addHook('onSend', async (request, reply) => {
    const order = claims.get(request)
    if (order !== undefined && reply.statusCode !== placed) await releaseQuota(sql, order)
  })
}

const placed = 200

type Terms = Map<string, SellingTerms & { ticketsPerDay: number | null }>

function rereading(read: () => Promise<Terms>): (now: Date) => Promise<Terms> {
  let kept: { at: number; terms: Terms } | null = null
  return async (now) => {
    if (!kept || Math.abs(now.getTime() - kept.at) > rereadMs) kept = { at: now.getTime(), terms: await read() }
    return kept.terms
  }
}
