import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { KeyClient } from '../card-crypto/key-service/key-client.ts'
import { keyFile, keySocket, readMasterKey } from '../card-crypto/key-service/key-folder.ts'
import { serveKeys } from '../card-crypto/key-service/key-service.ts'
import { openSoftwareKeyStore } from '../card-crypto/key-store.ts'
import { roles } from './access/permit-rules.ts'
import { buildApp } from './app.ts'
import { readConfig } from './config.ts'
import type { App } from './parts.ts'
import { problemText } from './problem.ts'
import { createTestApp } from './test-app.ts'
import { flawsOfBody } from './validation.ts'

const { app, parts, call } = await createTestApp()
const file = (await call({ url: '/openapi.json' })).body
const json = { 'content-type': 'application/json' }
const register = async (payload: object | string, headers: object = json) =>
  await call({ method: 'POST', url: '/v1/passengers', payload, headers: { ...headers } })

/** The app with one more route, made the way a room makes its own. */
async function appWith(add: (app: App) => void): Promise<App> {
  const other = await buildApp(parts)
  add(other)
  return other
}

describe('a body', () => {
  it('is taken as it stands: no text becomes a number, no unknown field is dropped', async () => {
    const body = Type.Object({ fare: Type.Integer() }, { additionalProperties: false })
    const other = await appWith((app) =>
      app.post('/v1/echo', { config: { permit: 'anyone' }, schema: { body } }, (request) => request.body)
    )
    const send = async (payload: object) => (await other.inject({ method: 'POST', url: '/v1/echo', payload })).json()
    expect(await send({ fare: 100 })).toEqual({ fare: 100 })
    expect((await send({ fare: '100' })).errors).toEqual([{ pointer: '/fare', detail: 'must be integer' }])
    expect((await send({ fare: 100, extra: 1 })).errors).toEqual([
      { pointer: '/extra', detail: 'must NOT have additional properties' }
    ])
    expect((await send({})).errors[0].pointer).toBe('/fare')
    await other.close()
  })

  it('that would let an unknown field or an endless array through does not become a route', async () => {
    // schema → flaws
    const table: [object, string[]][] = [
      [Type.Object({ a: Type.String() }), ['the whole must say additionalProperties: false']],
      [
        Type.Object({ a: Type.Array(Type.String()) }, { additionalProperties: false }),
        ['/properties/a must say maxItems']
      ],
      [Type.Array(Type.Object({}), { maxItems: 2 }), ['/items must say additionalProperties: false']],
      [Type.Object({ a: Type.Array(Type.String(), { maxItems: 9 }) }, { additionalProperties: false }), []]
    ]
    for (const [schema, flaws] of table) expect(flawsOfBody(schema, '')).toEqual(flaws)
    const open = await appWith((app) =>
      app.post('/v1/open', { config: { permit: 'anyone' }, schema: { body: Type.Object({}) } }, () => 'x')
    )
    await expect(open.ready()).rejects.toThrow('must say additionalProperties: false')
  })
})

describe('a problem', () => {
  it('has one shape, whatever went wrong', async () => {
    // what is asked → status, code
    const answers = [
      [await call({ url: '/nowhere' }), 404, 'page-not-found'],
      [await call({ method: 'PUT', url: '/v1/sessions' }), 405, 'method-not-allowed'],
      [await call({ method: 'DELETE', url: '/v1/clearing/days/2026-01-01' }), 405, 'method-not-allowed'],
      [await call({ url: '/v1/lines%zz' }), 400, 'url-malformed'],
      [await call({ url: '/v1/sign-ins?limit=many' }), 401, 'session-required'],
      [await register('{"name":'), 400, 'body-malformed'],
      [await register(''), 400, 'body-malformed'],
      [await register('<name/>', { 'content-type': 'text/xml' }), 415, 'media-type-unsupported'],
      [await register(JSON.stringify({ name: 'x'.repeat(300_000) })), 413, 'body-too-large'],
      [await register({ name: 'x' }), 400, 'request-invalid']
    ] as const
    for (const [{ status, body, headers }, wantedStatus, code] of answers) {
      expect([status, body.code]).toEqual([wantedStatus, code])
      expect(headers['content-type']).toContain('application/problem+json')
      expect(body).toMatchObject({ type: `/problems/${code}`, status, title: problemText(code)[1] })
      expect(body.instance).toBe(headers['x-request-id'])
    }
    expect(answers[1][0].headers['allow']).toBe('POST')
  })

  it('has a type that leads to its text', async () => {
    const { body: refused } = await call({ url: '/v1/sign-ins' })
    expect((await call({ url: refused.type })).body).toMatchObject({ code: refused.code, title: refused.title })
    expect((await call({ url: '/problems/none-such' })).body.code).toBe('page-not-found')
  })

  it('shows nothing of a bug', async () => {
    const other = await appWith((app) =>
      app.get('/v1/bug', { config: { permit: 'anyone' } }, () => {
        throw new Error('secret detail')
      })
    )
    const { statusCode, body } = await other.inject('/v1/bug')
    expect(statusCode).toBe(500)
    expect(body).not.toContain('secret')
    await other.close()
  })

  it('names every wrong field, up to twenty, and does not drown', async () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`f${n}`, n]))
    const { body } = await register({ name: 'someone', password: 'long enough', ...many })
    expect(body.errors).toHaveLength(20)
    const { body: escaped } = await register({ name: 'someone', password: 'long enough', 'a/b~c': 1 })
    expect(escaped.errors[0].pointer).toBe('/a~1b~0c')
  })
})

