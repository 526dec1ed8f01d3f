// A participant is held and released by two persons, one proposal at a time.
import { expect, it } from 'vitest'
import { createTestDatabase } from '../../test-database.ts'
import { approveHold, proposeHold } from './hold-participant.ts'
import { listHolds } from './hold-queries.ts'
import { findParticipant } from '../participant-queries.ts'
import { seedParticipants } from '../seed-participants.ts'

const { sql } = await createTestDatabase()
const now = new Date('2026-03-03T02:30:00+08:00')
await seedParticipants(sql)
const propose = async (action: 'hold' | 'release', participant = '12215840') =>
  await proposeHold({ sql }, { participant, action, reason: '保证金不足', maker: 'a' }, now)
const state = async () => (await findParticipant(sql, '12215840'))!.state

it('is held when another approves, and not before', async () => {
  const { id } = await propose('hold')
  await expect(propose('hold')).rejects.toMatchObject({ code: 'hold-not-possible' })
  await expect(approveHold({ sql }, id, { checker: 'a', now })).rejects.toMatchObject({ code: 'second-person-needed' })
  expect(await state()).toBe('active')
  await approveHold({ sql }, id, { checker: 'b', now })
  expect(await state()).toBe('suspended')
  await expect(approveHold({ sql }, id, { checker: 'b', now })).rejects.toMatchObject({ code: 'hold-not-possible' })
  await expect(propose('hold')).rejects.toMatchObject({ code: 'hold-not-possible' })
})

it('is released the same way, and who is nobody cannot be held', async () => {
  const { id } = await propose('release')
  await approveHold({ sql }, id, { checker: 'b', now })
  expect(await state()).toBe('active')
  expect((await listHolds(sql, 10)).map(({ action, checker }) => [action, checker])).toEqual([
    ['release', 'b'],
    ['hold', 'b']
  ])
  await expect(propose('hold', '99999999')).rejects.toMatchObject({ code: 'participant-not-found' })
  await expect(approveHold({ sql }, 999, { checker: 'b', now })).rejects.toMatchObject({ code: 'hold-not-found' })
})
