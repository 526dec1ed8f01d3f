// A connection that broke and whose passenger chose nothing: when the last departure it suspended is well gone, what was not travelled is
// paid back without anybody asking. The break is in our own records, so there is nothing left to prove.
import type { KeyStore } from '../../card-crypto/key-store.ts'
import type { Database } from '../../clearing/database.ts'
import type { Job } from '../jobs/worker-rounds.ts'
import { openGateways } from '../payments/open-gateways.ts'
import { chooseConnection, showConnections } from '../ticketing/connections/choose-connection.ts'
import { listAbandonedConnections } from './claim-queries.ts'

/** Nobody is still on his way to a departure that has been gone for so long. */
export const abandonedAfterMs = 2 * 3_600_000

const system = { owner: 'worker:supervision', seesAll: true }

export const settleMissedConnectionsJob: Job = {
  name: 'settle-missed-connections',
  due: async ({ sql }, now) => (await listAbandoned(sql, now)).map(({ id }) => id),
  perform: async ({ sql, keys }, id, now) => await settleMissedConnection({ sql, keys }, id, now)
}

const listAbandoned = async (sql: Database, now: Date) =>
  await listAbandonedConnections(sql, new Date(now.getTime() - abandonedAfterMs))

/** Does nothing when somebody has chosen meanwhile. Throws the refusals of a refund; the job is then tried again later. */
export async function settleMissedConnection(
  { sql, keys }: { sql: Database; keys: KeyStore },
  id: string,
  now: Date
): Promise<void> {
  const abandoned = (await listAbandoned(sql, now)).find((one) => one.id === id)
  if (!abandoned) return
  const shown = (await showConnections(sql, abandoned.journey, system, now)).find((one) => one.id === id)
  if (shown?.state !== 'OPEN' || !shown.refund) return
  const decision = { refund: shown.refund.amount }
  await chooseConnection({ sql, keys, gateways: openGateways(sql) }, { id, decision }, system, now)
}
