// Publishes a settled day: numbers the statements, makes every file, signs it, and puts it where members fetch it. Publishing again
// changes nothing; after a crash, or when a published file is gone, the same bytes are made again under the same signature.
import { access, mkdir, mkdtemp, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { equalConstantTime, hex } from '../../card-crypto/bytes.ts'
import { rawToDer } from '../../card-crypto/sm2-der.ts'
import { sm2PublicKeyToPem } from '../../card-crypto/sm2-keys.ts'
import type { BusinessDay } from '../business-day.ts'
import type { ClearingContext } from '../context.ts'
import { transaction, type Queryable } from '../database.ts'
import { listParticipants } from '../participants/participant-queries.ts'
import { startProgress } from '../progress-queries.ts'
import { refuse } from '../refusals.ts'
import { makeStatements } from '../statements/make-statements.ts'
import {
  answerRefusals,
  insertPublished,
  listAnsweredRefusals,
  listDayFiles,
  listPublished,
  numberStatements
} from '../statements/statement-queries.ts'
import { receiversOf } from '../statements/statement-rules.ts'
import { statementKey, type MadeFile, type Publication, type PublishedFile } from '../statements/statement-schemas.ts'
import { findDay, findEarlierDay, lockDay, markPublished } from './clearing-day-queries.ts'
import { findSettlement } from './settle-day.ts'

export const publicKeyFile = 'statement-signature.pem'

export async function publishDay(context: ClearingContext, day: BusinessDay, now: Date): Promise<Publication> {
  await prepare(context, day)
  const before = await findPublication(context.sql, day)
  if (before && (await stands(context, day))) return before
  const { size } = await sumSizes(context, day)
  const progress = await startProgress(context.sql, `publish:${day}`, size)
  const workshop = await mkdtemp(join(context.folders.published, '.making-'))
  try {
    const made = await makeStatements(context, day, workshop, progress)
    const signed = await sign(context, { day, made, workshop, now })
    await moveIntoPlace(context, { day, signed, workshop })
    await record(context, day, signed, now)
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
    const settlement = (await findSettlement(tx, day))!
    const receivers = receiversOf(settlement, await listDayFiles(tx, day), await listAnsweredRefusals(tx, day))
    await numberStatements(tx, day, receivers)
  })
}

async function sumSizes({ sql }: ClearingContext, day: BusinessDay): Promise<{ size: number }> {
  const files = await listDayFiles(sql, day)
  return { size: files.reduce((sum, file) => sum + file.size, 0) }
}

/** Whether every published file is where it belongs, in its size, with its signature beside it. */
async function stands({ sql, folders }: ClearingContext, day: BusinessDay): Promise<boolean> {
  for (const file of await listPublished(sql, day)) {
    const path = join(folders.published, file.storedAs)
    const found = await stat(path).catch(() => undefined)
    if (found?.size !== file.size) return false
    const signature = await readFile(`${path}.sig`).catch(() => undefined)
    if (!signature || !equalConstantTime(signature, rawToDer(file.signature))) return false
  }
  return await access(join(folders.published, day, publicKeyFile)).then(
    () => true,
    () => false
  )
}

/** Files published before must come out the same, and keep their signatures: an SM2 signature is never the same twice. */
async function sign(
  { sql, keys }: ClearingContext,
  { day, made, workshop, now }: { day: BusinessDay; made: MadeFile[]; workshop: string; now: Date }
): Promise<PublishedFile[]> {
  const known = new Map((await listPublished(sql, day)).map((file) => [file.name, file]))
  const signed: PublishedFile[] = []
  for (const file of made) {
    const before = known.get(file.name)
    if (before && !equalConstantTime(before.digest, file.digest))
      throw refuse('statement-bytes-differ', { day, name: file.name })
    const signature = before?.signature ?? (await keys.signFile(statementKey, join(workshop, file.name)))
    signed.push({ ...file, storedAs: join(day, file.name), signature, publishedAt: before?.publishedAt ?? now })
  }
  return signed
}

/** Complete files, safe on disk, are all that ever appears under their names. */
async function moveIntoPlace(
  { keys, folders }: ClearingContext,
  { day, signed, workshop }: { day: BusinessDay; signed: PublishedFile[]; workshop: string }
): Promise<void> {
  const place = join(folders.published, day)
  await mkdir(place, { recursive: true })
  await writeFile(join(workshop, publicKeyFile), sm2PublicKeyToPem(await keys.publicKey(statementKey)), { mode: 0o640 })
  for (const { name, signature } of signed)
    await writeFile(join(workshop, `${name}.sig`), rawToDer(signature), { mode: 0o640 })
  const names = [publicKeyFile, ...signed.flatMap(({ name }) => [name, `${name}.sig`])]
  // Side by side, so that the disk may write them in one go.
  await Promise.all(names.map(async (name) => await sync(join(workshop, name))))
  for (const name of names) await rename(join(workshop, name), join(place, name))
  await sync(place)
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The rows come last. Of two publishers the first one's signatures stand, and the other puts them back beside the files. */
async function record(context: ClearingContext, day: BusinessDay, signed: PublishedFile[], now: Date): Promise<void> {
  const standing = await transaction(context.sql, async (tx) => {
    const row = await lockDay(tx, day)
    await insertPublished(tx, day, signed)
    if (!row!.publishedAt) await markPublished(tx, day, now)
    return await listPublished(tx, day)
  })
  for (const file of standing) {
    const mine = signed.find((each) => each.name === file.name)
    if (mine && equalConstantTime(mine.signature, file.signature)) continue
    const path = join(context.folders.published, `${file.storedAs}.sig`)
    await writeFile(`${path}.new`, rawToDer(file.signature), { flush: true, mode: 0o640 })
    await rename(`${path}.new`, path)
  }
}
