// S17: whatever order rides come in, every card of the network ends with the same prices, counters and books.
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { BusinessDay } from '../../business-day.ts'
import { transaction } from '../../database.ts'
import { fen } from '../../money.ts'
import { seedParticipants } from '../../participants/seed-participants.ts'
import { createTestDatabase } from '../../test-database.ts'
import { sampleDiscountAgreements } from '../discounts/sample-agreements.ts'
import { sampleSchemes } from '../discounts/sample-schemes.ts'
import { seedDiscounts } from '../discounts/seed-discounts.ts'
import { bearingOf } from '../discounts/bearing-rules.ts'
import { explainRide } from './explain-ride.ts'
import { priceRides } from './price-rides.ts'
import { replayMonth, type ReplayedRide, type MonthRide } from './replay-month-rules.ts'
import { listLegs, listUnpriced, sumLegs } from './run-queries.ts'
import { bring, occurredAt, price, type TestMonth, type TestRide } from './test-rides.ts'

const { sql } = await createTestDatabase()
const { shares } = sampleDiscountAgreements[0]!
const guangzhou: TestMonth = { month: '2024-03-01' as BusinessDay, acquirer: '12205810', issuer: '02205810' }
const termsOf = (id: string) => sampleSchemes.find((scheme) => scheme.id === id)!.terms

beforeAll(async () => {
  await seedParticipants(sql)
  await seedDiscounts(sql)
  await seedDiscounts(sql)
})

let nextCard = 0
const newCard = (): number => ++nextCard
const ride = (card: number, sequence: number, price: number, more: Partial<TestRide> = {}): TestRide => ({
  card,
  sequence,
  minute: sequence * 30,
  price,
  charged: price,
  service: 2,
  mark: 0,
  ...more
})
const many = (card: number, count: number, price: number): TestRide[] =>
  Array.from({ length: count }, (_, index) => ride(card, 2 * (index + 1), price))

interface Entry {
  sequence: number
  sign: number
  due: number
  tier: number
  ridesBefore: number
  paidBefore: number
}

async function entriesOf(card: number, run: number | null = null): Promise<Entry[]> {
  return await sql<Entry[]>`
    select card_sequence as sequence, sign, fare.due[1 + tier] as due, tier, rides_before, paid_before
    from priced_ride join discount_fare as fare on fare.id = fare
    where card_number = ${card} and run = coalesce(${run}, run) order by run, card_sequence, sign`
}

function replay(month: TestMonth, scheme: string, rides: readonly TestRide[]): ReplayedRide<MonthRide>[] {
  const recorded = rides.map((each) => ({
    service: each.service,
    price: fen(each.price),
    mark: each.mark,
    occurredAt: occurredAt(month, each),
    cardSequence: each.sequence
  }))
  return replayMonth(recorded, () => termsOf(scheme))
}

