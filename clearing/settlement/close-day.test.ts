// Closing a day while files are being accepted into it (R4): who holds the day stays in it, who comes later is in the next, nobody waits.
import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { addDays, clearingDayAt } from '../business-day.ts'
import { transaction } from '../database.ts'
import { holdOpenDay } from '../ingestion/file-queries.ts'
import { createTestDatabase } from '../test-database.ts'
import { findDay, lockDayAgainstClosers, markClosing, openDay } from './clearing-day-queries.ts'
import { closeDay } from './close-day.ts'

const { sql } = await createTestDatabase()
const now = new Date('2026-03-03T02:30:00+08:00')
const day = clearingDayAt(now)

it('lets a slow acceptance finish in its day, while the next files go on into the next day', async () => {
  await transaction(sql, async (tx) => await openDay(tx, day, now))
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  let closing: Promise<unknown> | undefined
  const slow = transaction(sql, async (tx) => {
    const held = await holdOpenDay(tx, now)
    closing = Promise.all([closeDay({ sql }, day, now), closeDay({ sql }, day, now)])
    await released
    return held
  })
  while ((await findDay(sql, day))!.state !== 'closing') await setTimeout(5)
  expect(await transaction(sql, async (tx) => await holdOpenDay(tx, now))).toBe(addDays(day, 1))
  expect((await findDay(sql, day))!.state).toBe('closing')
  release()
  expect(await slow).toBe(day)
  await closing
  expect((await findDay(sql, day))!.state).toBe('closed')
})

it('waits for an acceptance that began between a close and its commit', async () => {
  const next = addDays(day, 1)
  let commit = (): void => undefined
  const committed = new Promise<void>((resolve) => (commit = resolve))
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const acceptance = { day: '' }
  let slow: Promise<unknown> | undefined
  const close = transaction(sql, async (tx) => {
    await lockDayAgainstClosers(tx, next)
    await markClosing(tx, next)
    slow = transaction(sql, async (other) => {
      acceptance.day = await holdOpenDay(other, now)
      commit()
      await released
    })
    await committed
    await openDay(tx, addDays(next, 1), now)
  })
  await close
  expect(acceptance.day).toBe(next)
  const closing = closeDay({ sql }, next, now)
  await setTimeout(50)
  expect((await findDay(sql, next))!.state).toBe('closing')
  release()
  await slow
  expect((await closing).state).toBe('closed')
})
