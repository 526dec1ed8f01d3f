import { beforeAll, describe, expect, it } from 'vitest'
import { transaction } from '../../../clearing/database.ts'
import { findParticipant } from '../../../clearing/participants/participant-queries.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { createTestApp } from '../../test-app.ts'
import { sumBooks } from '../loading/load-queries.ts'
import { acceptRides } from '../test-rides.ts'
import { completeJourneysJob } from './complete-journeys.ts'
import { saveTerms } from './metro-queries.ts'
import { openEntries, usualFare, type KnownJourney } from './metro-rules.ts'

const { parts, time, as, call } = await createTestApp()
const { sql } = parts
/** Noon, so that a journey is of one day. */
time.now = new Date(`${time.now.toISOString().slice(0, 10)}T04:00:00Z`)
const cards = ['3104870355000000001', '3104870355000000002', '3104870355000000003', '3104870355000000004']
const at = (minutes: number) => new Date(time.now.getTime() - 3 * 3_600_000 + minutes * 60_000)
const entry = (number: string, counter: number, minute: number, balanceBefore: number) => ({
  number,
  counter,
  balanceBefore,
  amount: 0,
  at: at(minute),
  terminal: 7001,
  service: 2,
  passage: 1
})
const exit = (number: string, counter: number, minute: number, amount: number) => ({
  ...entry(number, counter, minute, 5000),
  amount,
  terminal: 7002,
  passage: 2
})
const round = async () => {
  for (const id of await completeJourneysJob.due(parts, time.now))
    await completeJourneysJob.perform(parts, id, time.now)
}
const storyOf = async (cardNumber: string) =>
  (await call({ method: 'POST', url: '/v1/cards/story', headers: await as('clerk'), payload: { cardNumber } })).body

beforeAll(async () => {
  await seedParticipants(sql)
  const acquirer = (await findParticipant(sql, '12215840'))!.id
  const terms = { acquirer, validFrom: '2020-01-01', mostFen: 1500, longestHours: 4, waitHours: 24, sample: true }
  await transaction(sql, async (tx) => await saveTerms(tx, terms))
})

describe('a metro journey', () => {
  it('whose entry nobody saw is completed as it usually goes, and the difference is owed to the card without anybody asking', async () => {
    await acceptRides(
      sql,
      [
        ...[0, 1].flatMap((n) => [entry(cards[n]!, 1, n, 5000), exit(cards[n]!, 2, 30 + n, 400)]),
        // Its entry line never came; the gate took the most.
        exit(cards[2]!, 8, 40, 1500),
        // In and never out: nothing was taken.
        entry(cards[3]!, 3, 5, 2000)
      ],
      time.now
    )
    await round()
    expect((await storyOf(cards[2]!)).completions).toEqual([])
    time.now = new Date(time.now.getTime() + 25 * 3_600_000)
    await round()
    await round()
    const told = await storyOf(cards[2]!)
    expect(told.completions).toMatchObject([{ chargedFen: 1500, usualFen: 400, restsOn: 'others' }])
    expect(told.owed).toMatchObject([{ amount: 1100 }])
    expect((await storyOf(cards[3]!)).openEntries).toMatchObject([{ terminal: '000000007001' }])
    expect((await storyOf(cards[0]!)).openEntries).toEqual([])
    const { debits, loads, returns, open } = await sumBooks(sql)
    expect(debits - loads - returns - open).toBe(0)
  })
})

const known = (price: number, entryTerminal: string, own = false): KnownJourney => ({ price, entryTerminal, own })

it.each([
  [
    'between the same two gates, when the entry came late',
    '7',
    [known(300, '7'), known(500, '9', true)],
    300,
    'own-entry'
  ],
  ['as its holder usually goes', null, [known(300, '7'), known(300, '7'), known(500, '9', true)], 500, 'own-journeys'],
  ['as others go, the lower of two as usual', null, [known(600, '7'), known(300, '8')], 300, 'others'],
  ['by a person, when nobody knows', null, [], null, 'nothing']
] as const)('a doubtful journey costs what it does %s', (_, entryTerminal, journeys, ...[fen, restsOn]) => {
  expect(usualFare({ price: 1500, amount: 1500, entryTerminal }, journeys)).toEqual({ fen, restsOn })
})

it('a discount stays with the card, a part of a fen with its holder', () => {
  expect(usualFare({ price: 1500, amount: 1425, entryTerminal: null }, [known(333, '7')]).fen).toBe(316)
})

it('an entry is open only when its time is over and no exit of the same operator followed', () => {
  const tap = (passage: number, minute: number, acquirer = 'A') => ({
    at: at(minute),
    acquirer,
    service: 2,
    passage,
    terminal: '1'
  })
  const later = new Date(at(0).getTime() + 6 * 3_600_000)
  expect(openEntries([tap(1, 0), tap(2, 20)], new Map(), later)).toEqual([])
  expect(openEntries([tap(1, 0), tap(2, 20, 'B')], new Map(), later)).toHaveLength(1)
  expect(openEntries([tap(1, 0)], new Map(), at(30))).toEqual([])
})
