import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { calendarDay } from '../../../clearing/business-day.ts'
import { afterAll, expect, it } from 'vitest'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { createTestApp } from '../../test-app.ts'
import { acceptRides } from '../test-rides.ts'
import { readerSocket } from './card-reader.ts'
import { startSimulatedReader } from './simulated-reader.ts'

const { parts, time, as, call } = await createTestApp()
await seedParticipants(parts.sql)
const headers = await as('clerk')
const post = async (url: string, payload: object) => (await call({ method: 'POST', url, headers, payload })).body
const cardNumber = '3104870366000000001'
const { dataFolder } = parts.config

it('a reader that is not there, an empty one and a card that was taken away are told apart; a card comes back as it was left', async () => {
  expect((await post('/v1/card-reader/ask', { amount: 100 })).code).toBe('reader-away')
  const kept = join(dataFolder, 'cards.json')
  let reader = await startSimulatedReader(readerSocket(dataFolder), kept)
  afterAll(() => void reader.close())
  expect((await post('/v1/card-reader/ask', { amount: 100 })).code).toBe('reader-empty')
  const operator = await as('operator')
  const agent = { name: '代理点', operator: '12205810', keeper: 'clerk', state: 'active', creditFen: 100_000 }
  await call({ method: 'PUT', url: '/v1/load-agents/A01', headers: operator, payload: agent })
  expect(await post('/v1/card-reader/lay', { cardNumber })).toEqual({ cardNumber, balance: 0 })
  const load = async (tear: 'before' | null) => {
    const card = await post('/v1/card-reader/ask', { amount: 2000 })
    const body = { cardNumber, amount: 2000, agent: 'A01', card }
    const begun = await call({ method: 'PUT', url: `/v1/card-loads/${randomUUID()}`, headers, payload: body })
    const { dateTime, mac2 } = begun.body
    return await post('/v1/card-reader/credit', { dateTime, mac2, tear })
  }
  expect((await load(null)).tac).toMatch(/^[0-9A-F]{8}$/)
  expect((await load('before')).code).toBe('card-no-answer')
  await new Promise((done) => reader.close(done))
  reader = await startSimulatedReader(readerSocket(dataFolder), kept)
  expect(await post('/v1/card-reader/lay', { cardNumber })).toEqual({ cardNumber, balance: 2000 })
})

it('the desk sees a day’s cards, terminals and transactions by algorithm', async () => {
  await acceptRides(
    parts.sql,
    [{ number: cardNumber, at: time.now, counter: 1, amount: 200, balanceBefore: 900 }],
    time.now
  )
  const url = `/v1/card-algorithms?day=${calendarDay(time.now)}`
  const { body } = await call({ method: 'GET', url, headers: await as('operator') })
  expect(body.issuers).toMatchObject([{ issuer: '02205810', desTransactions: 0, sm4Transactions: 1, sm4Cards: 1 }])
  expect(body.acquirers).toMatchObject([{ acquirer: '12215840', terminals: 1, sm4Terminals: 1 }])
})
