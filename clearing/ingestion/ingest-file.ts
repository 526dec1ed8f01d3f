// Takes in card files: each is archived, digested and judged, its lines are loaded, and it is accepted into the open clearing day.
// Running it again, whenever and wherever it stopped, gives the same sums and the first receipt.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BusinessDay } from '../business-day.ts'
import type { Frame } from '../card-files/file-format.ts'
import type { ClearingContext } from '../context.ts'
import { startProgress, type ProgressReporter } from '../progress-queries.ts'
import { refuse } from '../refusals.ts'
import { acceptFile } from './accept-file.ts'
import { loadCheckTerms } from './check-terms.ts'
import { receiptOf, type FileReceipt } from './file-receipt.ts'
import { withFileLocks, type CardFile } from './file-queries.ts'
import { storableName } from './file-rules.ts'
import type { LoadOrder } from './loading/load-chunks.ts'
import { openLoading, type Loading } from './loading/load-files.ts'
import { secureFile } from './receiving/receive-file.ts'
import { findProfile, registerFile, type IncomingFile, type RegisteredFile } from './register-file.ts'

/** Refused with 'file-in-progress' while another process is at the same name; a refused file is a receipt, not an error. */
export async function ingestFile(context: ClearingContext, incoming: IncomingFile, now: Date): Promise<FileReceipt> {
  let outcome: Outcome | undefined
  await ingestFiles(context, [incoming], now, async (_, its) => void (outcome = its))
  if ('error' in outcome!) throw outcome.error
  return outcome!.receipt
}

/** What became of one file: its receipt, or what ingestFile would have thrown. */
export type Outcome = { receipt: FileReceipt } | { error: unknown }

/**
 * Takes in files that wait together, in their order. The next is received while one is loaded, and the days they are the first to
 * bring are keyed once, after the last of them: that is when they are accepted. `took` hears of each what became of it; a fault of
 * one file is none of the others'.
 */
export async function ingestFiles<File extends IncomingFile>(
  context: ClearingContext,
  files: readonly File[],
  now: Date,
  took: (file: File, outcome: Outcome) => Promise<void>
): Promise<void> {
  const nameOf = ({ name }: File): string => storableName(name)
  await withFileLocks(context.sql, files.map(nameOf), async (held) => {
    const first = new Map(files.toReversed().map((file) => [nameOf(file), file]))
    const ours = files.filter((file) => held.has(nameOf(file)) && first.get(nameOf(file)) === file)
    for (const file of files)
      if (!ours.includes(file)) await took(file, { error: refuse('file-in-progress', { name: nameOf(file) }) })
    await takeIn(context, ours, now, took)
  })
}

async function takeIn<File extends IncomingFile>(
  context: ClearingContext,
  files: readonly File[],
  now: Date,
  took: (file: File, outcome: Outcome) => Promise<void>
): Promise<void> {
  const loading = openLoading(context, await mostRecords(files))
  const loads: { file: File; load: Load }[] = []
  const register = async (file: File): Promise<RegisteredFile> => await registerFile(context, file, now)
  let next = settled(files[0], register)
  for (const [index, file] of files.entries()) {
    const registered = await next
    next = settled(files[index + 1], register)
    const outcome = await outcomeOf(async () => {
      const load = await loadFile(context, loading, valueOf(registered))
      if (!load) return await receiptOf(context.sql, valueOf(registered).file, valueOf(registered).repeated)
      loads.push({ file, load })
      return null
    })
    if (outcome) await took(file, outcome)
  }
  const keyed = await settled(loading, async () => await loading.key())
  for (const { file, load } of loads) {
    const accepted = await outcomeOf(async () => {
      valueOf(keyed)
      return await acceptLoad(context, loading, { load, now })
    })
    await took(file, accepted!)
  }
}

/** Does the work now, and keeps what comes of it until it is asked for. */
async function settled<Subject, Result>(
  subject: Subject | undefined,
  work: (subject: Subject) => Promise<Result>
): Promise<PromiseSettledResult<Result>> {
  const [result] = await Promise.allSettled(subject === undefined ? [] : [work(subject)])
  return result!
}

function valueOf<Result>(result: PromiseSettledResult<Result>): Result {
  if (result.status === 'rejected') throw result.reason
  return result.value
}

/** Null when nothing has become of it yet. */
async function outcomeOf(work: () => Promise<FileReceipt | null>): Promise<Outcome | null> {
  try {
    const receipt = await work()
    return receipt && { receipt }
  } catch (error) {
    return { error }
  }
}

/** So many sound lines the files can have at most. */
async function mostRecords(files: readonly IncomingFile[]): Promise<number> {
  let records = 0
  for (const file of files) {
    const found = await stat(file.path).catch(() => null)
    const profile = findProfile(file)
    if (found && profile) records += Math.ceil(found.size / profile.format.shortestLine)
  }
  return records
}

/** A file whose lines are in, but for those its days' keys must decide about. */
interface Load {
  file: CardFile
  frame: Frame
  order: LoadOrder
  progress: ProgressReporter
  /** Writing the bytes out takes as long as loading them; both must be done before the file is accepted. */
  secured: Promise<void>
  lateFor: BusinessDay | null
}

/** Null when there is nothing to load: the file was refused, or taken in before. */
async function loadFile(
  context: ClearingContext,
  loading: Loading,
  { file, frame, profile, sender, received, lateFor }: RegisteredFile
): Promise<Load | null> {
  if (!frame) return null
  const { sql, folders } = context
  const secured = secureFile(received, folders.archive)
  secured.catch(() => undefined)
  const progress = await startProgress(sql, `file:${file.id}`, frame.endByte - frame.firstByte)
  return await reporting(progress, async () => {
    const { terms, lookup } = await loadCheckTerms(sql, { profile, sender, receivedAt: file.receivedAt })
    const order = { fileId: file.id, path: join(folders.archive, file.storedAs), frame, lookup, terms }
    await loading.load(order, (done) => progress.at('load', done))
    return { file, frame, order, progress, secured, lateFor }
  })
}

async function acceptLoad(
  { sql }: ClearingContext,
  loading: Loading,
  { load: { file, frame, order, progress, secured, lateFor }, now }: { load: Load; now: Date }
): Promise<FileReceipt> {
  return await reporting(progress, async () => {
    await loading.decide(order)
    await secured
    const accepted = await acceptFile(sql, file.id, { frame, now, lateFor })
    await progress.end('done')
    return await receiptOf(sql, accepted, false)
  })
}

async function reporting<Result>(progress: ProgressReporter, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    await progress.end('failed', (error as Error).message).catch(() => undefined)
    throw error
  }
}
