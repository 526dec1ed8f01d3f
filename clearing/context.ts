// What the flows of the clearing half are handed: the database, the key store and the folders of files.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyStore } from '../card-crypto/key-store.ts'
import type { Database } from './database.ts'

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
