import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { NoAnswer } from '../../../card-crypto/simulated-card/apdu.ts'
import { transaction } from '../../../clearing/database.ts'
import { closeDay } from '../../../clearing/settlement/close-day.ts'
import { settleDay } from '../../../clearing/settlement/settle-day.ts'
import { verifyChain } from '../../../clearing/ledger/verify-chain.ts'
import { publishDay } from '../../../clearing/settlement/publish-day.ts'
import { verifyDay } from '../../../clearing/settlement/verify-day.ts'
import { cutOf, type BusinessDay } from '../../../clearing/business-day.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { createTestApp } from '../../test-app.ts'
import { sumBooks } from './load-queries.ts'
import { testCard, type TestCard } from './test-card.ts'
import { postLoads, watchLoads } from './watch-loads.ts'

const { parts, time, as, call } = await createTestApp()
const { sql } = parts
const operator = '12215840'
const minutes = (count: number) => (time.now = new Date(time.now.getTime() + count * 60_000))
/** Sessions end meanwhile. */
const hours = async (count: number) => {
  minutes(count * 60)
  clerk = await as('clerk')
  desk = await as('operator')
}
const gateway = openGateways(sql)['simulated-cashier']
let clerk: { authorization: string }
let desk: { authorization: string }

beforeAll(async () => {
  await seedParticipants(sql)
  clerk = await as('clerk')
  desk = await as('operator')
  const agent = { name: '天河便利店', operator, keeper: 'clerk', state: 'active', creditFen: 10_000 }
  expect((await call({ method: 'PUT', url: '/v1/load-agents/A01', headers: desk, payload: agent })).status).toBe(200)
  await call({ method: 'POST', url: '/v1/load-agents/A01/float', headers: desk, payload: { amount: 100_000 } })
})

const begin = async (card: TestCard, amount: number, more: { id?: string; credit?: string; body?: object } = {}) => {
  const { id = randomUUID(), credit, body = card.ask(amount).body } = more
  const payload = { cardNumber: card.number, amount, agent: 'A01', card: body, ...(credit ? { credit } : {}) }
  return { id, ...(await call({ method: 'PUT', url: `/v1/card-loads/${id}`, headers: clerk, payload })) }
}
const confirm = async (id: string, tac: string) =>
  await call({ method: 'POST', url: `/v1/card-loads/${id}/confirmation`, headers: clerk, payload: { tac } })
const prove = async (id: string, body: object) =>
  await call({ method: 'POST', url: `/v1/card-loads/${id}/proof`, headers: clerk, payload: body })
const show = async (id: string) => (await call({ method: 'GET', url: `/v1/card-loads/${id}`, headers: clerk })).body
const float = async () => (await call({ method: 'GET', url: '/v1/load-agents', headers: desk })).body[0].floatFen

async function expectBalanced(): Promise<void> {
  const { debits, loads, returns, open } = await sumBooks(sql)
  expect(debits - loads - returns - open).toBe(0)
}

/** Torn out before the card had written anything, or after it had. */
function tear(card: TestCard, begun: { dateTime: string; mac2: string }, credited: boolean): void {
  card.chip.tearAfter(credited ? 8 : 0)
  expect(() => card.credit(begun)).toThrow(NoAnswer)
  card.chip.reset()
}

