// Loads the records of a received file: its chunks, the keys of the days it is the first to bring, and last the lines that had to
// wait for those keys. Whatever dies, running again goes on where it was.
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import type { Database } from '../../database.ts'
import { listChunks } from '../file-queries.ts'
import { decideDoubts } from './decide-doubts.ts'
import { keyDays } from './key-days.ts'
import { loadChunks, type LoadOrder } from './load-chunks.ts'

export async function loadTransactions(
  context: { sql: Database; keys: KeyStore },
  order: LoadOrder,
  report: (bytesDone: number) => void
): Promise<void> {
  const { sql } = context
  for (;;) {
    const { chunks, days } = await loadChunks(context, order, report)
    await keyDays(sql, days)
    // Keying takes out chunks that repeat another file's lines; once all days are keyed that is over.
    if ((await listChunks(sql, order.fileId)).length === chunks) break
  }
  await decideDoubts(sql, order)
}
