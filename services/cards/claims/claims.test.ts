import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { transaction } from '../../../clearing/database.ts'
import { verifyChain } from '../../../clearing/ledger/verify-chain.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { createTestApp } from '../../test-app.ts'
import { orderCards, personalise, reportCards } from '../issuing/order-cards.ts'
import { sumBooks } from '../loading/load-queries.ts'
import { testCard } from '../loading/test-card.ts'
import { postLoads } from '../loading/watch-loads.ts'
import { acceptRides } from '../test-rides.ts'
import { listDueClaims } from './claim-queries.ts'
import { decideClaim } from './claim-rules.ts'
import { judgeClaim, settleClaim } from './pay-claim.ts'

const { parts, time, as, call } = await createTestApp()
const { sql } = parts
const document = { kind: '01', number: '440100199003072033' }
const holder = { name: '陈一', document, consent: true }
const day = 24 * 3_600_000
const stock: Record<string, string[]> = {}
let clerk: { authorization: string }
let desk: { authorization: string }

beforeAll(async () => {
  await seedParticipants(sql)
  for (const product of ['DEPOSIT', 'SALE']) {
    const order = {
      id: randomUUID(),
      issuer: '02205810',
      product,
      quantity: 12,
      personaliser: 'factory',
      madeBy: 'test'
    }
    const { id, firstNumber } = await orderCards(parts, order, time.now)
    await personalise(parts, id, time.now)
    await reportCards(parts, id, [], time.now)
    stock[product] = Array.from({ length: 12 }, (_, n) => String(BigInt(firstNumber) + BigInt(n)))
  }
  await signIn()
})
const signIn = async () => {
  clerk = await as('clerk')
  desk = await as('operator')
}
const later = async (days: number) => {
  time.now = new Date(time.now.getTime() + days * day)
  await signIn()
}
const post = async (url: string, payload: object, headers = clerk) =>
  (await call({ method: 'POST', url, headers, payload })).body
const issued = async (product: string, named: boolean): Promise<string> => {
  const number = stock[product]!.pop()!
  await post('/v1/cards/issue', { cardNumber: number, ...(named ? { holder } : {}) })
  return number
}
const claim = async (payload: object, id = randomUUID()) =>
  (await call({ method: 'PUT', url: `/v1/card-claims/${id}`, headers: clerk, payload })).body
const ride = (number: string, counter: number, balanceBefore: number, hoursAgo = 1) => ({
  number,
  counter,
  balanceBefore,
  amount: 200,
  at: new Date(time.now.getTime() - hoursAgo * 3_600_000)
})
const settleAll = async () => {
  for (const id of await listDueClaims(sql, time.now)) await settleClaim(sql, id, time.now)
}
const owedTo = async (cardNumber: string) =>
  (await post('/v1/card-loads/of-card', { cardNumber })).owed.map(({ amount }: { amount: number }) => amount)
const balances = async () => {
  const rows = await sql<{ kind: string; amount: number }[]>`
    select account.kind, sum(entry.amount)::bigint as amount from journal_entry as entry join account on account.id = entry.account
    group by account.kind`
  return (kind: string) => rows.find((each) => each.kind === kind)?.amount ?? 0
}

describe('a lost card', () => {
  it('that is named is stopped at once, and its balance is on another card when everything it did has come in', async () => {
    const lost = await issued('SALE', true)
    const to = await issued('SALE', false)
    await acceptRides(sql, [ride(lost, 1, 9000, 3), ride(lost, 2, 8800, 2)], time.now)
    const asked = { cardNumber: lost, kind: 'lost', toCard: to, document }
    expect((await claim({ ...asked, document: { kind: '01', number: '440100199003072041' } })).code).toBe(
      'card-holder-differs'
    )
    const id = randomUUID()
    const opened = await claim(asked, id)
    expect(opened).toMatchObject({ state: 'WAITING', balanceFen: null })
    expect((await claim(asked, id)).id).toBe(id)
    expect((await claim({ ...asked, kind: 'unreadable' }, id)).code).toBe('claim-differs')
    const hot = await sql`select from hotlist_entry where card_number = ${lost}::bigint and removed_at is null`
    expect(hot).toHaveLength(1)
    // A ride of that morning comes late: it counts.
    await later(1)
    await acceptRides(sql, [ride(lost, 3, 8600, 25)], time.now)
    await settleAll()
    expect(await owedTo(to)).toEqual([])
    await later(6)
    await settleAll()
    await settleAll()
    expect(await owedTo(to)).toEqual([8400])
    const { card, claims } = await post('/v1/cards/story', { cardNumber: lost })
    expect(card).toMatchObject({ state: 'REPLACED', replacedBy: to })
    expect(claims[0]).toMatchObject({ state: 'PAID', balanceFen: 8400, restsOn: 'purse' })
    const { debits, loads, returns, open } = await sumBooks(sql)
    expect(debits - loads - returns - open).toBe(0)
  })

  it('that nobody can show to be his keeps its money: it is said why', async () => {
    const number = await issued('SALE', false)
    expect((await claim({ cardNumber: number, kind: 'lost', document })).code).toBe('card-anonymous')
  })

  it('with a gap in what it did, or above the limit, waits for a second person, who is another', async () => {
    const lost = await issued('DEPOSIT', true)
    await acceptRides(sql, [ride(lost, 1, 9000, 3), ride(lost, 3, 8000, 2)], time.now)
    const { id } = await claim({ cardNumber: lost, kind: 'lost', document })
    expect((await claim({ cardNumber: lost, kind: 'lost', document })).code).toBe('claim-open')
    const verdict = { agreed: true, words: '缺一笔，按卡内记录', balance: 7500 }
    expect((await post(`/v1/card-claims/${id}/verdict`, verdict, desk)).code).toBe('claim-not-open')
    expect((await post(`/v1/card-claims/${randomUUID()}/verdict`, verdict, desk)).code).toBe('claim-not-found')
    await later(7)
    await settleAll()
    const before = await balances()
    const open = (await call({ method: 'GET', url: '/v1/card-claims', headers: desk })).body
    expect(open).toContainEqual(expect.objectContaining({ id, state: 'TO-APPROVE', balanceFen: 7800, restsOn: 'gap' }))
    const [row] = await sql<{ requestedBy: string }[]>`select requested_by from card_claim where id = ${id}`
    await expect(judgeClaim(sql, id, { ...verdict, actor: row!.requestedBy }, time.now)).rejects.toMatchObject({
      code: 'second-person-needed'
    })
    expect(await post(`/v1/card-claims/${id}/verdict`, verdict, desk)).toMatchObject({
      state: 'PAID',
      balanceFen: 7500
    })
    const after = await balances()
    // Its plastic is gone, and the deposit with it.
    expect([after('bank') - before('bank'), after('purse') - before('purse')]).toEqual([7500, -7500])
    expect(after('deposit')).toBe(before('deposit'))
  })
})