describe('a load at an agent', () => {
  it.each([2, 3])('takes the float, credits the card, and is proved by its TAC (card %i)', async (serial) => {
    const card = testCard(serial)
    const before = await float()
    const begun = await begin(card, 10_000)
    expect(begun).toMatchObject({ status: 200, body: { dateTime: expect.stringMatching(/^\d{14}$/) } })
    expect(await float()).toBe(before - 10_000)
    const tac = card.credit(begun.body)
    expect((await confirm(begun.id, '00000000')).body.code).toBe('load-tac-wrong')
    expect((await confirm(begun.id, tac)).body).toMatchObject({ state: 'LOADED', evidence: 'tac', issuer: '02205810' })
    expect((await confirm(begun.id, tac)).body.state).toBe('LOADED')
    expect(card.chip.balance).toBe(15_000)
    await expectBalanced()
  })

  it('asked twice is one load with one MAC2; another card or amount under its id is refused, as is a load that ended', async () => {
    const card = testCard(10)
    const before = await float()
    const { body, request } = card.ask(5000)
    const first = await begin(card, 5000, { body })
    const second = await begin(card, 5000, { id: first.id, body })
    expect(second.body).toEqual(first.body)
    expect(await float()).toBe(before - 5000)
    expect((await begin(testCard(11), 5000, { id: first.id })).body.code).toBe('load-differs')
    const tac = card.credit(first.body)
    await confirm(first.id, tac)
    expect((await begin(card, 5000, { id: first.id, body })).body.code).toBe('load-ended')
    expect(card.outcome(request)).toMatchObject({ outcome: 'loaded' })
  })

  it('with a wrong MAC1, a changed amount, an unknown key or issuer takes no money', async () => {
    const card = testCard(12)
    const before = await float()
    const { body } = card.ask(5000)
    expect((await begin(card, 5000, { body: { ...body, mac1: '00000000' } })).body.code).toBe('load-mac-wrong')
    expect((await begin(card, 6000, { body })).body.code).toBe('load-mac-wrong')
    expect((await begin(card, 5000, { body: { ...body, keyVersion: 9 } })).body.code).toBe('card-key-unknown')
    expect((await begin({ ...card, number: '3109999900000000001' }, 5000, { body })).body.code).toBe(
      'card-issuer-unknown'
    )
    const stranger = { cardNumber: card.number, amount: 5000, agent: 'B99', card: body }
    const asked = await call({
      method: 'PUT',
      url: `/v1/card-loads/${randomUUID()}`,
      headers: clerk,
      payload: stranger
    })
    expect(asked.body.code).toBe('load-agent-not-found')
    expect((await confirm(randomUUID(), '00000000')).body.code).toBe('load-not-found')
    expect(await float()).toBe(before)
  })

  it('keeps to the limits of amount, balance, day and float', async () => {
    expect((await begin(testCard(20), 50)).body.code).toBe('load-amount-out-of-range')
    expect((await begin(testCard(20, 99_000), 2000)).body.code).toBe('card-balance-too-high')
    const tiny = { name: '小店', operator, keeper: 'clerk', state: 'active', creditFen: 0 }
    await call({ method: 'PUT', url: '/v1/load-agents/A02', headers: desk, payload: tiny })
    const card = testCard(20)
    const payload = { cardNumber: card.number, amount: 5000, agent: 'A02', card: card.ask(5000).body }
    const spent = await call({ method: 'PUT', url: `/v1/card-loads/${randomUUID()}`, headers: clerk, payload })
    expect(spent.body.code).toBe('agent-float-spent')
    const nowhere = await call({
      method: 'POST',
      url: '/v1/load-agents/A99/float',
      headers: desk,
      payload: { amount: 1 }
    })
    expect(nowhere.body.code).toBe('load-agent-not-found')
    await transaction(sql, async (tx) => await tx`update load_policy set daily_most = 6000`)
    const first = await begin(card, 5000)
    await confirm(first.id, card.credit(first.body))
    expect((await begin(card, 5000)).body.code).toBe('card-daily-limit')
    await transaction(sql, async (tx) => await tx`update load_policy set daily_most = 200000`)
  })
})

