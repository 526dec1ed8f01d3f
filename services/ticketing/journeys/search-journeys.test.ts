import { expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { createTestSale, today } from '../test-sale.ts'

const { call } = await createTestSale()
const search = async (from: string, to: string, day = addDays(today, 1)) => {
  const { status, body } = await call({
    method: 'GET',
    url: `/v1/journeys?${String(new URLSearchParams({ from, to, day }))}`
  })
  expect(status).toBe(200)
  return body as {
    legs: { from: { place: string }; to: { place: string }; mode: string }[]
    connectionMinutes: number[]
    product: { code: string; contract: string; fullFare: number } | null
    fullFare: number
    changes: number
  }[]
}

test('from Guangzhou to Haikou by coach and ferry, never less than an hour between them, with the through product', async () => {
  const journeys = await search('广州', '海口')
  expect(journeys.length).toBeGreaterThan(3)
  for (const { legs, connectionMinutes } of journeys) {
    expect(legs.map(({ mode }) => mode)).toEqual(['coach', 'ferry'])
    expect(connectionMinutes[0]).toBeGreaterThanOrEqual(60)
  }
  const st01 = journeys.find(({ product }) => product?.code === 'ST01')!
  expect(st01.product).toMatchObject({ contract: 'THROUGH', fullFare: st01.fullFare - 1000 })
})

test.each([
  ['湛江汽车总站', '新海港', 'ST02'],
  ['福田汽车站', '东澳岛', 'ST03'],
  ['惠州汽车总站', '香港', 'ST04']
])('from %s to %s there is %s', async (from, to, code) => {
  expect((await search(from, to)).map(({ product }) => product?.code)).toContain(code)
})

test('to Hong Kong three quarters of an hour more is kept for the border', async () => {
  for (const { connectionMinutes } of await search('惠州汽车总站', '香港'))
    expect(connectionMinutes[0]).toBeGreaterThanOrEqual(60 + 45)
})

test('with two changes where one is not enough', async () => {
  const journeys = await search('惠州汽车总站', '新海港')
  expect(journeys.length).toBeGreaterThan(0)
  expect(new Set(journeys.map(({ changes }) => changes))).toEqual(new Set([2]))
})

test('to nowhere there is none', async () => {
  expect(await search('广州', '月球')).toEqual([])
})
