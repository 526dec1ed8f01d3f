import { describe, expect, test } from 'vitest'
import { showOrder } from '../show-order.ts'
import { at, buyer, person } from '../test-sale.ts'
import { codeOfRefusal, createPartnerSale, legsOfOrder } from './test-partner-sale.ts'
import type { Conduct } from './simulated-partner/conduct-rules.ts'

const { sql, keys, request, hold, pay, settle, judge, assertSound } = await createPartnerSale()
const later = (minutes: number): Date => new Date(at(6).getTime() + minutes * 60_000)

async function run(conduct: Conduct) {
  const held = await hold(request(conduct, [person(), person()])).catch(codeOfRefusal)
  if (held.length < 36) {
    await settle()
    return { order: held, leg: null, claims: [] as string[] }
  }
  await pay(held)
  await settle()
  const order = await showOrder({ sql, keys }, held, buyer)
  const claims = await sql<
    { kind: string }[]
  >`select kind from partner_claim where key = ${(await legsOfOrder(sql, held))[0]!.key} order by kind`
  return { order: order.state, leg: order.partnerLegs[0]!.state, claims: claims.map(({ kind }) => kind) }
}

describe('R14, every way in which a partner fails ends with both legs or none, and the money right', () => {
  test.each<[Conduct, string, string | null, string[]]>([
    ['honest', 'ISSUED', 'CONFIRMED', []],
    ['lock-silent', 'ISSUED', 'CONFIRMED', []],
    ['lock-dearer', 'price-changed', null, []],
    ['confirm-silent', 'ISSUED', 'CONFIRMED', []],
    ['confirm-lost', 'ISSUED', 'CONFIRMED', []],
    ['confirm-late', 'ISSUED', 'CONFIRMED', []],
    ['confirm-never', 'CANCELLED', 'CANCELLED', ['silent']],
    ['fails', 'CANCELLED', 'CANCELLED', []],
    ['fails-then-confirmed', 'CANCELLED', 'CANCELLED', ['came-back', 'fee']],
    ['confirmed-then-absent', 'REFUNDED', 'CANCELLED', ['lost']],
    ['confirmed-then-doubtful', 'ISSUED', 'CONFIRMED', []],
    ['another-seat', 'ISSUED', 'CONFIRMED', ['seat']],
    ['another-price', 'CANCELLED', 'CANCELLED', ['fee', 'price']],
    ['cancel-silent', 'ISSUED', 'CONFIRMED', []],
    ['cancel-fee', 'ISSUED', 'CONFIRMED', []],
    ['answers-twice', 'ISSUED', 'CONFIRMED', []]
  ])('%s → %s, %s, claims %j', async (conduct, order, leg, claims) => {
    expect(await run(conduct)).toEqual({ order, leg, claims })
    expect(await judge()).toMatchObject({ halfOpen: [], imbalanceFen: 0 })
    await assertSound()
  })
})

describe('an order that is not paid', () => {
  test.each<Conduct>(['honest', 'cancel-silent', 'cancel-fee', 'fails-then-confirmed'])(
    'gives its lock back (%s)',
    async (conduct) => {
      const id = await hold(request(conduct))
      await settle(later(20))
      const { state, partnerLegs } = await showOrder({ sql, keys }, id, buyer)
      expect([state, partnerLegs[0]!.state, partnerLegs[0]!.cause]).toEqual(['EXPIRED', 'CANCELLED', 'expired'])
      expect(await judge()).toMatchObject({ halfOpen: [], imbalanceFen: 0 })
    }
  )
})
