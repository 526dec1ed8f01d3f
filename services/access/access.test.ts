import fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { createTestApp } from '../test-app.ts'
import { isOnThisMachine } from './access-routes.ts'
import { oneTimeCode, timeStep } from './one-time-code.ts'
import { holdsPermit, permits, type Permit } from './permit-rules.ts'
import { recentSignInEvents } from './access-queries.ts'
import { guardRoutes } from './require-permit.ts'

const { parts, time, as, call, passwords } = await createTestApp()
const password = 'a long password'

async function register(name: string): Promise<void> {
  const answer = await call({ method: 'POST', url: '/v1/passengers', payload: { name, password } })
  expect(answer.status).toBe(201)
}

const signIn = async (payload: object) => await call({ method: 'POST', url: '/v1/sessions', payload })
const current = async (headers: object) => await call({ url: '/v1/sessions/current', headers: { ...headers } })

describe('the permit table', () => {
  // permit, then passenger, clerk, gate, operator
  const table: [Permit, ...(0 | 1)[]][] = [
    ['keep-session', 1, 1, 1, 1],
    ['read-sign-ins', 0, 0, 0, 1],
    ['run-loading-station', 0, 1, 0, 0],
    ['run-timetable', 0, 0, 0, 1],
    ['publish-fares', 0, 0, 0, 1],
    ['reveal-identity', 0, 1, 0, 1],
    ['audit-identity', 0, 0, 0, 1],
    ['buy-ticket', 1, 1, 0, 0],
    ['sell-at-counter', 0, 1, 0, 0],
    ['read-own-orders', 1, 1, 0, 0],
    ['read-any-order', 0, 1, 0, 0],
    ['refund-ticket', 1, 1, 0, 0],
    ['change-ticket', 1, 1, 0, 0],
    ['overrule-terms', 0, 1, 0, 0],
    ['show-ticket-code', 1, 1, 0, 0],
    ['sell-on-credit', 0, 0, 0, 0],
    ['check-in', 0, 0, 1, 0],
    ['sync-gate', 0, 0, 1, 0],
    ['run-gates', 0, 1, 0, 1],
    ['watch-gates', 0, 1, 0, 1],
    ['settle-gate-conflicts', 0, 1, 0, 1],
    ['agree-to-waivers', 0, 0, 0, 0],
    ['publish-gate-policy', 0, 0, 0, 1],
    ['reissue-ticket', 0, 1, 0, 0],
    ['end-credentials', 1, 1, 0, 0],
    ['run-issuer-keys', 0, 0, 0, 1],
    ['read-manifest', 0, 1, 1, 0],
    ['run-channels', 0, 0, 0, 1],
    ['read-channel-account', 0, 0, 0, 0],
    ['keep-webhooks', 0, 0, 0, 0],
    ['read-revenue', 0, 0, 0, 1],
    ['reconcile-sales', 0, 0, 0, 1],
    ['read-station-day', 0, 1, 1, 1],
    ['run-station-day', 0, 0, 0, 0],
    ['keep-register', 0, 0, 0, 1],
    ['disrupt-departures', 0, 0, 0, 0],
    ['disrupt-many-departures', 0, 0, 0, 0],
    ['read-own-notices', 1, 1, 0, 0],
    ['speak-of-journey', 1, 1, 0, 0],
    ['handle-cases', 0, 1, 0, 1],
    ['settle-claims', 0, 0, 0, 1],
    ['load-cards', 0, 1, 0, 0],
    ['pay-card-load', 1, 1, 0, 0],
    ['run-cards', 0, 0, 0, 1],
    ['keep-own-cards', 1, 0, 0, 0],
    ['issue-cards', 0, 1, 0, 0],
    ['know-packages', 0, 0, 0, 1],
    ['take-rides', 0, 0, 0, 1],
    ['run-keys', 0, 0, 0, 1],
    ['keep-sams', 0, 0, 0, 1],
    ['read-clearing', 0, 0, 0, 1],
    ['send-card-file', 0, 0, 0, 1],
    ['run-clearing-day', 0, 0, 0, 1],
    ['read-own-clearing', 0, 0, 0, 0],
    ['read-insight', 0, 0, 0, 1],
    ['run-insight', 0, 0, 0, 1]
  ]
  it.each(table)('%s: passenger %i, clerk %i, gate %i, operator %i', (permit, ...cells) => {
    const columns = ['passenger', 'clerk', 'gate', 'operator'] as const
    expect(columns.map((role) => Number(holdsPermit(role, permit)))).toEqual(cells)
  })
  it('gives the dispatcher his station’s day, and its manager the register and disruption of many departures besides', () => {
    const heldBy = (role: 'dispatcher' | 'station-manager') =>
      table.map(([permit]) => permit).filter((permit) => holdsPermit(role, permit))
    const day = ['watch-gates', 'read-station-day', 'run-station-day', 'disrupt-departures'] as const
    const own = ['settle-gate-conflicts'] as const
    expect(heldBy('dispatcher').toSorted()).toEqual(['keep-session', 'read-manifest', ...day, ...own].toSorted())
    const desk = ['run-gates', 'keep-register', 'disrupt-many-departures'] as const
    const more = [...desk, 'agree-to-waivers', 'read-insight'] as const
    expect(heldBy('station-manager').toSorted()).toEqual(['keep-session', 'read-manifest', ...day, ...more].toSorted())
  })
  it('gives a participant’s people their own clearing, and nothing of anybody’s desk', () => {
    const held = table.map(([permit]) => permit).filter((permit) => holdsPermit('participant', permit))
    expect(held).toEqual(['keep-session', 'read-own-clearing'])
  })
  it('is written down here whole', () => {
    expect(table.map(([permit]) => permit)).toEqual(Object.keys(permits))
  })
})

