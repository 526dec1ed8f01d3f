import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addExact, fen, roundExact } from '../money.ts'
import { centreFee, feeFor } from './fee-rules.ts'

const usual = { chargeRate: '0.00350', acquirerShare: '0.50', issuerShare: '0.30' }
const special = { chargeRate: '0.00250', acquirerShare: '0.50', issuerShare: '0.00' }

// amount, rates, fee, acquirer, issuer, centre
const worked = [
  [200, usual, '0.7', '0.35', '0.21', '0.14'],
  [2000, usual, '7', '3.5', '2.1', '1.4'],
  [0, usual, '0', '0', '0', '0'],
  [1, usual, '0.0035', '0.00175', '0.00105', '0.0007'],
  [200, special, '0.5', '0.25', '0', '0.25']
] as const

it.each(worked)('%i fen at %o costs %s fen: %s to the acquirer, %s to the issuer, %s to the centre', (...row) => {
  const [amount, rates, fee, acquirerFee, issuerFee, centre] = row
  const result = feeFor(fen(amount), rates)
  expect(result).toEqual({ fee, acquirerFee, issuerFee })
  expect(centreFee(result)).toBe(centre)
})

it('rounds the three totals of ten rides of 2.00 to 4, 2 and 1 fen (card.md §2.15)', () => {
  const total = feeFor(fen(2000), usual)
  expect([total.acquirerFee, total.issuerFee, centreFee(total)].map(roundExact)).toEqual([4, 2, 1])
})

it('makes no difference whether lines or their sum are rated', () => {
  const amounts = fc.array(fc.integer({ min: 0, max: 50_000 }), { maxLength: 50 })
  fc.assert(
    fc.property(amounts, (amounts) => {
      const lines = amounts.map((amount) => feeFor(fen(amount), usual))
      const total = feeFor(fen(amounts.reduce((a, b) => a + b, 0)), usual)
      expect(addExact(...lines.map((line) => line.acquirerFee))).toBe(total.acquirerFee)
      expect(addExact(...lines.map(centreFee))).toBe(centreFee(total))
    })
  )
})
