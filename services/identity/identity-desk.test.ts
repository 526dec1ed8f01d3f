import { describe, expect, test } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { createTestSale, person, today } from '../ticketing/test-sale.ts'
import { accessesPerHourMax } from './reveal-identity.ts'

const { find, hold, sell, call, as, time, sql } = await createTestSale()
const because = { reason: 'lost-property', note: '旅客遗失钱包' } as const

const passenger = { ...person(), name: '欧阳若水' }
const coach = async () => (await find('天河客运站', '惠州'))[3]!
const reveal = async (ticketNo: string, headers: object, payload: object = because) =>
  await call({ method: 'POST', url: `/v1/tickets/${ticketNo}/identity-reveals`, payload, headers: { ...headers } })
const search = async (document: object, headers: object) =>
  await call({
    method: 'POST',
    url: '/v1/identity-searches',
    payload: { ...because, document },
    headers: { ...headers }
  })

describe('a full identity', () => {
  test('is shown with a reason, and the look is kept without the name or the number', async () => {
    const { coupons } = await sell(await coach(), [passenger])
    const ticketNo = coupons[0]!.ticketNo!
    const shown = await reveal(ticketNo, await as('clerk'))
    expect(shown.body).toEqual({ ticketNo, name: '欧阳若水', document: passenger.document })
    const audit = await call({ url: `/v1/identity-accesses?ticketNo=${ticketNo}`, headers: await as('operator') })
    expect(audit.body).toMatchObject([
      { kind: 'reveal', tickets: [ticketNo], actor: expect.stringMatching('^clerk:'), ...because }
    ])
    expect(JSON.stringify(audit.body)).not.toContain(passenger.document!.number)
  })

  test('is not for passengers and gates, the audit not for clerks', async () => {
    for (const role of ['passenger', 'gate'] as const)
      expect((await reveal('44010000200A00000001', await as(role))).body.code).toBe('not-permitted')
    expect((await call({ url: '/v1/identity-accesses', headers: await as('clerk') })).body.code).toBe('not-permitted')
  })

  test.each([
    ['request-invalid', { reason: 'lost-property' }],
    ['request-invalid', { reason: 'curiosity', note: '想看看吧' }],
    ['request-invalid', { reason: 'police', note: '   ' }],
    ['ticket-not-found', because]
  ])('%s: %j', async (code, payload) => {
    expect((await reveal('44010000200Z99999999', await as('clerk'), payload)).body.code).toBe(code)
  })

  test('of a place only held is none', async () => {
    const { id } = await hold(await coach(), [person()])
    const [row] = await sql<{ ticketNo: string }[]>`select ticket_no from coupon where order_id = ${id}`
    expect((await reveal(row!.ticketNo, await as('clerk'))).body.code).toBe('ticket-not-found')
  })
})

test('a document finds its tickets, past and given back ones too, in every spelling', async () => {
  const { ticketNo } = (await sell((await find('天河客运站', '惠州', addDays(today, 2)))[0]!, [passenger])).coupons[0]!
  const found = await search({ kind: '09', number: ` ${passenger.document!.number} ` }, await as('operator'))
  expect(found.body).toHaveLength(2)
  expect(found.body[0]).toMatchObject({ ticketNo, state: 'ISSUED', line: 'SL001', day: addDays(today, 2) })
  expect((await search({ kind: '01', number: '44520019991231102X' }, await as('operator'))).body).toEqual([])
})

test('a desk sees so many an hour, also when it asks all at once; the next hour it may again', async () => {
  const headers = await as('operator')
  const many = await Promise.all(
    Array.from({ length: accessesPerHourMax + 5 }, async () => await search(passenger.document!, headers))
  )
  const codes = many.map(({ body }) => body.code as string | undefined)
  expect(codes.filter((code) => code === 'access-rate-limited').length).toBeGreaterThanOrEqual(5)
  const [kept] = await sql<{ count: number }[]>`
    select count(*)::integer as count from identity_access where actor like 'operator:%'`
  expect(kept!.count).toBe(accessesPerHourMax)
  time.now = new Date(time.now.getTime() + 3_600_001)
  expect((await search(passenger.document!, await as('operator'))).status).toBe(200)
})