describe('the guard', () => {
  it('asks for a session, and for a permit of its role', async () => {
    expect((await call({ url: '/v1/sign-ins' })).body.code).toBe('session-required')
    expect((await call({ url: '/v1/sign-ins', headers: await as('clerk') })).body.code).toBe('not-permitted')
    expect((await call({ url: '/v1/sign-ins', headers: await as('operator') })).status).toBe(200)
  })

  it('does not let a route under /v1 be made without saying who may use it', () => {
    const other = fastify()
    guardRoutes(other.withTypeProvider(), parts)
    expect(() => other.get('/v1/forgotten', () => 'x')).toThrow('GET /v1/forgotten must say config.permit')
    other.get('/v1/remembered', { config: { permit: 'anyone' } }, () => 'x')
  })

  it('takes nothing but a bearer token it gave out', async () => {
    for (const authorization of ['', 'Bearer', 'Bearer x', `Bearer ${'A'.repeat(43)}`, `Basic ${'A'.repeat(43)}`])
      expect((await current({ authorization })).body.code).toBe('session-required')
  })
})

describe('signing in', () => {
  it('opens a session for a passenger with name and password, whatever the case of the name', async () => {
    await register('张三')
    await register('Zhang')
    expect((await signIn({ name: '张三', password })).status).toBe(201)
    const { body } = await signIn({ name: 'zHANG', password })
    expect(body.account).toMatchObject({ name: 'Zhang', role: 'passenger' })
    expect(body.permits).toContain('buy-ticket')
    const { body: mine } = await current({ authorization: `Bearer ${body.token}` })
    expect(mine).toEqual({ account: body.account, permits: body.permits, expiresAt: body.expiresAt })
  })

  it('keeps neither password nor token', async () => {
    await register('keeper')
    const { body } = await signIn({ name: 'keeper', password })
    const rows = await parts.sql`
      select (select json_agg(a)::text from sign_in_account a) || (select json_agg(s)::text from sign_in_session s) as all`
    expect(rows[0]!['all']).not.toContain(password)
    expect(rows[0]!['all']).not.toContain(body.token)
    expect(rows[0]!['all']).not.toContain(Buffer.from(body.token).toString('hex'))
  })

  it('does not say whether the name, the password or the code was wrong', async () => {
    await register('quiet')
    const answers = [
      await signIn({ name: 'nobody', password }),
      await signIn({ name: 'quiet', password: 'wrong password' }),
      await signIn({ name: 'clerk', password: 'wrong password', oneTimeCode: '000000' })
    ]
    for (const { status, body } of answers) {
      expect(status).toBe(401)
      expect({ ...body, instance: '' }).toEqual({ ...answers[0]!.body, instance: '' })
    }
  })

  it('asks staff for a one-time code, which works once', async () => {
    const signedIn = await as('clerk')
    expect((await current(signedIn)).status).toBe(200)
    const [used] = await parts.sql`select one_time_step from sign_in_account where name = 'clerk'`
    expect(used!['oneTimeStep']).toBeGreaterThanOrEqual(timeStep(time.now))
    const { body } = await call({ url: '/v1/sample/one-time-code?role=clerk' })
    const { body: again } = await call({ url: '/v1/sample/one-time-code?role=clerk' })
    expect(again).toEqual(body)
    expect((await signIn({ name: 'clerk', password: 'x', oneTimeCode: body.oneTimeCode })).status).toBe(401)
  })

  it('locks an account after five failures in a row, for a quarter of an hour, the right password included', async () => {
    await register('locked')
    for (let n = 1; n <= 4; n++)
      expect((await signIn({ name: 'locked', password: 'wrong' })).body.code).toBe('sign-in-failed')
    expect((await signIn({ name: 'locked', password: 'wrong' })).body.code).toBe('account-locked')
    expect((await signIn({ name: 'locked', password })).body.code).toBe('account-locked')
    const before = time.now
    time.now = new Date(before.getTime() + 15 * 60_000)
    expect((await signIn({ name: 'locked', password })).status).toBe(201)
    time.now = before
  })

  it('counts failures that come all at once', async () => {
    await register('stormed')
    const answers = await Promise.all(
      Array.from({ length: 12 }, async () => await signIn({ name: 'stormed', password: 'wrong' }))
    )
    expect(answers.some(({ body }) => body.code === 'account-locked')).toBe(true)
    expect((await signIn({ name: 'stormed', password })).body.code).toBe('account-locked')
  })

  it('lets one code open one session when it is used twice at once', async () => {
    const { body: credential } = await call({ url: '/v1/sample/one-time-code?role=gate' })
    const both = await Promise.all(
      [1, 2].map(async () => await signIn({ name: 'gate', password: passwords.get('gate'), ...credential }))
    )
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([201, 401]))
  })

  it('ends with signing out, and by itself', async () => {
    await register('leaver')
    const open = async () => ({ authorization: `Bearer ${(await signIn({ name: 'leaver', password })).body.token}` })
    const [first, second] = [await open(), await open()]
    expect((await call({ method: 'DELETE', url: '/v1/sessions/current', headers: first })).status).toBe(204)
    expect((await current(first)).status).toBe(401)
    expect((await current(second)).status).toBe(200)
    const before = time.now
    time.now = new Date(before.getTime() + 7 * 24 * 3_600_000)
    expect((await current(second)).status).toBe(401)
    time.now = before
  })

  it('ends an operator’s session after an hour of nothing', async () => {
    const headers = await as('operator')
    const before = time.now
    const later = (minutes: number) => (time.now = new Date(before.getTime() + minutes * 60_000))
    later(50)
    expect((await current(headers)).status).toBe(200)
    later(105)
    expect((await current(headers)).status).toBe(200)
    later(170)
    expect((await current(headers)).status).toBe(401)
    time.now = before
  })

  it('writes every attempt down, and nobody can edit that', async () => {
    await register('audited')
    await signIn({ name: 'audited', password: 'wrong' })
    await signIn({ name: 'audited', password })
    const events = await recentSignInEvents(parts.sql, 3)
    expect(events.map(({ event, name }) => [name, event])).toEqual([
      ['audited', 'signed-in'],
      ['audited', 'wrong-password'],
      ['audited', 'registered']
    ])
    await expect(parts.sql`delete from sign_in_audit`).rejects.toThrow('append-only')
  })

  it('lets two people not have one name', async () => {
    await register('Twin')
    const { status, body } = await call({ method: 'POST', url: '/v1/passengers', payload: { name: 'tWIN', password } })
    expect([status, body.code]).toEqual([409, 'account-name-taken'])
  })
})

