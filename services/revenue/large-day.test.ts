import { beforeAll, expect, test } from 'vitest'
import { transaction } from '../../clearing/database.ts'
import { findUnbalancedJournal } from '../../clearing/ledger/ledger-queries.ts'
import { verifyChain } from '../../clearing/ledger/verify-chain.ts'
import { closeDay } from '../../clearing/settlement/close-day.ts'
import type { BusinessDay } from '../../clearing/business-day.ts'
import { at, createTestSale } from '../ticketing/test-sale.ts'
import { postRevenue } from './post-revenue.ts'
import { publishRevenue, readStatement } from './publish-revenue.ts'
import { findParty, listBalances } from './party-queries.ts'
import { findStatement } from './statement-queries.ts'

const { sql, keys } = await createTestSale()
const tickets = 5_200
const fare = 5_000

/** As a day of sales leaves them, on all departures still to come. */
beforeAll(async () => {
  await transaction(sql, async (tx) => {
    await tx`create temporary table sold on commit drop as
      select n, gen_random_uuid() as id, ride.id as departure
      from generate_series(1, ${tickets}) as n
      join (select id, row_number() over (order by id) as rank, count(*) over () as all from departure
        where departs_at > ${at(12)}) as ride on ride.rank = n % ride.all + 1`
    await tx`insert into ticket_order (id, request_digest, owner, departures, state, total, hold_until, placed_at, issued_at)
      select id, sha256(id::text::bytea), case when n % 2 = 0 then 'passenger:many' else 'clerk:many' end, array[departure], 'ISSUED', ${fare},
        ${at(6)}, ${at(6)}, ${at(6)} from sold`
    await tx`insert into coupon (order_id, position, ticket_no, departure, stops, claims, state, fare_kind, fare, single_fare, service_fee,
        refund_policy, identity, passenger)
      select id, 0, '44010000200A' || lpad(n::text, 8, '0'), departure, '[0,1)', '{"passenger": 1}', 'CHECKED', 'full', ${fare}, ${fare}, 0,
        (select min(id) from refund_policy), '\\x00', 0 from sold`
    await tx`insert into ticket_event (ticket_no, event, state, at, actor)
      select '44010000200A' || lpad(n::text, 8, '0'), 'issue', 'ISSUED', ${at(6)}, 'many' from sold order by n`
  })
}, 60_000)

test('a day of more than five thousand tickets is posted once, to the fen, in batches that the ledger proves, and stated', async () => {
  for (let round = 0; round < 100; round++) {
    await postRevenue(sql, at(7))
    const [{ left } = { left: 0 }] = await sql<{ left: number }[]>`
      select ${tickets} - count(*)::integer as left from revenue_line where kind = 'issue'`
    if (left === 0) break
    // Other databases' transactions may hold the outbox back for a moment.
    await new Promise((done) => setTimeout(done, 20))
  }
  await postRevenue(sql, at(7))
  const batches = await sql<{ lines: number; day: BusinessDay }[]>`select lines, day from revenue_batch order by id`
  expect(batches.length).toBeGreaterThan(1)
  expect(batches.reduce((sum, { lines }) => sum + lines, 0)).toBe(tickets)

  const balances = await listBalances(sql)
  const sumOf = (wanted: (account: string) => boolean) =>
    balances.filter(({ account }) => wanted(account)).reduce((sum, { balance }) => sum + balance, 0)
  expect(sumOf(() => true)).toBe(0)
  expect(sumOf((account) => account === 'receivable')).toBe(0 - tickets * fare)
  expect(sumOf((account) => account === 'unearned')).toBe(tickets * fare)
  expect(await findUnbalancedJournal(sql)).toBeUndefined()
  expect((await verifyChain(sql, keys)).fault).toBeNull()

  const { day } = batches[0]!
  await closeDay({ sql }, day, at(40))
  await publishRevenue({ sql, keys }, day, at(40))
  const web = (await findParty(sql, 'channel-WEB'))!
  const statement = (await findStatement(sql, web.id, 1))!
  expect(statement).toMatchObject({ lines: tickets / 2, day })
  const text = (await readStatement(sql, web, statement)).toString()
  expect(text.trimEnd().split('\n')).toHaveLength(tickets / 2 + 3)
})
