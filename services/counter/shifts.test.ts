import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fen } from '../../clearing/money.ts'
import { changeTickets, quoteChange } from '../ticketing/changes/change-tickets.ts'
import { quoteRefund, refundTickets } from '../ticketing/refunds/refund-tickets.ts'
import { at, clerk, createTestSale, person } from '../ticketing/test-sale.ts'
import { closeShift, openShift, showShift, showShiftsOf } from './hand-over.ts'
import { expectedCash } from './shift-rules.ts'

const sale = await createTestSale()
const { sql, paying, find, sell, call, as } = sale
const window = { place: '440100001', window: 3, openingCash: fen(20_000) }
const open = async (id: string = randomUUID(), now = at(6), owner = clerk.owner) => {
  const [place] = await sql`select code from place order by code limit 1`
  return await openShift(sql, { id, clerk: owner }, { ...window, place: place!['code'] as string }, now)
}
const refused = (code: string) => expect.objectContaining({ code })

describe('the cash a drawer must hold', () => {
  const totals = [
    { kind: 'sale', gateway: 'cash', reason: '', tickets: 2, amount: fen(9000) },
    { kind: 'sale', gateway: 'simulated-cashier', reason: '', tickets: 1, amount: fen(4500) },
    { kind: 'refund', gateway: 'cash', reason: 'passenger', tickets: 1, amount: fen(4000) },
    { kind: 'refund', gateway: 'simulated-cashier', reason: 'void', tickets: 1, amount: fen(4500) }
  ] as const
  it.each([
    [0, 20_000],
    [1, 29_000],
    [2, 29_000],
    [3, 25_000],
    [4, 25_000]
  ])('after the first %i totals → %i', (count, expected) => {
    expect(expectedCash(fen(20_000), totals.slice(0, count))).toBe(expected)
  })
})

