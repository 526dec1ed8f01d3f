// Forgetting people when the clock has run: their sealed names and numbers are destroyed and everything that could be compared with a
// document is replaced by chance. Running it twice forgets nothing more; an order with anything open waits.
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { calendarDay, type BusinessDay } from '../../../clearing/business-day.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import {
  findKeptDays,
  findOrdersToForget,
  findSealedCoupons,
  forgetOrder,
  isForgottenUntil,
  lockSettledOrder,
  markForgotten,
  gatherDueOrders
} from './retention-queries.ts'
import { ageBandOf, keptFrom } from './retention-rules.ts'
import { openIdentity } from '../seal-identity.ts'

type Parts = { sql: Database; keys: KeyStore }

const batch = 200

/** Returns how many orders were forgotten. */
export async function forgetIdentities({ sql, keys }: Parts, now: Date): Promise<number> {
  const today = calendarDay(now)
  const from = keptFrom(today, await findKeptDays(sql, today))
  await gatherDueOrders(sql, from)
  let forgotten = 0
  for (;;) {
    const due = await findOrdersToForget(sql, from, batch)
    for (const id of due) if (await forgetOne({ sql, keys }, id, from, now)) forgotten++
    if (due.length < batch) break
  }
  await markForgotten(sql, from)
  return forgotten
}

async function forgetOne({ sql, keys }: Parts, id: string, from: BusinessDay, now: Date): Promise<boolean> {
  return await transaction(sql, async (tx) => {
    if (!(await lockSettledOrder(tx, id, from))) return false
    const coupons = await findSealedCoupons(tx, id)
    const bands = await Promise.all(
      coupons.map(async ({ position, identity, day }) => {
        return [position, ageBandOf(await openIdentity(keys, identity, `${id}:${position}`), day)] as const
      })
    )
    await forgetOrder(tx, id, Object.fromEntries(bands), now)
    return true
  })
}

/** Once a day, when the clock passes a day of travel. */
export const forgetIdentitiesJob: Job = {
  name: 'forget-identities',
  async due({ sql }, now) {
    const today = calendarDay(now)
    const from = keptFrom(today, await findKeptDays(sql, today))
    return (await isForgottenUntil(sql, from)) ? [] : [today]
  },
  perform: async ({ sql, keys }, _id, now) => void (await forgetIdentities({ sql, keys }, now))
}
