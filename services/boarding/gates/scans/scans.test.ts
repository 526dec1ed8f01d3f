import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../../../clearing/business-day.ts'
import { fen } from '../../../../clearing/money.ts'
import type { Refusal } from '../../../../clearing/refusal.ts'
import { refundTickets } from '../../../ticketing/refunds/refund-tickets.ts'
import { buyer, clerk, createTestSale, person, today } from '../../../ticketing/test-sale.ts'
import type { Departure } from '../../../timetable/timetable-schemas.ts'
import { checkIn } from '../../check-in.ts'
import { reissueTicket } from '../../credentials/reissues/reissue-ticket.ts'
import { showCode } from '../../credentials/show-code.ts'
import type { Scan, ScanOutcome, ScanUpload, UploadAnswer } from '../gate-schemas.ts'
import { signRequest } from '../simulated/sign-request.ts'
import { enrolTestDevice, type TestDevice } from '../test-device.ts'

const sale = await createTestSale()
const { sql, keys, paying, find, sell, call, as, time } = sale
const parts = { sql, keys }
let coach: Departure
let gates: { id: number; number: number }[]
let one: TestDevice
let two: TestDevice

beforeAll(async () => {
  coach = (await find('天河客运站', '惠州汽车总站', addDays(today, 1))).filter(({ line }) => line === 'SL001')[3]!
  gates = await sql<{ id: number; number: number }[]>`
    select gate.id, number from gate join place on place.id = gate.place where place.code = ${coach.from.place} order by number`
  one = await enrolTestDevice(sale, gates[0]!.id)
  two = await enrolTestDevice(sale, gates[1]!.id)
})

const before = (minutes: number): Date => new Date(coach.departsAt.getTime() - minutes * 60_000)
const buy = async (passenger = person()) => (await sell(coach, [passenger])).coupons[0]!.ticketNo!
const stateOf = async (ticketNo: string) =>
  (await sql<{ state: string }[]>`select state from coupon where ticket_no = ${ticketNo}`)[0]!.state

/** A device's log in this test: numbers its scans and sends them. */
function openLog(device: TestDevice, gate: number) {
  const log = randomUUID()
  let sequence = 0
  const scan = (ticketNo: string | null, at: Date, changes: Partial<Scan> = {}): Scan => ({
    sequence: ++sequence,
    nonce: randomUUID(),
    at: at.toISOString(),
    clockOffsetMs: 0,
    listsAgeSeconds: 600,
    passage: 'boarding',
    departure: coach.id,
    means: 'document',
    ticketNo,
    edition: null,
    issuerKey: null,
    documentChecked: true,
    result: 'OPEN',
    refusal: '',
    ...changes
  })
  const send = async (scans: Scan[], now = before(0), changes: Partial<ScanUpload> = {}) => {
    time.now = now
    const payload = { log, sentAt: now.toISOString(), scans, ...changes }
    const { body } = await device.ask({ method: 'POST', url: `/v1/boarding/gates/${gate}/scans`, payload })
    return body as UploadAnswer & { code?: string }
  }
  return { log, scan, send }
}
const said = ({ outcomes }: UploadAnswer) => outcomes.map(({ outcome, conflict }: ScanOutcome) => conflict ?? outcome)

