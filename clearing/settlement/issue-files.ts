// Gives made files out under our signature: signed once, moved into place whole, and recorded; a publication of a day and each of its
// adjustments is an issue of its own. Doing it again puts back the same bytes under the same signatures.
import { access, mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { equalConstantTime } from '../../card-crypto/bytes.ts'
import { rawToDer } from '../../card-crypto/sm2-der.ts'
import { sm2PublicKeyToPem } from '../../card-crypto/sm2-keys.ts'
import type { BusinessDay } from '../business-day.ts'
import type { ClearingContext } from '../context.ts'
import { transaction, type Transaction } from '../database.ts'
import { refuse } from '../refusals.ts'
import type { SignedFile } from '../statements/pieces/piece-schemas.ts'
import { insertPublished, listPublished } from '../statements/statement-queries.ts'
import { statementKey, type MadeFile, type PublishedFile } from '../statements/statement-schemas.ts'

export const publicKeyFile = 'statement-signature.pem'

/** The day's own publication is adjustment 0. */
export interface Issue {
  day: BusinessDay
  adjustment: number
}

/** Where an issue lies in the published folder. */
function placeOf({ day, adjustment }: Issue): string {
  return adjustment === 0 ? day : join(day, `adjustment-${adjustment}`)
}

/** Whether every published file is where it belongs, in its size, with its signature beside it. */
export async function stands({ sql, folders }: ClearingContext, issue: Issue): Promise<boolean> {
  for (const file of await listPublished(sql, issue.day, issue.adjustment)) {
    const path = join(folders.published, file.storedAs)
    if (!(await isWhole(path, file))) return false
    const signature = await readFile(`${path}.sig`).catch(() => undefined)
    if (!signature || !equalConstantTime(signature, rawToDer(file.signature))) return false
  }
  return await access(join(folders.published, placeOf(issue), publicKeyFile)).then(
    () => true,
    () => false
  )
}

export interface Made {
  made: readonly MadeFile[]
  /** Where they were made. */
  workshop: string
  now: Date
}

/** Signs the files and puts them where members fetch them; `recordIssue` comes next. */
export async function issueFiles(context: ClearingContext, issue: Issue, made: Made): Promise<PublishedFile[]> {
  const signed = await sign(context, issue, made)
  await moveIntoPlace(context, issue, { signed, workshop: made.workshop })
  return signed
}

/** The same with files that are signed already. */
export async function placeFiles(
  context: ClearingContext,
  issue: Issue,
  { signed, workshop, now }: Omit<Made, 'made'> & { signed: readonly SignedFile[] }
): Promise<PublishedFile[]> {
  const before = new Map(
    (await listPublished(context.sql, issue.day, issue.adjustment)).map((file) => [file.name, file])
  )
  const files = signed.map((file) => ({
    ...file,
    storedAs: join(placeOf(issue), file.name),
    publishedAt: before.get(file.name)?.publishedAt ?? now
  }))
  await moveIntoPlace(context, issue, { signed: files, workshop })
  return files
}

/** Files published before must come out the same, and keep their signatures: an SM2 signature is never the same twice. */
async function sign(
  { sql, keys }: ClearingContext,
  issue: Issue,
  { made, workshop, now }: Made
): Promise<PublishedFile[]> {
  const known = new Map((await listPublished(sql, issue.day, issue.adjustment)).map((file) => [file.name, file]))
  const signed: PublishedFile[] = []
  for (const file of made) {
    const before = known.get(file.name)
    if (before && !equalConstantTime(before.digest, file.digest))
      throw refuse('statement-bytes-differ', { day: issue.day, name: file.name })
    const signature = before?.signature ?? (await keys.signFile(statementKey, join(workshop, file.name)))
    signed.push({
      ...file,
      storedAs: join(placeOf(issue), file.name),
      signature,
      publishedAt: before?.publishedAt ?? now
    })
  }
  return signed
}

/** Complete files, safe on disk, are all that ever appears under their names. */
async function moveIntoPlace(
  { keys, folders }: ClearingContext,
  issue: Issue,
  { signed, workshop }: { signed: readonly PublishedFile[]; workshop: string }
): Promise<void> {
  const place = join(folders.published, placeOf(issue))
  await mkdir(place, { recursive: true })
  await writeFile(join(workshop, publicKeyFile), sm2PublicKeyToPem(await keys.publicKey(statementKey)), { mode: 0o640 })
  for (const { name, signature } of signed)
    await writeFile(join(workshop, `${name}.sig`), rawToDer(signature), { mode: 0o640 })
  const names = [publicKeyFile, ...signed.flatMap(({ name }) => [name, `${name}.sig`])]
  // Side by side, so that the disk may write them in one go.
  await Promise.all(names.map(async (name) => await sync(join(workshop, name)).catch(passMissing)))
  for (const name of names) await rename(join(workshop, name), join(place, name)).catch(passMissing)
  await sync(place)
  if (!(await Promise.all(signed.map(async (file) => await isWhole(join(place, file.name), file)))).every(Boolean))
    throw new Error(`files of ${issue.day} are neither where they were made nor where they belong`)
}

/** Moved by whoever was at it before and died. */
function passMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

async function isWhole(path: string, { size }: { size: number }): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.size === size
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
export async function recordIssue(
  context: ClearingContext,
  issue: Issue,
  signed: readonly PublishedFile[],
  mark: (tx: Transaction) => Promise<void>
): Promise<void> {
  const standing = await transaction(context.sql, async (tx) => {
    await mark(tx)
    await insertPublished(tx, issue, signed)
    return await listPublished(tx, issue.day, issue.adjustment)
  })
  for (const file of standing) {
    const mine = signed.find((each) => each.name === file.name)
    if (mine && equalConstantTime(mine.signature, file.signature)) continue
    const path = join(context.folders.published, `${file.storedAs}.sig`)
    await writeFile(`${path}.new`, rawToDer(file.signature), { flush: true, mode: 0o640 })
    await rename(`${path}.new`, path)
  }
}
