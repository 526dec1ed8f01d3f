// Loads the records of received files: the chunks of one after the other, then the keys of the days they are the first to bring,
// once for all of them, and last the lines that had to wait for those keys. Whatever dies, running again goes on where it was.
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import type { Database } from '../../database.ts'
import { listChunks } from '../file-queries.ts'
import { decideDoubts } from './decide-doubts.ts'
import { suspectDuplicates } from './duplicate-suspicion.ts'
import { keyDays } from './key-days.ts'
import { loadChunks, type LoadOrder } from './load-chunks.ts'

export type ReportBytes = (bytesDone: number) => void

export interface Loading {
  /** Loads the chunks of a file; a line that repeats one of an earlier file of this loading waits for the keys. */
  load(order: LoadOrder, report: ReportBytes): Promise<void>
  /** Keys the days of the files loaded so far. */
  key(): Promise<void>
  /** Decides about the lines of a file that waited; its days must be keyed. */
  decide(order: LoadOrder): Promise<void>
}

/** For files of so many records in all; of fewer it only costs memory, of more it suspects lines that repeat nothing. */
export function openLoading(context: { sql: Database; keys: KeyStore }, records: number): Loading {
  const { sql } = context
  const suspicion = suspectDuplicates(records)
  const loaded: { order: LoadOrder; chunks: number }[] = []
  const days = new Set<number>()
  const load = async (order: LoadOrder, report: ReportBytes): Promise<number> => {
    const { chunks, days: its } = await loadChunks(context, { ...order, suspicion }, report)
    for (const day of its) days.add(day)
    return chunks
  }
  return {
    async load(order, report) {
      loaded.push({ order, chunks: await load(order, report) })
    },
    async key() {
      for (;;) {
        await keyDays(sql, days)
        // Keying takes out chunks that repeat another file's lines; once all days are keyed that is over.
        const torn: LoadOrder[] = []
        for (const { order, chunks } of loaded)
          if ((await listChunks(sql, order.fileId)).length < chunks) torn.push(order)
        if (torn.length === 0) return
        for (const order of torn) await load(order, () => undefined)
      }
    },
    decide: async (order) => await decideDoubts(sql, order)
  }
}
