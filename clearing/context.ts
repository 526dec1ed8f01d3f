// What the flows of the clearing half are handed: the database, the key store and the folders of files.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openSoftwareKeyStore, type KeyStore } from '../card-crypto/key-store.ts'
import type { KeyClientKind } from '../card-crypto/key-service/client-rights.ts'
import { openKeyClient } from '../card-crypto/key-service/key-client.ts'
import { keyFile, keySocket, readMasterKey } from '../card-crypto/key-service/key-folder.ts'
import { startKeyProcess } from '../card-crypto/key-service/start-key-process.ts'
import { cardKeyPurposes } from '../card-crypto/personalisation.ts'
import type { Database } from './database.ts'
import { anchorKey } from './ledger/sign-anchor.ts'
import { statementKey } from './statements/statement-schemas.ts'

export interface ClearingFolders {
  /** Source bytes of every file taken in, named by their SM3 digest. */
  archive: string
  /** Where files may be dropped. */
  inbox: string
  /** Source bytes of every refused file, named by their SM3 digest. */
  quarantine: string
  /** What we sent out, by clearing day. */
  published: string
}

export interface ClearingContext {
  sql: Database
  keys: KeyStore
  folders: ClearingFolders
}

/** Makes the four folders under the data folder. */
export async function prepareFolders(dataFolder: string): Promise<ClearingFolders> {
  const folders = {
    archive: join(dataFolder, 'archive'),
    inbox: join(dataFolder, 'inbox'),
    quarantine: join(dataFolder, 'quarantine'),
    published: join(dataFolder, 'published')
  }
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true })
  return folders
}

export interface Installation {
  sql: Database
  dataFolder: string
  /** As which client of the key process; 'in-process' opens the keys in this very process, for tests and measurements alone. */
  keys: KeyClientKind | 'in-process'
  /** Start a key process of our own when none runs; else one that is being started is waited for. */
  startsKeyStore?: boolean
  /** 32 hexadecimal digits; empty for the installation's own. Only whoever starts the key process needs it. */
  masterKey?: string
  sample: boolean
}

/** The caller closes the keys and ends the pool. */
export async function openClearingContext(installation: Installation): Promise<ClearingContext> {
  const { sql, dataFolder, sample } = installation
  const keys = await openKeys(installation)
  await keys.generateKey(statementKey)
  await keys.generateKey(anchorKey)
  if (sample && (installation.keys === 'setup' || installation.keys === 'in-process')) await importSampleKeys(keys)
  return { sql, keys, folders: await prepareFolders(dataFolder) }
}

/** The keys alone; the caller closes them. Rejects with the fault 'away' when there is no key process. */
export async function openKeys(installation: Omit<Installation, 'sql'>): Promise<KeyStore> {
  const { dataFolder, keys: kind, startsKeyStore = true, masterKey, sample } = installation
  if (kind === 'in-process') {
    return await openSoftwareKeyStore({
      file: keyFile(dataFolder),
      masterKey: await readMasterKey(dataFolder, masterKey)
    })
  }
  const path = keySocket(dataFolder, kind)
  if (!startsKeyStore) return await openKeyClient({ path })
  const environment = {
    DATA_DIR: dataFolder,
    SAMPLE_PROVINCE: sample ? 'yes' : 'no',
    ...(masterKey ? { KEY_STORE_MASTER_KEY: masterKey } : {})
  }
  return await openKeyClient({ path, start: async () => await startKeyProcess({ script: keyProcess, environment }) })
}

const keyProcess = new URL('../card-crypto/key-service/key-store-command.ts', import.meta.url)

/** Loaded only by who makes the sample: their bytes are in the source, and must not be in the web's or a worker's memory. */
async function importSampleKeys(keys: KeyStore): Promise<void> {
  const { migrationRoots, samplePurseRoots } = await import('./fabrication/sample-keys.ts')
  for (const roots of [...samplePurseRoots, migrationRoots]) {
    const { version, index, algorithm } = roots
    for (const purpose of cardKeyPurposes)
      await keys.importKey({ purpose, scope: '', version, index, algorithm }, roots[purpose])
  }
}
