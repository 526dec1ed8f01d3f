// Publishes a settled day: numbers the statements, makes every file, signs it, and puts it where members fetch it. Publishing again
// changes nothing; after a crash, or when a published file is gone, the same bytes are made again under the same signature.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hex } from '../../card-crypto/bytes.ts'
import type { BusinessDay } from '../business-day.ts'
import type { ClearingContext } from '../context.ts'
import { transaction, type Queryable } from '../database.ts'
import { announceDisputes, listNotices } from '../disputes/dispute-queries.ts'
import { listParticipants } from '../participants/participant-queries.ts'
import { startProgress } from '../progress-queries.ts'
import { refuse } from '../refusals.ts'
import { makeStatements } from '../statements/make-statements.ts'
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
import { issueFiles, recordIssue, stands } from './issue-files.ts'
import { findSettlement } from './settle-day.ts'

export async function publishDay(context: ClearingContext, day: BusinessDay, now: Date): Promise<Publication> {
  await prepare(context, day)
  const before = await findPublication(context.sql, day)
  const issue = { day, adjustment: 0 }
  if (before && (await stands(context, issue))) return before
  const { size } = await sumSizes(context, day)
  const progress = await startProgress(context.sql, `publish:${day}`, size)
  const workshop = await mkdtemp(join(context.folders.published, '.making-'))
  try {
    const made = await makeStatements(context, day, workshop, progress)
    const signed = await issueFiles(context, issue, { made, workshop, now })
    await recordIssue(context, issue, signed, async (tx) => {
      const row = await lockDay(tx, day)
      if (!row!.publishedAt) await markPublished(tx, day, now)
    })
    await progress.end('done', `${made.length}`)
    return (await findPublication(context.sql, day))!
  } catch (error) {
    await progress.end('failed', error instanceof Error ? error.message : '')
    throw error
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
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

async function sumSizes({ sql }: ClearingContext, day: BusinessDay): Promise<{ size: number }> {
  const files = await listDayFiles(sql, day)
  return { size: files.reduce((sum, file) => sum + file.size, 0) }
}
