import { beforeAll, describe, expect, test } from 'vitest'
import { addDays, type BusinessDay } from '../../clearing/business-day.ts'
import { Refusal } from '../../clearing/refusal.ts'
import type { PartialTerms } from '../fares/policy-schemas.ts'
import { publishPolicy } from '../fares/publish-policy.ts'
import { at, createTestSale, person, today } from '../ticketing/test-sale.ts'

const { sql, find, hold, sell } = await createTestSale()
const usual = addDays(today, 1)
const freely = addDays(today, 2)
const spaced = addDays(today, 3)
const rationed = addDays(today, 4)

const publish = async (validFrom: BusinessDay, terms: PartialTerms) =>
  await publishPolicy(sql, { scope: { mode: 'coach' }, validFrom, terms, note: '测试' }, 'operator:test', at(0))

beforeAll(async () => {
  await publish(freely, { journeyGapMinutes: null })
  await publish(spaced, { journeyGapMinutes: 60 })
  await publish(rationed, { journeyGapMinutes: 0, ticketsPerIdentityPerDay: 2, halfSharePercentMax: 5 })
})

/** 天河客运站 → 惠州汽车总站 takes 140 minutes; both ways leave on the hour. */
const there = async (day: BusinessDay, hour: number) => await leaving('天河客运站', '惠州汽车总站', day, hour)
const back = async (day: BusinessDay, hour: number) => await leaving('惠州汽车总站', '天河客运站', day, hour)
async function leaving(from: string, to: string, day: BusinessDay, hour: number) {
  const leaves = at(hour).getTime() + (Date.parse(day) - Date.parse(today))
  return (await find(from, to, day)).find(({ departsAt }) => departsAt.getTime() === leaves)!
}
const codeOf = async (work: Promise<unknown>) =>
  await work.then(
    () => null,
    (error: unknown) => (error instanceof Refusal ? error.code : error)
  )

describe('07:00–09:20 out; the way back by the same identity', () => {
  const rows: [string, BusinessDay, number, string | null][] = [
    ['may touch, not overlap', usual, 9, 'journeys-overlap'],
    ['may touch, not overlap', usual, 10, null],
    ['is not looked at', freely, 9, null],
    ['keeps an hour', spaced, 9, 'journeys-overlap'],
    ['keeps an hour', spaced, 10, 'journeys-overlap'],
    ['keeps an hour', spaced, 11, null]
  ]
  test.each(rows)('%s: %s, back at %i → %s', async (...[, day, hour, answer]) => {
    const one = person()
    await hold(await there(day, 7), [one])
    expect(await codeOf(hold(await back(day, hour), [one]))).toBe(answer)
    expect(await codeOf(hold(await back(day, hour), [person()]))).toBeNull()
  })
})

test('an earlier journey is kept apart from a later one too', async () => {
  const one = person()
  await hold(await back(spaced, 10), [one])
  expect(await codeOf(hold(await there(spaced, 7), [one]))).toBe('journeys-overlap')
})

test('of many orders for one identity at overlapping times, at once, one is held', async () => {
  const one = person()
  const coaches = [await there(usual, 12), await back(usual, 13), await there(usual, 13), await back(usual, 12)]
  const answers = await Promise.all(
    [...coaches, ...coaches, ...coaches].map(async (coach) => await codeOf(hold(coach, [one, person()])))
  )
  expect(answers.filter((code) => code === null)).toHaveLength(1)
  expect(new Set(answers)).toEqual(new Set([null, 'journeys-overlap', 'identity-holds-ticket']))
})

test('a third ticket of the day is refused, also to a renewed document', async () => {
  const one = person()
  const renewed = { ...one, document: { kind: '05' as const, number: 'H0123456700' } }
  const again = { ...one, document: { kind: '05' as const, number: 'H0123456701' } }
  await hold(await there(rationed, 7), [renewed])
  await hold(await back(rationed, 10), [again])
  expect(await codeOf(hold(await there(rationed, 13), [renewed]))).toBe('identity-tickets-full')
})

test('half tickets stop at their share of 45 seats: two of five percent', async () => {
  const coach = await there(rationed, 15)
  await sell(coach, [person('half'), person('half'), person()])
  expect(await codeOf(hold(coach, [person('half')]))).toBe('half-tickets-full')
  expect(await codeOf(hold(coach, [person()]))).toBeNull()
})

test('a ticket given back frees its time', async () => {
  const one = person()
  const order = await hold(await there(usual, 17), [one])
  await sql`select cancel_order(${order.id})`
  expect(await codeOf(hold(await back(usual, 18), [one]))).toBeNull()
})
