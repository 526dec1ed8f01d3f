// Publishes a settled day: numbers the statements, makes every file, signs it, and puts it where members fetch it. It is made piece by
// piece: after a crash what is made stays made, and several processes may be at it at once. Publishing again changes nothing; when a
// published file is gone, the same bytes are made again under the same signature.
import { mkdir, rm, stat } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { hex } from '../../card-crypto/bytes.ts'
import type { BusinessDay } from '../business-day.ts'
import type { ClearingContext } from '../context.ts'
import { transaction, type Queryable } from '../database.ts'
import { announceDisputes, listNotices } from '../disputes/dispute-queries.ts'
import { listParticipants } from '../participants/participant-queries.ts'
import { startProgress, type ProgressReporter } from '../progress-queries.ts'
import { refuse } from '../refusals.ts'
import { loadPlan, type DayPlan } from '../statements/day-plan.ts'
import { makePiece, workshopOf } from '../statements/pieces/make-piece.ts'
import {
  countByIssuer,
  countPieces,
  deletePieces,
  holdIssue,
  insertPieces,
  listFilesMade,
  sumLinesMade
} from '../statements/pieces/piece-queries.ts'
import { isExchanged, piecesOf } from '../statements/pieces/piece-rules.ts'
import { readFileRow } from '../statements/pieces/piece-schemas.ts'
import {
  answerRefusals,
  listAnsweredRefusals,
  listDayFiles,
  listPublished,
  numberStatements
} from '../statements/statement-queries.ts'
import { receiversOf } from '../statements/statement-rules.ts'
import type { Publication } from '../statements/statement-schemas.ts'
import { findDay, findEarlierDay, lockDay, markPublished } from './clearing-day-queries.ts'
import { placeFiles, recordIssue, stands } from './issue-files.ts'
import { findSettlement } from './settle-day.ts'

export async function publishDay(context: ClearingContext, day: BusinessDay, now: Date): Promise<Publication> {
  await prepare(context, day)
  for (;;) {
    const before = await findPublication(context.sql, day)
    if (before && (await stands(context, { day, adjustment: 0 }))) return before
    const plan = await loadPlan(context, day)
    await layOutPieces(context, plan)
    const progress = await startProgress(context.sql, `publish:${day}`, sumSizes(plan))
    try {
      await makePieces(context, plan, progress)
      await issueOnce(context, day, now)
      await progress.end('done', `${(await listPublished(context.sql, day)).length}`)
    } catch (error) {
      await progress.end('failed', error instanceof Error ? error.message : '')
      throw error
    }
  }
}

/** A piece of a day that is being published, by whoever has time for it; does nothing when somebody is at it or it is made. */
export async function helpPublish(context: ClearingContext, day: BusinessDay, number?: number): Promise<boolean> {
  return await makePiece(context, { plan: await loadPlan(context, day), ...(number !== undefined && { number }) })
}

/** Once, by the first who is at it; again when what was made is no longer there. */
async function layOutPieces(context: ClearingContext, plan: DayPlan): Promise<void> {
  const { day } = plan.settlement
  const workshop = workshopOf(context, day)
  const isThere = async (): Promise<boolean> =>
    (await countPieces(context.sql, day)).all > 0 && (await stat(workshop).catch(() => null)) !== null
  if (await isThere()) return
  const counts = await countByIssuer(context.sql, plan.files.filter(isExchanged))
  await transaction(context.sql, async (tx) => {
    const row = await lockDay(tx, day)
    // Somebody was quicker, or done meanwhile.
    if ((await isThere()) || (row!.publishedAt && (await stands(context, { day, adjustment: 0 })))) return
    await rm(workshop, { recursive: true, force: true })
    await mkdir(workshop)
    await deletePieces(tx, day)
    await insertPieces(tx, day, piecesOf(plan, counts))
  })
}

/** Until all are made, by us or by others. */
async function makePieces(context: ClearingContext, plan: DayPlan, progress: ProgressReporter): Promise<void> {
  const { day } = plan.settlement
  for (;;) {
    const before = await sumLinesMade(context.sql, day)
    progress.at('lines', before)
    if (await makePiece(context, { plan, report: (bytes) => progress.at('lines', before + bytes) })) continue
    if ((await countPieces(context.sql, day)).open === 0) return
    await setTimeout(waitMs)
  }
}

const waitMs = 100

/** Of several who have seen the last piece made, one puts the files into place; the others find it done. */
async function issueOnce(context: ClearingContext, day: BusinessDay, now: Date): Promise<void> {
  await transaction(context.sql, async (tx) => {
    await holdIssue(tx, day)
    const files = (await listFilesMade(tx, day)).map(readFileRow)
    if (files.length === 0) return
    const issue = { day, adjustment: 0 }
    const signed = await placeFiles(context, issue, { signed: files, workshop: workshopOf(context, day), now })
    await recordIssue(context, issue, signed, async (recording) => {
      const row = await lockDay(recording, day)
      if (!row!.publishedAt) await markPublished(recording, day, now)
      await deletePieces(recording, day)
    })
    await rm(workshopOf(context, day), { recursive: true, force: true })
  })
}

/** What was published of a day; undefined before it is. */
export async function findPublication(sql: Queryable, day: BusinessDay): Promise<Publication | undefined> {
  const row = await findDay(sql, day)
  if (!row?.publishedAt) return undefined
  const codes = new Map((await listParticipants(sql)).map((each) => [each.id, each.code]))
  const files = (await listPublished(sql, day)).map((file) => ({
    participant: codes.get(file.participant)!,
    kind: file.kind,
    part: file.part,
    name: file.name,
    size: file.size,
    lines: file.lines,
    digest: hex(file.digest)
  }))
  return { day, publishedAt: row.publishedAt, files }
}

/** Statement numbers and the answers to refused files are given once, in the order of days. */
async function prepare({ sql }: ClearingContext, day: BusinessDay): Promise<void> {
  await transaction(sql, async (tx) => {
    const row = await lockDay(tx, day)
    if (!row) throw refuse('clearing-day-not-found', { day })
    if (row.publishedAt) return
    if (!row.settledAt) throw refuse('clearing-day-not-settled', { day })
    const earlier = await findEarlierDay(tx, day, ['open', 'closing', 'closed', 'settled'])
    if (earlier) throw refuse('earlier-day-open', { day: earlier })
    await answerRefusals(tx, day)
    await announceDisputes(tx, day)
    const settlement = (await findSettlement(tx, day))!
    const receivers = receiversOf(settlement, await listDayFiles(tx, day), await listAnsweredRefusals(tx, day))
    const told = (await listNotices(tx, day)).map((notice) => notice.participant)
    await numberStatements(tx, { day, adjustment: 0 }, [...new Set([...receivers, ...told])])
  })
}

function sumSizes({ files }: DayPlan): number {
  return files.reduce((sum, file) => sum + file.size, 0)
}
