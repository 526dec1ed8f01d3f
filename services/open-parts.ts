// Opens what a process of the platform stands on: database, key store, folders, queue.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openSoftwareKeyStore, type KeyReference, type KeyStore } from '../card-crypto/key-store.ts'
import { prepareFolders } from '../clearing/context.ts'
import { connect } from '../clearing/database.ts'
import { sessionKey } from './access/sign-in.ts'
import type { Config } from './config.ts'
import { identityDigestKey, identitySealKey } from './identity/seal-identity.ts'
import { openJobQueue, type JobQueue } from './jobs/job-queue.ts'
import type { Parts } from './parts.ts'

export interface OpenParts {
  parts: Parts
  queue: JobQueue
  close(): Promise<void>
}

export async function openParts(config: Config, name: string, complain: (problem: string) => void): Promise<OpenParts> {
  const sql = connect(config.databaseUrl, { name, max: 20 })
  const keys = await openPlatformKeys(config)
  const queue = openJobQueue(config.redisUrl, complain)
  const context = { sql, keys, folders: await prepareFolders(config.dataFolder) }
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

/** `npm start` gives the installation a master key of its own beside the keys; a real one is handed in by who keeps it. */
async function openPlatformKeys({ dataFolder, masterKey }: Config): Promise<KeyStore> {
  const folder = join(dataFolder, 'keys')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const key = masterKey || (await ownMasterKey(join(folder, 'master-key')))
  return await openSoftwareKeyStore({ file: join(folder, 'store'), masterKey: Buffer.from(key, 'hex') })
}

async function ownMasterKey(file: string): Promise<string> {
  await writeFile(file, randomBytes(16).toString('hex'), { mode: 0o600, flag: 'wx' }).catch(() => undefined)
  return await readFile(file, 'utf8')
}

/** The keys of the services half; the clearing half makes its own. */
const serviceKeys: readonly KeyReference[] = [sessionKey, identitySealKey, identityDigestKey]

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
