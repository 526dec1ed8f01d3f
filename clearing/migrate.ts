// Applies migrations/*.sql in order, each in its own transaction that first records its number; a changed file is refused.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Database } from './database.ts'

const folder = new URL('../migrations/', import.meta.url)
const lock = 7_236_001

/** Returns the names applied now. Two starters at once: the second waits, then finds nothing to do. */
export async function migrate(sql: Database): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort()
  const applied: string[] = []
  const connection = await sql.reserve()
  try {
    await connection`select pg_advisory_lock(${lock})`
    await connection`create table if not exists migration (name text primary key, checksum text not null, applied_at timestamptz not null default now())`
    const done = new Map(
      (await connection`select name, checksum from migration`).map((row) => [
        row['name'] as string,
        row['checksum'] as string
      ])
    )
    for (const name of names) {
      const text = await readFile(new URL(name, folder), 'utf8')
      const checksum = createHash('sm3').update(text).digest('hex')
      const before = done.get(name)
      if (before !== undefined && before !== checksum)
        throw new Error(`migration ${name} was changed after it was applied`)
      if (before !== undefined) continue
      await connection.unsafe(
        `begin; insert into migration (name, checksum) values ('${name}', '${checksum}');\n${text}\n;commit`
      )
      applied.push(name)
    }
  } finally {
    await connection`select pg_advisory_unlock(${lock})`.catch(() => undefined)
    connection.release()
  }
  return applied
}