describe('rides of a month', () => {
  it('are cheaper from the tier on that the month has reached before each', async () => {
    const card = newCard()
    const run = await price(sql, guangzhou, many(card, 8, 1500))
    // 15 yuan each: 75 paid before the sixth, 90 before the seventh.
    expect(await entriesOf(card)).toEqual(
      [14, 16].map((sequence, index) => ({
        sequence,
        sign: 1,
        due: 1200,
        tier: 1,
        ridesBefore: 6 + index,
        paidBefore: 9000 + index * 1200
      }))
    )
    expect(run).toMatchObject({ rides: 8, repriced: 0 })
  })

  it('go on from where the last night left the card, and begin anew with the next month', async () => {
    const card = newCard()
    await price(sql, guangzhou, many(card, 6, 1500))
    const run = await price(sql, guangzhou, [ride(card, 20, 500)])
    expect(await entriesOf(card, run.id)).toMatchObject([{ due: 400, ridesBefore: 6, paidBefore: 9000 }])
    const april = await price(sql, { ...guangzhou, month: '2024-04-01' as BusinessDay }, [ride(card, 30, 500)])
    expect(await entriesOf(card, april.id)).toEqual([])
  })

  it('are priced the same whoever issued the card, and by a half for students, who are not counted', async () => {
    const card = newCard()
    const student = newCard()
    const abroad = { ...guangzhou, issuer: '02775880' }
    await price(sql, abroad, many(card, 8, 1500))
    expect((await entriesOf(card)).map(({ due }) => due)).toEqual([1200, 1200])
    await price(
      sql,
      abroad,
      many(student, 8, 1500).map((each) => ({ ...each, mark: 3 }))
    )
    expect((await entriesOf(student)).map(({ due }) => due)).toEqual(Array.from({ length: 8 }, () => 750))
  })

  it('follow the version of the scheme that was in force on their day', async () => {
    const card = newCard()
    const march = { ...guangzhou, month: '2012-03-01' as BusinessDay }
    await price(sql, march, many(card, 17, 200))
    expect((await entriesOf(card)).map(({ due, ridesBefore }) => [due, ridesBefore])).toEqual([
      [120, 15],
      [120, 16]
    ])
  })

  it('that were charged more than they cost are owed to the holder by the operator, through the issuer', async () => {
    const card = newCard()
    const { id } = await price(sql, guangzhou, [...many(card, 6, 1500), ride(card, 20, 1000), ride(card, 21, 1000)])
    const legs = await listLegs(sql, id)
    expect(legs.map(({ bearer, rides, amount }) => ({ bearer, rides, amount }))).toEqual([
      { bearer: 'government', rides: 2, amount: 240 },
      { bearer: 'issuer', rides: 2, amount: 40 },
      { bearer: 'operator', rides: 2, amount: 120 },
      { bearer: 'overcharge', rides: 2, amount: 400 }
    ])
  })
})

describe('a ride that comes late', () => {
  it('takes back and prices anew exactly the later rides whose tier it changes, and edits nothing', async () => {
    const card = newCard()
    const first = await price(sql, guangzhou, many(card, 8, 1500))
    const before = await entriesOf(card)
    const { id, repriced } = await price(sql, guangzhou, [ride(card, 1, 500)])
    expect(repriced).toBe(1)
    // 80 yuan are reached one ride earlier: the sixth; the seventh and eighth were in that tier before.
    expect(await entriesOf(card, id)).toMatchObject([{ sequence: 12, sign: 1, due: 1200, paidBefore: 8000 }])
    expect(await entriesOf(card, first.id)).toEqual(before)
  })

  it('is taken back when it raises what was paid less', async () => {
    const card = newCard()
    // 79, then 10 at full price make 89; with one yuan before them the 10 cost 8 and make 88.
    const rides = [ride(card, 10, 7900), ride(card, 12, 1000), ride(card, 14, 13_850), ride(card, 16, 100)]
    await price(sql, guangzhou, rides)
    expect((await entriesOf(card)).map(({ sequence, due }) => [sequence, due])).toEqual([
      [14, 11_080],
      [16, 80]
    ])
    const { id } = await price(sql, guangzhou, [ride(card, 1, 100)])
    expect((await entriesOf(card, id)).map(({ sequence, sign, due }) => [sequence, sign, due])).toEqual([[12, 1, 800]])
    const more = await price(sql, guangzhou, [ride(card, 15, 200)])
    expect((await entriesOf(card, more.id)).map(({ sequence, sign, due }) => [sequence, sign, due])).toEqual([
      [15, 1, 160],
      [16, -1, 80],
      [16, 1, 50]
    ])
  })

  it('leaves other cards and the clearing of their rides alone', async () => {
    const [card, other] = [newCard(), newCard()]
    await price(sql, guangzhou, [...many(card, 8, 1500), ...many(other, 8, 1500)])
    const { id } = await price(sql, guangzhou, [ride(card, 1, 500)])
    expect(await entriesOf(other, id)).toEqual([])
  })
})

