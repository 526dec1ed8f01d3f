import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../../../clearing/business-day.ts'
import { fen } from '../../../../clearing/money.ts'
import type { IdentityDocument } from '../../../identity/document-rules.ts'
import { refundTickets } from '../../../ticketing/refunds/refund-tickets.ts'
import { buyer, clerk, createTestSale, person, readable, today } from '../../../ticketing/test-sale.ts'
import type { Departure } from '../../../timetable/timetable-schemas.ts'
import { tagOfDocument } from '../../credentials/departure-key.ts'
import { reissueTicket } from '../../credentials/reissues/reissue-ticket.ts'
import type { GateManifest, GatePolicy, KeyList, RevocationDelta } from '../gate-schemas.ts'
import { enrolTestDevice, type TestDevice } from '../test-device.ts'
import { checkFreshness, freshnessOf } from './freshness-rules.ts'

const sale = await createTestSale()
const { sql, keys, paying, find, sell, call, as, time } = sale
const parts = { sql, keys }
let coach: Departure
let gate: number
let device: TestDevice

beforeAll(async () => {
  coach = (await find('天河客运站', '惠州汽车总站', addDays(today, 1))).filter(({ line }) => line === 'SL001')[3]!
  const [row] = await sql<{ id: number }[]>`
    select gate.id from gate join place on place.id = gate.place where place.code = ${coach.from.place} and number = 2`
  gate = row!.id
  device = await enrolTestDevice(sale, gate)
})

const before = (minutes: number): Date => new Date(coach.departsAt.getTime() - minutes * 60_000)
const buy = async (passenger = person()) => (await sell(coach, [passenger])).coupons[0]!.ticketNo!
const get = async <Answer>(what: string, headers = {}): Promise<Answer & { etag: string; status: number }> => {
  const answer = await device.ask({ url: `/v1/boarding/gates/${gate}/${what}`, headers })
  return { ...answer.body, etag: answer.headers['etag'], status: answer.status }
}
const refund = async (ticketNo: string, amount: number, now: Date) =>
  await refundTickets(paying, { id: randomUUID(), request: { tickets: [ticketNo], amount: fen(amount) } }, buyer, now)

describe('the lists of a gate', () => {
  test('have its departures and tickets, with what stands for a document and never the document', async () => {
    time.now = before(150)
    const passenger = person()
    const ticketNo = await buy(passenger)
    const manifest = await get<GateManifest>('manifest?hours=4')
    expect(manifest).toMatchObject({ gate, number: 2, passage: 'boarding', full: true, place: coach.from.place })
    const departure = manifest.departures.find(({ id }) => id === coach.id)!
    expect(new Date(departure.departsAt)).toEqual(coach.departsAt)
    expect(new Date(departure.notBefore)).toEqual(before(120))
    const ticket = manifest.tickets.find((each) => each.ticketNo === ticketNo)!
    expect(ticket).toMatchObject({ state: 'ISSUED', edition: 0, departure: coach.id, leg: 1, checkedAt: null })
    const key = Buffer.from(departure.key, 'base64')
    const tag = Buffer.from(tagOfDocument(key, passenger.document as IdentityDocument)).toString('base64')
    expect(ticket.documentTag).toBe(tag)
    const said = JSON.stringify(manifest)
    expect(said).not.toContain(passenger.document!.number)
    expect(said).not.toContain(passenger.name)
    // Nobody's who boards elsewhere, and no departure of tomorrow night.
    expect(manifest.departures.every(({ departsAt }) => new Date(departsAt) <= before(-90))).toBe(true)
  })

  test('grow by what changed: a sale, a refund, a re-issue, each in the next answer and then no more', async () => {
    time.now = before(150)
    const passenger = person()
    const [kept, gone, lost] = [await buy(), await buy(), await buy(passenger)]
    await readable(sql)
    const first = await get<GateManifest>('manifest?hours=4')
    await refund(gone, 6030, time.now)
    const request = { ticketNo: lost, document: passenger.document!, reason: 'lost' } as const
    await reissueTicket(parts, { id: randomUUID(), request }, clerk, time.now)
    const fresh = await buy()
    await readable(sql)
    const next = await get<GateManifest>(`manifest?hours=4&since=${first.version}`)
    const states = next.tickets.map(({ ticketNo, state, edition }) => [ticketNo, state, edition])
    expect(next.full).toBe(false)
    expect(states).toContainEqual([gone, 'REFUNDED', 0])
    expect(states).toContainEqual([lost, 'ISSUED', 1])
    expect(states).toContainEqual([fresh, 'ISSUED', 0])
    expect(states.map(([ticketNo]) => ticketNo)).not.toContain(kept)
    const delta = await get<RevocationDelta>(`revocations?hours=4&since=${first.version}`)
    expect(delta.revocations).toContainEqual({ ticketNo: gone, departure: coach.id, state: 'REFUNDED', edition: 0 })
    const all = await get<RevocationDelta>('revocations?hours=4')
    expect(all.revocations.map(({ ticketNo }) => ticketNo)).not.toContain(kept)
    expect(all.revocations).toContainEqual({ ticketNo: lost, departure: coach.id, state: 'ISSUED', edition: 1 })
    expect((await get<GateManifest>(`manifest?hours=4&since=${next.version}`)).tickets).toEqual([])
    expect((await get<GateManifest>('manifest?hours=4&since=9007199254740991')).full).toBe(true)
  })

  test('list a departure whole that comes into their hours', async () => {
    const ticketNo = await buy()
    time.now = before(300)
    const early = await get<GateManifest>('manifest?hours=4')
    expect(early.tickets.map((ticket) => ticket.ticketNo)).not.toContain(ticketNo)
    time.now = before(200)
    const until = new Date(early.until).toISOString()
    const later = await get<GateManifest>(`manifest?hours=4&since=${early.version}&listedUntil=${until}`)
    expect(later.full).toBe(false)
    expect(later.tickets.map((ticket) => ticket.ticketNo)).toContain(ticketNo)
  })

  test('are not sent again while nothing differs', async () => {
    time.now = before(150)
    const first = await get<GateManifest>('manifest?hours=4')
    time.now = before(149)
    expect((await get('manifest?hours=4', { 'if-none-match': first.etag })).status).toBe(304)
    await buy()
    expect((await get('manifest?hours=4', { 'if-none-match': first.etag })).status).toBe(200)
    const list = await get<KeyList>('keys')
    expect(list.keys[0]).toMatchObject({ version: 1, acceptedUntil: null, revokedAt: null })
    expect((await get('keys', { 'if-none-match': list.etag })).status).toBe(304)
  })

  test('are for the gate’s own device', async () => {
    const elsewhere = await device.ask({ url: `/v1/boarding/gates/${gate + 1}/manifest` })
    expect(elsewhere.body.code).toBe('gate-elsewhere')
    const person = await call({ url: `/v1/boarding/gates/${gate}/keys`, headers: await as('gate') })
    expect(person.status).toBe(200)
    expect((await call({ url: '/v1/boarding/gates/999999/keys', headers: await as('gate') })).body.code).toBe(
      'gate-not-found'
    )
  })
})

