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

/** Data that many test files begin with: laid once in a run, by the first file that asks, and cloned by all. */
export interface TestTemplate {
  name: string
  fill: (sql: Database) => Promise<unknown>
}

/** Call at the top of a test file; the database is dropped when the file is done. Returns its pool and its URL. */
export async function createTestDatabase(
  options: { template?: TestTemplate | undefined; connections?: number } = {}
): Promise<{ sql: Database; url: string }> {
  const { template, connections = 10 } = options
  const admin = connect(inject('databaseUrl'), { max: 1 })
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const source = template ? await prepareTemplate(admin, template) : inject('templateName')
  await admin.unsafe(`create database ${name} template ${source}`)
  const url = urlOf(name)
  const sql = connect(url, { max: connections })
  afterAll(async () => {
    await sql.end({ timeout: 5 })
    await admin.unsafe(`drop database if exists ${name} with (force)`)
    await admin.end()
  })
  return { sql, url }
}

function urlOf(name: string): string {
  return Object.assign(new URL(inject('databaseUrl')), { pathname: `/${name}` }).href
}

/** Answers the name of the database to clone. It has its name only once it is filled. */
async function prepareTemplate(admin: Database, { name: part, fill }: TestTemplate): Promise<string> {
  const name = `${inject('templateName')}_${part}`
  await admin`select pg_advisory_lock(7236099, hashtext(${name}))`
  try {
    if ((await admin`select from pg_database where datname = ${name}`).length > 0) return name
    await admin.unsafe(`drop database if exists ${name}_begun with (force)`)
    await admin.unsafe(`create database ${name}_begun template ${inject('templateName')}`)
    const sql = connect(urlOf(`${name}_begun`))
    await fill(sql)
    await sql.end({ timeout: 5 })
    await admin.unsafe(`alter database ${name}_begun rename to ${name}`)
    return name
  } finally {
    await admin`select pg_advisory_unlock(7236099, hashtext(${name}))`
  }
}
