// Whose money one may ask about: a channel its own, the operator anybody's.
import type { FastifyRequest } from 'fastify'
import { sessionOf } from '../access/require-permit.ts'
import type { Parts } from '../parts.ts'
import { refuse } from '../refusals.ts'
import { findParty, partyCode, type Party } from './party-queries.ts'

/** The one party a channel may ask about; null for the operator, who may ask about any. */
export function ownParty(request: FastifyRequest): string | null {
  const { role, accountId } = sessionOf(request)
  return role === 'channel' ? partyCode('channel', accountId) : null
}

/** Throws the refusal party-not-found. */
export async function requireParty(sql: Parts['sql'], request: FastifyRequest, code: string): Promise<Party> {
  const own = ownParty(request)
  const party = own === null || own === code ? await findParty(sql, code) : null
  if (!party) throw refuse('party-not-found')
  return party
}
