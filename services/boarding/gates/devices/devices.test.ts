import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { checkChain } from '../../../../card-crypto/certificate-chain.ts'
import { parseCertificate } from '../../../../card-crypto/certificate.ts'
import { sm2GenerateKeyPair } from '../../../../card-crypto/sm2-keys.ts'
import { createTestSale } from '../../../ticketing/test-sale.ts'
import { signingRequestOf } from '../simulated/sign-request.ts'
import { enrolTestDevice, openDevice } from '../test-device.ts'

const sale = await createTestSale()
const { sql, call, as, time } = sale
let gate: number

beforeAll(async () => {
  gate = (await sql<{ id: number }[]>`select id from gate order by id limit 1`)[0]!.id
})

const makeCode = async () =>
  (await call({ method: 'POST', url: `/v1/gates/${gate}/enrolment-codes`, headers: await as('clerk') })).body
    .code as string
const enrol = async (code: string, pair = sm2GenerateKeyPair()) =>
  await call({
    method: 'POST',
    url: '/v1/gate-devices',
    payload: { code, name: '1 号闸机', request: await signingRequestOf(pair) }
  })
const fleet = async () => (await call({ url: '/v1/gate-devices', headers: await as('operator') })).body

test('a code made by the station enrols one device, whose certificate chains to the authority', async () => {
  const [code, pair] = [await makeCode(), sm2GenerateKeyPair()]
  const { status, body } = await enrol(code, pair)
  expect(status).toBe(200)
  const [certificate, authority] = [parseCertificate(body.certificate), parseCertificate(body.authority)]
  expect(certificate.publicKey).toEqual(pair.publicKey)
  expect(certificate.subject.serialNumber).toBe(body.device)
  const trust = { roots: [authority], at: time.now, usage: 'digitalSignature' } as const
  expect(checkChain([certificate], trust)).toBe(null)
  // The answer was lost: the same device asks again, and has the same certificate.
  expect((await enrol(code, pair)).body.certificate).toBe(body.certificate)
  expect((await enrol(code)).body.code).toBe('enrolment-code-wrong')
  expect((await enrol(await makeCode(), pair)).body.code).toBe('device-key-enrolled')
})

test('a code is good for a quarter of an hour, a request only with its own key', async () => {
  const code = await makeCode()
  const began = time.now
  time.now = new Date(began.getTime() + 15 * 60_000)
  expect((await enrol(code)).body.code).toBe('enrolment-code-wrong')
  time.now = began
  expect((await enrol('AAAA-BBBB-CCCC')).body.code).toBe('enrolment-code-wrong')
  const request = (await signingRequestOf(sm2GenerateKeyPair())).replace(/\n(.{10})/, '\nMIIBAAAAAA')
  const payload = { code: await makeCode(), name: 'x', request }
  expect((await call({ method: 'POST', url: '/v1/gate-devices', payload })).body.code).toBe('signing-request-malformed')
  const nowhere = await call({ method: 'POST', url: '/v1/gates/999999/enrolment-codes', headers: await as('clerk') })
  expect(nowhere.body.code).toBe('gate-not-found')
})

test('a signed request is taken once, by our clock, from a device that is in force', async () => {
  const device = await enrolTestDevice(sale, gate)
  const asked = { url: '/v1/sessions/current' }
  const nonce = randomUUID().replaceAll('-', '')
  const first = await device.ask(asked, nonce)
  // Known, but a device keeps no session: it may do what a gate does, and nothing else.
  expect(first.body.code).toBe('not-permitted')
  expect((await device.ask(asked, nonce)).body.code).toBe('request-replayed')
  const stranger = openDevice(sale, device.device, sm2GenerateKeyPair())
  expect((await stranger.ask(asked)).body.code).toBe('signature-invalid')
  expect((await openDevice(sale, randomUUID(), device.pair).ask(asked)).body.code).toBe('signature-invalid')

  const began = time.now
  const late = openDevice({ ...sale, time: { now: new Date(began.getTime() - 301_000) } }, device.device, device.pair)
  const refused = await late.ask(asked)
  expect(refused.body).toMatchObject({ code: 'clock-off', facts: { now: Math.floor(began.getTime() / 1000) } })
})

test('a device that was shut out stays out', async () => {
  const device = await enrolTestDevice(sale, gate)
  const revoke = async (id: string) =>
    await call({
      method: 'POST',
      url: `/v1/gate-devices/${id}/revocation`,
      headers: await as('clerk'),
      payload: { reason: 'stolen' }
    })
  expect((await revoke(device.device)).status).toBe(204)
  expect((await revoke(device.device)).status).toBe(204)
  expect((await revoke(randomUUID())).body.code).toBe('device-not-found')
  expect((await device.ask({ url: '/v1/sessions/current' })).body.code).toBe('device-revoked')
  const row = (await fleet()).find((each: { device: string }) => each.device === device.device)
  expect(row).toMatchObject({ gate, revokedReason: 'stolen', listsAgeSeconds: null, freshness: 'never' })
})
