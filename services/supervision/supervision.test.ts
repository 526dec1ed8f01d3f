import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { postRevenue } from '../revenue/post-revenue.ts'
import { at, createTestSale, person, readable, today } from '../ticketing/test-sale.ts'
import { claimableOf, missedDeadline, overcharge, stateAfter } from './case-rules.ts'
import { superviseCases } from './handle-case.ts'
import { settleProvenClaims } from './settle-claim.ts'

const sale = await createTestSale()
const { sql, keys, find, sell, call, as, time } = sale

const ownerOf = async (): Promise<string> => {
  const [account] = await sql<{ id: string }[]>`select id from sign_in_account where name = 'passenger'`
  return `passenger:${account!.id}`
}

const sessions = new Map<string, ReturnType<typeof as>>()
/** One sign-in for each role and moment: a one-time code is good once. */
const headersOf = async (role: 'passenger' | 'clerk' | 'operator') => {
  const key = `${role} ${time.now.getTime()}`
  const headers = sessions.get(key) ?? as(role)
  sessions.set(key, headers)
  return await headers
}

/** A ticket of the sample passenger whose ride is over. */
async function travelledTicket(
  state: 'USED' | 'ISSUED' = 'USED'
): Promise<{ ticketNo: string; fare: number; line: string }> {
  const departure = (await find('天河客运站', '惠州汽车总站', today)).findLast(({ line }) => line === 'SL001')!
  const order = await sell(departure, [person()], { owner: await ownerOf(), seesAll: false })
  const { ticketNo, fare } = order.coupons[0]!
  await transaction(sql, async (tx) => {
    await tx`update coupon set state = ${state} where ticket_no = ${ticketNo}`
    await tx`insert into ticket_event (ticket_no, event, state, at, actor) values (${ticketNo}, 'use', ${state}, ${at(23)}, 'worker:test')`
  })
  return { ticketNo: ticketNo!, fare, line: departure.line }
}

const request = async (
  role: 'passenger' | 'clerk' | 'operator',
  method: 'PUT' | 'POST' | 'GET',
  url: string,
  payload?: object
) => await call({ method, url, headers: await headersOf(role), ...(payload ? { payload } : {}) })

const words = '司机提前发车，没有等人'
const complain = async (id: string, more: object = {}) =>
  await request('passenger', 'PUT', `/v1/service-cases/${id}`, { kind: 'complaint', subject: 'staff', words, ...more })

describe('rules', () => {
  test.each([
    ['RECEIVED', 'accept', 'ACCEPTED'],
    ['ACCEPTED', 'accept', null],
    ['ACCEPTED', 'transfer', 'TRANSFERRED'],
    ['TRANSFERRED', 'answer', 'ANSWERED'],
    ['RECEIVED', 'answer', null],
    ['ANSWERED', 'reopen', 'ACCEPTED'],
    ['ANSWERED', 'withdraw', null],
    ['CLOSED', 'reopen', null]
  ] as const)('a case that is %s takes the step %s → %s', (state, step, answer) => {
    expect(stateAfter(state, step)).toBe(answer)
  })

  test('a deadline is missed after it, not at it, and never by an answered case', () => {
    const due = { acceptBy: at(10), answerBy: at(20) }
    expect(missedDeadline({ state: 'RECEIVED', ...due }, at(10))).toBe(null)
    expect(missedDeadline({ state: 'RECEIVED', ...due }, at(11))).toBe('accept')
    expect(missedDeadline({ state: 'ACCEPTED', ...due }, at(11))).toBe(null)
    expect(missedDeadline({ state: 'TRANSFERRED', ...due }, at(21))).toBe('answer')
    expect(missedDeadline({ state: 'ANSWERED', ...due }, at(21))).toBe(null)
  })

  test('a claim reaches as far as what was paid, and only when the journey is over', () => {
    expect(claimableOf({ state: 'USED', paid: 5000, claimed: 1200 })).toBe(3800)
    expect(claimableOf({ state: 'ISSUED', paid: 5000, claimed: 0 })).toBe(null)
    expect(overcharge({ fare: 5000, ceiling: 4500 })).toBe(500)
    expect(overcharge({ fare: 5000, ceiling: null })).toBe(0)
    expect(overcharge({ fare: 4000, ceiling: 4500 })).toBe(0)
  })
})

