import { describe, expect, test } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { createTestSale, today } from '../ticketing/test-sale.ts'
import { formulaFare } from './formula-fare-rules.ts'

const { sql, find, sell, call, as } = await createTestSale()
const [from, to] = ['440100003', '441300001']
const day = addDays(today, 3)

const publish = async (line: string, payload: object, what = 'fares') =>
  await call({ method: 'POST', url: `/v1/lines/${line}/${what}`, payload, headers: await as('operator') })
const stretch = (fullFare: number, halfFare: number) => ({ from, to, fullFare, halfFare })
const set = (validFrom: string, fullFare: number, halfFare = fullFare / 2) => ({
  validFrom,
  source: 'set',
  stretches: [stretch(fullFare, halfFare)]
})
const ceiling = (validFrom: string, amount: number) => ({
  validFrom,
  source: '粤发改价格',
  stretches: [{ from, to, amount }]
})
const fareOn = async (on: typeof today) =>
  (await find('天河客运站', '惠州', on)).find(({ line }) => line === 'SL001')!.fullFare

test.each([
  ['fare-too-early', 'SL001', set(today, 6000)],
  ['fare-too-early', 'SW04', set(addDays(today, 14), 6000)],
  ['line-not-found', 'SL999', set(day, 6000)],
  ['stretch-not-found', 'SL002', set(day, 6000)],
  ['stretch-not-found', 'SL001', { ...set(day, 1), stretches: [{ from: to, to: from, fullFare: 1, halfFare: 1 }] }],
  ['fare-request-unclear', 'SL001', { validFrom: day, source: 'set' }],
  ['fare-request-unclear', 'SL001', { ...set(day, 6000), source: 'formula' }],
  ['fare-request-unclear', 'SL001', set(day, 6000, 6001)],
  ['request-invalid', 'SL001', set(day, -1, -1)]
])('%s: %s %j', async (code, line, request) => {
  expect((await publish(line, request)).body.code).toBe(code)
})

describe('a price ceiling', () => {
  test('is not set below a fare that stands, and no fare passes it from its day on, however it comes in', async () => {
    const before = addDays(today, 1)
    expect((await publish('SL001', ceiling(before, 6699), 'fare-ceilings')).body.code).toBe('ceiling-below-fare')
    expect((await publish('SL001', ceiling(before, 7000), 'fare-ceilings')).status).toBe(201)
    expect((await publish('SL001', ceiling(before, 8000), 'fare-ceilings')).body.code).toBe('fare-exists')
    expect((await publish('SL001', set(day, 7002))).body.code).toBe('fare-above-ceiling')
    await expect(sql`
      insert into fare (line, from_position, to_position, valid_from, full_fare, half_fare)
      select id, 0, 1, ${day}, 7001, 0 from line where code = 'SL001'`).rejects.toThrow('above its ceiling')
  })
})

test('a new fare holds from its day on; what was sold before keeps its price', async () => {
  const [coach] = (await find('天河客运站', '惠州', day)).filter(({ line }) => line === 'SL001')
  const sold = await sell(coach!)
  expect((await publish('SL001', set(day, 7000))).status).toBe(201)
  expect((await publish('SL001', set(day, 6500))).body.code).toBe('fare-exists')
  expect([await fareOn(addDays(day, -1)), await fareOn(day)]).toEqual([6700, 7000])
  const [coupon] = await sql<{ fare: number }[]>`select fare from coupon where ticket_no = ${sold.coupons[0]!.ticketNo}`
  expect(coupon!.fare).toBe(6700)
  const listed = await call({ url: '/v1/lines/SL001/fares' })
  expect(listed.body).toMatchObject([
    { validFrom: day, fullFare: 7000, halfFare: 3500, ceiling: 7000, source: 'set' },
    { fullFare: 6700, ceiling: null, source: 'line', sample: true }
  ])
})

test('a formula prices every stretch of a line', async () => {
  const formula = { base: 400, perKilometre: 42, halfPercent: 50, roundTo: 100 }
  const answer = await publish('SM001', { validFrom: day, source: 'formula', formula })
  const fresh = answer.body.filter((fare: { source: string }) => fare.source === 'formula')
  expect(fresh.length).toBeGreaterThan(2)
  for (const { fullFare, halfFare } of fresh) expect([fullFare % 100, halfFare % 100]).toEqual([0, 0])
})

