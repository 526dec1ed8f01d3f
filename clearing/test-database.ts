// A fresh migrated database for one test file, cloned from the template that services/local/test-servers.ts prepared.
import { randomUUID } from 'node:crypto'
import { afterAll, inject } from 'vitest'
import { connect, type Database } from './database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string
    redisUrl: string
    templateName: string
  }
}

/** Call at the top of a test file; the database is dropped when the file is done. Returns its pool and its URL. */
export async function createTestDatabase(max = 10): Promise<{ sql: Database; url: string }> {
  const admin = connect(inject('databaseUrl'), { max: 1 })
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await admin.unsafe(`create database ${name} template ${inject('templateName')}`)
  const url = new URL(inject('databaseUrl'))
  url.pathname = `/${name}`
  const sql = connect(url.href, { max })
  afterAll(async () => {
    await sql.end({ timeout: 5 })
    await admin.unsafe(`drop database if exists ${name} with (force)`)
    await admin.end()
  })
  return { sql, url: url.href }
}
