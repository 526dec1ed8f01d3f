// Two clearing days for the first page a newcomer opens: the real day of Shenzhen Tong, and a fabricated one with every kind of
// trouble in known numbers. Both are taken in, settled and published as any night would do it.
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { addDays, clearingDayAt, cutOf, type BusinessDay } from '../../../clearing/business-day.ts'
import type { ClearingContext } from '../../../clearing/context.ts'
import { transaction } from '../../../clearing/database.ts'
import { fabricateCardDay, type FabricationOptions } from '../../../clearing/fabrication/fabricate-card-day.ts'
import type { Manifest } from '../../../clearing/fabrication/manifest.ts'
import { beijing } from '../../../clearing/national/seed-national-centre.ts'
import { ingestFile } from '../../../clearing/ingestion/ingest-file.ts'
import { replaceHotlist } from '../../../clearing/participants/hotlist-queries.ts'
import { findParticipant } from '../../../clearing/participants/participant-queries.ts'
import { sampleSchemes } from '../../../clearing/rating/discounts/sample-schemes.ts'
import { priceRides } from '../../../clearing/rating/months/price-rides.ts'
import { closeDay } from '../../../clearing/settlement/close-day.ts'
import { publishDay } from '../../../clearing/settlement/publish-day.ts'
import { settleDay } from '../../../clearing/settlement/settle-day.ts'

export type Tell = (stage: string) => void

const shenzhenFile = 'shenzhen-tong-2018-09-01.csv'
const seed = 20_180_901
const hour = 3_600_000

export const simulatedCentreFolder = 'simulated-national-centre'

interface SampleDays {
  workshop: string
  /** Where the simulated national centre keeps what it was given. */
  centreFolder: string
  transactions: number
  tell: Tell
}

/** Idempotent: files that were taken in give their first receipts, days that were settled and published stay as they are. */
export async function clearSampleDays(
  context: ClearingContext,
  { workshop, centreFolder, transactions, tell }: SampleDays,
  now: Date
): Promise<void> {
  await mkdir(workshop, { recursive: true })
  const fabricatedDay = clearingDayAt(new Date(now.getTime() - 24 * hour))
  const realDay = addDays(fabricatedDay, -1)

  tell('真实刷卡日：深圳通 2018-09-01 A real day: Shenzhen Tong, 37,000 lines')
  await takeShenzhenDay(context, { workshop, day: realDay })
  await finish(context, realDay, tell)

  tell(`模拟刷卡日：${transactions} 笔 A day of cards in software: ${transactions} taps`)
  const manifest = await fabricate(workshop, cardDay(addDays(fabricatedDay, -1), transactions))
  await listHotCards(context, manifest)
  for (const { name, lines } of manifest.files) {
    tell(`接收 Taking in ${name} (${lines})`)
    await ingest(context, { workshop, name, day: fabricatedDay })
  }
  const rideDay = addDays(fabricatedDay, -1)
  tell('跨省交易 Rides between provinces')
  for (const { name } of (await fabricate(workshop, visitors(rideDay))).files)
    await ingest(context, { workshop, name, day: fabricatedDay })
  await sendAbroad(join(centreFolder, 'abroad'), rideDay)
  await finish(context, fabricatedDay, tell)
  await rm(workshop, { recursive: true, force: true })
}

/** The file as Shenzhen published it, taken in an hour before the cut of `day`. */
export async function takeShenzhenDay(
  context: ClearingContext,
  { workshop, day }: { workshop: string; day: BusinessDay }
): Promise<void> {
  await unpack(join(workshop, shenzhenFile))
  await ingest(context, { workshop, name: shenzhenFile, day })
}

async function unpack(path: string): Promise<void> {
  await pipeline(
    createReadStream(new URL(`${shenzhenFile}.gz`, import.meta.url)),
    createGunzip(),
    createWriteStream(path)
  )
}

/** Terminals charge by the schemes of their cities; four cards of Guangzhou ride all day, so that the tiers of its month are seen. */
function cardDay(day: BusinessDay, transactions: number): FabricationOptions {
  const busyCards = { city: '5810', cards: 4, share: Math.min(0.1, 450 / transactions) }
  return { seed, day, transactions, schemes: sampleSchemes, busyCards }
}

const noTroubles = { badTacs: 0, duplicates: 0, unknownIssuers: 0, hotlisted: 0, overdue: 0, late: 0 }

/** Cards of Beijing among those of 江门. */
function visitors(day: BusinessDay): FabricationOptions {
  const stranger = { code: beijing.issuer, bin: beijing.bin }
  const troubles = { ...noTroubles, unknownIssuers: 200 }
  return { transactions: 400, seed: seed + 1, day, acquirers: ['12805890'], stranger, troubles }
}

/** Our cards in Beijing, which the national centre tells us of. */
async function sendAbroad(folder: string, day: BusinessDay): Promise<void> {
  const options = { transactions: 150, seed: seed + 2, day, acquirers: [beijing.acquirer], troubles: noTroubles }
  await mkdir(folder, { recursive: true })
  await fabricate(folder, options)
}

async function fabricate(workshop: string, options: FabricationOptions): Promise<Manifest> {
  const handles = new Map<string, Awaited<ReturnType<typeof open>>>()
  const write = async (name: string, bytes: Uint8Array): Promise<void> => {
    const handle = handles.get(name) ?? (await open(join(workshop, name), 'w'))
    handles.set(name, handle)
    await handle.writeFile(bytes)
  }
  try {
    return await fabricateCardDay(options, write)
  } finally {
    for (const handle of handles.values()) await handle.close()
  }
}

/** As the issuers would have sent them, well before the day. */
async function listHotCards({ sql }: ClearingContext, { hotlist, day }: Manifest): Promise<void> {
  const listedAt = cutOf(addDays(day, -7))
  for (const [issuer, cards] of Map.groupBy(hotlist, (card) => card.issuer)) {
    const participant = await findParticipant(sql, issuer)
    const numbers = cards.map(({ cardNumber }) => cardNumber)
    if (participant) await transaction(sql, async (tx) => await replaceHotlist(tx, participant.id, numbers, listedAt))
  }
}

/** An hour before the day's cut, as files come. */
async function ingest(
  context: ClearingContext,
  { workshop, name, day }: { workshop: string; name: string; day: BusinessDay }
): Promise<void> {
  const receipt = await ingestFile(context, { path: join(workshop, name), name }, new Date(cutOf(day).getTime() - hour))
  if (receipt.state !== 'accepted') throw new Error(`${name} was refused: ${receipt.code} ${receipt.detail}`)
}

async function finish(context: ClearingContext, day: BusinessDay, tell: Tell): Promise<void> {
  tell(`日切、结算、发布 Closing, settling and publishing ${day}`)
  await closeDay(context, day, cutOf(day))
  await settleDay(context, day, cutOf(day))
  await priceRides(context, { day, adjustment: null }, cutOf(day))
  await publishDay(context, day, cutOf(day))
}
