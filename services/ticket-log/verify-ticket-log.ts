// Reads the whole log again and says the first thing that is wrong: an event edited, removed or slipped in, a tile or a head that does not
// follow. A superuser can change all the rows; he cannot sign the heads that somebody else already holds.
import { appendLeaves, TILE_WIDTH, treeRoot, type ReadTile } from '../../card-crypto/merkle.ts'
import { hex } from '../../card-crypto/bytes.ts'
import type { Queryable } from '../../clearing/database.ts'
import { signedBy } from './check-proof.ts'
import { leafHashOf } from './leaf-rules.ts'
import { isHeadGenuine } from './proof-rules.ts'
import { findTiles, findUnloggedPast, listHeads, listLeaves } from './ticket-log-queries.ts'

const atOnce = 10_240

export interface LogVerification {
  /** Leaves read. */
  size: number
  heads: number
  /** The first thing that is wrong, or null. */
  wrong: string | null
}

/** `progress` hears how many leaves have been read. The public key is x‖y. */
export async function verifyTicketLog(
  sql: Queryable,
  publicKey: Uint8Array,
  progress: (leaves: number) => void = () => undefined
): Promise<LogVerification> {
  const heads = await listHeads(sql)
  const tree = emptyTree()
  const answer = (wrong: string | null): LogVerification => ({ size: tree.size, heads: heads.length, wrong })
  let next = 0
  const checkHeads = (): string | null => {
    for (; next < heads.length && heads[next]!.size <= tree.size; next++) {
      const head = heads[next]!
      const name = `head of ${head.day} over ${head.size} events`
      if (!isHeadGenuine(head, signedBy(publicKey))) return `${name}: the signature is wrong`
      if (head.root !== hex(tree.rootAt(head.size))) return `${name}: these events do not give its root`
    }
    return null
  }

  const unfounded = checkHeads()
  if (unfounded) return answer(unfounded)
  for (;;) {
    const leaves = await listLeaves(sql, tree.size, atOnce)
    if (leaves.length === 0) break
    const gap = leaves.findIndex(({ position }, at) => position !== tree.size + at)
    if (gap !== -1) return answer(`position ${tree.size + gap} is missing`)
    const grown = tree.append(leaves.map(leafHashOf))
    const wrong = await compareTiles(sql, grown, leaves)
    if (wrong) return answer(wrong)
    const broken = checkHeads()
    if (broken) return answer(broken)
    progress(tree.size)
  }
  if (next < heads.length) return answer(`head over ${heads[next]!.size} events: only ${tree.size} are left`)
  const slipped = await findUnloggedPast(sql)
  return answer(slipped ? `event ${slipped.id} of ticket ${slipped.ticketNo} was put in behind the log's back` : null)
}

interface Grown {
  level: number
  index: number
  hashes: Uint8Array
}

/** The tree as the events themselves give it. Of its leaves only the latest are kept: what lies above them is a hundredth of the size. */
function emptyTree() {
  const tiles = new Map<string, Uint8Array>()
  const read: ReadTile = (level, index) => tiles.get(`${level}/${index}`)!
  return {
    size: 0,
    append(leaves: readonly Uint8Array[]): Grown[] {
      const grown = appendLeaves(this.size, leaves, read)
      for (let index = Math.floor(this.size / TILE_WIDTH) - 1; tiles.delete(`0/${index}`); index--);
      for (const { level, index, hashes } of grown) tiles.set(`${level}/${index}`, hashes)
      this.size += leaves.length
      return grown
    },
    rootAt: (size: number): Uint8Array => treeRoot(size, read)
  }
}

/** The stored tiles hold what these leaves give, as far as the leaves go; the first event that differs is named. */
async function compareTiles(
  sql: Queryable,
  grown: readonly Grown[],
  leaves: readonly { position: number; ticketNo: string; event: string; at: string }[]
): Promise<string | null> {
  const stored = new Map((await findTiles(sql, grown)).map((tile) => [`${tile.level}/${tile.index}`, tile.hashes]))
  for (const { level, index, hashes } of grown) {
    const kept = stored.get(`${level}/${index}`) ?? new Uint8Array(0)
    const at = firstDifference(hashes, kept)
    if (at === -1) continue
    const leaf = level === 0 ? leaves.find(({ position }) => position === index * 256 + at) : undefined
    if (!leaf) return `tile ${level}/${index} differs at its hash ${at}`
    const event = leaf.ticketNo === '' ? 'an event that is gone' : `${leaf.event} of ticket ${leaf.ticketNo}`
    return `position ${leaf.position}: ${event} is not what was logged`
  }
  return null
}

/** Which hash of the first is not so in the second; -1 when all are. */
function firstDifference(hashes: Uint8Array, kept: Uint8Array): number {
  for (let at = 0; at < hashes.length; at += 32)
    if (hex(hashes.subarray(at, at + 32)) !== hex(kept.subarray(at, at + 32))) return at / 32
  return -1
}
