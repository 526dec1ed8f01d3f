import { beforeAll, describe, expect, it } from 'vitest'
import { fromHex } from '../../../card-crypto/bytes.ts'
import { sm2Verify } from '../../../card-crypto/sm2.ts'
import { transaction } from '../../../clearing/database.ts'
import { openCardFilter } from '../../../clearing/participants/card-filter.ts'
import { replaceHotlist } from '../../../clearing/participants/hotlist-queries.ts'
import { findParticipant } from '../../../clearing/participants/participant-queries.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { createTestApp } from '../../test-app.ts'
import { packageKey } from './make-package.ts'

const { parts, time, as, app, call } = await createTestApp()
const { sql, keys } = parts
let desk: { authorization: string }
const cards = Array.from({ length: 300 }, (_, n) => `31048703${String(10_000_000_000 + n * 3)}`)

beforeAll(async () => {
  await seedParticipants(sql)
  desk = await as('operator')
  for (const n of [1, 2])
    await call({
      method: 'PUT',
      url: `/v1/card-terminals/58100000000${n}`,
      headers: desk,
      payload: { acquirer: '12205810', place: `车 ${n}` }
    })
})

const make = async (payload: object) =>
  (await call({ method: 'POST', url: '/v1/acceptance-packages', headers: desk, payload })).body
const bytesOf = async (path: string) => {
  const answer = await app.inject({ method: 'GET', url: `/v1/acceptance-packages/${path}`, headers: desk })
  return { bytes: answer.rawPayload, headers: answer.headers, status: answer.statusCode }
}
const list = async (numbers: string[]) => {
  time.now = new Date(time.now.getTime() + 60_000)
  const issuer = (await findParticipant(sql, '02205810'))!
  await transaction(sql, async (tx) => await replaceHotlist(tx, issuer.id, numbers, time.now))
  time.now = new Date(time.now.getTime() + 60_000)
}
const numbersIn = (bytes: Buffer) =>
  Array.from({ length: bytes.length / 8 }, (_, n) => String(bytes.readBigUInt64BE(8 * n)))

describe('the hotlist for terminals', () => {
  it('comes whole, as what changed, and as a filter; each signed', async () => {
    await list(cards.slice(0, 200))
    expect(await make({ kind: 'hotlist' })).toMatchObject({ kind: 'hotlist', version: 1, entries: 200, dueAt: null })
    await list(cards.slice(50))
    expect(await make({ kind: 'hotlist' })).toMatchObject({ version: 2, entries: 250 })
    const whole = await bytesOf('hotlist/2')
    expect(numbersIn(whole.bytes)).toEqual(cards.slice(50))
    const key = await keys.publicKey(packageKey)
    expect(sm2Verify(key, whole.bytes, fromHex(String(whole.headers['x-signature'])))).toBe(true)
    const { bytes, headers } = await bytesOf('hotlist/delta?from=1')
    expect([bytes.readUInt32BE(0), bytes.readUInt32BE(4), headers['x-version']]).toEqual([100, 50, '2'])
    const [added, removed] = [numbersIn(bytes.subarray(8, 808)), numbersIn(bytes.subarray(808))]
    const applied = new Set([...cards.slice(0, 200), ...added])
    for (const number of removed) applied.delete(number)
    expect([...applied].sort()).toEqual(cards.slice(50))
    expect(sm2Verify(key, bytes, fromHex(String(headers['x-signature'])))).toBe(true)
    expect(await make({ kind: 'hotlist-filter', bits: 16 })).toMatchObject({ entries: 250 })
    const filter = openCardFilter((await bytesOf('hotlist-filter/1')).bytes)
    const isHot = (number: string) => filter.has(Number(BigInt(number) >> 32n), Number(BigInt(number) & 0xffffffffn))
    expect(cards.map(isHot)).toEqual(cards.map((_, n) => n >= 50))
    expect((await bytesOf('hotlist/9')).status).toBe(404)
    expect((await call({ method: 'GET', url: '/v1/acceptance-packages/hotlist/9', headers: desk })).body.code).toBe(
      'package-not-found'
    )
  })
})

describe('the list of cities', () => {
  const say = async (terminal: number, version: number) =>
    await call({
      method: 'POST',
      url: `/v1/card-terminals/58100000000${terminal}/acknowledgements`,
      headers: desk,
      payload: { kind: 'cities', version }
    })
  const clocks = async () =>
    (await call({ method: 'GET', url: '/v1/acceptance-packages/cities/clocks', headers: desk })).body
  const days = async (count: number) => {
    time.now = new Date(time.now.getTime() + count * 86_400_000)
    desk = await as('operator')
  }

  it('gives terminals 30 days to take a city and 7 to refuse one, and names those that are late', async () => {
    const before = time.now.getTime()
    const joined = await make({ kind: 'cities', cities: ['5810', '5840'] })
    expect(new Date(joined.dueAt).getTime() - before).toBe(30 * 86_400_000)
    expect((await make({ kind: 'cities', cities: ['5840', '5810'] })).code).toBe('package-unchanged')
    expect((await say(1, 1)).status).toBe(204)
    expect((await say(3, 1)).body.code).toBe('package-not-found')
    await days(29)
    expect(await clocks()).toMatchObject([{ version: 1, inTime: 1, late: [] }])
    await days(2)
    expect(await clocks()).toMatchObject([
      { version: 1, late: [{ terminal: '581000000002', place: '车 2', version: 0 }] }
    ])
    const left = await make({ kind: 'cities', cities: ['5810'] })
    expect(new Date(left.dueAt).getTime() - time.now.getTime()).toBe(7 * 86_400_000)
    await say(2, 2)
    await days(8)
    expect(await clocks()).toMatchObject([
      { version: 2, late: [{ terminal: '581000000001', version: 1 }] },
      { version: 1, late: [] }
    ])
  })

  it('prices, parameters and key generations come in versions as well', async () => {
    expect(await make({ kind: 'prices', lines: ['1 200'] })).toMatchObject({
      kind: 'prices',
      version: 1,
      entries: 1
    })
    const { bytes } = await bytesOf('prices/1')
    expect(JSON.parse(bytes.toString('utf8'))).toEqual(['1 200'])
    const all = await call({ method: 'GET', url: '/v1/acceptance-packages', headers: desk })
    expect(all.body.map(({ kind, version }: { kind: string; version: number }) => `${kind} ${version}`)).toContain(
      'hotlist 2'
    )
  })
})