describe('scans a gate made on its own', () => {
  test('use their tickets at the time they were made, and a refund comes too late', async () => {
    const { scan, send } = openLog(one, gates[0]!.id)
    const ticketNo = await buy()
    const answer = await send([
      scan(ticketNo, before(20)),
      scan(null, before(19), { result: 'REFUSED', refusal: 'code-unreadable' })
    ])
    expect(said(answer)).toEqual(['accepted', 'recorded'])
    expect(answer).toMatchObject({ acknowledged: 2, missing: [] })
    const [check] = await sql`select checked_at, received_at from boarding_check where ticket_no = ${ticketNo}`
    expect(check).toMatchObject({ checkedAt: before(20), receivedAt: before(0) })
    const request = { tickets: [ticketNo], amount: fen(6030) }
    const refund = refundTickets(paying, { id: randomUUID(), request }, buyer, before(0))
    expect(await refund.catch((error: unknown) => (error as Refusal).code)).toBe('ticket-already-checked')
  })

  test('are each taken once, however often and in whatever pieces they are sent', async () => {
    const { scan, send } = openLog(one, gates[0]!.id)
    const tickets = await Promise.all(Array.from({ length: 6 }, () => buy()))
    const scans = tickets.map((ticketNo, index) => scan(ticketNo, before(20 - index)))
    // 3 and 4 are lost on the way.
    const first = await send([...scans.slice(0, 2), ...scans.slice(4)])
    expect(first).toMatchObject({ acknowledged: 2, missing: [{ from: 3, to: 4 }] })
    const answers = await Promise.all([send(scans), send(scans), send(scans.slice(2, 5))])
    for (const answer of answers) expect(new Set(said(answer))).toEqual(new Set(['accepted']))
    expect(await send([])).toMatchObject({ acknowledged: 6, missing: [], outcomes: [] })
    const [{ checks }] = (await sql`
      select count(*)::integer as checks from boarding_check where ticket_no = any (${tickets})`) as unknown as [
      { checks: number }
    ]
    expect(checks).toBe(6)
  })

  test('of a ticket refunded meanwhile are a conflict, with what is owed', async () => {
    const { scan, send } = openLog(one, gates[0]!.id)
    const [early, late] = [await buy(), await buy()]
    for (const [ticketNo, minutes] of [
      [early, 130],
      [late, 150]
    ] as const)
      await refundTickets(
        paying,
        { id: randomUUID(), request: { tickets: [ticketNo], amount: fen(6030) } },
        buyer,
        before(minutes)
      )
    // The gate had opened for the first before it was refunded, and for the second afterwards.
    const answer = await send([scan(early, before(131)), scan(late, before(20))])
    expect(said(answer)).toEqual(['refunded-after-scan', 'boarded-refunded'])
    expect(await stateOf(early)).toBe('REFUNDED')
    const { body } = await call({
      url: `/v1/boarding/conflicts?open=true&place=${coach.from.place}`,
      headers: await as('clerk')
    })
    expect(body.slice(0, 2)).toMatchObject([
      { kind: 'boarded-refunded', ticketNo: late, ticketState: 'REFUNDED', owed: 6700, resolution: null },
      { kind: 'refunded-after-scan', ticketNo: early, owed: 6030 }
    ])
    const settle = async (resolution: string) =>
      await call({
        method: 'PUT',
        url: `/v1/boarding/conflicts/${body[0].id}/resolution`,
        headers: await as('clerk'),
        payload: { resolution, note: '现场补票' }
      })
    // What is taken in is in the drawer of the clerk's shift, once.
    expect((await settle('collected')).body.code).toBe('shift-required')
    await sale.openShift(await as('clerk'))
    expect((await settle('collected')).body).toMatchObject({ resolution: 'collected', note: '现场补票' })
    expect((await settle('collected')).status).toBe(200)
    const [shift] = (await call({ url: '/v1/counter/shifts', headers: await as('clerk') })).body
    expect(shift.totals).toEqual([{ kind: 'sale', gateway: 'cash', reason: 'gate-conflict', tickets: 1, amount: 6700 }])
    const closing = { countedCash: shift.expectedCash, note: '' }
    const url = `/v1/counter/shifts/${shift.id}/closing`
    const closed = await call({ method: 'PUT', url, headers: await as('clerk'), payload: closing })
    expect(closed.body).toMatchObject({ totals: shift.totals, closing: { difference: 0 } })
    expect((await settle('waived')).body.code).toBe('conflict-resolved')
    // What is owed is not forgiven by one alone.
    const put = async (role: 'clerk' | 'station-manager', what: string, payload: object) =>
      await call({
        method: 'PUT',
        url: `/v1/boarding/conflicts/${body[1].id}/${what}`,
        headers: await as(role),
        payload
      })
    const agree = async (agree: boolean) => await put('station-manager', 'agreement', { agree })
    const propose = async () => await put('clerk', 'resolution', { resolution: 'waived', note: '已说明' })
    expect((await agree(true)).body.code).toBe('conflict-not-proposed')
    expect((await propose()).body).toMatchObject({
      resolution: null,
      proposed: { resolution: 'waived', note: '已说明' }
    })
    expect((await put('clerk', 'agreement', { agree: true })).body.code).toBe('not-permitted')
    expect((await agree(false)).body).toMatchObject({ resolution: null, proposed: null })
    await propose()
    expect((await agree(true)).body).toMatchObject({ resolution: 'waived', note: '已说明' })
    expect((await agree(true)).status).toBe(200)
    expect((await agree(false)).body.code).toBe('conflict-resolved')
    const nowhere = {
      method: 'PUT',
      url: '/v1/boarding/conflicts/999999/resolution',
      headers: await as('clerk')
    } as const
    expect((await call({ ...nowhere, payload: { resolution: 'waived' } })).body.code).toBe('conflict-not-found')
  })

  test('at two gates: the first by time is the use, the other the double, whichever is sent first', async () => {
    const [here, there] = [openLog(one, gates[0]!.id), openLog(two, gates[1]!.id)]
    const ticketNo = await buy()
    const second = there.scan(ticketNo, before(10))
    expect(said(await there.send([second]))).toEqual(['accepted'])
    expect(said(await here.send([here.scan(ticketNo, before(20))]))).toEqual(['double-use'])
    const { body } = await call({ url: '/v1/boarding/conflicts', headers: await as('operator') })
    expect(body[0]).toMatchObject({ kind: 'double-use', gate: 2, against: { gate: 1 }, owed: 6700 })
    const online = {
      gate: gates[2]!.id,
      nonce: randomUUID(),
      document: { kind: '01', number: '440100199003072033' }
    } as const
    expect((await checkIn(parts, online, 'gate:one', before(5))).code).toBe('no-ticket-for-document')
    // What does not count cannot be taken back; what does can, once it has been sent.
    const undo = async (device: TestDevice, gate: number, nonce: string) => {
      const url = `/v1/boarding/gates/${gate}/scans/${nonce}`
      const authorization = signRequest(device, { method: 'DELETE', url, body: '' }, time.now)
      const { status, body: answer } = await call({ method: 'DELETE', url, headers: { authorization } })
      return status === 204 ? 'undone' : answer.code
    }
    const [alone, again] = [openLog(one, gates[0]!.id), await buy()]
    const taken = alone.scan(again, before(9))
    expect(await undo(one, gates[0]!.id, taken.nonce)).toBe('check-not-found')
    expect(said(await alone.send([taken]))).toEqual(['accepted'])
    expect(await undo(one, gates[0]!.id, taken.nonce)).toBe('undone')
    expect(await undo(one, gates[0]!.id, taken.nonce)).toBe('undone')
    expect(await stateOf(again)).toBe('ISSUED')
    expect(await undo(two, gates[1]!.id, second.nonce)).toBe('check-not-undoable')
    const third = openLog(two, gates[1]!.id)
    expect(said(await third.send([third.scan(ticketNo, before(15))]))).toEqual(['double-use'])
    expect(await stateOf(ticketNo)).toBe('CHECKED')
  })

  test('prove themselves by the code they saw', async () => {
    const { scan, send } = openLog(one, gates[0]!.id)
    const [seen, unseen] = [await buy(), await buy()]
    const { payload } = await showCode(parts, { ticketNo: seen, form: 'phone' }, buyer, before(20))
    const code = { means: 'code', edition: 0, issuerKey: 1, documentChecked: false, code: payload } as const
    const answer = await send([scan(seen, before(20), code), scan(unseen, before(19), code)])
    expect(said(answer)).toEqual(['accepted', 'unproven'])
    expect(await stateOf(unseen)).toBe('ISSUED')
  })

  test('of a code that a re-issue had ended use nothing; of one ended later they do', async () => {
    const { scan, send } = openLog(one, gates[0]!.id)
    const passengers = [person(), person()]
    const tickets = [await buy(passengers[0]), await buy(passengers[1])]
    const codes = await Promise.all(
      tickets.map(async (ticketNo) => (await showCode(parts, { ticketNo, form: 'phone' }, buyer, before(40))).payload)
    )
    for (const [index, ticketNo] of tickets.entries()) {
      const request = { ticketNo, document: passengers[index]!.document!, reason: 'lost' } as const
      await reissueTicket(parts, { id: randomUUID(), request }, clerk, before(30))
    }
    const code = { means: 'code', edition: 0, issuerKey: 1 } as const
    const answer = await send([
      scan(tickets[0]!, before(20), { ...code, code: codes[0]! }),
      scan(tickets[1]!, before(35), { ...code, code: codes[1]! })
    ])
    expect(said(answer)).toEqual(['revoked-credential', 'accepted'])
  })

  test('with lists too old, a clock astray or tickets unknown: each its own conflict, none lost', async () => {
    const { scan, send } = openLog(one, gates[0]!.id)
    const tickets = [await buy(), await buy(), await buy()]
    const stale = scan(tickets[0]!, before(20), { listsAgeSeconds: 73 * 3600 })
    expect(said(await send([stale, scan('44010003207B99999999', before(19))]))).toEqual([
      'stale-list',
      'unknown-ticket'
    ])
    // Its clock lost ten minutes since the sync, half of them by the time of the scan.
    const now = before(0)
    const slow = scan(tickets[1]!, before(20), { listsAgeSeconds: 1800 })
    expect(said(await send([slow], now, { sentAt: new Date(before(0).getTime() - 600_000).toISOString() }))).toEqual([
      'clock-off'
    ])
    expect(await stateOf(tickets[0]!)).toBe('CHECKED')
    expect(await stateOf(tickets[1]!)).toBe('CHECKED')
  })

  test('decided by us already, the answer lost on the way, are the same scan', async () => {
    const { scan, send } = openLog(one, gates[0]!.id)
    const passenger = person()
    const ticketNo = await buy(passenger)
    const lost = scan(ticketNo, before(20))
    const asked = { gate: gates[0]!.id, nonce: lost.nonce, document: passenger.document! }
    expect((await checkIn(parts, asked, 'gate:one', before(20))).result).toBe('OPEN')
    expect(said(await send([lost]))).toEqual(['accepted'])
    // We had said no, too early; the gate never heard it and opened.
    const other = scan(await buy(), before(20))
    const early = { ...asked, nonce: other.nonce }
    expect((await checkIn(parts, early, 'gate:one', before(130))).result).toBe('REFUSED')
    expect(said(await send([other]))).toEqual(['accepted'])
    expect(said(await send([other]))).toEqual(['accepted'])
    expect(await stateOf(other.ticketNo!)).toBe('CHECKED')
  })

  test('are taken from a gate’s own device, into a log of that gate', async () => {
    const { scan, send, log } = openLog(one, gates[0]!.id)
    await send([scan(null, before(20), { result: 'REFUSED', refusal: 'code-unreadable' })])
    const elsewhere = openLog(one, gates[1]!.id)
    expect((await elsewhere.send([])).code).toBe('gate-elsewhere')
    expect((await openLog(two, gates[1]!.id).send([], before(0), { log })).code).toBe('log-elsewhere')
  })
})
