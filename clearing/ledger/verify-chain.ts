// Walks the whole ledger from its first entry: gapless, every hash following from its predecessor, every journal balanced, and
// every day's signed anchor on the chain. Says the first thing that is wrong.
import { equalConstantTime } from '../../card-crypto/bytes.ts'
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { sm2Verify } from '../../card-crypto/sm2.ts'
import type { Queryable } from '../database.ts'
import { anchorMessage, entryFault, genesis } from './chain-rules.ts'
import { findUnbalancedJournal, listAnchors, listEntries, listUnanchoredDays } from './ledger-queries.ts'
import type { Anchor } from './journal.ts'
import { anchorKey } from './sign-anchor.ts'

export interface ChainReport {
  entries: number
  anchors: number
  /** Null when all is well. The sequence is the first bad one, or null where no single entry is to blame. */
  fault: { sequence: number | null; reason: string } | null
}

const page = 5_000

export async function verifyChain(sql: Queryable, keys: KeyStore): Promise<ChainReport> {
  const anchors = await listAnchors(sql)
  const publicKey = (await keys.hasKey(anchorKey)) ? await keys.publicKey(anchorKey) : null
  const report: ChainReport = { entries: 0, anchors: anchors.length, fault: null }
  const fail = (sequence: number | null, reason: string): ChainReport => ({ ...report, fault: { sequence, reason } })
  const unsigned = anchors.find(
    (anchor) => !publicKey || !sm2Verify(publicKey, anchorMessage(anchor), anchor.signature)
  )
  if (unsigned) return fail(unsigned.lastSequence, `the anchor of ${unsigned.day} does not carry our signature`)
  const waiting = [...anchors]
  let previous = { sequence: 0, hash: genesis }
  for (;;) {
    const off = waiting.find((anchor) => leavesChain(anchor, previous))
    if (off) return fail(off.lastSequence, `the chain does not pass through the signed anchor of ${off.day}`)
    while (waiting[0]?.lastSequence === previous.sequence) waiting.shift()
    const entries = await listEntries(sql, previous.sequence, waiting.length > 0 ? nextPage(waiting, previous) : page)
    if (entries.length === 0) break
    for (const entry of entries) {
      const fault = entryFault(previous, entry)
      if (fault) return fail(previous.sequence + 1, fault)
      previous = { sequence: entry.sequence, hash: entry.hash }
      report.entries += 1
    }
  }
  if (waiting[0])
    return fail(previous.sequence + 1, `entry ${previous.sequence + 1} is missing: ${waiting[0].day} signed more`)
  const unbalanced = await findUnbalancedJournal(sql)
  if (unbalanced) return fail(null, `journal ${unbalanced.reference} is out of balance by ${unbalanced.sum} fen`)
  const [unanchored] = await listUnanchoredDays(sql)
  if (unanchored) return fail(null, `${unanchored} was settled, but its anchor is gone`)
  return report
}

/** Pages end at the next anchor, so that it can be held against the chain as we pass it. */
function nextPage(waiting: readonly Anchor[], previous: { sequence: number }): number {
  return Math.min(page, waiting[0]!.lastSequence - previous.sequence)
}

function leavesChain(anchor: Anchor, at: { sequence: number; hash: Uint8Array }): boolean {
  return anchor.lastSequence === at.sequence && !equalConstantTime(anchor.head, at.hash)
}