describe('everybody', () => {
  it('is asked to slow down after too many requests', async () => {
    const { call } = await createTestApp({ requestsPerMinute: 3 })
    for (let n = 0; n < 3; n++) expect((await call({ url: '/problems' })).status).toBe(200)
    expect((await call({ url: '/problems' })).body.code).toBe('too-many-requests')
  })

  it('gets answers that no cache keeps', async () => {
    expect((await call({ url: '/v1/lines' })).headers['cache-control']).toBe('no-store')
  })

  it('gets pages that run no script but our own', async () => {
    const { headers } = await call({ url: '/' })
    expect(headers['content-security-policy']).toContain("script-src 'self';")
    expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe/)
  })

  it('is told that the platform is not ready until the sample province is', async () => {
    const { status, body } = await call({ url: '/healthz' })
    expect([status, body.code]).toEqual([503, 'starting'])
    await parts.sql`insert into progress (work, stage, state) values ('sample-province', 'x', 'done')`
    expect(await call({ url: '/healthz' })).toMatchObject({ status: 200, body: { status: 'ready' } })
  })
})

/** 'get /v1/lines' and so on, from the tree Fastify prints: four characters of indentation a level. */
function routesOf(tree: string): string[] {
  const path: string[] = []
  return tree.split('\n').flatMap((line) => {
    const match = /^([│ ]*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?$/.exec(line)
    if (!match) return []
    path.splice(match[1]!.length / 4, Infinity, match[2]!)
    const methods = (match[3] ?? '').split(', ').filter((method) => method !== 'HEAD' && method !== '')
    return methods.map((method) => `${method.toLowerCase()} ${path.join('')}`)
  })
}

describe('the OpenAPI file', () => {
  interface Operation {
    summary?: string
    security?: unknown
    responses: Record<string, { content?: Record<string, { schema: { properties: { code: { enum: string[] } } } }> }>
  }
  const operations = Object.entries(file.paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
  )

  it('is OpenAPI 3.1 and has every route under /v1', () => {
    expect(file.openapi).toBe('3.1.0')
    const documented = operations.map(({ path, method }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`)
    const routes = routesOf(app.printRoutes({ commonPrefix: false })).filter((route) => route.includes('/v1/'))
    expect(routes.length).toBeGreaterThan(30)
    expect(documented.filter((route) => route.includes('/v1/')).toSorted()).toEqual(routes.toSorted())
  })

  it('documents every error of every route, and who may use it', () => {
    for (const { path, method, operation } of operations) {
      const where = `${method} ${path}`
      expect(operation.summary, where).toBeTruthy()
      const codes = Object.entries(operation.responses).flatMap(([status, { content }]) => {
        const problem = content?.['application/problem+json']
        return problem ? problem.schema.properties.code.enum.map((code) => [status, code]) : []
      })
      expect(
        codes.map(([, code]) => code),
        where
      ).toContain('too-many-requests')
      for (const [status, code] of codes) expect(String(problemText(code as never)[0]), where).toBe(status)
      if (operation.security)
        expect(
          codes.map(([, code]) => code),
          where
        ).toContain('not-permitted')
    }
  })

  it('has a readable page that asks nobody else for anything', async () => {
    const page = await call({ url: '/reference/' })
    expect(page.status).toBe(200)
    expect(page.body).not.toMatch(/https?:\/\//)
    expect(page.headers['content-security-policy']).toMatch(/script-src 'self' 'sha256-[\w+/=]{44}';/)
    expect((await call({ url: '/reference/js/scalar.js' })).status).toBe(200)
  })
})

describe('the configuration', () => {
  it('has defaults that open nothing to the network', () => {
    expect(readConfig({})).toMatchObject({ host: '127.0.0.1', port: 8080, sample: false, databaseUrl: '' })
  })

  it('names the variable it cannot use', () => {
    expect(() => readConfig({ PORT: 'web' })).toThrow('PORT=web is not a whole number from 0 to 65535')
    expect(() => readConfig({ SAMPLE_TRANSACTIONS: '1.5' })).toThrow('SAMPLE_TRANSACTIONS')
  })

  it('has seven roles to sign in with', () => expect(roles).toHaveLength(7))
})

it('says key-store-away while the key process does not answer, and goes on when it is back', async () => {
  const folder = parts.config.dataFolder
  const passenger = { name: 'waiting', password: 'long enough a word', phone: '13800138000' }
  const keys = new KeyClient({ path: keySocket(folder, 'web'), patienceMs: 50 })
  const other = await buildApp({ ...parts, keys })
  const register = async () => await other.inject({ method: 'POST', url: '/v1/passengers', payload: passenger })
  const refused = await register()
  expect([refused.statusCode, refused.json().code]).toEqual([503, 'key-store-away'])
  const store = await openSoftwareKeyStore({ file: keyFile(folder), masterKey: await readMasterKey(folder) })
  const complain = (problem: string): void => expect(problem).toBe('')
  const service = await serveKeys({ store, dataFolder: folder, kinds: ['web'], takesSampleKeys: false, complain })
  expect((await register()).statusCode).toBe(201)
  await Promise.all([other.close(), keys.close()])
  await service.close()
  await store.close()
})

it('says database-away when its connection is cut in the middle, and answers again at once', async () => {
  const other = await appWith((app) =>
    app.get(
      '/v1/cut',
      { config: { permit: 'anyone' } },
      async () => await parts.sql`select pg_terminate_backend(pg_backend_pid())`
    )
  )
  const cut = await other.inject({ url: '/v1/cut' })
  expect([cut.statusCode, cut.json().code]).toEqual([503, 'database-away'])
  expect((await call({ url: '/v1/places' })).status).toBe(200)
  await other.close()
})
