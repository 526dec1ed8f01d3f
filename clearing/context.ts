// What the flows of the clearing half are handed: the database, the key store and the folders of files.
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openSoftwareKeyStore, type KeyStore } from '../card-crypto/key-store.ts'
import type { Database } from './database.ts'
import { sampleTacRoots } from './fabrication/sample-keys.ts'
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
  /** 32 hexadecimal digits; empty for the installation's own. */
  masterKey?: string
  sample: boolean
}

/** The caller closes the keys and ends the pool. */
export async function openClearingContext(installation: Installation): Promise<ClearingContext> {
  const { sql, dataFolder, masterKey, sample } = installation
  const keys = await openInstallationKeys(dataFolder, masterKey)
  await generateClearingKeys(keys, { sample })
  return { sql, keys, folders: await prepareFolders(dataFolder) }
}

/**
 * Opens the key store of an installation, `<data folder>/keys/store`, under the master key handed in (32 hexadecimal digits) or,
 * without one, under the installation's own, `keys/master-key`, which is made when it is missing.
 */
async function openInstallationKeys(dataFolder: string, masterKey = ''): Promise<KeyStore> {
  const folder = join(dataFolder, 'keys')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const key = masterKey || (await ownMasterKey(folder))
  return await openSoftwareKeyStore({ file: join(folder, 'store'), masterKey: Buffer.from(key, 'hex') })
}

/** Of two processes that start together, both get the one that was there first, and never half of it. */
async function ownMasterKey(folder: string): Promise<string> {
  const file = join(folder, 'master-key')
  const mine = join(folder, `.master-key-${randomBytes(8).toString('hex')}`)
  await writeFile(mine, randomBytes(16).toString('hex'), { mode: 0o600, flush: true })
  await link(mine, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(mine)
  return (await readFile(file, 'utf8')).trim()
}

/** Makes the keys clearing cannot do without, and with the sample province its public TAC roots. What is there stays. */
async function generateClearingKeys(keys: KeyStore, { sample }: { sample: boolean }): Promise<void> {
  await keys.generateKey(statementKey)
  await keys.generateKey(anchorKey)
  if (!sample) return
  for (const { version, index, algorithm, key } of sampleTacRoots)
    await keys.importKey({ purpose: 'tac', scope: '', version, index, algorithm }, key)
}
