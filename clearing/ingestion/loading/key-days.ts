// Keys the bare days of a file whose rows are all there: both keys are made at once, each on a connection of its own, and the
// day becomes part of card_transaction.
import { transaction, type Database } from '../../database.ts'
import { attachDay, holdDays, isRepeated, keyDay, unloadRepeats } from './day-queries.ts'
import { patientTransaction } from './transaction-queries.ts'

/** Days that are keyed already stay as they are. */
export async function keyDays(sql: Database, days: ReadonlySet<number>): Promise<void> {
  if (days.size === 0) return
  for (const day of await transaction(sql, async (tx) => await holdDays(tx, [...days]))) await keyBareDay(sql, day)
}

/** Two files may key one day at once, and one take out repeats while the other waits for the table: patience sorts them out. */
async function keyBareDay(sql: Database, day: number): Promise<void> {
  const keyed = await Promise.allSettled([
    patientTransaction(sql, async (tx) => await keyDay(tx, day, 'card')),
    patientTransaction(sql, async (tx) => await keyDay(tx, day, 'terminal'))
  ])
  const failures = keyed.flatMap((key) => (key.status === 'rejected' ? [key.reason as unknown] : []))
  for (const failure of failures) if (!isRepeated(failure)) throw failure
  await patientTransaction(sql, async (tx) => await (failures.length > 0 ? unloadRepeats(tx, day) : attachDay(tx, day)))
}
