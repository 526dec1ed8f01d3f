// Which partners there are. Those of the sample province are simulated; where tickets are real none is connected yet.
import type { Database } from '../../../clearing/database.ts'
import { simulatedPartners } from './simulated-partner/conduct-rules.ts'
import { simulatedPartner } from './simulated-partner/simulated-partner.ts'
import type { Partners } from './partner-port.ts'

export function openPartners(sql: Database, { sample }: { sample: boolean }): Partners {
  if (!sample) return {}
  return Object.fromEntries(simulatedPartners.map(({ code }) => [code, simulatedPartner(sql, code)]))
}