test.each([
  [{ base: 400, perKilometre: 42, halfPercent: 50, roundTo: 1 as const }, 145, { fullFare: 6490, halfFare: 3245 }],
  [{ base: 400, perKilometre: 42, halfPercent: 50, roundTo: 10 as const }, 145, { fullFare: 6490, halfFare: 3250 }],
  [{ base: 400, perKilometre: 42, halfPercent: 50, roundTo: 100 as const }, 145, { fullFare: 6500, halfFare: 3300 }],
  [{ base: 0, perKilometre: 0, halfPercent: 100, roundTo: 50 as const }, 10, { fullFare: 0, halfFare: 0 }]
])('%j over %i km → %j', (formula, kilometres, fares) => {
  expect(formulaFare(formula, kilometres)).toEqual(fares)
})

describe('explain my fare', () => {
  const explain = async (departure: { id: number; from: { place: string }; to: { place: string } }, about: object) => {
    const journey = { departure: String(departure.id), from: departure.from.place, to: departure.to.place }
    return (await call({ url: `/v1/fares/explanations?${new URLSearchParams({ ...journey, ...about }).toString()}` }))
      .body
  }

  test.each([
    [{}, 'full', null, 4150],
    [{ birthDay: '1990-03-07' }, 'full', null, 4150],
    [{ birthDay: '1990-03-07', certificate: 'disabled-serviceman' }, 'half', 'disabled-serviceman', 2075],
    [{ birthDay: '2016-03-07' }, 'half', 'half-child', 2250],
    [{ birthDay: '2022-03-07' }, 'free', 'free-child', 0],
    [{ heightCm: '140' }, 'half', 'half-child', 2250]
  ])('across the strait with %j → %s by %s, %i', async (...[about, fareKind, concession, fare]) => {
    const [sailing] = await find('徐闻港', '海口')
    const answer = await explain(sailing!, about)
    expect(answer).toMatchObject({
      fareKind,
      concession,
      fare,
      parts: { base: fare, serviceFee: 0, insurance: 0, total: fare }
    })
  })

  test('every step says why', async () => {
    const [coach] = (await find('天河客运站', '惠州', day)).filter(({ line }) => line === 'SL001')
    const { steps, parts } = await explain(coach!, { birthDay: '1990-03-07', insured: 'true' })
    expect(steps.map(({ because }: { because: string }) => because)).toEqual([
      `硬调票价：全价 70.00 元，半价 35.00 元，自 ${day} 起，上限票价 70.00 元`,
      '36 周岁，超过 6 周岁',
      '36 周岁，超过 14 周岁',
      '未出示残疾军人所需证件',
      '未出示伤残人民警察所需证件',
      '票价 70.00 元：不享受优待，按全价',
      '票价内站务费 0.00 元',
      '票价内燃油附加费 0.00 元',
      '另收服务费 0.00 元',
      '旅客选购乘意险 3.00 元',
      '合计 73.00 元'
    ])
    expect(steps.map(({ becauseEn }: { becauseEn: string }) => becauseEn)).toEqual([
      `A fare set by hand: full ¥70.00, half ¥35.00, from ${day} on, ceiling ¥70.00`,
      '36 years old, more than 6',
      '36 years old, more than 14',
      'the certificate of a disabled serviceman was not shown',
      'the certificate of a disabled police officer was not shown',
      'Fare ¥70.00: no concession, the full price',
      'Station fee within the fare ¥0.00',
      'Fuel surcharge within the fare ¥0.00',
      'Service fee on top ¥0.00',
      'Insurance, as chosen ¥3.00',
      'Total ¥73.00'
    ])
    expect(parts.total).toBe(7300)
  })

  test('refuses a departure that is not there, and a birth after the departure', async () => {
    const [coach] = await find('天河客运站', '惠州')
    expect((await explain({ ...coach!, id: 1_000_000_000 }, {})).code).toBe('departure-not-found')
    expect((await explain(coach!, { birthDay: '2027-01-01' })).code).toBe('age-unproven')
  })
})
