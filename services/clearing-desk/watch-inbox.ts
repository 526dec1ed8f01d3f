// The watched inbox folder: a file is taken when a NAME.done stands beside it, or when nothing about it has changed for a
// moment. NAME.sig beside it is its detached SM2 signature. Senders who want to be sure write elsewhere and rename.
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { lstat, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { transaction } from '../../clearing/database.ts'
import type { Parts } from '../parts.ts'
import { findWaitingArrival, insertArrival, listStoredNames } from './arrival-queries.ts'
import { holdingFolder } from './receive-arrival.ts'

const stableMs = 3_000
const strayMs = 24 * 3_600_000

/** Writes down every file that is whole and moves it out of reach. Killed between the two, the next look does the rest. */
export async function watchInbox({ sql, context }: Pick<Parts, 'sql' | 'context'>, now: Date): Promise<number> {
  const { inbox } = context.folders
  await mkdir(join(inbox, holdingFolder), { recursive: true })
  const names = new Set(await readdir(inbox))
  let taken = 0
  for (const name of [...names].toSorted()) {
    if (!isCandidate(name)) continue
    const path = join(inbox, name)
    const facts = await lstat(path).catch(() => null)
    if (!facts?.isFile()) continue
    const marked = names.has(`${name}.done`)
    if (!marked && now.getTime() - facts.ctimeMs < stableMs) continue
    const signature = names.has(`${name}.sig`) ? await readFile(join(inbox, `${name}.sig`)) : null
    const storedAs = await arrivalOf(sql, { name, size: facts.size, signature, receivedAt: now })
    if (storedAs === null || existsSync(join(inbox, storedAs))) continue
    await rename(path, join(inbox, storedAs))
    for (const beside of ['.done', '.sig']) await rm(join(inbox, name + beside), { force: true })
    taken++
  }
  return taken
}

/** Where the file goes; null while an earlier one of this name has not been taken in. */
async function arrivalOf(
  sql: Parts['sql'],
  { name, size, signature, receivedAt }: { name: string; size: number; signature: Uint8Array | null; receivedAt: Date }
): Promise<string | null> {
  const storedAs = join(holdingFolder, randomUUID())
  const facts = { format: null, source: 'inbox' as const, digest: null, receivedBy: null }
  const arrival = { ...facts, name, size, signature, receivedAt, storedAs }
  if (await transaction(sql, async (tx) => await insertArrival(tx, arrival))) return storedAs
  const waiting = await findWaitingArrival(sql, name)
  return waiting && waiting.source === 'inbox' && waiting.digest === null ? waiting.storedAs : null
}

function isCandidate(name: string): boolean {
  return !name.startsWith('.') && !/\.(done|sig|part|tmp|filepart)$/.test(name)
}

/** What an upload cut off by a crash left behind. */
export async function sweepHoldingFolder({ sql, context }: Pick<Parts, 'sql' | 'context'>, now: Date): Promise<void> {
  const folder = join(context.folders.inbox, holdingFolder)
  const needed = await listStoredNames(sql)
  for (const name of await readdir(folder).catch(() => [])) {
    const facts = await lstat(join(folder, name)).catch(() => null)
    const stray = facts && now.getTime() - facts.mtimeMs > strayMs && !needed.has(join(holdingFolder, name))
    if (stray) await rm(join(folder, name), { force: true })
  }
}
