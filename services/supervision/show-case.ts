// A case with its history in words and the evidence we hold on its ticket, for whoever opened it and for staff.
import type { KeyStore } from '../../card-crypto/key-store.ts'
import type { Queryable } from '../../clearing/database.ts'
import { identitySealKey } from '../identity/seal-identity.ts'
import { refuse } from '../refusals.ts'
import { findTicketEvents } from '../ticketing/order-queries.ts'
import type { Viewer } from '../ticketing/show-order.ts'
import { missedDeadline } from './case-rules.ts'
import { placeOf } from './open-case.ts'
import { findCase, findEvidence, listCaseEvents, type CaseEvent, type CaseRow } from './supervision-queries.ts'
import type { CaseStory, ServiceCase } from './supervision-schemas.ts'

export function caseOf(row: CaseRow, now: Date): ServiceCase {
  const { requestDigest: _digest, owner: _owner, ...shown } = row
  return { ...shown, late: missedDeadline(row, now) }
}

/** Throws case-not-found; another's case is not found either. */
export async function showCase(
  { sql, keys }: { sql: Queryable; keys: KeyStore },
  id: string,
  viewer: Viewer,
  now: Date
): Promise<CaseStory> {
  const row = await findCase(sql, id)
  if (!row || !(viewer.seesAll || row.owner === viewer.owner)) throw refuse('case-not-found')
  const events = await Promise.all((await listCaseEvents(sql, id)).map((event) => eventOf(keys, id, event)))
  return { ...caseOf(row, now), events, evidence: await evidenceOf(sql, row.ticketNo) }
}

async function eventOf(keys: KeyStore, id: string, { ordinal, at, event, actor, words }: CaseEvent) {
  const place = new TextEncoder().encode(placeOf(id, ordinal))
  const plain = words && new TextDecoder().decode(await keys.unseal(identitySealKey, new Uint8Array(words), place))
  return { at, event, actor: actor.split(':', 1)[0]!, words: plain }
}

async function evidenceOf(sql: Queryable, ticketNo: string | null): Promise<CaseStory['evidence']> {
  const found = ticketNo === null ? null : await findEvidence(sql, ticketNo)
  if (!found) return null
  const { line, carrier, departsAt, departureState, couponState, fare, ceiling } = found
  const history = await findTicketEvents(sql, ticketNo!)
  return { line, carrier, departsAt, departureState, couponState, fare, ceiling, history }
}
