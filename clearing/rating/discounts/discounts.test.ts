import { gunzipSync } from 'node:zlib'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { BusinessDay } from '../../business-day.ts'
import { fen } from '../../money.ts'
import { seedParticipants } from '../../participants/seed-participants.ts'
import { createTestDatabase } from '../../test-database.ts'
import { findScheme, insertMissingSchemes } from './discount-queries.ts'
import { riderClasses, type DiscountTerms } from './discount-scheme.ts'
import { explainFares } from './explain-fares.ts'
import { priceRide } from './price-ride-rules.ts'
import { sampleSchemes } from './sample-schemes.ts'

const termsOf = (id: string): DiscountTerms => sampleSchemes.find((scheme) => scheme.id === id)!.terms
const month = (rides: number, paid: number) => ({ rides, paid: fen(paid) })

describe('a ride is priced', () => {
  it.each([
    // scheme, service, price, class, transfer, month → charged
    ['shenzhen-2018', 'bus', 200, 'ordinary', false, month(0, 0), 160],
    ['shenzhen-2018', 'bus', 400, 'ordinary', false, month(0, 0), 315],
    ['shenzhen-2018', 'bus', 1000, 'ordinary', false, month(0, 0), 725],
    ['shenzhen-2018', 'bus', 250, 'ordinary', true, month(0, 0), 160],
    ['shenzhen-2018', 'bus', 40, 'ordinary', true, month(0, 0), 0],
    ['shenzhen-2018', 'metro', 500, 'ordinary', true, month(0, 0), 435],
    ['shenzhen-2018', 'metro', 500, 'half', true, month(0, 0), 250],
    ['shenzhen-2018', 'metro', 2400, 'full', false, month(0, 0), 2400],
    ['shenzhen-2018', 'bus', 200, 'free', false, month(0, 0), 0],
    ['guangzhou-2010', 'bus', 200, 'ordinary', false, month(14, 0), 200],
    ['guangzhou-2010', 'metro', 200, 'ordinary', false, month(15, 0), 120],
    ['guangzhou-2022', 'metro', 500, 'ordinary', false, month(40, 7_999), 500],
    ['guangzhou-2022', 'metro', 500, 'ordinary', false, month(40, 8_000), 400],
    ['guangzhou-2022', 'bus', 200, 'ordinary', false, month(90, 20_000), 100],
    ['guangzhou-2022', 'bus', 200, 'low-income', false, month(0, 0), 200],
    ['guangzhou-2023', 'bus', 200, 'low-income', false, month(90, 20_000), 100],
    ['guangzhou-2023', 'bus', 200, 'student', false, month(90, 20_000), 100],
    ['zhuhai-2018', 'bus', 200, 'ordinary', false, month(0, 0), 180],
    ['zhuhai-2018', 'bus', 200, 'student', false, month(99, 0), 120],
    ['zhuhai-2018', 'bus', 200, 'student', false, month(100, 0), 180],
    ['zhuhai-2018', 'bus', 200, 'senior', false, month(0, 0), 0]
  ] as const)('%s %s %i fen, %s, transfer %s, %o → %i', (...row) => {
    const [id, service, price, riderClass, transfer, used, charged] = row
    expect(priceRide(termsOf(id), { service, price: fen(price), riderClass, transfer }, used)?.charged).toBe(charged)
  })

  it('not at all by a scheme that does not know its service', () => {
    const ride = { service: 'ferry', price: fen(200), riderClass: 'ordinary', transfer: false } as const
    expect(priceRide(termsOf('shenzhen-2018'), ride)).toBe(null)
  })

  it('so that the steps always sum to what was taken off, and nobody is paid for riding', () => {
    const ride = fc.record({
      service: fc.constantFrom('bus' as const, 'metro' as const),
      price: fc.integer({ min: 0, max: 5_000 }).map(fen),
      riderClass: fc.constantFrom(...riderClasses),
      transfer: fc.boolean()
    })
    const used = fc.record({ rides: fc.nat({ max: 60 }), paid: fc.integer({ min: 0, max: 40_000 }).map(fen) })
    fc.assert(
      fc.property(fc.constantFrom(...sampleSchemes), ride, used, ({ terms }, ride, used) => {
        const priced = priceRide(terms, ride, used)
        if (priced === null) return terms.services[ride.service] === undefined
        const { charged, steps } = priced
        return charged >= 0 && ride.price - charged === steps.reduce((sum, { off }) => sum + off, 0)
      })
    )
  })
})

describe('a scheme held against the fares of a real day', async () => {
  const { sql } = await createTestDatabase()
  let file: string
  beforeAll(async () => {
    await seedParticipants(sql)
    await insertMissingSchemes(sql, sampleSchemes)
    await insertMissingSchemes(sql, sampleSchemes)
    const sample = new URL('../../../services/local/sample-province/shenzhen-tong-2018-09-01.csv.gz', import.meta.url)
    file = join(await mkdtemp(join(tmpdir(), 'fares-')), 'day.csv')
    await writeFile(file, gunzipSync(await readFile(sample)))
  })

  it('is the one in force in that city on that day', async () => {
    expect((await findScheme(sql, '5810', '2012-03-01' as BusinessDay))?.id).toBe('guangzhou-2010')
    expect((await findScheme(sql, '5810', '2022-05-01' as BusinessDay))?.id).toBe('guangzhou-2022')
    expect(await findScheme(sql, '5820', '2022-05-01' as BusinessDay)).toBe(undefined)
  })

  it('explains 99 % of them to the fen, and lists what it cannot', async () => {
    const { lines, explained, byPattern, unexplained, cards, unreadable } = await explainFares(sql, file)
    expect({ lines, explained, unreadable }).toEqual({ lines: 27_380, explained: 27_136, unreadable: 0 })
    expect(byPattern.reduce((sum, pattern) => sum + pattern.lines, 0)).toBe(explained)
    expect(unexplained.reduce((sum, pattern) => sum + pattern.lines, 0)).toBe(lines - explained)
    expect(new Set(unexplained.map(({ hint }) => hint))).toEqual(new Set(['the transfer price, without the mark']))
    expect(unexplained[0]).toMatchObject({ service: 'bus', price: 200, charged: 120, lines: 216 })
    expect(cards.consistent).toBeGreaterThan(0.98 * cards.several)
  })

  it('explains no fare that was changed by a fen', async () => {
    const text = await readFile(file, 'utf8')
    const changed = join(await mkdtemp(join(tmpdir(), 'fares-')), 'changed.csv')
    await writeFile(changed, text.replace('地铁出站,380,400', '地铁出站,381,400'))
    const { explained, unexplained } = await explainFares(sql, changed)
    expect(explained).toBe(27_135)
    expect(unexplained).toContainEqual(
      expect.objectContaining({ price: 400, charged: 381, hint: 'no rule of the scheme', line: 3 })
    )
  })

  it('refuses a file of another kind, and a day without a scheme', async () => {
    const other = join(await mkdtemp(join(tmpdir(), 'fares-')), 'other.csv')
    await writeFile(other, 'a,b\n1,2\n')
    await expect(explainFares(sql, other)).rejects.toMatchObject({ code: 'file-not-explainable' })
    const early = (await readFile(file, 'utf8')).replaceAll('2018-09-01', '2008-09-01')
    await writeFile(other, early)
    await expect(explainFares(sql, other)).rejects.toMatchObject({ code: 'discount-scheme-not-found' })
  })
})
