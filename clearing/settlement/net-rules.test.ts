import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fen } from '../money.ts'
import { feeFor } from '../rating/fee-rules.ts'
import { assertBalanced, net, netOf, type RatedTotal } from './net-rules.ts'

const centre = 1
const rates = { chargeRate: '0.00350', acquirerShare: '0.50', issuerShare: '0.30' }

function rated(acquirer: number, issuer: number, amount: number, use = rates): RatedTotal {
  const count = { transactions: 1, entries: 0, amount: fen(amount), price: fen(amount) }
  return { acquirer, issuer, service: 1, agreement: 1, ...count, ...feeFor(fen(amount), use) }
}

describe('netting a day', () => {
  it('pays ten rides of 2.00 as the sample BP file says: 1997 to the acquirer (card.md §2.15)', () => {
    const { positions, obligations, centreFees } = net([rated(20, 10, 2000)], centre)
    expect(positions).toEqual([
      { participant: 10, income: 0, expense: 1998 },
      { participant: 20, income: 1997, expense: 0 },
      { participant: centre, income: 1, expense: 0 }
    ])
    expect(obligations).toEqual([
      { payer: 10, payee: 20, amount: 1997 },
      { payer: 10, payee: centre, amount: 1 }
    ])
    expect(centreFees).toBe(1)
  })

  it('lets the centre pay the fen that rounding made', () => {
    // Two acquirers at 1996.5 each round up, one issuer of 4000 − 7 pays exactly 3993: the centre is one fen short.
    const noCentre = { chargeRate: '0.00350', acquirerShare: '0.50', issuerShare: '0.50' }
    const result = net([rated(20, 10, 2000, noCentre), rated(21, 10, 2000, noCentre)], centre)
    expect(result.positions.at(-1)).toEqual({ participant: centre, income: 0, expense: 1 })
    expect(result.obligations).toContainEqual({ payer: centre, payee: 10, amount: 1 })
    expect(result.centreFees).toBe(0)
  })

  it('is nothing for a day without transactions', () => {
    const result = net([], centre)
    expect(result.positions).toEqual([{ participant: centre, income: 0, expense: 0 }])
    expect(result.obligations).toEqual([])
    assertBalanced(result)
  })

  it('always sums to zero, bilaterally as multilaterally, and rounds nobody by more than half a fen', () => {
    const share = fc.integer({ min: 0, max: 50 }).map((percent) => (percent / 100).toFixed(2))
    const total = fc.record({
      acquirer: fc.integer({ min: 20, max: 24 }),
      issuer: fc.integer({ min: 22, max: 29 }),
      amount: fc.integer({ min: 0, max: 10_000_000 }),
      chargeRate: fc.integer({ min: 0, max: 999 }).map((rate) => (rate / 100_000).toFixed(5)),
      acquirerShare: share,
      issuerShare: share
    })
    fc.assert(
      fc.property(fc.array(total, { maxLength: 40 }), (totals) => {
        const rows = totals.map((t) => rated(t.acquirer, t.issuer, t.amount, t))
        const result = net(rows, centre)
        assertBalanced(result)
        for (const { participant, income } of result.positions.slice(0, -1)) {
          const mine = rows.filter((row) => row.acquirer === participant)
          const exact = mine.reduce((sum, t) => sum + t.amount - Number(t.fee) + Number(t.acquirerFee), 0)
          expect(Math.abs(income - exact)).toBeLessThanOrEqual(0.5 + 1e-6)
        }
      })
    )
  })

  it('refuses positions that were changed by a fen', () => {
    const result = net([rated(20, 10, 2000), rated(21, 10, 777)], centre)
    const first = result.positions[0]!
    const moved = { ...first, income: fen(first.income + 1) }
    const other = { ...result.positions[1]!, expense: fen(result.positions[1]!.expense + 1) }
    expect(() => assertBalanced({ ...result, positions: [moved, ...result.positions.slice(1)] })).toThrow('sum to zero')
    expect(() => assertBalanced({ ...result, positions: [moved, other, ...result.positions.slice(2)] })).toThrow(
      'off by'
    )
    expect(netOf(moved)).toBe(netOf(first) + 1)
  })
})
