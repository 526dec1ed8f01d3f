import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addExact,
  allocate,
  applyRate,
  exactShare,
  fen,
  roundExact,
  subtractExact,
  sumFen,
  yuan,
  zeroExactFen,
  type ExactFen
} from './money.ts'

const amount = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map(fen)
const paid = fc.integer({ min: 0, max: 2_147_483_647 }).map(fen)
/** Decimal text with up to five places below one, as a charge rate is kept. */
const rate = fc.integer({ min: 0, max: 99_999 }).map((parts) => `0.${String(parts).padStart(5, '0')}`)
const share = fc.integer({ min: 0, max: 100 }).map((parts) => (parts / 100).toFixed(2))
const exact = fc
  .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 0, max: 9_999_999 }))
  .map(([whole, parts]) => `${whole}.${String(parts).padStart(7, '0')}` as ExactFen)

/** Half away from zero, in whole numbers only. */
function roundedQuotient(numerator: bigint, denominator: bigint): number {
  const magnitude = numerator < 0n ? -numerator : numerator
  const rounded = (2n * magnitude + denominator) / (2n * denominator)
  return Number(numerator < 0n ? -rounded : rounded)
}

describe('an amount', () => {
  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('is never %s', (number) => {
    expect(() => fen(number)).toThrow(RangeError)
  })

  it('has one zero', () => {
    expect(Object.is(fen(-0), 0)).toBe(true)
  })

  it('refuses a sum beyond what a number holds exactly', () => {
    expect(() => sumFen([fen(Number.MAX_SAFE_INTEGER), fen(1)])).toThrow(RangeError)
    expect(sumFen([])).toBe(0)
  })

  it.each([
    [0, '0.00'],
    [5, '0.05'],
    [12_345, '123.45'],
    [-150, '-1.50'],
    [Number.MAX_SAFE_INTEGER, '90071992547409.91']
  ])('%i fen reads %s yuan', (number, text) => {
    expect(yuan(fen(number))).toBe(text)
  })
})

describe('a rate', () => {
  it('is applied exactly and rounded half up, once', () => {
    fc.assert(
      fc.property(amount, rate, (amount, rate) => {
        const parts = BigInt(rate.slice(2))
        expect(applyRate(amount, rate)).toBe(roundedQuotient(BigInt(amount) * parts, 100_000n))
      })
    )
    expect([applyRate(fen(1), '0.5'), applyRate(fen(3), '0.5'), applyRate(fen(1), '0.4999')]).toEqual([1, 2, 0])
  })

  it('does not suffer from binary fractions', () => {
    expect(applyRate(fen(115), '0.7')).toBe(81)
    expect(applyRate(fen(100_500), '0.005')).toBe(503)
  })
})

describe('exact fractions of a fen', () => {
  it('come to the worked example of the interface', () => {
    const fee = exactShare(fen(200), '0.0035')
    const issuer = exactShare(fen(200), '0.0035', '0.3')
    const acquirer = exactShare(fen(200), '0.0035', '0.5')
    expect([fee, issuer, acquirer, subtractExact(fee, issuer, acquirer)]).toEqual(['0.7', '0.21', '0.35', '0.14'])
    const income = addExact(subtractExact(fen(2000), exactShare(fen(2000), '0.0035')), '3.5' as ExactFen)
    expect([income, roundExact(income)]).toEqual(['1996.5', 1997])
  })

  it('never have more than seven places, nor an exponent', () => {
    fc.assert(
      fc.property(paid, rate, share, (amount, rate, share) => {
        expect(exactShare(amount, rate, share)).toMatch(/^\d+(\.\d{1,7})?$/)
      })
    )
  })

  it('of a sum are the sum of the fractions: totals may be rated instead of lines', () => {
    fc.assert(
      fc.property(fc.array(paid, { maxLength: 30 }), rate, share, (amounts, rate, share) => {
        const byLine = addExact(...amounts.map((amount) => exactShare(amount, rate, share)))
        expect(exactShare(sumFen(amounts), rate, share)).toBe(byLine)
      })
    )
  })

  it('are given back by taking away what was added', () => {
    fc.assert(
      fc.property(exact, exact, (a, b) => {
        expect(subtractExact(addExact(a, b), b)).toBe(addExact(a))
        expect(subtractExact(a, a)).toBe(zeroExactFen)
      })
    )
  })

  it('are rounded half away from zero', () => {
    fc.assert(
      fc.property(exact, (value) => {
        const parts = BigInt(value.replace('.', ''))
        const negative = value.startsWith('-')
        const magnitude = roundedQuotient(parts < 0n ? -parts : parts, 10_000_000n)
        expect(roundExact(value)).toBe(negative && magnitude > 0 ? -magnitude : magnitude)
      })
    )
    expect(['0.5', '-0.5', '1.4999999', '-1.5'].map((value) => roundExact(value as ExactFen))).toEqual([1, -1, 1, -2])
  })
})

describe('an allocation', () => {
  const weights = fc
    .array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 12 })
    .filter((list) => list.some((weight) => weight > 0))

  it('loses and makes no fen', () => {
    fc.assert(
      fc.property(amount, weights, (total, weights) => {
        expect(sumFen(allocate(total, weights))).toBe(total)
      })
    )
  })

  it('gives everybody the share down to the fen or one more, and nothing for no weight', () => {
    fc.assert(
      fc.property(paid, weights, (total, weights) => {
        const sum = weights.reduce((a, b) => a + BigInt(b), 0n)
        allocate(total, weights).forEach((part, index) => {
          const floor = Number((BigInt(total) * BigInt(weights[index]!)) / sum)
          expect([floor, floor + 1]).toContain(part)
          if (weights[index] === 0) expect(part).toBe(0)
        })
      })
    )
  })

  it('gives the odd fen to the largest remainder, ties to the earlier', () => {
    expect(allocate(fen(100), [1, 1, 1])).toEqual([34, 33, 33])
    expect(allocate(fen(10), [1, 2])).toEqual([3, 7])
    expect(allocate(fen(1), [3, 3, 4])).toEqual([0, 0, 1])
    expect(allocate(fen(2), [1, 1, 1])).toEqual([1, 1, 0])
  })

  it('needs a weight', () => {
    expect(() => allocate(fen(1), [])).toThrow(RangeError)
    expect(() => allocate(fen(1), [0, 0])).toThrow(RangeError)
  })
})
