// One command for any number of departures (晚点、停班、并班、换车、停航、复航): written down whole under the caller's id, then carried out
// departure by departure. A second click is the same command.
import { equalConstantTime } from '../../../card-crypto/bytes.ts'
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { sm3 } from '../../../card-crypto/sm3.ts'
import { transaction, type Database, type Queryable } from '../../../clearing/database.ts'
import { openIdentity, showIdentity } from '../../identity/seal-identity.ts'
import { refuse } from '../../refusals.ts'
import { canonicalJson } from '../../ticketing/hold-order.ts'
import { carryOutDisruption } from './carry-out-disruption.ts'
import {
  findDepartures,
  findLatest,
  findProgress,
  findRequestDigest,
  findTouched,
  insertDisruption,
  type TouchedDeparture
} from './disruption-queries.ts'
import { canTouch, checkRequest, dispatcherDeparturesMax, refundOf } from './disruption-rules.ts'
import type { Disruption, DisruptionRequest, TouchedTicket } from './disruption-schemas.ts'

export interface DisruptionPlacement {
  id: string
  request: DisruptionRequest
  actor: string
  mayDisruptMany: boolean
}

/** Few departures are carried out at once, many by the workers. Throws the refusals of a disruption. */
export async function orderDisruption(
  sql: Database,
  placement: DisruptionPlacement,
  now: Date
): Promise<{ disruption: Disruption; waiting: boolean }> {
  const { id, request, actor, mayDisruptMany } = placement
  const digest = sm3(new TextEncoder().encode(canonicalJson([actor, request])))
  await transaction(sql, async (tx) => {
    if (await isKnown(tx, id, digest)) return
    const fault = checkRequest(request)
    if (fault) throw refuse(fault)
    const many = request.departures.length > dispatcherDeparturesMax
    if (many && !mayDisruptMany) throw refuse('disruption-needs-manager', { most: dispatcherDeparturesMax })
    const departures = await requireDepartures(tx, request, now)
    const command = { id, digest, request, refund: refundOf(request), actor, departures }
    if (!(await insertDisruption(tx, command, now))) await isKnown(tx, id, digest)
  })
  const few = request.departures.length <= dispatcherDeparturesMax
  if (few) await carryOutDisruption(sql, id, now)
  return { disruption: await showDisruption(sql, id), waiting: !few }
}

async function isKnown(sql: Queryable, id: string, digest: Uint8Array): Promise<boolean> {
  const before = await findRequestDigest(sql, id)
  if (before && !equalConstantTime(before, digest)) throw refuse('disruption-id-reused')
  return before !== null
}

/** Those in a state the command is not about are passed over; when that is all of them, it is refused. */
async function requireDepartures(sql: Queryable, request: DisruptionRequest, now: Date) {
  const { kind, target } = request
  const found = await findDepartures(sql, request.departures)
  if (found.length < request.departures.length) throw refuse('departure-not-found')
  if (target !== undefined) await assertMergeable(sql, found, target, now)
  const departures = found.map((departure) => ({ id: departure.id, passedOver: !canTouch(kind, departure, now) }))
  if (departures.every(({ passedOver }) => passedOver))
    throw refuse('departure-cannot', { states: [...new Set(found.map(({ state }) => state))] })
  return departures
}

async function assertMergeable(
  sql: Queryable,
  found: readonly TouchedDeparture[],
  id: number,
  now: Date
): Promise<void> {
  const [target] = await findDepartures(sql, [id])
  const mergeable =
    target &&
    canTouch('MERGE', target, now) &&
    target.departsAt > now &&
    found.every(({ line, day }) => line === target.line && day === target.day)
  if (!mergeable) throw refuse('merge-other-line')
}

/** Throws the refusal disruption-not-found. */
export async function showDisruption(sql: Queryable, id: string): Promise<Disruption> {
  const [found] = await findProgress(sql, [id])
  if (!found) throw refuse('disruption-not-found')
  return found
}

export async function showLatestDisruptions(sql: Queryable, place: string): Promise<Disruption[]> {
  return await findProgress(sql, await findLatest(sql, place))
}

/** Who was touched, as station staff see them. */
export async function showTouchedTickets(
  { sql, keys }: { sql: Queryable; keys: KeyStore },
  id: string
): Promise<TouchedTicket[]> {
  return await Promise.all(
    (await findTouched(sql, id)).map(async ({ orderId, position, identity, ...touched }) => {
      const { name } = showIdentity(await openIdentity(keys, identity, `${orderId}:${position}`), 'public')
      return { ...touched, passenger: name }
    })
  )
}
