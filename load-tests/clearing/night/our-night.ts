// The night in a process of its own, so that its memory can be told and it can be killed: takes in every file, closes, settles, prices
// and publishes the day, and says after each stage how long it took. Begun again, it goes on where it was.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hex } from '../../../card-crypto/bytes.ts'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { openClearingContext, type ClearingContext } from '../../../clearing/context.ts'
import { connect } from '../../../clearing/database.ts'
import { ingestFiles } from '../../../clearing/ingestion/ingest-file.ts'
import { priceRides } from '../../../clearing/rating/months/price-rides.ts'
import { closeDay } from '../../../clearing/settlement/close-day.ts'
import { publishDay } from '../../../clearing/settlement/publish-day.ts'
import { settleDay } from '../../../clearing/settlement/settle-day.ts'
import { masterKey } from '../ingest/our-way.ts'

export interface NightOrder {
  url: string
  /** Data folder. */
  folder: string
  /** Where the files to take in lie. */
  sent: string
  clearingDay: BusinessDay
  now: string
}

export type NightNews =
  | { ready: true }
  | { stage: 'ingest' | 'settle' | 'discounts' | 'publish'; seconds: number }
  | { accepted: number; rejected: number; amount: number; digest: string }

if (import.meta.main) {
  const order = JSON.parse(process.argv[2]!) as NightOrder
  const sql = connect(order.url)
  const context = await openClearingContext({
    sql,
    dataFolder: order.folder,
    keys: 'in-process',
    masterKey: hex(masterKey),
    sample: true
  })
  tell({ ready: true })
  const sums = await runNight(context, order)
  tell({ ...sums, digest: await digestOf(join(context.folders.published, order.clearingDay)) })
  await context.keys.close()
  await sql.end()
}

function tell(news: NightNews): void {
  console.log(JSON.stringify(news))
}

async function runNight(context: ClearingContext, { sent, clearingDay: day, now: at }: NightOrder) {
  const files = (await readdir(sent)).toSorted().map((name) => ({ name, path: join(sent, name) }))
  const now = new Date(at)
  const sums = { accepted: 0, rejected: 0, amount: 0 }
  await timed('ingest', async () => {
    await ingestFiles(context, files, now, async ({ name }, outcome) => {
      if ('error' in outcome) throw outcome.error
      if (outcome.receipt.state !== 'accepted') throw new Error(`${name} was refused: ${outcome.receipt.code}`)
      sums.accepted += outcome.receipt.accepted
      sums.rejected += outcome.receipt.rejected
      sums.amount += outcome.receipt.amount
    })
  })
  await closeDay(context, day, now)
  await timed('settle', async () => void (await settleDay(context, day, now)))
  await timed('discounts', async () => void (await priceRides(context, { day, adjustment: null }, now)))
  await timed('publish', async () => void (await publishDay(context, day, now)))
  return sums
}

async function timed(stage: 'ingest' | 'settle' | 'discounts' | 'publish', work: () => Promise<void>): Promise<void> {
  const begun = performance.now()
  await work()
  tell({ stage, seconds: (performance.now() - begun) / 1000 })
}

/** SM3 over names and bytes of everything published; signatures, which differ each time they are made, are left out. */
async function digestOf(folder: string): Promise<string> {
  const digest = createHash('sm3')
  for (const name of (await readdir(folder, { recursive: true })).toSorted()) {
    if (name.endsWith('.sig')) continue
    const path = join(folder, name)
    const facts = await stat(path)
    if (!facts.isFile()) continue
    digest.update(`${name}\0${facts.size}\0`)
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) digest.update(piece as Buffer)
  }
  return digest.digest('hex')
}
