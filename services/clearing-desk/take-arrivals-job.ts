// Takes in the files that arrived, by the inbox or the API: the inbox is looked at in every round, and what waits is ingested together.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { transaction } from '../../clearing/database.ts'
import { ingestFiles, type Outcome } from '../../clearing/ingestion/ingest-file.ts'
import type { IncomingFile } from '../../clearing/ingestion/register-file.ts'
import { isDisputeFileName, readDisputeBytes, takeDisputeFile } from '../../clearing/disputes/take-dispute-file.ts'
import { isHotlistFileName, takeHotlistFile } from '../../clearing/participants/exchange-lists.ts'
import { Refusal } from '../../clearing/refusal.ts'
import type { Job } from '../jobs/worker-rounds.ts'
import { forgetPostponed, listPostponed, postpone } from '../jobs/worker-queries.ts'
import type { Parts } from '../parts.ts'
import { finishArrival, listWaitingArrivals, type Arrival } from './arrival-queries.ts'
import { watchInbox } from './watch-inbox.ts'

/** Files of a batch are accepted together, so it must end; and it remembers every line, in 256 MB for some twenty million. */
const batchBytesMax = 12e9

export const takeArrivalsJob: Job = {
  name: 'take-arrivals',
  async due(parts, now) {
    await watchInbox(parts, now)
    return (await listDue(parts, now)).length > 0 ? ['waiting'] : []
  },
  async perform(parts, _, now) {
    await takeArrivals(parts, batchOf(await listDue(parts, now)), now)
  }
}

/** Those whose last attempt failed wait for their next. */
async function listDue({ sql }: Pick<Parts, 'sql'>, now: Date): Promise<Arrival[]> {
  const postponed = await listPostponed(sql, now)
  return (await listWaitingArrivals(sql)).filter((arrival) => !postponed.has(workOf(arrival)))
}

function workOf({ id }: Arrival): string {
  return `take-arrival:${id}`
}

function batchOf(arrivals: readonly Arrival[]): Arrival[] {
  let bytes = 0
  return arrivals.filter(({ size }, index) => (bytes += size) <= batchBytesMax || index === 0)
}

async function takeArrivals(parts: Taking, arrivals: readonly Arrival[], now: Date): Promise<void> {
  const files = arrivals.map((arrival) => ({
    arrival,
    path: join(parts.context.folders.inbox, arrival.storedAs),
    name: arrival.name,
    ...(arrival.format ? { format: arrival.format } : {}),
    ...(arrival.signature ? { signature: arrival.signature } : {})
  }))
  const isShort = ({ name }: ArrivedFile): boolean => isDisputeFileName(name) || isHotlistFileName(name)
  for (const file of files.filter(isShort))
    await finish(parts, file, endOf(await takeShort(parts.context, file, now)), now)
  const cardFiles = files.filter((file) => !isShort(file))
  await ingestFiles(parts.context, cardFiles, now, async (file, outcome) => {
    await finish(parts, file, endOf(outcome), now)
  })
}

type Taking = Pick<Parts, 'sql' | 'context'>

type ArrivedFile = IncomingFile & { arrival: Arrival }

/** Files of disputes and of hotlists are read whole. */
async function takeShort(context: Parts['context'], { path, ...file }: ArrivedFile, now: Date): Promise<Taken> {
  try {
    const bytes = await readDisputeBytes(path)
    if (isHotlistFileName(file.name)) await takeHotlistFile(context.sql, { name: file.name, bytes }, now)
    else await takeDisputeFile(context, { ...file, bytes }, now)
    return { receipt: null }
  } catch (error) {
    return { error }
  }
}

/** Short files have their receipts elsewhere. */
type Taken = Outcome | { receipt: null }

/** The bytes are removed from the inbox only after the arrival is finished: killed anywhere, the next run finds them again. */
async function finish({ sql }: Taking, { arrival, path }: ArrivedFile, end: End, now: Date): Promise<void> {
  if ('retryFor' in end) return void (await postpone(sql, workOf(arrival), end.retryFor, now))
  await transaction(sql, async (tx) => await finishArrival(tx, arrival.id, { ...end, finishedAt: now }))
  await forgetPostponed(sql, workOf(arrival))
  await rm(path, { force: true })
}

type End = { state: 'taken' | 'refused'; fileId: number | null; code: string | null } | { retryFor: string }

/** A refusal that ends the matter (the name was used for other bytes) finishes the arrival; what may pass is tried again. */
function endOf(taken: Taken): End {
  if ('receipt' in taken) {
    const refused = taken.receipt?.state === 'refused'
    return {
      state: refused ? 'refused' : 'taken',
      fileId: taken.receipt?.id ?? null,
      code: refused ? taken.receipt!.code : null
    }
  }
  const { error } = taken
  if (!(error instanceof Refusal)) return { retryFor: String(error) }
  if (error.kind === 'unavailable' || error.code === 'file-in-progress') return { retryFor: error.code }
  return { state: 'refused', fileId: null, code: error.code }
}
