import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { fromHex, hex } from '../../../card-crypto/bytes.ts'
import { CARD_RECORD_BYTES, cardKeyPurposes, unwrapCardKeys } from '../../../card-crypto/personalisation.ts'
import { cardKeySet } from '../../../card-crypto/simulated-card/card-keys.ts'
import { sm3 } from '../../../card-crypto/sm3.ts'
import { samplePurseRoots } from '../../../clearing/fabrication/sample-keys.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { createTestApp } from '../../test-app.ts'
import { batchName, CARD_LINE_BYTES, fileOf } from './order-cards.ts'
import { PERSONALISED_BYTES, transportKeyOf } from './issuing-rules.ts'

const { parts, as, call } = await createTestApp()
const { sql, keys } = parts
const transport = fromHex('53414D504C452D5452414E53504F5254')
const person = { name: '陈一', document: { kind: '01', number: '440100199003072033' }, consent: true }
let clerk: { authorization: string }
let desk: { authorization: string }

beforeAll(async () => {
  await seedParticipants(sql)
  await keys.importKey(transportKeyOf('factory-1'), transport)
  clerk = await as('clerk')
  desk = await as('operator')
})

const order = async (product: string, quantity: number, id = randomUUID()) => {
  const payload = { issuer: '02205810', product, quantity, personaliser: 'factory-1' }
  return (await call({ method: 'PUT', url: `/v1/card-orders/${id}`, headers: desk, payload })).body
}
const make = async (id: string) =>
  await call({ method: 'POST', url: `/v1/card-orders/${id}/personalisation`, headers: desk })
const report = async (id: string, spoilt: string[] = []) =>
  (await call({ method: 'POST', url: `/v1/card-orders/${id}/report`, headers: desk, payload: { spoilt } })).body
const at = async (what: string, payload: object) =>
  (await call({ method: 'POST', url: `/v1/cards/${what}`, headers: clerk, payload })).body
const stock = async (product: string, quantity = 1): Promise<string[]> => {
  const { id, firstNumber } = await order(product, quantity)
  await make(id)
  await report(id)
  return Array.from({ length: quantity }, (_, n) => String(BigInt(firstNumber) + BigInt(n)))
}

describe('an order of cards', () => {
  it.each([
    ['SALE', 'sm4'],
    ['SALE-3DES', '3des']
  ] as const)(
    'of %s becomes a file in which only the personaliser finds the keys, each card’s own (%s)',
    async (product, algorithm) => {
      const made = await order(product, 12)
      expect(await order(product, 12, made.id)).toEqual(made)
      expect((await order(product, 13, made.id)).code).toBe('card-order-differs')
      expect((await report(made.id)).code).toBe('card-order-not-made')
      expect((await call({ method: 'GET', url: `/v1/card-orders/${made.id}/file`, headers: desk })).body.code).toBe(
        'card-order-not-made'
      )
      const { body } = await make(made.id)
      const bytes = await readFile(fileOf(parts, made.id))
      expect(body).toMatchObject({ state: 'MADE', fileDigest: hex(sm3(bytes)) })
      const headerEnd = bytes.indexOf(10)
      const header = JSON.parse(bytes.toString('utf8', 0, headerEnd))
      expect(header).toMatchObject({
        quantity: 12,
        algorithm,
        batch: made.batch,
        checkValues: { transport: expect.stringMatching(/^[0-9A-F]{6}$/) }
      })
      const roots = samplePurseRoots.find((each) => each.algorithm === algorithm)!
      for (const n of [0, 11]) {
        const at = headerEnd + 1 + n * CARD_LINE_BYTES
        const number = hex(bytes.subarray(at, at + 10)).slice(1)
        expect(number).toBe(String(BigInt(made.firstNumber) + BigInt(n)))
        const record = bytes.subarray(at + PERSONALISED_BYTES, at + PERSONALISED_BYTES + CARD_RECORD_BYTES)
        const card = unwrapCardKeys(record, { algorithm, transport, batch: batchName(made.batch) })!
        const own = cardKeySet(roots, { issuer: '02205810', number, index: 1, algorithmId: 0 })
        for (const purpose of cardKeyPurposes) expect(hex(card.keys[purpose])).toBe(hex(own[purpose]))
        expect(bytes.includes(own.load)).toBe(false)
      }
      // Made again, it is the same file.
      expect((await make(made.id)).body.fileDigest).toBe(body.fileDigest)
      const spoilt = String(BigInt(made.firstNumber) + 3n)
      expect(await report(made.id, [spoilt])).toMatchObject({ state: 'REPORTED', good: 11, spoilt: 1 })
      expect((await at('issue', { cardNumber: spoilt })).code).toBe('card-not-in-stock')
    }
  )

  it('gives no number twice, and refuses what is not there', async () => {
    const orders = await Promise.all(Array.from({ length: 5 }, async () => await order('SALE', 100)))
    const firsts = orders
      .map(({ firstNumber }) => Number(BigInt(firstNumber) - 3104870300000000000n))
      .sort((a, b) => a - b)
    for (const [n, first] of firsts.entries()) if (n > 0) expect(first - firsts[n - 1]!).toBeGreaterThanOrEqual(100)
    expect((await order('NOTHING', 1)).code).toBe('card-product-not-found')
    expect((await order('VIRTUAL', 1)).code).toBe('card-product-not-found')
    expect((await make(randomUUID())).body.code).toBe('card-order-not-found')
  })
})

