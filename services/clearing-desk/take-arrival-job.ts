// Takes in the files that arrived, by the inbox or the API: the inbox is looked at in every round, and each arrival is ingested.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { transaction } from '../../clearing/database.ts'
import { ingestFile } from '../../clearing/ingestion/ingest-file.ts'
import { isHotlistFileName, takeHotlistFile } from '../../clearing/participants/exchange-lists.ts'
import { Refusal } from '../../clearing/refusal.ts'
import { isDisputeFileName, readDisputeBytes, takeDisputeFile } from '../../clearing/disputes/take-dispute-file.ts'
import type { Job } from '../jobs/worker-rounds.ts'
import type { Parts } from '../parts.ts'
import { findArrival, finishArrival, listWaitingArrivals, type Arrival } from './arrival-queries.ts'
import { watchInbox } from './watch-inbox.ts'

export const takeArrivalJob: Job = {
  name: 'take-arrival',
  async due(parts, now) {
    await watchInbox(parts, now)
    return await listWaitingArrivals(parts.sql)
  },
  async perform(parts, id, now) {
    const arrival = await findArrival(parts.sql, Number(id))
    if (arrival?.state === 'waiting') await takeArrival(parts, arrival, now)
  }
}

/** The bytes are removed from the inbox only after the arrival is finished: killed anywhere, the next run finds them again. */
export async function takeArrival(
  { sql, context }: Pick<Parts, 'sql' | 'context'>,
  arrival: Arrival,
  now: Date
): Promise<void> {
  const path = join(context.folders.inbox, arrival.storedAs)
  const outcome = await ingest(context, arrival, { path, now })
  await transaction(sql, async (tx) => await finishArrival(tx, arrival.id, { ...outcome, finishedAt: now }))
  await rm(path, { force: true })
}

/** A refusal that ends the matter (the name was used for other bytes) finishes the arrival; one that may pass is thrown on. */
async function ingest(context: Parts['context'], arrival: Arrival, { path, now }: { path: string; now: Date }) {
  const { name, format, signature } = arrival
  try {
    if (isDisputeFileName(name)) {
      const bytes = await readDisputeBytes(path)
      await takeDisputeFile(context, { name, bytes, ...(signature ? { signature } : {}) }, now)
      return { state: 'taken' as const, fileId: null, code: null }
    }
    if (isHotlistFileName(name)) {
      await takeHotlistFile(context.sql, { name, bytes: await readDisputeBytes(path) }, now)
      return { state: 'taken' as const, fileId: null, code: null }
    }
    const file = { path, name, ...(format ? { format } : {}), ...(signature ? { signature } : {}) }
    const receipt = await ingestFile(context, file, now)
    const state = receipt.state === 'refused' ? ('refused' as const) : ('taken' as const)
    return { state, fileId: receipt.id, code: state === 'refused' ? receipt.code : null }
  } catch (error) {
    if (!(error instanceof Refusal) || error.kind === 'unavailable' || error.code === 'file-in-progress') throw error
    return { state: 'refused' as const, fileId: null, code: error.code }
  }
}
