// DC, BN and ER as files of the interface, and the hotlist an issuer sends in.
import { expect, it } from 'vitest'
import { readListFile, writeListFile } from '../card-files/exchange/list-files.ts'
import { errorCodes } from '../card-files/error-codes.ts'
import { createTestDatabase } from '../test-database.ts'
import { exportList, takeHotlistFile } from './exchange-lists.ts'
import { seedParticipants } from './seed-participants.ts'

const { sql } = await createTestDatabase()
const now = new Date('2026-03-03T02:30:00+08:00')
const later = new Date('2026-03-04T02:30:00+08:00')
await seedParticipants(sql)

const send = async (rows: { issuer: string; cardNumber: string }[], sender = '02205810', at = now) =>
  await takeHotlistFile(sql, { name: `UC260303000000${sender}0000000001A`, bytes: writeListFile('UC', rows) }, at).then(
    ({ listed }) => listed,
    (error: { code: string; facts: { code: string } }) => `${error.code} ${error.facts.code}`
  )
const card = (n: number, bin = '31048703') => ({
  issuer: '02205810',
  cardNumber: `${bin}${String(n).padStart(11, '0')}`
})

it('an issuer’s list replaces its own, and goes out to everybody as of its time', async () => {
  expect(await send([card(1), card(2)])).toBe(2)
  expect(readListFile('DC', await exportList(sql, 'DC', now))).toEqual([card(1), card(2)])
  expect(await send([card(2)], '02205810', later)).toBe(1)
  expect(readListFile('DC', await exportList(sql, 'DC', later))).toEqual([card(2)])
})

it('takes no card of another issuer, and no list of somebody else', async () => {
  expect(await send([card(1, '31048704')])).toBe('list-file-refused 010025')
  expect(await send([card(1)], '12215840')).toBe('list-file-refused 010008')
  expect(await send([card(1)], '09999999')).toBe('list-file-refused 010004')
  const nonsense = { name: 'UC260303000000022058100000000001A', bytes: Buffer.from('x') }
  await expect(takeHotlistFile(sql, nonsense, now)).rejects.toMatchObject({
    code: 'list-file-refused',
    facts: { code: '010010' }
  })
})

it('hands out the BINs in force and every code', async () => {
  const bins = readListFile('BN', await exportList(sql, 'BN', now))
  expect(bins).toContainEqual({ issuer: '02205810', bin: '31048703' })
  await sql`update bin set valid_to = '2026-03-03' where bin = '31048703'`
  expect(readListFile('BN', await exportList(sql, 'BN', later))).toHaveLength(bins.length - 1)
  expect(readListFile('ER', await exportList(sql, 'ER', now))).toHaveLength(errorCodes.length)
})