describe('one fare', () => {
  const explain = async (day: BusinessDay, line: number) => {
    const [file] = await sql<{ id: number }[]>`select id from card_file where clearing_day = ${day}`
    return await explainRide(sql, file!.id, line)
  }

  it('is explained: version, counter before, tier, what each rule took off, who bears it, what was said before', async () => {
    const card = newCard()
    const day = await bring(sql, guangzhou, many(card, 7, 1500))
    expect(await explain(day, 6)).toBeUndefined()
    await priceRides({ sql }, { day, adjustment: null }, new Date('2040-01-01T00:00:00Z'))
    expect(await explain(day, 6)).toMatchObject({ tier: 0, due: 1500, steps: [], bearers: [], history: [] })
    await price(sql, guangzhou, [ride(card, 1, 600)])
    expect(await explain(day, 6)).toMatchObject({
      scheme: 'guangzhou-2023',
      validFrom: '2023-09-01',
      month: '2024-03',
      ridesBefore: 6,
      paidBefore: 8100,
      countedBy: 'paid',
      tier: 1,
      tierFrom: 8000,
      nextTierFrom: 20_000,
      price: 1500,
      due: 1200,
      charged: 1500,
      overcharged: 300,
      steps: [{ rule: 'monthly', off: 300 }],
      bearers: [
        { bearer: 'operator', code: '12205810', amount: 90 },
        { bearer: 'issuer', code: '02205810', amount: 30 },
        { bearer: 'government', code: 'authority-5810', amount: 180 }
      ],
      history: [{ takenBack: false, due: 1200, tier: 1, paidBefore: 8100 }]
    })
  })

  it('of a half-price card says the class, and of a city without a scheme nothing', async () => {
    const day = await bring(sql, guangzhou, [ride(newCard(), 1, 501, { mark: 3 })])
    await priceRides({ sql }, { day, adjustment: null }, new Date('2040-01-01T00:00:00Z'))
    expect(await explain(day, 1)).toMatchObject({
      riderClass: 'student',
      countedBy: null,
      due: 251,
      bearers: [
        { bearer: 'operator', amount: 63 },
        { bearer: 'government', amount: 187 }
      ]
    })
    const elsewhere = { ...guangzhou, acquirer: '12785950' }
    const other = await bring(sql, elsewhere, [ride(newCard(), 1, 500)])
    await priceRides({ sql }, { day: other, adjustment: null }, new Date('2040-01-01T00:00:00Z'))
    expect(await explain(other, 1)).toBeUndefined()
  })
})

const anyRides = fc.uniqueArray(fc.integer({ min: 1, max: 700 }), { minLength: 4, maxLength: 28 }).chain((minutes) =>
  fc.tuple(
    ...minutes
      .toSorted((a, b) => a - b)
      .map((minute, index) =>
        fc.record({
          sequence: fc.constant(index + 1),
          minute: fc.constant(minute * 60),
          price: fc.integer({ min: 1, max: 30 }).map((yuan) => yuan * 50 + 7),
          service: fc.constantFrom(1, 2, 6),
          mark: fc.constantFrom(0, 0, 0, 0, 3),
          part: fc.integer({ min: 0, max: 4 })
        })
      )
  )
)

