import { execFile } from 'node:child_process'
import { randomFillSync, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { plainSm2KeyPair, plainSm2Sign } from '../../../card-crypto/sm2-plain.ts'
import { sm2Sign } from '../../../card-crypto/sm2.ts'
import { sm2GenerateKeyPair } from '../../../card-crypto/sm2-keys.ts'
import { refundTickets } from '../../ticketing/refunds/refund-tickets.ts'
import { buyer, createTestSale, person, today } from '../../ticketing/test-sale.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import type { CheckRequest } from '../boarding-schemas.ts'
import { checkIn } from '../check-in.ts'
import { revokeIssuerKey, rotateIssuerKey } from '../issuer-keys/rotate-issuer-key.ts'
import { decodeBase45, encodeBase45 } from './base45.ts'
import { deviceProofMessage } from './register-device.ts'
import { showCode } from './show-code.ts'
import { deviceMessage, encodeDeviceMoment, encodeTicketCode, parseTicketCode } from './ticket-code.ts'

const world = await createTestSale()
const { sql, keys, paying, time, call, find, sell } = world
const parts = { sql, keys }
const random = (length: number): Uint8Array => randomFillSync(new Uint8Array(length))
let coach: Departure
let gate: number
let operator: object
let clerk: object

beforeAll(async () => {
  const coaches = (await find('天河客运站', '惠州汽车总站', addDays(today, 1))).filter(({ line }) => line === 'SL001')
  coach = coaches[5]!
  const [row] = await sql<{ id: number }[]>`
    select gate.id from gate join place on place.id = gate.place where place.code = ${coach.from.place} and number = 3`
  gate = row!.id
  time.now = before(60)
  operator = await world.as('operator')
  clerk = await world.as('clerk')
})

const before = (minutes: number, seconds = 0): Date =>
  new Date(coach.departsAt.getTime() - minutes * 60_000 - seconds * 1000)
const ticketOf = async (holder = person(), departure = coach) => (await sell(departure, [holder])).coupons[0]!.ticketNo!
const codeOf = async (ticketNo: string, now = before(20), form: 'phone' | 'slip' = 'phone') =>
  (await showCode(parts, { ticketNo, form }, buyer, now)).payload
const answerTo = async (code: string, now = before(20), about: Partial<CheckRequest> = {}) => {
  const answer = await checkIn(parts, { gate, nonce: randomUUID(), code, ...about }, 'gate:one', now)
  return answer.code ?? answer.result
}
const ask = async (method: 'GET' | 'POST' | 'PUT', url: string, headers: object, payload?: object) =>
  await call({ method, url, headers: { ...headers }, ...(payload ? { payload } : {}) })

describe('a phone with a key of its own', () => {
  const bound = async (ticketNo: string, pair = plainSm2KeyPair(random)) => {
    const proof = plainSm2Sign(pair.privateKey, deviceProofMessage(ticketNo), random)
    const payload = { publicKey: pair.publicKey.toBase64(), proof: proof.toBase64() }
    const answer = await ask('PUT', `/v1/tickets/${ticketNo}/device`, clerk, payload)
    const staticPart = answer.status === 200 ? Uint8Array.fromBase64(answer.body.staticPart) : new Uint8Array()
    const show = (now: Date, key = pair.privateKey) =>
      encodeTicketCode(staticPart, encodeDeviceMoment(now, plainSm2Sign(key, deviceMessage(staticPart, now), random)))
    return { answer, pair, show }
  }

  test('makes its own codes: good for a minute, by its own hand only, and once', async () => {
    time.now = before(30)
    const ticketNo = await ticketOf()
    const { answer, pair, show } = await bound(ticketNo)
    expect(answer).toMatchObject({ status: 200, body: { ticketNo, refreshSeconds: 30 } })
    expect(await answerTo(show(before(20, 61)))).toBe('code-stale')
    expect(await answerTo(show(before(18)))).toBe('code-ahead')
    expect(await answerTo(show(before(20), plainSm2KeyPair(random).privateKey))).toBe('device-signature-invalid')
    const again = await bound(ticketNo, pair)
    expect(again.answer.body.staticPart).toBe(answer.body.staticPart)
    expect(await answerTo(show(before(20, 50)))).toBe('OPEN')
    expect(await answerTo(show(before(20)))).toBe('already-checked')
  })

  test('must hold the key it names, and is one of three at most until the codes are ended', async () => {
    time.now = before(30)
    const ticketNo = await ticketOf()
    const { publicKey } = plainSm2KeyPair(random)
    const stranger = plainSm2Sign(plainSm2KeyPair(random).privateKey, deviceProofMessage(ticketNo), random)
    const payload = { publicKey: publicKey.toBase64(), proof: stranger.toBase64() }
    const refused = await ask('PUT', `/v1/tickets/${ticketNo}/device`, clerk, payload)
    expect(refused.body.code).toBe('device-proof-invalid')
    const first = await bound(ticketNo)
    await bound(ticketNo)
    await bound(ticketNo)
    expect((await bound(ticketNo)).answer.body.code).toBe('devices-too-many')
    const ending = await ask('PUT', `/v1/credential-endings/${randomUUID()}`, clerk, { ticketNo, reason: 'phone-lost' })
    expect(ending).toMatchObject({ status: 200, body: { edition: 1 } })
    expect(await answerTo(first.show(before(20)))).toBe('credential-revoked')
    const fresh = await bound(ticketNo)
    expect(await answerTo(fresh.show(before(20)))).toBe('OPEN')
  })
})

describe('credentials are ended', () => {
  test('without touching the ticket, once for one id, and not for a ticket that is used', async () => {
    time.now = before(30)
    const [ticketNo, other] = [await ticketOf(), await ticketOf()]
    const old = await codeOf(ticketNo)
    const id = randomUUID()
    const end = async (payload: object, by = id) => await ask('PUT', `/v1/credential-endings/${by}`, clerk, payload)
    expect((await end({ ticketNo, reason: 'shared' })).body).toMatchObject({ ticketNo, reason: 'shared', edition: 1 })
    expect((await end({ ticketNo, reason: 'shared' })).body).toMatchObject({ edition: 1 })
    expect((await end({ ticketNo: other, reason: 'shared' })).body.code).toBe('reissue-id-reused')
    expect((await end({ ticketNo, reason: 'fraud' })).body.code).toBe('reissue-id-reused')
    expect(await answerTo(old)).toBe('credential-revoked')
    expect(await answerTo(await codeOf(ticketNo))).toBe('OPEN')
    expect((await end({ ticketNo, reason: 'fraud' }, randomUUID())).body.code).toBe('ticket-not-reissuable')
  })
})

describe('everything that is no good ticket ends in its own refusal, and nothing is consumed', () => {
  test('forged, altered, of another time, day, key, person, or no ticket code at all', async () => {
    const holder = person()
    const ticketNo = await ticketOf(holder)
    const code = await codeOf(ticketNo)
    const bytes = decodeBase45(code.slice(3))!
    const flipped = (at: number) => `LN:${encodeBase45(bytes.with(at, bytes[at]! ^ 1))}`
    const forger = sm2GenerateKeyPair()
    const signed = bytes.subarray(0, 44)
    const forged = `LN:${encodeBase45(new Uint8Array([...signed, ...sm2Sign(forger.privateKey, signed), ...bytes.subarray(108)]))}`
    const tomorrow = (await find('天河客运站', '惠州汽车总站', addDays(today, 2))).find(({ line }) => line === 'SL001')!
    const another = await ticketOf(person(), tomorrow)
    const gone = await ticketOf()
    const goneCode = await codeOf(gone)
    const slip = await codeOf(gone, before(20), 'slip')
    await refundTickets(paying, { id: randomUUID(), request: { tickets: [gone], amount: 6030 } }, buyer, before(150))
    const stranger = { documentNumber: person().document!.number }
    const cases: [string, string, Date, Partial<CheckRequest>, string][] = [
      ['forged by another key', forged, before(20), {}, 'signature-invalid'],
      ['a bit flipped in what was signed', flipped(36), before(20), {}, 'signature-invalid'],
      ['a bit flipped in the signature', flipped(60), before(20), {}, 'signature-invalid'],
      ['a bit flipped in the moment', flipped(110), before(20), {}, 'code-stale'],
      ['of a key we do not have', flipped(3), before(20), {}, 'issuer-unknown'],
      ['cut off', code.slice(0, 150), before(20), {}, 'code-truncated'],
      ['in small letters', code.toLowerCase(), before(20), {}, 'code-altered'],
      ['as base64', `LN:${bytes.toBase64()}`, before(20), {}, 'code-altered'],
      ['before its time', await codeOf(ticketNo, before(121)), before(121), {}, 'check-in-not-open'],
      ['after its time', await codeOf(ticketNo, before(-1)), before(-1), {}, 'check-in-closed'],
      ['of another day', await codeOf(another), before(20), {}, 'wrong-day'],
      ['a screenshot', await codeOf(ticketNo, before(22)), before(20), {}, 'code-stale'],
      ['somebody else’s', code, before(20), stranger, 'document-mismatch'],
      ['a slip without its document', await codeOf(ticketNo, before(20), 'slip'), before(20), {}, 'document-required'],
      ['refunded', goneCode, before(20), {}, 'ticket-refunded'],
      ['a slip of a refunded ticket', slip, before(20), stranger, 'document-mismatch'],
      ['a bus-ride code', new Uint8Array(340).fill(7).with(0, 0x80).toHex(), before(20), {}, 'ride-code'],
      ['a URL', 'https://example.com/t/1', before(20), {}, 'web-address'],
      ['binary noise', String.fromCharCode(...random(300)), before(20), {}, 'code-unreadable'],
      ['4 KB', `LN:${'0'.repeat(4093)}`, before(20), {}, 'code-too-long']
    ]
    for (const [what, shown, now, about, answer] of cases)
      expect(`${what}: ${await answerTo(shown, now, about)}`).toBe(`${what}: ${answer}`)
    const [state] = await sql`select state from coupon where ticket_no = ${ticketNo}`
    expect(state!['state']).toBe('ISSUED')
    expect(await answerTo(code)).toBe('OPEN')
    expect(await answerTo(code)).toBe('already-checked')
  })

  test('more than 4 KB is not even read', async () => {
    const headers = await world.as('gate')
    const payload = { gate, nonce: randomUUID(), code: 'x'.repeat(4097) }
    expect((await ask('POST', '/v1/boarding/checks', headers, payload)).status).toBe(400)
  })
})

describe('the issuer’s keys', () => {
  test('rotate with two accepted at a time; an old one ends, a revoked one at once, and codes are signed anew', async () => {
    time.now = before(60)
    const [ticketNo, second] = [await ticketOf(), await ticketOf()]
    const holder = person()
    const third = await ticketOf(holder)
    const keyOf = (text: string) => {
      const code = parseTicketCode(text)
      return typeof code === 'string' ? code : code.claims.issuerKey
    }
    const old = await codeOf(ticketNo)
    const [current] = (await ask('GET', '/v1/issuer-keys', operator)).body
    expect(keyOf(old)).toBe(current.version)
    const rotated = await ask('POST', '/v1/issuer-keys', operator, { overlapDays: 2 })
    expect(rotated.status).toBe(201)
    expect(rotated.body).toMatchObject([{ acceptedUntil: null }, { acceptedUntil: expect.any(String) as string }])
    expect((await ask('POST', '/v1/issuer-keys', operator, { overlapDays: 2 })).body.code).toBe('issuer-keys-two')
    expect(keyOf(await codeOf(ticketNo))).toBe(current.version + 1)
    expect(await answerTo(old)).toBe('OPEN')
    // A slip printed with the new key, and that key revoked: only what is signed with the next one counts.
    const slip = await codeOf(second, before(20), 'slip')
    expect((await ask('PUT', '/v1/issuer-keys/99/revocation', operator)).body.code).toBe('issuer-key-not-found')
    const revoked = await ask('PUT', `/v1/issuer-keys/${current.version + 1}/revocation`, operator)
    expect(revoked.body[0]).toMatchObject({ version: current.version + 2, acceptedUntil: null, revokedAt: null })
    expect(await answerTo(slip)).toBe('issuer-revoked')
    expect(await answerTo(await codeOf(second))).toBe('OPEN')
    // Past its overlap the first key is retired, and the next rotation is free.
    const later = new Date(time.now.getTime() + 3 * 86_400_000)
    await sql.begin(async (tx) => {
      await tx`select set_config('app.tx', 'test', true)`
      await tx`update issuer_key set accepted_until = ${before(30)} where version = ${current.version}`
    })
    expect(await answerTo(old)).toBe('issuer-retired')
    expect(await rotateIssuerKey(parts, { overlapDays: 1, by: 'operator:one' }, later)).toHaveLength(4)
    await revokeIssuerKey(parts, { version: current.version, by: 'operator:one' }, later)
    expect(await answerTo(await codeOf(third))).toBe('OPEN')
  })
})

test('the command line verifies a code against saved lists, without a database', async () => {
  time.now = before(20)
  const holder = person()
  const ticketNo = await ticketOf(holder)
  const headers = await world.as('gate')
  const keyList = await ask('GET', `/v1/boarding/gates/${gate}/keys`, headers)
  const manifest = await ask('GET', `/v1/boarding/gates/${gate}/manifest`, headers)
  const folder = await mkdtemp(join(tmpdir(), 'verify-'))
  const lists = join(folder, 'lists.json')
  await writeFile(lists, JSON.stringify({ keys: keyList.body, manifest: manifest.body }))
  const verify = async (...given: string[]) =>
    await new Promise<{ status: number; said: Record<string, unknown> }>((resolve) => {
      const command = [
        join(import.meta.dirname, '../verify-command.ts'),
        '--lists',
        lists,
        '--at',
        time.now.toISOString()
      ]
      execFile(process.execPath, [...command, ...given], (error, stdout) => {
        resolve({ status: Number(error?.code ?? 0), said: JSON.parse(stdout || '{}') as Record<string, unknown> })
      })
    })
  const code = await codeOf(ticketNo)
  expect(await verify(code)).toMatchObject({ status: 0, said: { opens: true, ticketNo, listed: true } })
  expect(await verify('--boarding', '1', code)).toMatchObject({ status: 1, said: { code: 'wrong-departure' } })
  expect(await verify('--document', holder.document!.number)).toMatchObject({
    status: 0,
    said: { opens: true, ticketNo }
  })
  expect(await verify('--document', person().document!.number, code)).toMatchObject({
    status: 1,
    said: { code: 'document-mismatch', message: '证件与车票不符' }
  })
  expect(await verify('https://example.com')).toMatchObject({ status: 1, said: { code: 'web-address' } })
  expect((await verify()).status).toBe(2)
  await rm(folder, { recursive: true })
})
