// Our way, in a process of its own so that its memory can be told: takes in the file it is told and prints what it took. A file of
// another day goes in before, unmeasured, as to a service that has been running: the peers run in a process that has, too.
import { openSoftwareKeyStore } from '../../../card-crypto/key-store.ts'
import { prepareFolders } from '../../../clearing/context.ts'
import { connect } from '../../../clearing/database.ts'
import { ingestFile } from '../../../clearing/ingestion/ingest-file.ts'
import type { FileReceipt } from '../../../clearing/ingestion/file-receipt.ts'

export interface Order {
  url: string
  /** Data folder with the key store in it. */
  folder: string
  file: { path: string; name: string }
  before?: { path: string; name: string }
  now: string
}

export interface Outcome {
  seconds: number
  peakMegabytes: number
  receipt: FileReceipt
}

export const masterKey = new Uint8Array(16)

if (import.meta.main) {
  const order = JSON.parse(process.argv[2]!) as Order
  const keys = await openSoftwareKeyStore({ file: `${order.folder}/keys`, masterKey })
  const sql = connect(order.url)
  await sql`select 1`
  const context = { sql, keys, folders: await prepareFolders(order.folder) }
  if (order.before) await ingestFile(context, order.before, new Date(order.now))
  const begun = performance.now()
  const receipt = await ingestFile(context, order.file, new Date(order.now))
  const seconds = (performance.now() - begun) / 1000
  const outcome: Outcome = { seconds, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024), receipt }
  console.log(JSON.stringify(outcome))
  await keys.close()
  await sql.end()
}
