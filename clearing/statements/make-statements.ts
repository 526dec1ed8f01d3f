// Makes every file of a settled day in a folder, all pieces one after the other: for those who look at a day again, and for adjustments.
// The same day gives the same bytes whenever it is made, and by whomever: nothing in here looks at a clock.
import { join } from 'node:path'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { sm3Hasher } from '../../card-crypto/sm3.ts'
import type { BusinessDay } from '../business-day.ts'
import type { ClearingContext } from '../context.ts'
import type { ProgressReporter } from '../progress-queries.ts'
import { loadPlan, type DayPlan } from './day-plan.ts'
import { makeLines } from './pieces/make-lines.ts'
import { makeSmallFiles } from './pieces/make-small-files.ts'
import { countByIssuer } from './pieces/piece-queries.ts'
import { assertSettled, isExchanged, piecesOf, rejectsOf } from './pieces/piece-rules.ts'
import type { LargeWork, LinesResult } from './pieces/piece-schemas.ts'
import type { MadeFile } from './statement-schemas.ts'

type Workshop = Pick<ClearingContext, 'sql' | 'keys' | 'folders'>

export async function makeStatements(
  context: Workshop,
  day: BusinessDay,
  folder: string,
  progress?: ProgressReporter
): Promise<MadeFile[]> {
  return await makePlanned(context, await loadPlan(context, day), folder, progress)
}

/** A day's publication or one of its adjustments, as planned. */
export async function makePlanned(
  context: Workshop,
  plan: DayPlan,
  folder: string,
  progress?: ProgressReporter
): Promise<MadeFile[]> {
  const pieces = piecesOf(plan, await countByIssuer(context.sql, plan.files.filter(isExchanged)))
  const sizes = new Map(plan.files.map(({ id, size }) => [id, size]))
  const results: LinesResult[] = []
  let done = 0
  for (const work of pieces.lines) {
    const report = (bytes: number) => progress?.at('lines', done + bytes)
    results.push(await makeLines(context, plan, { work, folder, safely: false, report }))
    for (const file of work.files) done += sizes.get(file)!
  }
  assertSettled(results, plan.settlement.totals)
  const large: MadeFile[] = []
  for (const work of [...pieces.large, ...results.flatMap(({ tables }) => tables)])
    large.push(await measureFile(folder, work))
  const small: MadeFile[] = []
  for (const { participant } of pieces.small) {
    const rejects = rejectsOf(results, participant)
    small.push(...(await makeSmallFiles(plan, participant, { folder, large, rejects })))
  }
  return [...large, ...small]
}

/** Size and digest of a large file that is complete. */
export async function measureFile(folder: string, { title, lines }: LargeWork): Promise<MadeFile> {
  const path = join(folder, title.name)
  const hasher = sm3Hasher()
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hasher.update(piece as Buffer)
  return { ...title, size: (await stat(path)).size, lines, digest: hasher.digest() }
}