describe('the books', () => {
  it.each([
    ['2024-05-01', 'guangzhou-2023', '12205810'],
    ['2012-05-01', 'guangzhou-2010', '12205810'],
    ['2021-05-01', 'zhuhai-2018', '11355850']
  ])('end the same whatever order the rides of %s came in (%s)', async (first, scheme, acquirer) => {
    const month: TestMonth = { month: first as BusinessDay, acquirer, issuer: '02205810' }
    await fc.assert(
      fc.asyncProperty(anyRides, fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), async (drawn, order) => {
        const card = newCard()
        const rides = drawn.map((each) => ({ ...each, card, charged: each.price }))
        let seen: TestRide[] = []
        for (const part of order) {
          const arriving = rides.filter((each) => each.part === part)
          if (arriving.length === 0) continue
          const stood = new Map(replay(month, scheme, seen).map((each) => [each.recorded.cardSequence, each]))
          seen = [...seen, ...arriving]
          const { repriced } = await price(sql, month, arriving)
          const moved = replay(month, scheme, seen).filter(({ recorded, tier }) => {
            const before = stood.get(recorded.cardSequence)
            return before !== undefined && before.tier !== tier
          })
          expect(repriced).toBe(moved.length)
        }
        expect(await sumsOf(card)).toEqual(expectedSums(replay(month, scheme, rides)))
        expect(await counterOf(card)).toEqual(expectedCounter(replay(month, scheme, rides)))
      }),
      { numRuns: 8 }
    )
  })

  it('sum to zero, in each journal what its rides say one by one', async () => {
    const runs = await sql<{ id: number; day: BusinessDay }[]>`select id, day from discount_run`
    for (const { id, day } of runs) {
      const legs = await listLegs(sql, id)
      expect(await sumLegs(sql, id)).toEqual(legs)
      const posted = await sql`
        select account.participant, account.kind, entry.amount from journal join journal_entry as entry on entry.journal = journal.id
        join account on account.id = entry.account where journal.kind = 'discounts' and journal.reference = ${day}`
      expect(posted.reduce((sum, each) => sum + (each['amount'] as number), 0)).toBe(0)
      expect(posted.filter((each) => each['kind'] === 'subsidy').reduce((sum, each) => sum + each['amount'], 0)).toBe(
        legs.filter(({ bearer }) => bearer !== 'overcharge').reduce((sum, { amount }) => sum + amount, 0)
      )
    }
    expect(runs.length).toBeGreaterThan(50)
  })
})

describe('a day', () => {
  it('is priced once, however often and however many ask', async () => {
    const day = await bring(sql, guangzhou, many(newCard(), 8, 1500))
    expect(await listUnpriced(sql)).toEqual([{ day, adjustment: null, number: null }])
    const now = new Date('2040-01-01T00:00:00Z')
    const runs = await Promise.all([1, 2, 3].map(async () => await priceRides({ sql }, { day, adjustment: null }, now)))
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1)
    expect(await listUnpriced(sql)).toEqual([])
  })

  it('is not priced where nobody has said who bears the discounts', async () => {
    await transaction(sql, async (tx) => {
      await tx`insert into discount_scheme select 'test', '5880', valid_from, valid_to, source, sample, terms
        from discount_scheme where id = 'guangzhou-2010'`
    })
    const foshan = { ...guangzhou, month: '2012-03-01' as BusinessDay, acquirer: '12775880' }
    await expect(price(sql, foshan, [ride(newCard(), 1, 200)])).rejects.toMatchObject({
      code: 'discount-agreement-missing',
      facts: { acquirer: '12775880' }
    })
  })
})

async function sumsOf(card: number) {
  return await sql`
    select card_sequence as sequence, sum(sign * (fare.price - fare.due[1 + tier]))::integer as off,
      sum(sign * operator_part[1 + tier])::integer as operator, sum(sign * issuer_part[1 + tier])::integer as issuer,
      sum(sign * government_part[1 + tier])::integer as government
    from priced_ride join discount_fare as fare on fare.id = fare where card_number = ${card}
    group by 1 having sum(sign) <> 0 order by 1`
}

function expectedSums(replayed: readonly ReplayedRide<MonthRide>[]) {
  return replayed
    .filter(({ recorded, priced }) => recorded.price !== priced.charged)
    .map(({ recorded, priced }) => ({
      sequence: recorded.cardSequence,
      off: recorded.price - priced.charged,
      ...bearingOf(priced.steps, shares)
    }))
}

async function counterOf(card: number) {
  return await sql`select rides, paid from discount_counter where card_number = ${card}`
}

function expectedCounter(replayed: readonly ReplayedRide<MonthRide>[]) {
  const last = replayed.findLast(({ countedBy }) => countedBy !== null)
  return last ? [{ rides: last.before.rides + 1, paid: last.before.paid + last.priced.charged }] : []
}