describe('a journey is rated', () => {
  test('once, by who made it, after it and within fifteen days', async () => {
    const { ticketNo } = await travelledTicket()
    const rate = async () =>
      await request('passenger', 'PUT', `/v1/tickets/${ticketNo}/rating`, { punctuality: 5, comfort: 4, staff: 3 })
    time.now = at(6)
    expect((await rate()).body.code).toBe('journey-not-ratable')
    time.now = at(47)
    expect((await rate()).status).toBe(201)
    expect((await rate()).body.code).toBe('already-rated')
    const other = await travelledTicket()
    time.now = at(24 * 20)
    const late = { punctuality: 1, comfort: 1, staff: 1 }
    expect((await request('passenger', 'PUT', `/v1/tickets/${other.ticketNo}/rating`, late)).body.code).toBe(
      'journey-not-ratable'
    )
    const unused = await travelledTicket('ISSUED')
    time.now = at(47)
    expect((await request('passenger', 'PUT', `/v1/tickets/${unused.ticketNo}/rating`, late)).body.code).toBe(
      'journey-not-ratable'
    )
  })

  test('and the carrier’s average is shown only when at least ten spoke', async () => {
    const summary = async () =>
      (await call({ url: `/v1/ratings?from=${today}&to=${today}` })).body as { ratings: number; punctuality: number }[]
    expect(await summary()).toEqual([])
    time.now = at(47)
    for (let spoken = 1; spoken < 10; spoken++) {
      const { ticketNo } = await travelledTicket()
      await request('passenger', 'PUT', `/v1/tickets/${ticketNo}/rating`, { punctuality: 3, comfort: 4, staff: 3 })
    }
    expect(await summary()).toMatchObject([{ ratings: 10, punctuality: 3.2, comfort: 4, staff: 3 }])
  })
})

describe('a case', () => {
  test('goes from the passenger to an answer, each step in its history, the words sealed at rest', async () => {
    time.now = at(47)
    const { ticketNo } = await travelledTicket()
    const id = randomUUID()
    const opened = await complain(id, { ticketNo })
    expect(opened.body).toMatchObject({ state: 'RECEIVED', late: null, evidence: { couponState: 'USED' } })
    expect(opened.body.number).toMatch(/^20261202\d{6}$/)
    expect((await complain(id, { ticketNo })).body.events.length).toBe(1)
    const step = async (body: object) => await request('clerk', 'POST', `/v1/case-desk/${id}/steps`, body)
    expect((await step({ step: 'answer', words: '太早' })).body.code).toBe('case-step-not-possible')
    await step({ step: 'accept', words: '已受理' })
    expect((await step({ step: 'transfer', words: '转承运人' })).body.code).toBe('transfer-party-required')
    await step({ step: 'transfer', words: '转承运人', party: 'C01' })
    const answered = await step({ step: 'answer', words: '已向您致歉并教育当事司机' })
    expect(answered.body).toMatchObject({ state: 'ANSWERED', party: 'C01' })
    const reopened = await request('passenger', 'POST', `/v1/service-cases/${id}/steps`, {
      step: 'reopen',
      words: '不满意'
    })
    expect(reopened.body.state).toBe('ACCEPTED')
    expect(
      reopened.body.events.map(({ event, words: said }: { event: string; words: string }) => [event, said])
    ).toEqual([
      ['open', words],
      ['accept', '已受理'],
      ['transfer', '转承运人'],
      ['answer', '已向您致歉并教育当事司机'],
      ['reopen', '不满意']
    ])
    const [row] = await sql<{ plain: boolean }[]>`
      select bool_or(position(convert_to(${words}, 'UTF8') in words) > 0) as plain from case_event`
    expect(row!.plain).toBe(false)
  })

  test('is nobody else’s to see or to step', async () => {
    const id = randomUUID()
    await complain(id)
    const stranger = await request('clerk', 'POST', `/v1/service-cases/${id}/steps`, { step: 'withdraw' })
    expect(stranger.body.code).toBe('case-not-found')
    expect((await request('passenger', 'GET', `/v1/case-desk/${id}`)).status).toBe(403)
    expect((await request('passenger', 'GET', `/v1/service-cases/${randomUUID()}`)).body.code).toBe('case-not-found')
  })

  test('id is one content’s; a claim names its ticket and its amount', async () => {
    const id = randomUUID()
    await complain(id)
    expect((await complain(id, { words: '另一回事' })).body.code).toBe('case-id-reused')
    expect((await complain(randomUUID(), { kind: 'claim' })).body.code).toBe('claim-incomplete')
    expect((await complain(randomUUID(), { asked: 100 })).body.code).toBe('claim-incomplete')
  })

  test('that is late is marked once for each deadline; an answer nobody took up closes after seven days', async () => {
    time.now = at(100)
    const [late, answered] = [randomUUID(), randomUUID()]
    await complain(late)
    await complain(answered)
    for (const body of [
      { step: 'accept', words: '受理' },
      { step: 'answer', words: '答复' }
    ])
      await request('clerk', 'POST', `/v1/case-desk/${answered}/steps`, body)
    const marks = async () => {
      const { body } = await request('operator', 'GET', `/v1/case-desk/${late}`)
      return (body.events as { event: string }[]).filter(({ event }) => event === 'overdue').length
    }
    await superviseCases({ sql, keys }, at(110))
    expect(await marks()).toBe(0)
    for (const hour of [125, 126, 130]) await superviseCases({ sql, keys }, at(hour))
    expect(await marks()).toBe(1)
    for (const hour of [345, 346]) await superviseCases({ sql, keys }, at(hour))
    expect(await marks()).toBe(2)
    expect((await request('operator', 'GET', `/v1/case-desk/${answered}`)).body.state).toBe('CLOSED')
  })
})

