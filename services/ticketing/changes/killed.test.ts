import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { connect } from '../../../clearing/database.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { payOrder, payRefunds } from '../pay-order.ts'
import { showOrder } from '../show-order.ts'
import { at, buyer, createTestSale, person, today, watchUncaught } from '../test-sale.ts'
import { joinWaitlist, showEntry } from '../waitlist/join-waitlist.ts'
import { changeTickets } from './change-tickets.ts'

const { sql, keys, paying, parts, find, sell, assertSound } = await createTestSale()

const target = ({ id, from, to }: Departure) => ({ departure: id, from: from.place, to: to.place })

/** What a change to a cheaper ride writes, the freed place going to the waitlist. */
const writes = {
  ticket_order: ['insert', 'update'],
  coupon: ['insert', 'update'],
  ticket_event: ['insert'],
  ticket_change: ['insert'],
  ticket_change_item: ['insert'],
  refund: ['insert', 'update'],
  refund_item: ['insert'],
  refund_share: ['insert'],
  waitlist_freed: ['insert', 'delete'],
  waitlist_entry: ['update'],
  waitlist_wish: ['update']
}

test('R3, at every table a change and a filled place write to: all or nothing, and the same requests again finish it', async () => {
  await sql.unsafe(`
    create function kill_me() returns trigger language plpgsql as $$
    begin
      if current_setting('application_name') = 'fragile' then perform pg_terminate_backend(pg_backend_pid()); end if;
      return null;
    end $$`)
  const uncaught = watchUncaught()
  const day = addDays(today, 1)
  const line = async (to: string) => (await find('天河客运站', to, day)).filter((way) => way.line === 'SM001')
  const [dear, cheap] = [await line('汕头汽车站'), await line('海丰')]
  const [from, to] = [dear[0]!, cheap[1]!]
  const due = to.fullFare - from.fullFare
  // A full coach with one in line, so that the place a change frees is taken within the same unit.
  const tickets: string[] = []
  for (let party = 0; party < 9; party++) {
    const { coupons } = await sell(
      from,
      Array.from({ length: 5 }, () => person())
    )
    tickets.push(...coupons.map(({ ticketNo }) => ticketNo!))
  }
  let deaths = 0
  for (const [table, verbs] of Object.entries(writes))
    for (const verb of verbs) {
      const request = { tickets: [tickets.pop()!], ...target(to), due }
      const id = randomUUID()
      const wish = {
        from: from.from.place,
        to: from.to.place,
        departures: [from.id],
        passengers: [person()],
        limit: from.fullFare
      }
      const entry = await joinWaitlist({ sql, keys }, { id: randomUUID(), request: wish }, buyer, at(6))
      await payOrder(paying, { orderId: entry.id, gateway: 'cash', actor: buyer.owner }, at(6))
      await sql.unsafe(`create trigger killer after ${verb} on ${table} for each statement execute function kill_me()`)
      const fragile = connect(parts.config.databaseUrl, { max: 2, name: 'fragile' })
      await changeTickets({ sql: fragile, keys }, { id, request }, buyer, at(6)).catch(() => deaths++)
      await fragile.end({ timeout: 0 })
      await sql.unsafe(`drop trigger killer on ${table}`)
      await assertSound()
      const what = `after ${verb} on ${table}`
      expect(await changeTickets({ sql, keys }, { id, request }, buyer, at(6)), what).toMatchObject({ state: 'ISSUED' })
      expect(await showEntry(sql, entry.id, buyer), what).toMatchObject({ state: 'FILLED' })
      expect(await showOrder({ sql, keys }, id, buyer)).toMatchObject({ coupons: [{ state: 'ISSUED' }] })
      await payRefunds(paying, at(6), id)
      await assertSound()
    }
  expect(uncaught()).toEqual([])
  expect(deaths).toBe(15)
})
