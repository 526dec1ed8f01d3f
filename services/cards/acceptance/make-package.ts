// Makes the next version of a package for terminals: the hotlist whole, its filter, or what the operator sends; signed, numbered, and
// for cities with the day by which it must be known.
import type { KeyReference, KeyStore } from '../../../card-crypto/key-store.ts'
import { sm3 } from '../../../card-crypto/sm3.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import { buildCardFilter } from '../../../clearing/participants/card-filter.ts'
import { refuse } from '../../refusals.ts'
import { findPackage, insertPackage, listHotChanges, listHotNumbers, type Package } from './package-queries.ts'
import { citiesDueAt, deltaBytes, type PackageKind } from './package-rules.ts'

type Parts = { sql: Database; keys: KeyStore }

export const packageKey: KeyReference = {
  purpose: 'file-signature',
  scope: 'acceptance',
  version: 1,
  index: 1,
  algorithm: 'sm2'
}

export type PackageContent =
  | { kind: 'hotlist' }
  | { kind: 'hotlist-filter'; bits: 8 | 16 }
  | { kind: 'cities'; cities: string[] }
  | { kind: 'prices' | 'parameters' | 'keys'; lines: string[] }

/** Throws package-unchanged for a list of cities that says nothing new. */
export async function makePackage(
  { sql, keys }: Parts,
  asked: PackageContent,
  { now, by }: { now: Date; by: string }
): Promise<Package> {
  const { content, entries } = await contentOf(sql, asked)
  const dueAt = asked.kind === 'cities' ? await dueOf(sql, asked.cities, now) : null
  if (asked.kind === 'cities' && dueAt === null) throw refuse('package-unchanged')
  await keys.generateKey(packageKey)
  const signature = await keys.sign(packageKey, content)
  const row = { kind: asked.kind, madeAt: now, madeBy: by, entries, content, digest: sm3(content), signature, dueAt }
  const version = await transaction(sql, async (tx) => await insertPackage(tx, row))
  return await requirePackage({ sql }, asked.kind, version)
}

async function contentOf(sql: Database, asked: PackageContent): Promise<{ content: Uint8Array; entries: number }> {
  if (asked.kind === 'cities') return { content: text(asked.cities.toSorted()), entries: asked.cities.length }
  if (asked.kind !== 'hotlist' && asked.kind !== 'hotlist-filter')
    return { content: text(asked.lines), entries: asked.lines.length }
  const numbers = await listHotNumbers(sql)
  const content = asked.kind === 'hotlist' ? numbers : buildCardFilter(numbers, asked.bits)
  return { content, entries: numbers.length / 8 }
}

async function dueOf(sql: Database, cities: readonly string[], now: Date): Promise<Date | null> {
  const before = await findPackage(sql, 'cities', null)
  const known = before ? (JSON.parse(Buffer.from(before.content).toString('utf8')) as string[]) : []
  return citiesDueAt(known, cities, now)
}

/** Throws package-not-found. */
export async function requirePackage(
  { sql }: Pick<Parts, 'sql'>,
  kind: PackageKind,
  version: number | null
): Promise<Package & { content: Uint8Array }> {
  const found = await findPackage(sql, kind, version)
  if (!found) throw refuse('package-not-found')
  return found
}

/** What to do to version `from` of the hotlist so that it becomes the newest. Throws package-not-found. */
export async function hotlistDelta(
  { sql }: Pick<Parts, 'sql'>,
  from: number
): Promise<{ version: number; bytes: Uint8Array }> {
  const [base, newest] = [
    await requirePackage({ sql }, 'hotlist', from),
    await requirePackage({ sql }, 'hotlist', null)
  ]
  const { added, removed } = await listHotChanges(sql, { since: base.madeAt, until: newest.madeAt })
  return { version: newest.version, bytes: deltaBytes(added, removed) }
}

function text(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}
