// Makes the proofs: that the events of a ticket are under a signed head, and that a later head only added to an earlier one.
import { consistencyProof, inclusionProof, tilesOfConsistency, tilesOfInclusion } from '../../card-crypto/merkle.ts'
import { hex } from '../../card-crypto/bytes.ts'
import type { Queryable } from '../../clearing/database.ts'
import { refuse } from '../refusals.ts'
import { readTiles } from './append-events.ts'
import { findHeadOfSize, findLastHead, findTicketLeaves } from './ticket-log-queries.ts'
import type { ConsistencyProof, TicketLogHead, TicketProof } from './ticket-log-schemas.ts'

/** Throws ticket-log-empty before the first head is signed. */
export async function proveTicket(sql: Queryable, ticketNo: string): Promise<TicketProof> {
  const head = await findLastHead(sql)
  if (!head) throw refuse('ticket-log-empty')
  const { leaves, unlogged } = await findTicketLeaves(sql, ticketNo)
  const covered = leaves.filter(({ position }) => position < head.size)
  const read = await readTiles(
    sql,
    covered.flatMap(({ position }) => tilesOfInclusion(position, head.size))
  )
  return {
    format: 'ticket-log-proof/1',
    head,
    events: covered.map((leaf) => ({ ...leaf, path: inclusionProof(leaf.position, head.size, read).map(hex) })),
    waiting: unlogged + leaves.length - covered.length
  }
}

/** Between two signed heads, named by their sizes. Throws ticket-log-head-not-found. */
export async function proveConsistency(sql: Queryable, before: number, after: number): Promise<ConsistencyProof> {
  const [early, late] = [await requireHead(sql, before), await requireHead(sql, after)]
  if (early.size > late.size) throw refuse('ticket-log-head-not-found')
  const read = await readTiles(sql, tilesOfConsistency(early.size, late.size))
  const path = consistencyProof(early.size, late.size, read)
  return { format: 'ticket-log-consistency/1', before: early, after: late, path: path.map(hex) }
}

async function requireHead(sql: Queryable, size: number): Promise<TicketLogHead> {
  const head = await findHeadOfSize(sql, size)
  if (!head) throw refuse('ticket-log-head-not-found')
  return head
}
