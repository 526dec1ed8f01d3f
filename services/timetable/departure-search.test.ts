import { beforeAll, describe, expect, test } from 'vitest'
import { addDays, shanghaiInstant, type BusinessDay } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { seedProvince } from '../local/sample-province/seed-province.ts'
import { createTestApp } from '../test-app.ts'
import { matchesEntityTag, openDepartureSearch } from './departure-search.ts'

const day = '2026-12-02' as BusinessDay
const question = { from: '广州', to: '惠州', day }
const at = (ms: number): Date => new Date(Date.UTC(2026, 11, 1) + ms)

describe('the memory of searches', () => {
  test('many who ask the same at once cost one question', async () => {
    let asked = 0
    const search = openDepartureSearch(async () => [++asked])
    const answers = await Promise.all(Array.from({ length: 50 }, () => search.answer(question, at(0))))
    expect(new Set(answers.map(({ body }) => body.toString()))).toEqual(new Set(['[1]']))
  })

  test.each([
    // age, then what is answered at once, then what the next one gets
    [9_999, '[1]', '[1]'],
    [10_000, '[1]', '[2]'],
    [29_999, '[1]', '[2]'],
    [30_000, '[2]', '[2]'],
    [-1, '[2]', '[2]']
  ])('an answer %i ms old gives %s, and then %s', async (age, first, then) => {
    let asked = 0
    const search = openDepartureSearch(async () => [++asked])
    await search.answer(question, at(0))
    expect((await search.answer(question, at(age))).body.toString()).toBe(first)
    await new Promise((done) => setImmediate(done))
    expect((await search.answer(question, at(age))).body.toString()).toBe(then)
  })

  test('while the database does not answer, what is usable is given; then the failure is seen', async () => {
    let broken = false
    const search = openDepartureSearch(async () => {
      if (broken) throw new Error('gone')
      return []
    })
    await search.answer(question, at(0))
    broken = true
    expect((await search.answer(question, at(10_000))).madeAt).toEqual(at(0))
    await expect(search.answer(question, at(30_000))).rejects.toThrow('gone')
    broken = false
    expect((await search.answer(question, at(31_000))).madeAt).toEqual(at(31_000))
  })

  test('asks the database four questions at once, whatever is asked of it', async () => {
    let running = 0
    let most = 0
    const search = openDepartureSearch(async () => {
      most = Math.max(most, ++running)
      await new Promise((done) => setImmediate(done))
      running--
      return []
    })
    await Promise.all(Array.from({ length: 40 }, (_, n) => search.answer({ ...question, to: `${n}` }, at(0))))
    expect([most, running]).toEqual([4, 0])
  })

  test('forgets the oldest answers rather than growing without end', async () => {
    let asked = 0
    const search = openDepartureSearch(async () => (asked++, 'x'.repeat(1024 * 1024)))
    for (let n = 0; n < 80; n++) await search.answer({ ...question, to: `${n}` }, at(0))
    await search.answer({ ...question, to: '79' }, at(0))
    expect(asked).toBe(80)
    await search.answer({ ...question, to: '0' }, at(0))
    expect(asked).toBe(81)
  })
})

test.each([
  [undefined, false],
  ['"b"', false],
  ['"a"', true],
  ['W/"a"', true],
  ['"b", "a"', true],
  ['*', true]
])('If-None-Match %s: %s', (header, expected) => expect(matchesEntityTag(header, '"a"')).toBe(expected))

const world = await createTestApp()

describe('GET /v1/departures', () => {
  const url = `/v1/departures?from=${encodeURIComponent('广州')}&to=${encodeURIComponent('惠州')}&day=${day}`
  beforeAll(async () => {
    world.time.now = shanghaiInstant(addDays(day, -1), 6 * 3600)
    await seedProvince(world.parts.sql, addDays(day, -1))
  })

  test('says how old its answer is, and nothing more when the asker has it', async () => {
    const first = await world.call({ url })
    expect(first).toMatchObject({ status: 200, headers: { age: '0' } })
    expect(first.body.length).toBeGreaterThan(3)
    world.time.now = new Date(world.time.now.getTime() + 1500)
    const etag = String(first.headers['etag'])
    const again = await world.app.inject({ url, headers: { 'if-none-match': etag } })
    expect(again).toMatchObject({ statusCode: 304, payload: '', headers: { age: '1', etag } })
  })

  test('a seat that is sold shows once the answer is too old', async () => {
    const { sql } = world.parts
    const [departure] = (await world.call({ url })).body
    await transaction(
      sql,
      async (tx) => await tx`update seat_map set occupied[1] = 1 where departure = ${departure.id}`
    )
    world.time.now = new Date(world.time.now.getTime() + 30_000)
    const [now] = (await world.call({ url })).body
    expect(now).toMatchObject({ id: departure.id, placesLeft: departure.placesLeft - 1 })
  })
})