describe('a shift', () => {
  it('counts its sales and refunds, and keeps the difference between book and count', async () => {
    const [departure] = await find('广州', '珠海')
    const { id } = await open()
    const two = await sell(departure!, [person(), person()], clerk, at(6, 5))
    const one = await sell(departure!, [person()], clerk, at(6, 6))
    const [kept, returned] = two.coupons.map(({ ticketNo }) => ticketNo!)
    const refund = { tickets: [returned!], amount: fen(Math.round(departure!.fullFare * 0.9)) }
    await refundTickets(paying, { id: randomUUID(), request: refund }, clerk, at(6, 7))
    const voided = { tickets: [one.coupons[0]!.ticketNo!], amount: departure!.fullFare, void: true }
    await refundTickets(paying, { id: randomUUID(), request: voided }, clerk, at(6, 8))

    const before = await showShift(sql, { id, clerk: clerk.owner })
    expect(before.totals).toEqual([
      { kind: 'sale', gateway: 'cash', reason: '', tickets: 3, amount: departure!.fullFare * 3 },
      { kind: 'refund', gateway: 'cash', reason: 'passenger', tickets: 1, amount: refund.amount },
      { kind: 'refund', gateway: 'cash', reason: 'void', tickets: 1, amount: departure!.fullFare }
    ])
    const expected = 20_000 + departure!.fullFare * 2 - refund.amount
    expect(before).toMatchObject({ closing: null, expectedCash: expected })

    const count = { countedCash: fen(expected - 100), note: '短款一元' }
    const closed = await closeShift(sql, { id, clerk: clerk.owner }, count, at(14))
    expect(closed).toEqual({
      ...before,
      closing: { ...count, closedAt: at(14), difference: -100, expectedCash: expected, terminals: [] }
    })
    expect(await closeShift(sql, { id, clerk: clerk.owner }, count, at(15))).toEqual(closed)
    const another = closeShift(sql, { id, clerk: clerk.owner }, { ...count, countedCash: fen(expected) }, at(15))
    await expect(another).rejects.toEqual(refused('shift-closed'))

    // Whatever comes after belongs to the next shift, and nothing to two.
    const { id: next } = await open(randomUUID(), at(15))
    const later = { tickets: [kept!], amount: refund.amount }
    await refundTickets(paying, { id: randomUUID(), request: later }, clerk, at(15, 1))
    expect((await showShift(sql, { id: next, clerk: clerk.owner })).totals).toEqual([
      { kind: 'refund', gateway: 'cash', reason: 'passenger', tickets: 1, amount: refund.amount }
    ])
    const latest = { countedCash: fen(20_000 - refund.amount), note: '' }
    const last = await closeShift(sql, { id: next, clerk: clerk.owner }, latest, at(16))
    expect(last.closing!.difference).toBe(0)
    expect((await showShiftsOf(sql, clerk.owner)).map((shift) => shift.id)).toEqual([next, id])
    expect(await showShift(sql, { id, clerk: clerk.owner })).toEqual(closed)
  })

  it('takes in what is due for a change and pays out what is left over, whoever sold the ticket', async () => {
    const owner = 'clerk:changer'
    const changer = { owner, seesAll: true }
    const [first, second] = await find('广州', '珠海')
    const { coupons } = await sell(first!, [person()], clerk, at(17))
    const { id } = await open(randomUUID(), at(17), owner)
    const target = { departure: second!.id, from: second!.from.place, to: second!.to.place }
    const tickets = [coupons[0]!.ticketNo!]
    const quote = await quoteChange({ sql, keys: sale.keys }, { tickets, ...target }, changer, at(17, 1))
    const placement = { id: randomUUID(), request: { tickets, ...target, due: quote.due } }
    const change = await changeTickets({ sql, keys: sale.keys }, placement, changer, at(17, 1))
    expect(change.due).toBe(0)
    const changed = change.tickets[0]!.new!
    const refund = { tickets: [changed], amount: (await quoteRefund(sql, changed, changer, at(17, 2))).amount }
    await refundTickets(paying, { id: randomUUID(), request: refund }, changer, at(17, 2))
    expect((await showShift(sql, { id, clerk: owner })).totals).toEqual([
      { kind: 'refund', gateway: 'cash', reason: 'passenger', tickets: 1, amount: refund.amount }
    ])
    const counted = { countedCash: fen(20_000 - refund.amount), note: '' }
    expect((await closeShift(sql, { id, clerk: owner }, counted, at(18))).closing!.difference).toBe(0)
  })

  it('is one at a time for a clerk, also when two are opened at once; the same one may be opened again', async () => {
    const owner = 'clerk:busy'
    const answers = await Promise.allSettled([open(randomUUID(), at(7), owner), open(randomUUID(), at(7), owner)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const { id } = (await showShiftsOf(sql, owner))[0]!
    expect((await open(id, at(8), owner)).openedAt).toEqual(at(7))
    await expect(open(randomUUID(), at(8), owner)).rejects.toEqual(refused('shift-open'))
    await expect(open(id, at(8), 'clerk:else')).rejects.toEqual(refused('shift-id-reused'))
    await expect(showShift(sql, { id, clerk: 'clerk:else' })).rejects.toEqual(refused('shift-not-found'))
  })

  it('cannot be edited afterwards', async () => {
    await expect(sql`delete from counter_closing`).rejects.toThrow()
    await expect(sql`update counter_movement set amount = 0`).rejects.toThrow()
    await expect(sql`update counter_shift set opening_cash = 0`).rejects.toThrow()
  })
})

it('is for clerks, over HTTP', async () => {
  const headers = await as('clerk')
  const [place] = await sql`select code from place order by code limit 1`
  const url = `/v1/counter/shifts/${randomUUID()}`
  const payload = { place: place!['code'] as string, window: 1, openingCash: 0 }
  expect((await call({ method: 'PUT', url, headers: await as('operator'), payload })).body.code).toBe('not-permitted')
  const nowhere = await call({ method: 'PUT', url, headers, payload: { ...payload, place: '999999999' } })
  expect(nowhere.body.code).toBe('place-not-found')
  expect((await call({ method: 'PUT', url, headers, payload })).status).toBe(200)
  expect((await call({ url, headers })).body).toMatchObject({ window: 1, expectedCash: 0, closing: null })
  const closing = { countedCash: 500, note: '' }
  const closed = await call({ method: 'PUT', url: `${url}/closing`, headers, payload: closing })
  expect(closed.body.closing).toMatchObject({ difference: 500 })
  expect((await call({ url: '/v1/counter/shifts', headers })).body).toHaveLength(1)
})

it('cash is taken within a shift only, by its own clerk', async () => {
  const headers = await as('clerk')
  const [departure] = await find('广州', '珠海')
  const pay = async (now: Date) => {
    const id = randomUUID()
    sale.time.now = now
    const counter = { place: departure!.from.place, window: 1 }
    const placed = { method: 'PUT', url: `/v1/orders/${id}`, headers } as const
    await call({ ...placed, payload: sale.request(departure!, [person()], { counter }) })
    const url = `/v1/orders/${id}/payments`
    const { body } = await call({ method: 'POST', url, headers, payload: { gateway: 'cash' } })
    return body.code ?? body.state
  }
  const before = sale.time.now
  expect(await pay(at(6, 30))).toBe('shift-required')
  const counter = { place: departure!.from.place, window: 1 }
  const atOnce = sale.request(departure!, [person()], { counter, gateway: 'cash' })
  const refused = await call({ method: 'PUT', url: `/v1/orders/${randomUUID()}`, headers, payload: atOnce })
  expect(refused.body.code).toBe('shift-required')
  await sale.openShift(headers)
  expect(await pay(at(6, 31))).toBe('SUCCEEDED')
  const [{ id }] = (await call({ url: '/v1/counter/shifts', headers })).body
  const closing = { countedCash: departure!.fullFare, note: '' }
  const closed = await call({ method: 'PUT', url: `/v1/counter/shifts/${id}/closing`, headers, payload: closing })
  expect(closed.body.closing.difference).toBe(0)
  expect(await pay(at(6, 32))).toBe('shift-required')
  sale.time.now = before
})

it('takes a scanned code, a code shown and cash in one shift, each in its own total beside the terminals’ own', async () => {
  sale.time.now = at(6, 45)
  const headers = await as('clerk')
  const [departure] = await find('广州', '珠海')
  const fare = departure!.fullFare
  await sale.openShift(headers)
  const hold = async () => {
    const id = randomUUID()
    const payload = sale.request(departure!, [person()], { counter: { place: departure!.from.place, window: 1 } })
    await call({ method: 'PUT', url: `/v1/orders/${id}`, headers, payload })
    return `/v1/orders/${id}/payments`
  }
  const pay = async (url: string, payload: object) => (await call({ method: 'POST', url, headers, payload })).body
  const scan = (payCode: string) => ({ gateway: 'simulated-cashier', payCode })

  expect((await pay(await hold(), scan('134567890123456780'))).state).toBe('SUCCEEDED')
  expect((await pay(await hold(), scan('2812345678901234'))).state).toBe('SUCCEEDED')
  expect((await pay(await hold(), scan('9912345678901234'))).code).toBe('pay-code-unknown')
  const passenger = { headers: await as('passenger'), method: 'POST', payload: scan('134567890123456780') } as const
  expect((await call({ ...passenger, url: await hold() })).body.code).toBe('not-permitted')

  const declined = await hold()
  expect((await pay(declined, scan('6212345678901234567'))).state).toBe('FAILED')
  expect((await pay(declined, { gateway: 'cash' })).state).toBe('SUCCEEDED')

  // The payer is asked on his phone and has not answered: given up, and paid in cash.
  const silent = await hold()
  expect((await pay(silent, scan('134567890123456788'))).state).toBe('PENDING')
  expect((await call({ method: 'DELETE', url: silent, headers })).body.state).toBe('FAILED')
  expect((await pay(silent, { gateway: 'cash' })).state).toBe('SUCCEEDED')

  // Our code is shown, and paid just before the clerk gives it up: the tickets are issued.
  const shown = await hold()
  const { key, state } = await pay(shown, { gateway: 'simulated-cashier' })
  expect(state).toBe('PENDING')
  const decide = {
    method: 'POST',
    url: `/v1/simulated-cashier/charges/${key}`,
    payload: { choice: 'success' }
  } as const
  await call(decide)
  expect((await call({ method: 'DELETE', url: shown, headers })).body.state).toBe('SUCCEEDED')
  expect((await call({ url: shown, headers })).body).toEqual({ key, state: 'SUCCEEDED' })

  const [shift] = (await call({ url: '/v1/counter/shifts', headers })).body
  const line = (gateway: string, tickets: number) => ({
    kind: 'sale',
    gateway,
    reason: '',
    tickets,
    amount: tickets * fare
  })
  expect(shift.totals).toEqual([line('alipay', 1), line('cash', 2), line('shown-code', 1), line('wechat', 1)])
  expect(shift.expectedCash).toBe(2 * fare)
  const url = `/v1/counter/shifts/${shift.id}/closing`
  const terminals = [
    { means: 'wechat', counted: fare },
    { means: 'alipay', counted: fare - 100 }
  ]
  const payload = { countedCash: 2 * fare, note: '支付宝少一元', terminals }
  const closed = (await call({ method: 'PUT', url, headers, payload })).body
  expect(closed.closing).toMatchObject({
    difference: 0,
    terminals: [
      { means: 'alipay', expected: fare, difference: -100 },
      { means: 'wechat', expected: fare, difference: 0 }
    ]
  })
  expect((await call({ method: 'PUT', url, headers, payload })).body).toEqual(closed)
  const other = await call({ method: 'PUT', url, headers, payload: { ...payload, terminals: [] } })
  expect(other.body.code).toBe('shift-closed')
})