describe('a load that was interrupted', () => {
  it.each([
    [30, false, 'RETURNED'],
    [32, true, 'LOADED']
  ] as const)(
    'is decided by the card’s fresh MAC1, whose amount is our challenge (card %i, credited: %s)',
    async (serial, credited, state) => {
      const card = testCard(serial)
      const before = await float()
      const kept = card.ask(0x2000_0000)
      const begun = await begin(card, 5000)
      tear(card, begun.body, credited)
      expect((await prove(begun.id, card.ask(5000).body)).body.code).toBe('load-challenge-missing')
      const again = await begin(card, 5000)
      if (credited) {
        // The counter has moved: that alone shows the first was loaded, and the second goes on.
        expect(again.status).toBe(200)
        expect(await show(begun.id)).toMatchObject({ state, evidence: 'later-counter' })
        await confirm(again.id, card.credit(again.body))
      } else {
        expect(again.body).toMatchObject({ code: 'load-undecided', facts: { load: begun.id } })
        // An answer the agent kept from before does not do.
        expect((await prove(begun.id, kept.body)).body.code).toBe('load-mac-wrong')
        const behind = testCard(serial)
        expect(behind.ask(1).body.counter).toBe(1)
        expect((await prove(begun.id, card.ask(again.body.facts.challenge).body)).body).toMatchObject({
          state,
          evidence: 'fresh-mac'
        })
        expect(await float()).toBe(before)
        expect((await begin(card, 5000)).status).toBe(200)
      }
      await expectBalanced()
    }
  )

  it('is not decided by a clone of the card that was never loaded', async () => {
    const card = testCard(34)
    const first = await begin(card, 1000)
    await confirm(first.id, card.credit(first.body))
    const begun = await begin(card, 1000)
    tear(card, begun.body, true)
    const { challenge } = (await begin(testCard(34), 1000)).body.facts
    expect((await prove(begun.id, testCard(34).ask(challenge).body)).body.code).toBe('load-card-differs')
    expect((await prove(begun.id, card.ask(challenge).body)).body).toMatchObject({
      state: 'LOADED',
      evidence: 'fresh-mac'
    })
  })

  it('is alarmed within five minutes, and within a day owed to the card, which gets it when it is next seen, at any operator', async () => {
    const card = testCard(40)
    const begun = await begin(card, 5000)
    tear(card, begun.body, false)
    minutes(4.5)
    await watchLoads({ sql, gateway }, time.now)
    const alarms = await call({ method: 'GET', url: '/v1/card-loads/alarms', headers: desk })
    expect(alarms.body.map(({ id }: { id: string }) => id)).toContain(begun.id)
    await hours(23)
    await watchLoads({ sql, gateway }, time.now)
    expect(await show(begun.id)).toMatchObject({ state: 'CREDITED', evidence: 'deadline' })
    await expectBalanced()
    const ofCard = await call({
      method: 'POST',
      url: '/v1/card-loads/of-card',
      headers: clerk,
      payload: { cardNumber: card.number }
    })
    expect(ofCard.body).toMatchObject({ owed: [{ load: begun.id, amount: 5000 }] })
    const before = await float()
    expect((await begin(card, 6000, { credit: begun.id })).body.code).toBe('card-credit-not-found')
    const owed = await begin(card, 5000, { credit: begun.id })
    expect(await confirm(owed.id, card.credit(owed.body))).toMatchObject({
      body: { state: 'LOADED', money: 'credit', operator }
    })
    expect(await float()).toBe(before)
    expect((await begin(card, 5000, { credit: begun.id })).body.code).toBe('card-credit-not-found')
    expect(card.chip.balance).toBe(10_000)
    await expectBalanced()
  })

  it('and was loaded after all is put right when the TAC comes late: what is owed is withdrawn, or stands as a shortfall', async () => {
    const card = testCard(42)
    const begun = await begin(card, 5000)
    const tac = card.credit(begun.body)
    await hours(23)
    await watchLoads({ sql, gateway }, time.now)
    expect((await show(begun.id)).state).toBe('CREDITED')
    expect((await confirm(begun.id, tac)).body.state).toBe('LOADED')
    const ofCard = await call({
      method: 'POST',
      url: '/v1/card-loads/of-card',
      headers: clerk,
      payload: { cardNumber: card.number }
    })
    expect(ofCard.body.owed).toEqual([])
    await expectBalanced()
  })

  it('is decided by what its first purchase afterwards began with', async () => {
    const card = testCard(44)
    const begun = await begin(card, 5000)
    card.credit(begun.body)
    minutes(10)
    await transaction(sql, async (tx) => {
      const [first, next] = [0, 1].map((days) =>
        new Date(time.now.getTime() + (days * 24 + 8) * 3_600_000).toISOString().slice(0, 10)
      )
      await tx.unsafe(
        `create table rides_of_this_test partition of card_transaction for values from ('${first}') to ('${next}')`
      )
      await tx`
        insert into card_transaction (card_number, terminal_number, occurred_at, transaction_day, card_sequence, amount, price,
          balance_before, file_id, line_number, issuer, acquirer, service, kind, passage, algorithm)
        select ${card.number}::bigint, 1, ${time.now}, ${first!}::date, 1, 200, 200, 10000, 0, 1, min(id), min(id), 1, 6, 0, 4
        from participant`
    })
    await hours(23)
    await watchLoads({ sql, gateway }, time.now)
    expect(await show(begun.id)).toMatchObject({ state: 'LOADED', evidence: 'purchase' })
  })
})

