// Opens what a process of the platform stands on: database, key store, folders, queue.
import type { KeyReference, KeyStore } from '../card-crypto/key-store.ts'
import { selfTest } from '../card-crypto/self-test.ts'
import { openClearingContext } from '../clearing/context.ts'
import { connect } from '../clearing/database.ts'
import { phoneDigestKey } from './access/phones/sign-in-by-phone.ts'
import { sessionKey } from './access/sign-in.ts'
import { boardingKeys } from './boarding/credentials/show-code.ts'
import { webhookKey } from './channels/webhooks/send-webhook.ts'
import type { Config } from './config.ts'
import { identityDigestKey, identitySealKey } from './identity/seal-identity.ts'
import { openJobQueue, type JobQueue } from './jobs/job-queue.ts'
import type { Parts } from './parts.ts'
import { manifestKey } from './station/dispatch/dispatch-departure.ts'
import { ticketLogKey } from './ticket-log/append-events.ts'

export interface OpenParts {
  parts: Parts
  queue: JobQueue
  close: () => Promise<void>
}

/** `as` names the process to the database and says which client of the key process it is. */
export async function openParts(
  config: Config,
  as: 'server' | 'worker' | 'start',
  complain: (problem: string) => void
): Promise<OpenParts> {
  selfTest()
  const sql = connect(config.databaseUrl, { name: `lingnan-${as}`, max: 20 })
  const context = await openClearingContext({ sql, ...config, keys: keyClients[as] })
  const { keys } = context
  await generateServiceKeys(keys)
  const queue = openJobQueue(config.redisUrl, complain)
  return {
    parts: { sql, keys, context, config, queue, clock: () => new Date() },
    queue,
    async close() {
      await queue.close()
      await keys.close()
      await sql.end({ timeout: 5 })
    }
  }
}

const keyClients = { server: 'web', worker: 'worker', start: 'setup' } as const

/** The keys of the services half; openClearingContext makes those of the clearing half. */
const serviceKeys: readonly KeyReference[] = [
  sessionKey,
  phoneDigestKey,
  identitySealKey,
  identityDigestKey,
  webhookKey,
  ticketLogKey,
  ...boardingKeys,
  manifestKey
]

/** Makes what is missing; a key that is there stays. */
export async function generateServiceKeys(keys: KeyStore): Promise<void> {
  for (const key of serviceKeys) await keys.generateKey(key)
}

/** Runs `stop` once on SIGTERM, SIGINT or when the parent that started us is gone, then ends the process; 15 s at most. */
export function endWith(stop: () => Promise<void>): void {
  let ending = false
  const end = (): void => {
    if (ending) return
    ending = true
    setTimeout(() => process.exit(1), 15_000).unref()
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      }
    )
  }
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(event, end)
}
