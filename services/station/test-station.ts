// A station on a morning with something to do: the sample province, its register, and short names for what a dispatcher does.
import { randomUUID } from 'node:crypto'
import { beforeAll } from 'vitest'
import type { Role } from '../access/permit-rules.ts'
import { transaction } from '../../clearing/database.ts'
import { layRegister } from '../local/sample-province/sample-register.ts'
import { createTestSale, today } from '../ticketing/test-sale.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

export async function createTestStation() {
  const sale = await createTestSale()
  beforeAll(async () => {
    await transaction(sale.sql, async (tx) => await layRegister(tx, today))
  })
  const signedIn = new Map<Role, Promise<{ authorization: string }>>()
  /** These tests move the clock to and fro; whoever signed in once stays. */
  const signIn = async (role: Role) => {
    const headers = await sale.as(role)
    await sale.sql`update sign_in_session set seen_at = '2030-01-01', expires_at = '2030-01-01'`
    return headers
  }
  const ask = (role: Role) => async (method: Method, url: string, payload?: object) => {
    if (!signedIn.has(role)) signedIn.set(role, signIn(role))
    const headers = await signedIn.get(role)!
    return await sale.call({ method, url, headers, ...(payload ? { payload } : {}) })
  }
  const dispatcher = ask('dispatcher')
  const inspect = async (conveyance: string, place: string, failedItems: string[] = []) =>
    await dispatcher('PUT', `/v1/station/inspections/${randomUUID()}`, {
      conveyance,
      place,
      failedItems,
      inspector: '安检员一'
    })
  const report = async (departure: Departure, conveyance: string, crew: string[], id: string = randomUUID()) =>
    await dispatcher('PUT', `/v1/station/reports/${id}`, {
      departure: departure.id,
      place: departure.from.place,
      conveyance,
      crew
    })
  const act = async ({ id, from }: Departure, what: string, payload?: object) =>
    await dispatcher('PUT', `/v1/station/departures/${id}/places/${from.place}/${what}`, payload)
  /** As a gate does: the passenger is aboard. */
  const board = async (ticketNo: string) => {
    await transaction(sale.sql, async (tx) => {
      await tx`update coupon set state = 'CHECKED' where ticket_no = ${ticketNo}`
    })
  }
  const stateOf = async (ticketNo: string): Promise<string> => {
    const [row] = await sale.sql<{ state: string }[]>`select state from coupon where ticket_no = ${ticketNo}`
    return row!.state
  }
  return { ...sale, ask, dispatcher, manager: ask('station-manager'), inspect, report, act, board, stateOf }
}
