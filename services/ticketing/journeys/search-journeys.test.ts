import { expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { createTestSale, today } from '../test-sale.ts'

const { app, call } = await createTestSale()
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

test('asked again the answer comes from memory, and says its age; unchanged it is not sent twice', async () => {
  const url = `/v1/journeys?${String(new URLSearchParams({ from: '湛江', to: '海口', day: addDays(today, 1) }))}`
  const first = await call({ url })
  expect(first.headers).toMatchObject({ age: '0', 'cache-control': 'public, no-cache' })
  const again = await app.inject({ url, headers: { 'if-none-match': String(first.headers['etag']) } })
  expect([first.status, again.statusCode, again.payload]).toEqual([200, 304, ''])
})

test('by city, bus and ferry are one list: what runs all the way, whichever it is', async () => {
  const direct = async (from: string, to: string) => {
    const query = new URLSearchParams({ from, to, day: addDays(today, 1) })
    const { body } = await call({ url: `/v1/departures?${String(query)}` })
    return new Set((body as { mode: string }[]).map(({ mode }) => mode))
  }
  expect(await direct('珠海市', '深圳')).toEqual(new Set(['coach', 'ferry']))
  expect(await direct('湛江', '海口')).toEqual(new Set(['ferry']))
})

test('with two changes where one is not enough', async () => {
  const journeys = await search('惠州汽车总站', '新海港')
  expect(journeys.length).toBeGreaterThan(0)
  expect(new Set(journeys.map(({ changes }) => changes))).toEqual(new Set([2]))
})

test('to nowhere there is none', async () => {
  expect(await search('广州', '月球')).toEqual([])
})

test('the products in force say their way, what they take off, and how long the way back stays open', async () => {
  const { body } = await call({ method: 'GET', url: `/v1/products?day=${addDays(today, 1)}` })
  expect(body).toHaveLength(5)
  expect(body.find(({ code }: { code: string }) => code === 'SR01')).toMatchObject({
    kind: 'return',
    discount: 1400,
    openDays: 30,
    legs: [
      { line: 'SL001', fromName: '天河客运站', toName: '惠州汽车总站' },
      { line: 'SL001R', fromName: '惠州汽车总站', toName: '天河客运站' }
    ]
  })
})
