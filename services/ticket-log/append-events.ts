// Adds what happened to tickets to the log, and signs its head. Read like an outbox: a batch, its leaves, the tiles that grew and the cursor
// are one unit of work, so a batch is in the log once whatever dies.
import { randomBytes } from 'node:crypto'
import { appendLeaves, edgeTiles, tilesOfRoot, treeRoot, type ReadTile } from '../../card-crypto/merkle.ts'
import type { KeyReference, KeyStore } from '../../card-crypto/key-store.ts'
import { fromHex, hex } from '../../card-crypto/bytes.ts'
import { calendarDay } from '../../clearing/business-day.ts'
import { transaction, type Database, type Queryable, type Transaction } from '../../clearing/database.ts'
import type { Job } from '../jobs/worker-rounds.ts'
import { actorRole, headMessage, isHeadDue, leafHashOf } from './leaf-rules.ts'
import {
  findLastHead,
  findLogSize,
  findTiles,
  hasUnloggedEvents,
  insertHead,
  insertLeaves,
  lockTicketLog,
  readUnloggedEvents,
  saveTiles
} from './ticket-log-queries.ts'

export const ticketLogKey: KeyReference = { purpose: 'ticket-log', scope: '', version: 1, index: 1, algorithm: 'sm2' }

const atOnce = 5_000

export const keepTicketLogJob: Job = {
  name: 'keep-ticket-log',
  async due({ sql }, now) {
    return (await hasUnloggedEvents(sql)) || (await isSignatureDue(sql, now)) ? ['all'] : []
  },
  perform: async ({ sql, keys }, _id, now) => await keepTicketLog({ sql, keys }, now)
}

export async function keepTicketLog({ sql, keys }: { sql: Database; keys: KeyStore }, now: Date): Promise<void> {
  while ((await transaction(sql, appendEvents)) === atOnce);
  if (await isSignatureDue(sql, now)) await transaction(sql, async (tx) => await signHead(tx, keys, now))
}

/** Returns how many were added. */
async function appendEvents(tx: Transaction): Promise<number> {
  await lockTicketLog(tx)
  const events = await readUnloggedEvents(tx, atOnce)
  if (events.length === 0) return 0
  const size = await findLogSize(tx)
  const salts = events.map(() => new Uint8Array(randomBytes(16)))
  const leaves = events.map(({ actor, ...event }, at) =>
    leafHashOf({ ...event, by: actorRole(actor), salt: hex(salts[at]!) })
  )
  await saveTiles(tx, appendLeaves(size, leaves, await readTiles(tx, edgeTiles(size))))
  await insertLeaves(tx, { from: size, events, salts })
  return events.length
}

async function isSignatureDue(sql: Queryable, now: Date): Promise<boolean> {
  const last = await findLastHead(sql)
  const size = await findLogSize(sql)
  return isHeadDue(last && { ...last, signedAt: new Date(last.signedAt) }, { day: calendarDay(now), size, at: now })
}

async function signHead(tx: Transaction, keys: KeyStore, now: Date): Promise<void> {
  await lockTicketLog(tx)
  if (!(await isSignatureDue(tx, now))) return
  const size = await findLogSize(tx)
  const root = treeRoot(size, await readTiles(tx, tilesOfRoot(size)))
  const head = { day: calendarDay(now), size, root: hex(root) }
  const signature = await keys.sign(ticketLogKey, headMessage(head))
  await insertHead(tx, { ...head, root: fromHex(head.root), signature, signedAt: now })
}

/** Fetches the tiles and hands them out; one that is missing is an error of the store. */
export async function readTiles(
  sql: Queryable,
  wanted: readonly { level: number; index: number }[]
): Promise<ReadTile> {
  const found = wanted.length === 0 ? [] : await findTiles(sql, wanted)
  const tiles = new Map(found.map(({ level, index, hashes }) => [`${level}/${index}`, new Uint8Array(hashes)]))
  return (level, index) => {
    const tile = tiles.get(`${level}/${index}`)
    if (!tile) throw new Error(`the ticket log lacks tile ${level}/${index}`)
    return tile
  }
}
