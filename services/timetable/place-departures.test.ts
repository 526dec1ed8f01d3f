import { expect, test } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { createTestSale, today } from '../ticketing/test-sale.ts'

const { find, call, sql } = await createTestSale()
const day = addDays(today, 1)
const board = async (code: string, on: string = day) => await call({ url: `/v1/places/${code}/departures?day=${on}` })

test('the board of a place lists what leaves it on the day, in order, each with where it ends', async () => {
  const [first] = await find('广州', '珠海')
  const { body } = await board(first!.from.place)
  const row = body.find(({ id }: { id: number }) => id === first!.id)
  expect(row).toMatchObject({ number: first!.number, mode: 'coach', departsAt: first!.departsAt.toISOString() })
  const times = body.map(({ departsAt }: { departsAt: string }) => departsAt)
  expect(times).toEqual(times.toSorted())
  const [last] = await sql`
    select place.name from departure join line_stop on line_stop.line = departure.line join place on place.id = line_stop.place
    where departure.id = ${first!.id} order by position desc limit 1`
  expect(row.toName).toBe(last!['name'])
})

test('what ends at a place does not leave it, and a place that does not exist has no board', async () => {
  const [first] = await find('广州', '珠海')
  const [end] = await sql`
    select place.code from departure join line_stop on line_stop.line = departure.line join place on place.id = line_stop.place
    where departure.id = ${first!.id} order by position desc limit 1`
  const { body } = await board(end!['code'] as string)
  expect(body.map(({ id }: { id: number }) => id)).not.toContain(first!.id)
  expect((await board('999999999')).body.code).toBe('place-not-found')
  expect((await board(first!.from.place, '2000-01-01')).body).toEqual([])
})