describe('a card', () => {
  it('is anonymous unless its holder wants otherwise; a deposit is the issuer’s debt', async () => {
    const [number] = await stock('DEPOSIT')
    expect(await at('issue', { cardNumber: number })).toMatchObject({ state: 'ACTIVE', named: false, paidFen: 2000 })
    expect((await at('issue', { cardNumber: number })).code).toBe('card-not-in-stock')
    const owed = await sql<{ amount: number }[]>`
      select sum(entry.amount)::bigint as amount from journal_entry as entry join account on account.id = entry.account
      where account.kind = 'deposit'`
    expect(owed[0]!.amount).toBe(2000)
    expect((await at('block', { cardNumber: number, blocked: true })).code).toBe('card-anonymous')
    expect((await at('holder', { cardNumber: number, holder: { ...person, consent: false } })).code).toBe(
      'card-needs-consent'
    )
    expect(await at('holder', { cardNumber: number, holder: person })).toMatchObject({ named: true })
    expect(await at('holder', { cardNumber: number, holder: null })).toMatchObject({ named: false })
    const [row] = await sql<
      { holder: null; holderDigest: null }[]
    >`select holder, holder_digest from card where number = ${number!}::bigint`
    expect(row).toEqual({ holder: null, holderDigest: null })
  })

  it('that carries a discount needs its holder’s name, kept sealed; lost, it is stopped at once, found, it goes on', async () => {
    const [number] = await stock('STUDENT')
    expect((await at('issue', { cardNumber: number })).code).toBe('card-needs-name')
    expect(
      (
        await at('issue', {
          cardNumber: number,
          holder: { ...person, document: { kind: '01', number: '440100199003072034' } }
        })
      ).code
    ).toBe('document-check-digit')
    expect(await at('issue', { cardNumber: number, holder: person })).toMatchObject({ named: true })
    const [row] = await sql<{ holder: Buffer }[]>`select holder from card where number = ${number!}::bigint`
    expect(row!.holder.includes(Buffer.from('陈一'))).toBe(false)
    expect(await at('block', { cardNumber: number, blocked: true })).toMatchObject({ state: 'BLOCKED' })
    const listed = async () =>
      (await sql`select from hotlist_entry where card_number = ${number!}::bigint and removed_at is null`).length
    expect(await listed()).toBe(1)
    expect(await at('block', { cardNumber: number, blocked: false })).toMatchObject({ state: 'ACTIVE' })
    expect(await listed()).toBe(0)
    expect((await at('block', { cardNumber: number, blocked: false })).code).toBe('card-not-active')
  })

  it('is renewed or converted into another, and stopped itself; a virtual one needs no plastic', async () => {
    const [one, two] = await stock('SALE', 2)
    await at('issue', { cardNumber: one })
    expect(await at('replace', { cardNumber: one, by: two })).toMatchObject({ cardNumber: two, state: 'ACTIVE' })
    expect((await at('replace', { cardNumber: one, by: two })).code).toBe('card-not-active')
    const virtual = await at('issue-virtual', { issuer: '02205810', product: 'VIRTUAL' })
    expect(virtual).toMatchObject({ state: 'ACTIVE', product: 'VIRTUAL', paidFen: 0 })
    expect((await at('issue-virtual', { issuer: '02205810', product: 'SALE' })).code).toBe('card-product-not-found')
    expect((await at('issue', { cardNumber: '3104870399999999999' })).code).toBe('card-not-found')
  })
})
