import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { Refusal } from '../../../clearing/refusal.ts'
import { publishPolicy } from '../../fares/publish-policy.ts'
import { holdOrder } from '../../ticketing/hold-order.ts'
import { at, buyer, createTestSale, person, today } from '../../ticketing/test-sale.ts'
import { decideCheck, strictestCheck, type IdentityCheck, type Verdict } from './identity-check-rules.ts'
import { simulatedRegistry, type IdentityRegistry } from './identity-registry.ts'

const { sql, keys, find, request, call, as } = await createTestSale()
const check: IdentityCheck = { ask: true, answerWithinMs: 100, withoutAnswer: 'sell', matchHoldsHours: 24 }
const quiet = addDays(today, 1)
const lenient = addDays(today, 3)
const strict = addDays(today, 5)

beforeAll(async () => {
  for (const [validFrom, withoutAnswer] of [
    [lenient, 'sell'],
    [strict, 'refuse']
  ] as const) {
    const terms = { identityCheck: { ...check, withoutAnswer } }
    await publishPolicy(sql, { scope: { mode: 'coach' }, validFrom, terms, note: '测试' }, 'operator:test', at(0))
  }
})

const asked: string[] = []
const listening: IdentityRegistry = {
  async verify(identity, signal) {
    asked.push(identity.name)
    return await simulatedRegistry.verify(identity, signal)
  }
}

async function holdNamed(
  names: string[],
  day: typeof today,
  passengers = names.map((name) => ({ ...person(), name }))
) {
  const [coach] = await find('天河客运站', '惠州', day)
  const id = randomUUID()
  const placement = { id, request: request(coach!, passengers), owner: buyer.owner }
  const code = await holdOrder({ sql, keys, registry: listening }, placement, at(6)).then(
    () => null,
    (error: unknown) => (error instanceof Refusal ? error.code : error)
  )
  return { id, passengers, placement, code }
}
const verdictsOf = async (id: string) => {
  const { body } = await call({ url: `/v1/orders/${id}/identity-verdicts`, headers: await as('clerk') })
  return body.map(({ verdict, decision }: { verdict: string; decision: string }) => `${verdict} ${decision}`).toSorted()
}

describe('the live check', () => {
  const rows: [string[], typeof today, string | null, string[]][] = [
    [['不符甲'], quiet, null, []],
    [['张三'], lenient, null, ['match sold']],
    [['不符甲'], lenient, 'identity-mismatch', ['mismatch refused']],
    [['无应答甲'], lenient, null, ['no-answer sold-unverified']],
    [['缓慢甲'], lenient, null, ['no-answer sold-unverified']],
    [['缓慢甲', '张三'], lenient, null, ['match sold', 'no-answer sold-unverified']],
    [['张三', '不符甲'], lenient, 'identity-mismatch', ['match sold', 'mismatch refused']],
    [['无应答甲'], strict, 'identity-unverified', ['no-answer refused']],
    [['缓慢甲'], strict, 'identity-unverified', ['no-answer refused']],
    [['张三'], strict, null, ['match sold']]
  ]
  test.each(rows)('of %j for %s: %s', async (...[names, day, code, verdicts]) => {
    const held = await holdNamed(names, day)
    expect(held.code).toBe(code)
    expect(await verdictsOf(held.id)).toEqual(verdicts)
  })
})

test('whoever matched today is not asked for again, and a known order never is', async () => {
  const passenger = { ...person(), name: '李四' }
  const first = await holdNamed([], lenient, [passenger])
  const before = asked.length
  expect((await holdNamed([], addDays(lenient, 1), [passenger])).code).toBeNull()
  await holdOrder({ sql, keys, registry: listening }, first.placement, at(7))
  expect(asked).toHaveLength(before)
})

test('a registry that breaks, or ignores the time it was given, is one without an answer', async () => {
  const broken: IdentityRegistry = { verify: async () => await Promise.reject(new Error('broken')) }
  const deaf: IdentityRegistry = { verify: async () => await new Promise(() => undefined) }
  const [coach] = await find('天河客运站', '惠州', lenient)
  for (const registry of [broken, deaf]) {
    const id = randomUUID()
    await holdOrder({ sql, keys, registry }, { id, request: request(coach!, [person()]), owner: buyer.owner }, at(6))
    expect(await verdictsOf(id)).toEqual(['no-answer sold-unverified'])
  }
})

test.each<[Verdict, IdentityCheck['withoutAnswer'], string]>([
  ['match', 'refuse', 'sold'],
  ['mismatch', 'sell', 'refused'],
  ['mismatch', 'refuse', 'refused'],
  ['no-answer', 'sell', 'sold-unverified'],
  ['no-answer', 'refuse', 'refused']
])('%s, without an answer %s → %s', (verdict, withoutAnswer, decision) => {
  expect(decideCheck(verdict, { ...check, withoutAnswer })).toBe(decision)
})

test('several legs ask once, by the strictest of those that ask', () => {
  const of = (changes: Partial<IdentityCheck>) => ({ identityCheck: { ...check, ...changes } })
  expect(strictestCheck([of({ ask: false }), of({ ask: false })])).toBeNull()
  const legs = [of({ ask: false, answerWithinMs: 50 }), of({ withoutAnswer: 'refuse' }), of({ answerWithinMs: 80 })]
  expect(strictestCheck(legs)).toEqual({ ...check, answerWithinMs: 80, withoutAnswer: 'refuse' })
})
