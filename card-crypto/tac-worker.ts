// The thread that verifies pieces of a batch of TACs for tac-pool.ts. It holds the root TAC keys it was given and nothing else.
import { parentPort } from 'node:worker_threads'
import { tacBatch, type TacRootKey } from './tac-batch.ts'

export interface TacPiece {
  id: number
  records: Uint8Array
  count: number
}

/** Sent before the first piece, and again whenever keys were added. */
export interface TacRoots {
  roots: readonly TacRootKey[]
}

export interface TacPieceVerdicts {
  id: number
  verdicts: Uint8Array<ArrayBuffer>
}

let batch = tacBatch([])

parentPort!.on('message', (message: TacRoots | TacPiece) => {
  if ('roots' in message) {
    batch = tacBatch(message.roots)
    return
  }
  const verdicts = new Uint8Array(message.count)
  batch.verify(message.records, message.count, verdicts)
  const answer: TacPieceVerdicts = { id: message.id, verdicts }
  parentPort!.postMessage(answer, [verdicts.buffer])
})