describe('a claim', () => {
  const openClaim = async (ticketNo: string, accepted = true) => {
    const id = randomUUID()
    await complain(id, { kind: 'claim', subject: 'delay', ticketNo, asked: 1000 })
    if (accepted) await request('operator', 'POST', `/v1/case-desk/${id}/steps`, { step: 'accept', words: '受理' })
    return id
  }
  const pay = async (caseId: string, amount: number, claim: string = randomUUID()) =>
    await request('operator', 'PUT', `/v1/case-desk/${caseId}/claims/${claim}`, {
      amount,
      cause: 'service-failure',
      words: '晚点四小时，部分退还'
    })

  test('is paid once through the payment it came from; the ticket stays used and the books balance', async () => {
    time.now = at(150)
    const { ticketNo, fare } = await travelledTicket()
    const caseId = await openClaim(ticketNo)
    const claim = randomUUID()
    expect((await pay(caseId, 1000, claim)).body.paid).toBe(1000)
    expect((await pay(caseId, 1000, claim)).body.paid).toBe(1000)
    expect((await pay(caseId, 900, claim)).body.code).toBe('claim-id-reused')
    expect((await pay(caseId, fare - 999)).body).toMatchObject({ code: 'claim-too-high' })
    expect(await sql`select state, amount from refund where id = ${claim}`).toMatchObject([
      { state: 'PAID', amount: 1000 }
    ])
    expect(await sql`select state from coupon where ticket_no = ${ticketNo}`).toMatchObject([{ state: 'USED' }])
    await readable(sql)
    await postRevenue(sql, at(151))
    const lines = await sql<{ kind: string; receivable: number; carrierEarned: number }[]>`
      select kind, receivable, carrier_earned from revenue_line where ticket_no = ${ticketNo} order by batch, line`
    expect(lines.find(({ kind }) => kind === 'claim')).toMatchObject({ receivable: 1000, carrierEarned: -1000 })
    expect(lines.map(({ kind }) => kind).sort()).toEqual(['claim', 'issue', 'use'])
  })

  test('waits for its case to be accepted, and for the journey to be over', async () => {
    const { ticketNo } = await travelledTicket()
    expect((await pay(await openClaim(ticketNo, false), 100)).body.code).toBe('case-not-claim')
    const unused = await travelledTicket('ISSUED')
    expect((await pay(await openClaim(unused.ticketNo), 100)).body.code).toBe('journey-not-over')
    expect((await pay(randomUUID(), 100)).body.code).toBe('case-not-found')
  })

  test('nobody had to make is paid too: a fare above a ceiling published later, exactly the difference, once', async () => {
    time.now = at(150)
    const { ticketNo, fare, line } = await travelledTicket()
    await transaction(
      sql,
      async (tx) =>
        await tx`
        insert into fare_ceiling (line, from_position, to_position, valid_from, amount, source, published_at, published_by)
        select line.id, lower(coupon.stops), upper(coupon.stops), ${addDays(today, -1)}, ${fare - 300}, 'corrected', ${at(40)}, 'test'
        from coupon, line where coupon.ticket_no = ${ticketNo} and line.code = ${line}`
    )
    expect(await settleProvenClaims({ sql }, at(151))).toBeGreaterThan(0)
    expect(await settleProvenClaims({ sql }, at(152))).toBe(0)
    expect(await sql`select amount, cause, case_id from ticket_claim where ticket_no = ${ticketNo}`).toMatchObject([
      { amount: 300, cause: 'overcharge', caseId: null }
    ])
    const { body } = await request('passenger', 'GET', `/v1/tickets/${ticketNo}/events`)
    expect(body.at(-1)).toMatchObject({ event: 'claim', detail: 'overcharge 300' })
  })
})
