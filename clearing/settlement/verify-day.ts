// Computes a clearing day again from what is stored and says, in order, what is found: source files, their signatures, every line's
// fate and TAC, sums, fees, positions, the ledger, and everything published. The first thing wrong is the first finding that fails.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { equalConstantTime } from '../../card-crypto/bytes.ts'
import { rawToDer } from '../../card-crypto/sm2-der.ts'
import { sm2VerifyFile } from '../../card-crypto/sm2-file.ts'
import { listRuns } from '../adjustments/adjustment-queries.ts'
import type { AdjustmentRun } from '../adjustments/adjustment-schemas.ts'
import { makeAdjustment } from '../adjustments/publish-adjustment.ts'
import type { BusinessDay } from '../business-day.ts'
import type { ClearingContext } from '../context.ts'
import { verifyChain } from '../ledger/verify-chain.ts'
import { loadParticipantLookup } from '../participants/participant-queries.ts'
import { startProgress, type ProgressReporter } from '../progress-queries.ts'
import { Refusal } from '../refusal.ts'
import { refuse } from '../refusals.ts'
import { makeStatements } from '../statements/make-statements.ts'
import { listDayFiles, listPublished } from '../statements/statement-queries.ts'
import { statementKey, type MadeFile, type PublishedFile } from '../statements/statement-schemas.ts'
import { findDay } from './clearing-day-queries.ts'
import { Unsound } from './verification/unsound.ts'
import { verifyDiscounts } from './verification/verify-discounts.ts'
import { verifyFile } from './verification/verify-file.ts'
import { verifyLedgerLegs, verifyMoney } from './verification/verify-money.ts'

/** One thing that was checked. */
export interface Finding {
  check: string
  /** What was looked at, or what is wrong with it. */
  detail: string
  sound: boolean
}

export interface DayVerification {
  day: BusinessDay
  state: string
  findings: Finding[]
  /** Null when the day is sound. */
  firstFault: Finding | null
}

type Check = () => Promise<string>

/** Goes on after a fault, so that the findings show how far it reaches; `watch` is told of each as it is made. */
export async function verifyDay(
  context: ClearingContext,
  day: BusinessDay,
  watch: (finding: Finding) => void = () => undefined
): Promise<DayVerification> {
  const row = await findDay(context.sql, day)
  if (!row) throw refuse('clearing-day-not-found', { day })
  const findings: Finding[] = []
  const run = async (check: string, work: Check): Promise<void> => {
    const finding = await judge(check, work)
    findings.push(finding)
    watch(finding)
  }
  const files = await listDayFiles(context.sql, day)
  const progress = await startProgress(
    context.sql,
    `verify:${day}`,
    files.reduce((sum, file) => sum + file.size, 0)
  )
  const lookup = await loadParticipantLookup(context.sql, day)
  let done = 0
  for (const file of files) {
    const report = (bytes: number) => progress.at('lines', done + bytes)
    await run(`file ${file.id}`, async () => await verifyFile(context, file, { lookup, report }))
    done += file.size
  }
  if (row.settledAt) {
    await run('money', async () => await verifyMoney(context.sql, day))
    await run('postings', async () => await verifyLedgerLegs(context.sql, day))
    await run('discounts', async () => await verifyDiscounts(context.sql, day))
  }
  await run('ledger', async () => await verifyLedger(context))
  if (row.publishedAt) {
    await run('published files', async () => await verifyPublished(context, day))
    await run('reproduction', async () => await reproduce(context, day, progress))
  }
  for (const issued of (await listRuns(context.sql, day)).filter((each) => each.publishedAt !== null)) {
    const check = `adjustment ${issued.number}`
    await run(check, async () => await verifyAdjustment(context, issued))
  }
  const firstFault = findings.find((finding) => !finding.sound) ?? null
  await progress.end(firstFault ? 'failed' : 'done', firstFault?.detail)
  return { day, state: row.state, findings, firstFault }
}

async function judge(check: string, work: Check): Promise<Finding> {
  try {
    return { check, detail: await work(), sound: true }
  } catch (error) {
    if (error instanceof Refusal)
      return { check, detail: `${error.english} ${JSON.stringify(error.facts)}`, sound: false }
    if (error instanceof Unsound) return { check, detail: error.message, sound: false }
    if (isMissingFile(error)) return { check, detail: `missing: ${error.path}`, sound: false }
    throw error
  }
}

async function verifyLedger({ sql, keys }: ClearingContext): Promise<string> {
  const { entries, anchors, fault } = await verifyChain(sql, keys)
  if (fault) throw new Unsound(fault.sequence === null ? fault.reason : `entry ${fault.sequence}: ${fault.reason}`)
  return `${entries} entries chained, ${anchors} anchors signed`
}

/** Digest and signature of every file, as it lies in the published folder, with its row and its .sig. */
async function verifyPublished(
  { sql, keys, folders }: ClearingContext,
  day: BusinessDay,
  adjustment = 0
): Promise<string> {
  const published = await listPublished(sql, day, adjustment)
  const publicKey = await keys.publicKey(statementKey)
  for (const file of published) {
    const path = join(folders.published, file.storedAs)
    if (!(await sm2VerifyFile(publicKey, { path, signature: file.signature })))
      throw new Unsound(`${file.name}: the signature is not over these bytes`)
    if (!equalConstantTime(await readFile(`${path}.sig`), rawToDer(file.signature)))
      throw new Unsound(`${file.name}.sig: not the signature on record`)
  }
  return `${published.length} files carry our signature`
}

/** Makes every published file again from the archive: the bytes must be the same. */
async function reproduce(context: ClearingContext, day: BusinessDay, progress: ProgressReporter): Promise<string> {
  return await sameAgain(
    context,
    await listPublished(context.sql, day),
    async (workshop) => await makeStatements(context, day, workshop, progress)
  )
}

/** Its statements carry our signature, are the same when made again, and post what its lines come to. */
async function verifyAdjustment(context: ClearingContext, run: AdjustmentRun): Promise<string> {
  await verifyPublished(context, run.day, run.number)
  return await sameAgain(
    context,
    await listPublished(context.sql, run.day, run.number),
    async (workshop) => await makeAdjustment(context, run, workshop)
  )
}

async function sameAgain(
  { folders }: ClearingContext,
  published: readonly PublishedFile[],
  make: (workshop: string) => Promise<MadeFile[]>
): Promise<string> {
  const workshop = await mkdtemp(join(folders.published, '.verifying-'))
  try {
    const made = new Map((await make(workshop)).map((file) => [file.name, file]))
    for (const file of published) {
      const again = made.get(file.name)
      if (!again) throw new Unsound(`${file.name} would not be made today`)
      if (!equalConstantTime(again.digest, file.digest)) throw new Unsound(`${file.name} comes out with other bytes`)
      made.delete(file.name)
    }
    for (const name of made.keys()) throw new Unsound(`${name} was not published`)
    return 'every published byte made again from the source files'
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

function isMissingFile(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT'
}
