import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { createTestApp } from '../../test-app.ts'
import { orderCards, personalise, reportCards } from '../issuing/order-cards.ts'
import { testCard } from '../loading/test-card.ts'
import { acceptRides } from '../test-rides.ts'

const { parts, time, as, call } = await createTestApp()
const { sql } = parts
const document = { kind: '01', number: '440100199003072033' }
const other = { kind: '01', number: '440100199003072041' }
const stock: string[] = []
let student = ''
let clerk: { authorization: string }
let me: { authorization: string }

beforeAll(async () => {
  await seedParticipants(sql)
  for (const [product, quantity] of [
    ['SALE', 4],
    ['STUDENT', 1]
  ] as const) {
    const order = { id: randomUUID(), issuer: '02205810', product, quantity, personaliser: 'factory', madeBy: 'test' }
    const { id, firstNumber } = await orderCards(parts, order, time.now)
    await personalise(parts, id, time.now)
    await reportCards(parts, id, [], time.now)
    const numbers = Array.from({ length: quantity }, (_, n) => String(BigInt(firstNumber) + BigInt(n)))
    if (product === 'SALE') stock.push(...numbers)
    else student = numbers[0]!
  }
  clerk = await as('clerk')
  me = await as('passenger')
})
const post = async (url: string, payload: object, headers = me) =>
  (await call({ method: 'POST', url, headers, payload })).body
const mine = async () => (await call({ method: 'GET', url: '/v1/my-cards', headers: me })).body
const issue = async (cardNumber: string) =>
  await post('/v1/cards/issue', { cardNumber, holder: { name: '陈一', document, consent: true } }, clerk)

describe('a holder', () => {
  it('sees his named card by its document, stops it, and moves its balance to another of his', async () => {
    const [lost, to] = [stock[0]!, stock[1]!]
    await issue(lost)
    await issue(to)
    expect((await post('/v1/my-cards/stop', { cardNumber: lost, stopped: true })).code).toBe('card-not-yours')
    expect((await post('/v1/my-cards', { cardNumber: lost })).code).toBe('card-proof-missing')
    expect((await post('/v1/my-cards', { cardNumber: lost, document: other })).code).toBe('card-holder-differs')
    for (const cardNumber of [lost, to]) await post('/v1/my-cards', { cardNumber, document })
    expect((await mine()).map(({ cardNumber }: { cardNumber: string }) => cardNumber).toSorted()).toEqual(
      [lost, to].toSorted()
    )
    await post('/v1/my-cards/stop', { cardNumber: lost, stopped: true })
    const moved = await call({
      method: 'PUT',
      url: `/v1/my-cards/claims/${randomUUID()}`,
      headers: me,
      payload: { cardNumber: lost, toCard: to, document }
    })
    expect(moved.body).toMatchObject({ kind: 'lost', state: 'WAITING', toCard: to })
  })

  it('sees a ride of this hour as soon as its file is in, and may doubt it once its day is published', async () => {
    const ride = { number: stock[1]!, at: time.now, counter: 1, amount: 200, balanceBefore: 5000 }
    const file = await acceptRides(sql, [ride], time.now)
    const { story } = (await mine()).find(({ cardNumber }: { cardNumber: string }) => cardNumber === stock[1])
    expect(story.events.map(({ actor }: { actor: string }) => actor)).toEqual(['clerk'])
    expect(story.taps).toMatchObject([{ id: `${file}:1`, amount: 200, balanceAfter: 4800 }])
    const doubt = { cardNumber: stock[1], transaction: `${file}:1`, reason: '9103' }
    expect(await post('/v1/my-cards/disputes', doubt)).toMatchObject({
      code: 'dispute-refused',
      facts: { code: '020075' }
    })
    expect((await post('/v1/my-cards/disputes', { ...doubt, transaction: '999:1' })).code).toBe('card-not-yours')
  })

  it('of an anonymous card holds it to a reader; five wrong tries are enough for an hour', async () => {
    const card = testCard(9100, 700)
    const { challenge } = await post('/v1/cards/challenge', { cardNumber: card.number })
    const answer = card.ask(challenge).body
    expect((await post('/v1/my-cards', { cardNumber: card.number, card: { ...answer, balance: 1 } })).code).toBe(
      'load-mac-wrong'
    )
    const again = (await post('/v1/cards/challenge', { cardNumber: card.number })).challenge
    await post('/v1/my-cards', { cardNumber: card.number, card: card.ask(again).body })
    expect(await mine()).toContainEqual(expect.objectContaining({ cardNumber: card.number, shownBy: 'chip' }))
    expect((await post('/v1/my-cards/copy', { cardNumber: card.number })).code).toBe('card-not-yours')
    const wrong = async () => (await post('/v1/my-cards', { cardNumber: stock[0], document: other })).code
    for (let n = 0; n < 4; n++) expect(await wrong()).toBe('card-holder-differs')
    expect(await wrong()).toBe('card-proof-too-many')
    await post('/v1/my-cards/drop', { cardNumber: card.number })
    expect((await mine()).some(({ shownBy }: { shownBy: string }) => shownBy === 'chip')).toBe(false)
  })

  it('gets a copy of what we hold of him, and is forgotten where nothing stands against it', async () => {
    await issue(student)
    const copy = await post('/v1/my-cards/copy', { cardNumber: stock[1] })
    expect(copy.cards).toHaveLength(3)
    expect(copy.cards[0].holder).toMatchObject({ name: '陈一', documentKind: '01' })
    expect(JSON.stringify(copy)).not.toContain(document.number)
    expect(await post('/v1/cards/holder-copy', { document }, clerk)).toEqual(copy)
    const answers = await post('/v1/my-cards/forget', { cardNumber: stock[1] })
    expect(Object.fromEntries(answers.map(({ cardNumber, reason }: never) => [cardNumber, reason]))).toEqual({
      [stock[0]!]: 'claim-open',
      [stock[1]!]: null,
      [student]: 'card-needs-name'
    })
    expect((await mine()).map(({ cardNumber }: { cardNumber: string }) => cardNumber)).toEqual([stock[0]])
    expect(await post('/v1/cards/holder-forget', { document: other }, clerk)).toEqual([])
  })
})