describe('a load its holder pays for', () => {
  const fund = async (id: string, card: TestCard, amount: number) =>
    await call({
      method: 'PUT',
      url: `/v1/card-loads/${id}/payment`,
      headers: clerk,
      payload: { cardNumber: card.number, amount, operator }
    })
  const decideAt = async (id: string, choice: string) =>
    await call({
      method: 'POST',
      url: `/v1/simulated-cashier/charges/${id}.0`,
      headers: clerk,
      payload: { choice }
    })

  it('is loaded once the gateway has said so, however late, and paid back when no card comes within the day', async () => {
    const card = testCard(50)
    const [one, two, three] = [randomUUID(), randomUUID(), randomUUID()]
    expect((await fund(one, card, 3000)).body.payAt).toContain(one)
    expect((await fund(one, card, 3100)).body.code).toBe('load-differs')
    expect((await begin(card, 3000, { id: one })).body.code).toBe('load-ended')
    await decideAt(one, 'time-out')
    await watchLoads({ sql, gateway }, time.now)
    expect((await show(one)).state).toBe('FUNDING')
    minutes(1)
    await watchLoads({ sql, gateway }, time.now)
    expect((await show(one)).state).toBe('FUNDED')
    const begun = await begin(card, 3000, { id: one })
    expect((await confirm(one, card.credit(begun.body))).body).toMatchObject({ state: 'LOADED', money: 'payment' })
    await fund(two, card, 3000)
    await decideAt(two, 'failure')
    await fund(three, card, 3000)
    await decideAt(three, 'success')
    await watchLoads({ sql, gateway }, time.now)
    expect([(await show(two)).state, (await show(three)).state]).toEqual(['FAILED', 'FUNDED'])
    await hours(23)
    await watchLoads({ sql, gateway }, time.now)
    await watchLoads({ sql, gateway }, time.now)
    expect(await show(three)).toMatchObject({ state: 'RETURNED', evidence: 'no-card' })
    await expectBalanced()
  })
})

describe('the money of loads', () => {
  it('is in the ledger line by line, and in the day’s positions: the operator owes the issuer what is on its cards', async () => {
    while ((await postLoads(sql, time.now)) > 0);
    const balances = await sql<{ kind: string; amount: number }[]>`
      select account.kind, sum(entry.amount)::bigint as amount from journal_entry as entry join account on account.id = entry.account
      group by account.kind`
    const of = (kind: string) => balances.find((each) => each.kind === kind)?.amount ?? 0
    const { open } = await sumBooks(sql)
    expect(of('suspense')).toBe(open)
    expect(of('float')).toBe(await float())
    expect(balances.reduce((sum, { amount }) => sum + amount, 0)).toBe(0)
    const days = await sql<{ day: string; amount: number }[]>`
      select clearing_day::text as day, sum(amount)::bigint as amount from card_load where state = 'LOADED' group by 1 order by 1`
    for (const { day, amount } of days) {
      const on = day as BusinessDay
      await closeDay(parts.context, on, cutOf(on))
      const settlement = await settleDay(parts.context, on, cutOf(on))
      expect(settlement.obligations.reduce((sum, each) => sum + each.amount, 0)).toBe(amount)
      expect(settlement.positions.reduce((sum, each) => sum + each.income - each.expense, 0)).toBe(0)
    }
    expect((await verifyChain(sql, parts.keys)).fault).toBeNull()
    for (const { day } of days) {
      const on = day as BusinessDay
      await publishDay(parts.context, on, cutOf(on))
      expect((await verifyDay(parts.context, on)).firstFault).toBeNull()
    }
  })
})