describe('freshness', () => {
  const policy: GatePolicy = {
    mixedEarlierMinutes: 0,
    mixedLaterMinutes: 0,
    documentAlways: false,
    listsWarnMinutes: 10,
    listsAskDocumentMinutes: 60,
    listsRefuseMinutes: 120,
    clockOffSecondsMax: 60
  }
  // age in minutes, clock error in seconds → freshness, without and with the document
  test.each([
    [null, 0, 'never', 'lists-stale', 'lists-stale'],
    [10, 0, 'fresh', null, null],
    [11, 0, 'warn', null, null],
    [61, 0, 'document', 'document-required', null],
    [121, 0, 'stopped', 'lists-stale', 'lists-stale'],
    [5, 61, 'fresh', 'gate-clock-wrong', 'gate-clock-wrong']
  ] as const)('lists of %s minutes, clock off by %s s: %s', (...[minutes, off, freshness, without, withDocument]) => {
    const seconds = minutes === null ? null : minutes * 60
    expect(freshnessOf(seconds, policy)).toBe(freshness)
    const check = (documentChecked: boolean) =>
      checkFreshness({ documentChecked, listsAgeSeconds: seconds, clockErrorSeconds: off }, policy)
    expect([check(false), check(true)]).toEqual([without, withDocument])
  })

  test('of every gate is seen by the station, by the rules published for its place', async () => {
    time.now = before(150)
    await get('manifest?hours=4')
    await buy()
    time.now = before(120)
    const place = coach.from.place
    const shown = async () =>
      (await call({ url: `/v1/gate-devices?place=${place}`, headers: await as('clerk') })).body.find(
        (each: { device: string }) => each.device === device.device
      )
    expect(await shown()).toMatchObject({ listsAgeSeconds: 1800, freshness: 'warn', listsBehind: 1 })
    const published = await call({
      method: 'POST',
      url: '/v1/boarding/gate-policies',
      headers: await as('operator'),
      payload: { place, terms: { ...policy, listsAskDocumentMinutes: 20 }, note: '试行' }
    })
    expect(published.body.find((each: { place: string }) => each.place === place)).toMatchObject({ note: '试行' })
    expect((await shown()).freshness).toBe('document')
    expect((await get<KeyList>('keys')).policy.listsAskDocumentMinutes).toBe(20)
    const nowhere = { place: '999999999', terms: policy, note: '' }
    const headers = await as('operator')
    const refused = await call({ method: 'POST', url: '/v1/boarding/gate-policies', headers, payload: nowhere })
    expect(refused.body.code).toBe('place-not-found')
    expect((await call({ url: '/v1/boarding/gate-policies', headers })).status).toBe(200)
  })
})
