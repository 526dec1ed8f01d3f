import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { clearingDayAt, cutOf, type BusinessDay } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { seedParticipants } from '../../clearing/participants/seed-participants.ts'
import { closeDay } from '../../clearing/settlement/close-day.ts'
import { publishDay } from '../../clearing/settlement/publish-day.ts'
import { settleDay } from '../../clearing/settlement/settle-day.ts'
import { verifyDay } from '../../clearing/settlement/verify-day.ts'
import { openPartner, type Partner } from '../channels/test-partner.ts'
import { at, buyer, createTestSale, person } from '../ticketing/test-sale.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { postRevenue } from './post-revenue.ts'
import { publishRevenue, publishRevenueJob } from './publish-revenue.ts'
import { compareDays, readTicketDays, type TicketDay } from './reconciling/reconcile-rules.ts'

const test = await createTestSale()
const { sql, parts, call } = test
const day = clearingDayAt(at(6))
const tickets: string[] = []
let coach: Departure
let partner: Partner
let other: Partner
let operator: { authorization: string }

beforeAll(async () => {
  await seedParticipants(sql)
  const [line] = await sql<{ from: string; to: string }[]>`
    select a.code as "from", b.code as "to" from line
    join line_stop x on x.line = line.id and x.position = 0 join place a on a.id = x.place
    join line_stop y on y.line = line.id and y.position = 1 join place b on b.id = y.place
    where line.mode = 'coach' and line.class = 2 order by line.code limit 1`
  coach = (await test.find(line!.from, line!.to))[0]!
  partner = await openPartner(test, 'OTA1')
  other = await openPartner(test, 'OTA2')
  operator = partner.operator
  for (let n = 0; n < 4; n++) tickets.push(await sell(partner))
  await sell(other)
  await test.sell(coach, [person(), person()], buyer)
  const { body: quote } = await partner.ask({ method: 'POST', url: `/v1/tickets/${tickets[0]}/refund-quote` })
  const payload = { tickets: [tickets[0]], amount: quote.amount }
  await partner.ask({ method: 'PUT', url: `/v1/refunds/${randomUUID()}`, payload })
  await post(8)
})

async function sell(by: Partner): Promise<string> {
  const url = `/v1/orders/${randomUUID()}`
  await by.ask({ method: 'PUT', url, payload: test.request(coach, [person()]) })
  const { body } = await by.ask({ method: 'POST', url: `${url}/payments`, payload: { gateway: 'credit' } })
  return body.order.coupons[0].ticketNo as string
}

/** Until so many lines are posted: other databases' transactions may hold the outbox back for a moment. */
async function post(lines: number): Promise<void> {
  for (let round = 0; round < 200; round++) {
    await postRevenue(sql, at(6))
    const [row] = await sql<{ lines: number }[]>`select count(*)::int as lines from revenue_line`
    if (row!.lines === lines) return
    await new Promise((done) => setTimeout(done, 20))
  }
  throw new Error('the outbox did not run dry')
}

const csvOf = async (by: Partner, number = 1) =>
  await by.ask({ url: `/v1/revenue/statements/channel-${by.code}/${number}` })

