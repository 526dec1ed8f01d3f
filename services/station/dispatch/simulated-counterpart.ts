// Port and carriers as they run in the sample province and in tests: they count for themselves, and at every twentieth departure the port
// counts one full-fare passenger too few until it is asked to count again. It keeps its own book.
import type { Queryable } from '../../../clearing/database.ts'
import type { CountParty } from './count-party.ts'
import { bookSimulatedCount } from './exchange-queries.ts'

export function simulatedCounterpart(sql: Queryable): CountParty {
  return {
    async exchange(asked) {
      const miscounts = asked.departure % 20 === 7 && asked.ours.full > 0 && asked.party === 'port'
      const first = miscounts ? { ...asked.ours, full: asked.ours.full - 1 } : asked.ours
      return await bookSimulatedCount(sql, asked, { first, right: asked.ours })
    }
  }
}
