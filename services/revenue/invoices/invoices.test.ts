import { beforeAll, describe, expect, it } from 'vitest'
import { randomUUID } from 'node:crypto'
import { changeTickets } from '../../ticketing/changes/change-tickets.ts'
import { quoteRefund, refundTickets } from '../../ticketing/refunds/refund-tickets.ts'
import { at, buyer, clerk, createTestSale } from '../../ticketing/test-sale.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { checkMayInvoice, invoiceDays } from './invoice-rules.ts'
import { askInvoice, askRedLetter, issueInvoices, showInvoice } from './issue-invoices.ts'
import { simulatedTaxPlatform } from './tax-platform.ts'

const test = await createTestSale()
const { sql } = test
let coaches: Departure[]
beforeAll(async () => {
  coaches = (await test.find('天河客运站', '惠州汽车总站')).filter(({ line }) => line === 'SL001')
})

const request = { title: '示例公司', taxNumber: '91440000MA00000000' }
const sell = async () => (await test.sell(coaches[0]!)).coupons[0]!.ticketNo!
const ask = async (ticketNo: string, changes = {}) =>
  await askInvoice(sql, { ticketNo, request: { ...request, ...changes }, viewer: buyer }, at(6))
/** The simulated platform answers the second question. */
const work = async (minutes: number) => {
  await issueInvoices(sql, simulatedTaxPlatform(sql), at(6, minutes))
  await issueInvoices(sql, simulatedTaxPlatform(sql), at(6, minutes + 1))
}
const refused = async (work: Promise<unknown>) =>
  await work.then(
    () => 'done',
    (error: { code: string }) => error.code
  )
const refund = async (ticketNo: string) => {
  const { amount } = await quoteRefund(sql, ticketNo, buyer, at(6))
  return await refundTickets(test.paying, { id: randomUUID(), request: { tickets: [ticketNo], amount } }, buyer, at(6))
}

describe('an invoice', () => {
  it('is asked for, issued, taken back, and made again once', async () => {
    const ticketNo = await sell()
    expect((await showInvoice(sql, ticketNo, buyer)).state).toBe('NONE')
    expect((await ask(ticketNo)).state).toBe('REQUESTED')
    expect((await ask(ticketNo)).state).toBe('REQUESTED')
    expect(await refused(ask(ticketNo, { title: '另一公司' }))).toBe('invoice-stands')
    expect(await refused(askRedLetter(sql, ticketNo, buyer, at(6)))).toBe('invoice-not-issued')
    await work(1)
    const issued = await showInvoice(sql, ticketNo, buyer)
    expect(issued).toMatchObject({ state: 'ISSUED', documents: [{ colour: 'blue', title: '示例公司' }] })
    expect(issued.number).toMatch(/^2644\d{16}$/)
    expect((await askRedLetter(sql, ticketNo, buyer, at(6, 10))).state).toBe('RED_REQUESTED')
    await work(10)
    expect((await ask(ticketNo, { title: '另一公司' })).state).toBe('REQUESTED')
    await work(20)
    const again = await showInvoice(sql, ticketNo, buyer)
    expect(again.state).toBe('REISSUED')
    expect(again.documents.map(({ colour }) => colour)).toEqual(['blue', 'red', 'blue'])
    expect(again.documents[1]).toMatchObject({ reverses: issued.number, amount: 0 - again.documents[0]!.amount })
    await askRedLetter(sql, ticketNo, buyer, at(6, 30))
    await work(30)
    expect(await refused(ask(ticketNo))).toBe('invoice-made-twice')
  })

  it('stands in the way of a refund and a change until its red letter is there', async () => {
    const ticketNo = await sell()
    await ask(ticketNo)
    expect(await refused(refund(ticketNo))).toBe('red-letter-first')
    await work(1)
    expect(await refused(refund(ticketNo))).toBe('red-letter-first')
    const { id, from, to } = coaches[1]!
    const change = { tickets: [ticketNo], departure: id, from: from.place, to: to.place, due: 0 }
    expect(await refused(changeTickets(test, { id: randomUUID(), request: change }, buyer, at(6)))).toBe(
      'ticket-not-changeable'
    )
    await askRedLetter(sql, ticketNo, buyer, at(6, 10))
    expect(await refused(refund(ticketNo))).toBe('red-letter-first')
    await work(10)
    expect((await refund(ticketNo)).state).toBe('PAID')
    expect(await refused(ask(ticketNo))).toBe('ticket-not-invoiceable')
  })

  it('and a refund at the same time: one of them, never both', async () => {
    for (let n = 0; n < 5; n++) {
      const ticketNo = await sell()
      const both = await Promise.all([refused(ask(ticketNo)), refused(refund(ticketNo))])
      expect(both.filter((answer) => answer === 'done')).toHaveLength(1)
    }
  })

  it('is its owner’s', async () => {
    const ticketNo = await sell()
    const stranger = { owner: 'passenger:two', seesAll: false }
    expect(await refused(showInvoice(sql, ticketNo, stranger))).toBe('ticket-not-found')
    expect((await showInvoice(sql, ticketNo, clerk)).state).toBe('NONE')
  })

  it('is one, however many workers ask for it', async () => {
    const ticketNo = await sell()
    await ask(ticketNo)
    for (let minute = 40; minute < 44; minute++)
      await Promise.all([1, 2, 3].map(async () => await issueInvoices(sql, simulatedTaxPlatform(sql), at(6, minute))))
    expect((await showInvoice(sql, ticketNo, buyer)).documents).toHaveLength(1)
  })

  const departsAt = at(12)
  const days = (n: number) => new Date(departsAt.getTime() + n * 86_400_000)
  it.each([
    ['ISSUED', 100, 'NONE', 1, 0, null],
    ['USED', 100, 'NONE', 1, invoiceDays, null],
    ['USED', 100, 'NONE', 1, invoiceDays + 0.1, 'invoice-closed'],
    ['USED', 0, 'NONE', 1, 0, 'ticket-not-invoiceable'],
    ['REFUNDED', 100, 'NONE', 1, 0, 'ticket-not-invoiceable'],
    ['USED', 100, 'ISSUED', 1, 0, 'invoice-stands'],
    ['USED', 100, 'RED_REQUESTED', 1, 0, 'invoice-stands'],
    ['USED', 100, 'RED', 1, 0, null],
    ['USED', 100, 'RED', 2, 0, 'invoice-made-twice']
  ] as const)('%s ticket of %i fen, invoice %s (%i), %i days after: %s', (...row) => {
    const [couponState, amount, state, attempt, after, answer] = row
    expect(checkMayInvoice({ couponState, amount, departsAt, state, attempt }, days(after))).toBe(answer)
  })
})