describe('a day of ticket revenue', () => {
  it('has statements once it is closed, numbered without gaps, however often it is published', async () => {
    await expect(publishRevenue(parts, day, at(7))).rejects.toMatchObject({ code: 'clearing-day-not-closed' })
    await expect(publishRevenue(parts, '2020-01-01' as BusinessDay, at(7))).rejects.toMatchObject({
      code: 'clearing-day-not-found'
    })
    await closeDay(parts, day, cutOf(day))
    expect(await publishRevenueJob.due(parts, cutOf(day))).toEqual([day])
    await Promise.all([1, 2].map(async () => await publishRevenue(parts, day, cutOf(day))))
    await publishRevenue(parts, day, cutOf(day))
    expect(await publishRevenueJob.due(parts, cutOf(day))).toEqual([])
    const { body } = await call({ url: '/v1/revenue/statements', headers: operator })
    expect(body.map((each: { party: string; number: number }) => [each.party, each.number])).toEqual([
      ['carrier-C01', 1],
      ['channel-OTA1', 1],
      ['channel-OTA2', 1],
      ['channel-WEB', 1],
      ['platform-1', 1],
      [`station-${coach.from.place}`, 1]
    ])
    expect(body.reduce((sum: number, each: { net: number }) => sum + each.net, 0)).toBe(0)
  })

  it('is a file that anybody can check with public tools', async () => {
    const file = await csvOf(partner)
    expect(file.status).toBe(200)
    const rows = String(file.body).trimEnd().split('\r\n')
    expect(rows[0]).toContain(`channel-OTA1,${day},1`)
    expect(rows).toHaveLength(2 + 5 + 1)
    const signature = await test.app.inject(partner.sign({ url: '/v1/revenue/statements/channel-OTA1/1/signature' }))
    const { body: pem } = await call({ url: '/v1/clearing/statement-key' })
    const folder = mkdtempSync(join(tmpdir(), 'statement-'))
    const put = (name: string, bytes: string | Buffer): string => {
      writeFileSync(join(folder, name), bytes)
      return join(folder, name)
    }
    const check = (bytes: string) =>
      execFileSync(
        'openssl',
        ['dgst', '-sm3', '-verify', put('key.pem', pem)].concat(
          ['-signature', put('sig', signature.rawPayload)],
          ['-sigopt', 'distid:1234567812345678', put('file', bytes)]
        )
      ).toString()
    expect(check(String(file.body))).toContain('Verified OK')
    expect(() => check(String(file.body).replace('售票', '退票'))).toThrow()
    rmSync(folder, { recursive: true })
  })

  it('shows a channel its own alone', async () => {
    const { body: mine } = await partner.ask({ url: '/v1/revenue/statements?party=channel-OTA2' })
    expect(mine.map((each: { party: string }) => each.party)).toEqual(['channel-OTA1'])
    expect((await partner.ask({ url: '/v1/revenue/statements/channel-OTA2/1' })).body.code).toBe('party-not-found')
    expect((await partner.ask({ url: '/v1/revenue/statements/channel-OTA1/2' })).body.code).toBe('statement-not-found')
    const { body: balances } = await partner.ask({ url: '/v1/revenue/balances' })
    expect(new Set(balances.map((each: { party: string }) => each.party))).toEqual(new Set(['channel-OTA1']))
  })

  it('lives in one ledger with the cards: the same night settles, anchors and verifies both', async () => {
    const { context } = parts
    await settleDay(context, day, cutOf(day))
    await publishDay(context, day, cutOf(day))
    expect((await verifyDay(context, day)).firstFault).toBeNull()
  })

  it('is not published when its lines are not those the ledger has', async () => {
    await sell(partner)
    const next = cutOf(day)
    await postRevenue(sql, next)
    for (let round = 0; round < 100; round++) {
      const [row] = await sql<{ days: number }[]>`select count(distinct day)::int as days from revenue_batch`
      if (row!.days === 2) break
      await new Promise((done) => setTimeout(done, 20))
      await postRevenue(sql, next)
    }
    const [second] = await sql<{ day: BusinessDay }[]>`select max(day) as day from revenue_batch`
    await closeDay(parts, second!.day, cutOf(second!.day))
    const edit = async (by: number) =>
      await transaction(sql, async (tx) => {
        await tx`alter table revenue_line disable trigger append_only`
        await tx`
          update revenue_line set carrier_unearned = carrier_unearned - ${by}, station_unearned = station_unearned + ${by}
          where batch = (select max(id) from revenue_batch)`
        await tx`alter table revenue_line enable trigger append_only`
      })
    await edit(1)
    await expect(publishRevenue(parts, second!.day, at(12))).rejects.toMatchObject({ code: 'statement-sums-differ' })
    await edit(-1)
    await publishRevenue(parts, second!.day, at(12))
    const { body } = await partner.ask({ url: '/v1/revenue/statements' })
    expect(body.map((each: { number: number }) => each.number)).toEqual([2, 1])
    await edit(1)
    const { body: file } = await call({
      url: `/v1/revenue/statements/carrier-C01/2`,
      headers: operator
    })
    expect(file.code).toBe('statement-bytes-differ')
    await edit(-1)
  })
})