describe('one-time codes', () => {
  // RFC 6238 appendix B, SHA-1, 8 digits
  it.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130']
  ])('at %i seconds: %s', (seconds, code) => {
    expect(oneTimeCode(Buffer.from('12345678901234567890'), timeStep(new Date(seconds * 1000)), 8)).toBe(code)
  })

  it('of sample accounts are told to this machine alone', async () => {
    // ip, Host, other headers, told?
    const table: [string, string, object, boolean][] = [
      ['127.0.0.1', 'localhost', {}, true],
      ['::1', '127.0.0.1', {}, true],
      ['192.0.2.7', 'localhost', {}, false],
      ['127.0.0.1', 'evil.example', {}, false],
      ['127.0.0.1', 'localhost', { 'x-forwarded-for': '192.0.2.7' }, false]
    ]
    for (const [ip, hostname, headers, told] of table)
      expect(isOnThisMachine({ ip, hostname, headers: { ...headers } })).toBe(told)
    expect((await call({ url: '/v1/sample/one-time-code?role=clerk', remoteAddress: '192.0.2.7' })).status).toBe(404)
    expect((await call({ url: '/v1/sample/one-time-code?role=passenger' })).status).toBe(404)
  })

  it('are nowhere to be had outside the sample province', async () => {
    const { call } = await createTestApp({ sample: false })
    expect((await call({ url: '/v1/sample/one-time-code?role=clerk' })).body.code).toBe('page-not-found')
  })
})
