// Completes metro journeys whose entry nobody saw and gives the difference back to the card, without anybody asking: what was charged
// too much is owed to the card and is on it after its next visit to a load terminal, anywhere.
import { randomUUID } from 'node:crypto'
import { transaction, type Database } from '../../../clearing/database.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import { insertOwed } from '../loading/load-queries.ts'
import {
  insertCompletion,
  isCompleted,
  listDearExits,
  listFilesToLookAt,
  listKnownJourneys,
  markLookedAt,
  type ExitRow
} from './metro-queries.ts'
import { usualFare } from './metro-rules.ts'

const filesAtOnce = 20

export const completeJourneysJob: Job = {
  name: 'complete-metro-journeys',
  due: async ({ sql }, now) => (await listFilesToLookAt(sql, now, filesAtOnce)).map(String),
  perform: async ({ sql }, id, now) => await completeJourneysOf(sql, Number(id), now)
}

/** Again changes nothing: an exit is completed once. */
export async function completeJourneysOf(sql: Database, file: number, now: Date): Promise<void> {
  const exits = await listDearExits(sql, file)
  let completed = 0
  for (const exit of exits) if (await complete(sql, exit, now)) completed++
  await transaction(sql, async (tx) => await markLookedAt(tx, file, { exits: exits.length, completed, now }))
}

async function complete(sql: Database, exit: ExitRow, now: Date): Promise<boolean> {
  if (await isCompleted(sql, exit)) return false
  const usual = usualFare(exit, await listKnownJourneys(sql, exit))
  const back = usual.fen === null ? 0 : Math.max(0, exit.amount - usual.fen)
  const load = back > 0 ? randomUUID() : null
  return await transaction(sql, async (tx) => {
    if (load !== null)
      await insertOwed(
        tx,
        {
          id: load,
          cardNumber: exit.cardNumber,
          amount: back,
          payer: exit.acquirer,
          issuer: exit.issuer,
          money: 'fare'
        },
        now
      )
    if (!(await insertCompletion(tx, exit, { usual, load }))) throw new Error('a journey was completed meanwhile')
    return load !== null
  })
}