describe('a partner’s file', () => {
  const put = async (by: Partner, text: string, id: string = randomUUID(), query = `day=${day}`) => {
    const url = `/v1/revenue/reconciliations/${id}?${query}`
    const headers = { ...(await tokenOf(by)), 'content-type': 'text/csv' }
    return await call({ method: 'PUT', url, headers, payload: text })
  }
  const tokenOf = async ({ client }: Partner) => {
    const payload = { clientId: client.id, clientSecret: client.secret }
    const { body } = await call({ method: 'POST', url: '/v1/client-tokens', payload })
    return { authorization: `Bearer ${body.token}` }
  }
  /** Ours, as the partner would have written it. */
  const ours = async () => {
    const rows = await sql<{ ticketNo: string; kind: string; amount: number }[]>`
      select ticket_no, (array_agg(kind order by batch desc, line desc))[1] as kind, -sum(receivable)::bigint as amount
      from revenue_line join participant on participant.id = channel
      where participant.code = 'channel-OTA1' and batch in (select id from revenue_batch where day = ${day})
      group by ticket_no order by ticket_no`
    return rows.map(({ ticketNo, kind, amount }) => [ticketNo, kind === 'issue' ? 'SOLD' : 'REFUNDED', String(amount)])
  }

  it('is held against ours, and every difference is of a kind', async () => {
    const rows = await ours()
    expect(rows).toHaveLength(4)
    const text = (some: string[][]) => ['ticketNo,state,amount', ...some.map((row) => row.join(','))].join('\r\n')
    expect((await put(partner, text(rows))).body).toMatchObject({ agreed: 4, differences: [] })
    const wrong = rows.map((row) => [...row])
    wrong[1]![2] = '1'
    wrong[2]![1] = 'VOIDED'
    wrong[3]![0] = '44010003207B00004217'
    const id = randomUUID()
    const { body } = await put(partner, text(wrong), id)
    const kinds = Object.fromEntries(
      body.differences.map((each: { ticketNo: string; kind: string }) => [each.ticketNo, each.kind])
    )
    expect(body.agreed).toBe(1)
    expect(kinds).toEqual({
      [rows[1]![0]!]: 'AMOUNT',
      [rows[2]![0]!]: 'STATE',
      [rows[3]![0]!]: 'ONLY_OURS',
      '44010003207B00004217': 'ONLY_THEIRS'
    })
    expect((await put(partner, text(wrong), id)).body).toEqual(body)
    expect((await put(partner, text(rows), id)).body.code).toBe('reconciliation-id-reused')
    expect((await partner.ask({ url: `/v1/revenue/reconciliations/${id}` })).body).toEqual(body)
    expect((await other.ask({ url: `/v1/revenue/reconciliations/${id}` })).body.code).toBe('reconciliation-not-found')
    expect((await put(partner, '', randomUUID(), `day=${day}&party=channel-OTA2`)).body.code).toBe('party-not-found')
    const { body: none } = await put(partner, 'a,b\nx,SOLD,1')
    expect([none.code, none.facts.rows.length]).toEqual(['reconciliation-malformed', 2])
    expect((await put(partner, '', randomUUID(), 'day=2026-13-41')).body.code).toBe('request-invalid')
  })

  const ticket = '44010003207B00004217'
  it.each([
    [`${ticket},SOLD,100`, 1, 0],
    [`\uFEFFticketNo,state,amount\r\n${ticket},SOLD,-100\r\n`, 1, 0],
    [`${ticket},SOLD`, 0, 1],
    [`${ticket},SOLD,1,2`, 0, 1],
    [`${ticket},GONE,1`, 0, 1],
    [`${ticket},SOLD,1.5`, 0, 1],
    [`${ticket},SOLD,99999999999999999`, 0, 1],
    [`${ticket},SOLD,1\n${ticket},SOLD,1`, 1, 1],
    ['', 0, 0]
  ])('%j has %i tickets and %i bad rows', (text, good, faults) => {
    const { days, bad } = readTicketDays(text)
    expect([days.size, bad.length]).toEqual([good, faults])
  })

  const sold = (amount: number): TicketDay => ({ state: 'SOLD', amount: amount as TicketDay['amount'] })
  it.each([
    [sold(1), sold(1), []],
    [sold(1), sold(2), ['AMOUNT']],
    [sold(1), { ...sold(2), state: 'VOIDED' }, ['STATE']],
    [sold(1), null, ['ONLY_OURS']],
    [null, sold(1), ['ONLY_THEIRS']]
  ] as const)('%j against %j: %j', (mine, theirs, kinds) => {
    const map = (one: TicketDay | null) => new Map(one ? [[ticket, one]] : [])
    expect(compareDays(map(mine), map(theirs)).differences.map(({ kind }) => kind)).toEqual(kinds)
  })
})
