// Another worker of the same night, in a process of its own: does whatever pieces it finds until it is stopped.
import { setTimeout } from 'node:timers/promises'
import { hex } from '../../../card-crypto/bytes.ts'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { openClearingContext } from '../../../clearing/context.ts'
import { connect } from '../../../clearing/database.ts'
import { helpPublish } from '../../../clearing/settlement/publish-day.ts'
import { listOpenPieces } from '../../../clearing/statements/pieces/piece-queries.ts'
import { masterKey } from '../ingest/our-way.ts'
import type { NightOrder } from './our-night.ts'

const order = JSON.parse(process.argv[2]!) as NightOrder
const sql = connect(order.url, { max: 4 })
const context = await openClearingContext({
  sql,
  dataFolder: order.folder,
  keys: 'in-process',
  masterKey: hex(masterKey),
  sample: false
})
const stopping = new AbortController()
process.once('SIGTERM', () => stopping.abort())
while (!stopping.signal.aborted) {
  const [open] = await listOpenPieces(sql)
  if (!open || !(await helpPublish(context, open.split('/')[0] as BusinessDay))) await setTimeout(200)
}
await context.keys.close()
await sql.end()
