// The key process: `npm run key-store`, or started by whoever needs keys when none runs. It alone opens the wrapped keys of the data folder
// and the master key; all others ask it over its sockets. Says 'listening' to a parent, and ends with it.
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openSoftwareKeyStore } from '../key-store.ts'
import { keyClientKinds } from './client-rights.ts'
import { claimKeyFolder, keyFile, keyFolder, KeyFolderInUse, readMasterKey } from './key-folder.ts'
import { serveKeys } from './key-service.ts'
import { alreadyRunning } from './start-key-process.ts'
import { selfTest } from '../self-test.ts'

const { values: flags } = parseArgs({ options: { 'tac-workers': { type: 'string' } } })
const dataFolder = resolve(process.env['DATA_DIR'] ?? '.data')
const given = process.env['KEY_STORE_MASTER_KEY'] ?? ''
const takesSampleKeys = process.env['SAMPLE_PROVINCE'] === 'yes'

selfTest()
await mkdir(keyFolder(dataFolder), { recursive: true, mode: 0o700 })
const release = await claimKeyFolder(dataFolder).catch((error: unknown) => {
  if (!(error instanceof KeyFolderInUse)) throw error
  console.error(error.message)
  process.exit(alreadyRunning)
})
const store = await openSoftwareKeyStore({
  file: keyFile(dataFolder),
  masterKey: await readMasterKey(dataFolder, given),
  ...(flags['tac-workers'] ? { tacWorkers: Number(flags['tac-workers']) } : {})
})
const service = await serveKeys({ store, dataFolder, kinds: keyClientKinds, takesSampleKeys, complain: console.error })

let ending = false
for (const event of ['SIGTERM', 'SIGINT', 'SIGHUP', 'disconnect']) process.on(event, () => void end())
process.send?.('listening')

async function end(): Promise<void> {
  if (ending) return
  ending = true
  await service.close()
  await store.close()
  await release()
  process.exit(0)
}
