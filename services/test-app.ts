// The real app for one test file: a fresh migrated database, a real key store in a temporary folder, no queue.
import type { InjectOptions } from 'fastify'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { openClearingContext } from '../clearing/context.ts'
import { createTestDatabase, type TestTemplate } from '../clearing/test-database.ts'
import { newSampleCredentials, sampleOneTimeCode, saveSampleAccounts } from './access/sample-accounts.ts'
import type { Role } from './access/permit-rules.ts'
import { buildApp } from './app.ts'
import { readConfig } from './config.ts'
import { generateServiceKeys } from './open-parts.ts'
import type { App, Parts } from './parts.ts'

export interface TestApp {
  app: App
  parts: Parts
  /** What a test may change between requests. */
  time: { now: Date }
  passwords: ReadonlyMap<string, string>
  /** The headers of a signed-in account of the role, or of the second operator. */
  as: (role: Role | 'operator2') => Promise<{ authorization: string }>
  // oxlint-disable-next-line typescript/no-explicit-any -- a test says what it expects of an answer by comparing it
  call: (options: InjectOptions) => Promise<{ status: number; body: any; headers: Record<string, unknown> }>
}

/** Call at the top of a test file; all of it is gone when the file is done. */
export async function createTestApp(changes: Partial<Parts['config']> = {}, template?: TestTemplate): Promise<TestApp> {
  const { sql, url } = await createTestDatabase({ template })
  const folder = await mkdtemp(join(tmpdir(), 'lingnan-app-'))
  const context = await openClearingContext({ sql, keys: 'in-process', dataFolder: folder, sample: true })
  const { keys } = context
  await generateServiceKeys(keys)
  const time = { now: new Date() }
  const config = { ...readConfig({}), dataFolder: folder, databaseUrl: url, sample: true, ...changes }
  const parts: Parts = {
    sql,
    keys,
    context,
    config,
    queue: { hint: () => undefined },
    clock: () => time.now
  }
  const app = await buildApp(parts)
  const credentials = newSampleCredentials()
  await saveSampleAccounts(parts, credentials, time.now)
  const passwords = new Map(credentials.map(({ name, password }) => [name, password]))
  afterAll(async () => {
    await app.close()
    await keys.close()
    await rm(folder, { recursive: true, force: true })
  })
  const call: TestApp['call'] = async (options) => {
    const { statusCode, headers, payload } = await app.inject(options)
    const json = String(headers['content-type']).includes('json')
    return { status: statusCode, headers, body: json ? JSON.parse(payload) : payload }
  }
  return {
    app,
    parts,
    time,
    passwords,
    call,
    async as(role) {
      const oneTimeCode = await sampleOneTimeCode(parts, role, time.now)
      const payload = { name: role, password: passwords.get(role), ...(oneTimeCode ? { oneTimeCode } : {}) }
      const { body } = await call({ method: 'POST', url: '/v1/sessions', payload })
      return { authorization: `Bearer ${body.token}` }
    }
  }
}
