import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { hex } from '../../../card-crypto/bytes.ts'
import { completeRideCode } from '../../../card-crypto/ride-code.ts'
import { sm2Sign } from '../../../card-crypto/sm2.ts'
import { sm2GenerateKeyPair } from '../../../card-crypto/sm2-keys.ts'
import vector from '../../../card-crypto/vectors/ride-code.json' with { type: 'json' }
import { cutOf, type BusinessDay } from '../../../clearing/business-day.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { closeDay } from '../../../clearing/settlement/close-day.ts'
import { settleDay } from '../../../clearing/settlement/settle-day.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { decideAtCashier } from '../../payments/simulated-cashier.ts'
import { createTestApp } from '../../test-app.ts'
import { collectRides } from './collect-rides.ts'
import { postDebts, postDebtsJob } from './post-debts.ts'

const { parts, time, as, call } = await createTestApp()
const { sql } = parts
const gateway = openGateways(sql)['simulated-cashier']
let clerk: { authorization: string }
let desk: { authorization: string }
const later = (seconds: number) => (time.now = new Date(time.now.getTime() + seconds * 1000))

beforeAll(async () => {
  await seedParticipants(sql)
  clerk = await as('clerk')
  desk = await as('operator')
})

const post = async (path: string, payload: object) =>
  (await call({ method: 'POST', url: `/v1/${path}`, headers: clerk, payload })).body

/** A phone with a virtual card. */
async function phone() {
  const { cardNumber } = await post('cards/issue-virtual', { issuer: '02205810', product: 'VIRTUAL' })
  const pair = sm2GenerateKeyPair()
  const authorise = async () => await post('ride-codes/authorisation', { cardNumber, publicKey: hex(pair.publicKey) })
  const { half } = await authorise()
  const code = async () =>
    (
      await completeRideCode(Uint8Array.fromBase64(half), Math.floor(time.now.getTime() / 1000), async (message) =>
        sm2Sign(pair.privateKey, message)
      )
    ).toBase64()
  const account = async () => await post('ride-codes/account', { cardNumber })
  return { cardNumber, authorise, code, account }
}

const ride = async (code: string, amount = 200, id = randomUUID()) => {
  const payload = { code, acquirer: '12205810', terminal: '581000000001', amount, at: time.now.toISOString() }
  return { id, ...(await call({ method: 'PUT', url: `/v1/rides/${id}`, headers: desk, payload })) }
}

/** What the ledger says holders owe, after whatever is to be posted was. */
async function postedDebts(): Promise<number> {
  await postDebts(sql, time.now)
  const [row] = await sql<{ owed: number }[]>`
    select coalesce(-sum(entry.amount), 0)::integer as owed from journal join journal_entry as entry on entry.journal = journal.id
    join account on account.id = entry.account where journal.kind = 'ride-debts' and account.kind = 'receivable'`
  return row!.owed
}

async function owedByHolders(): Promise<number> {
  const [row] = await sql<{ owed: number }[]>`select sum(debt_fen)::integer as owed from ride_account`
  return row!.owed
}

describe('a ride on a phone’s code', () => {
  it('is taken once, and owed; the acquirer has it in the day’s positions', async () => {
    const { code, account } = await phone()
    const shown = await code()
    const first = await ride(shown, 300)
    expect(first).toMatchObject({ status: 200, body: { amount: 300 } })
    expect((await ride(shown, 300, first.id)).status).toBe(200)
    expect((await ride(shown, 200, first.id)).body.code).toBe('ride-differs')
    expect((await ride(shown)).body).toMatchObject({ code: 'ride-code-refused', facts: { reason: 'account-repeated' } })
    later(10)
    expect((await ride(shown)).body.facts.reason).toBe('code-repeated')
    expect((await ride(await code())).body.facts.reason).toBe('ride-too-soon')
    expect(await account()).toMatchObject({ state: 'open', debtFen: 300 })
  })

  it('is refused for each thing a terminal must see', async () => {
    const { code } = await phone()
    const good = Uint8Array.fromBase64(await code())
    const spoilt = async (change: (bytes: Uint8Array) => void) => {
      const bytes = good.slice()
      change(bytes)
      return (await ride(bytes.toBase64())).body.facts?.reason
    }
    expect(await spoilt((bytes) => (bytes[0] = 0x7f))).toBe('version')
    expect(await spoilt((bytes) => (bytes[3] = 0))).toBe('certificate-head')
    expect(await spoilt((bytes) => (bytes[60]! ^= 1))).toBe('certificate-signature')
    expect(await spoilt((bytes) => (bytes[156]! ^= 1))).toBe('issuer-signature')
    expect(await spoilt((bytes) => (bytes[bytes.length - 1]! ^= 1))).toBe('user-signature')
    expect((await ride(`${good.toBase64().slice(0, -4)}!!!!`)).body.facts.reason).toBe('base64')
    // Vector set B is of another root, and of a time of its own.
    expect((await ride(Uint8Array.fromHex(vector.code).toBase64())).body.code).toBe('ride-code-refused')
    expect((await ride(good.toBase64(), 3100)).body.code).toBe('ride-amount-too-high')
    later(400)
    expect((await ride(good.toBase64())).body.facts.reason).toBe('code-expired')
  })

  it('stops when too much is owed; what is not paid is asked for again, then the account is stopped, and paid it is open', async () => {
    const { cardNumber, authorise, code, account } = await phone()
    const taken: string[] = []
    for (const amount of [2500, 2500]) {
      const { id, status } = await ride(await code(), amount)
      expect(status).toBe(200)
      taken.push(id)
      later(61)
    }
    expect((await ride(await code(), 100)).body.code).toBe('ride-debt-too-high')
    expect((await authorise()).code).toBe('ride-account-suspended')
    for (let attempt = 1; attempt <= 3; attempt++) {
      await collectRides({ sql, gateway }, time.now)
      for (const id of taken) await decideAtCashier(sql, `${id}.${attempt}`, 'failure', time.now)
      later(61)
      await collectRides({ sql, gateway }, time.now)
      later(25 * 3600)
    }
    clerk = await as('clerk')
    desk = await as('operator')
    expect(await account()).toMatchObject({ state: 'suspended', debtFen: 5000 })
    expect(await postedDebts()).toEqual(await owedByHolders())
    expect((await ride(await code(), 100)).body.code).toBe('ride-account-suspended')
    await collectRides({ sql, gateway }, time.now)
    for (const id of taken) await decideAtCashier(sql, `${id}.4`, 'success', time.now)
    later(61)
    await collectRides({ sql, gateway }, time.now)
    expect(await account()).toMatchObject({ state: 'open', debtFen: 0 })
    expect(await postedDebts()).toEqual(await owedByHolders())
    expect(await postDebtsJob.due(parts, time.now)).toEqual([])
    expect((await authorise()).half).toBeTypeOf('string')
    expect((await post('ride-codes/account', { cardNumber: '3104870300000000017' })).code).toBe(
      'ride-account-not-found'
    )
    expect(cardNumber).toMatch(/^310/)
  })

  it('is the acquirer’s income of its day', async () => {
    const days = await sql<{ day: BusinessDay; amount: number }[]>`
      select clearing_day as day, sum(amount)::bigint as amount from ride_trip group by 1 order by 1`
    for (const { day, amount } of days) {
      await closeDay(parts.context, day, cutOf(day))
      const { obligations } = await settleDay(parts.context, day, cutOf(day))
      expect(obligations.reduce((sum, each) => sum + each.amount, 0)).toBe(amount)
    }
  })
})