describe('a card that is given back', () => {
  const returning = async (serial: number, balance: number) => {
    const chip = testCard(serial, balance)
    // The simulated card takes the number of one that was issued.
    await transaction(
      sql,
      async (tx) =>
        await tx`
        insert into card (number, valid_from, valid_to, issuer, product, state, paid_fen)
        select ${chip.number}::bigint, '2024-01-01', '2039-01-01', id, 'DEPOSIT', 'ACTIVE', 2000 from participant where code = '02205810'`
    )
    const { challenge } = await post('/v1/cards/challenge', { cardNumber: chip.number })
    return { chip, body: chip.ask(challenge).body }
  }

  it('is paid at once with its deposit when the chip itself shows what it holds, up to the limit of one person', async () => {
    const before = await balances()
    const { chip, body } = await returning(9002, 4321)
    const asked = { cardNumber: chip.number, kind: 'returned' }
    expect((await claim(asked)).code).toBe('load-challenge-missing')
    expect(await claim({ ...asked, card: body })).toMatchObject({
      state: 'PAID',
      balanceFen: 4321,
      depositFen: 2000,
      restsOn: 'chip'
    })
    const after = await balances()
    expect(after('bank') - before('bank')).toBe(6321)
    expect((await claim({ ...asked, card: body })).code).toBe('load-challenge-missing')
    const again = (await post('/v1/cards/challenge', { cardNumber: chip.number })).challenge
    expect((await claim({ ...asked, card: chip.ask(again).body })).code).toBe('card-not-active')
  })

  it('with more than that waits for a second person; a balance that was made up is not believed', async () => {
    const { chip, body } = await returning(9003, 30_000)
    const asked = { cardNumber: chip.number, kind: 'returned' }
    expect((await claim({ ...asked, card: { ...body, balance: 90_000 } })).code).toBe('load-mac-wrong')
    const { challenge } = await post('/v1/cards/challenge', { cardNumber: chip.number })
    const { id, state } = await claim({ ...asked, card: chip.ask(challenge).body })
    expect(state).toBe('TO-APPROVE')
    const refused = await post(`/v1/card-claims/${id}/verdict`, { agreed: false, words: '卡面编号不符' }, desk)
    expect(refused).toMatchObject({ state: 'REFUSED', words: '卡面编号不符' })
  })

  it('first gets what is owed to it', async () => {
    const from = await issued('SALE', false)
    const to = await issued('SALE', false)
    await acceptRides(sql, [ride(from, 1, 1200, 3)], time.now)
    expect((await post('/v1/cards/replace', { cardNumber: from, by: stock.SALE!.at(-1) })).state).toBe('ACTIVE')
    const fresh = stock.SALE!.pop()!
    await later(7)
    await settleAll()
    expect(await owedTo(fresh)).toEqual([1000])
    expect((await claim({ cardNumber: fresh, kind: 'unreadable' })).code).toBe('card-owed-first')
    await claim({ cardNumber: fresh, kind: 'unreadable', toCard: to })
    await later(7)
    await settleAll()
    const [open] = (await call({ method: 'GET', url: '/v1/card-claims', headers: desk })).body
    await post(`/v1/card-claims/${open.id}/verdict`, { agreed: true, balance: 0, words: '未使用' }, desk)
    expect(await owedTo(to)).toEqual([1000])
  })
})

it('nothing of it is outside the ledger', async () => {
  while ((await postLoads(sql, time.now)) > 0);
  const of = await balances()
  expect(of('suspense')).toBe(0)
  expect(of('card-credit')).toBe(8400 + 1000)
  expect((await verifyChain(sql, parts.keys)).fault).toBeNull()
})

it.each([
  [{ fen: 5000, unbroken: true }, 0, 5000, 'purse', true],
  [{ fen: 5000, unbroken: false }, 0, 5000, 'gap', false],
  [{ fen: 19_000, unbroken: true }, 2000, 19_000, 'purse', false],
  [{ fen: -300, unbroken: true }, 0, 0, 'purse', true],
  [null, 0, 0, 'gap', false]
] as const)('a purse of %o with a deposit of %i comes to %i', (rebuilt, deposit, balance, ...[restsOn, alone]) => {
  expect(decideClaim(rebuilt, deposit, { aloneMost: 20_000 })).toEqual({ balance, restsOn, alone })
})
