// Orders of new cards: numbers are given, the batch's keys are derived and wrapped in the key store, and the file goes to the
// personaliser, whose report puts the good cards into stock. Asking again finds the same order and the same bytes.
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { concat } from '../../../card-crypto/bytes.ts'
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { CARD_RECORD_BYTES } from '../../../card-crypto/personalisation.ts'
import { cardFactor, issuerFactor } from '../../../card-crypto/simulated-card/card-files.ts'
import { sm3Hasher } from '../../../card-crypto/sm3.ts'
import { calendarDay } from '../../../clearing/business-day.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import { findParticipant } from '../../../clearing/participants/participant-queries.ts'
import { refuse as refuseClearing } from '../../../clearing/refusals.ts'
import { refuse } from '../../refusals.ts'
import {
  findOrder,
  findProduct,
  insertOrder,
  markMade,
  markReported,
  takeNumbers,
  type CardOrder
} from './issuing-queries.ts'
import { openPart, PERSONALISED_BYTES, rootsOf, transportKeyOf, validTo, type Product } from './issuing-rules.ts'

type Parts = { sql: Database; keys: KeyStore; config: { dataFolder: string } }

/** Bytes of each card in the file behind its header line. */
export const CARD_LINE_BYTES = PERSONALISED_BYTES + CARD_RECORD_BYTES
const atOnce = 5000

/** Throws participant-not-found, card-product-not-found and card-order-differs. */
export async function orderCards(
  { sql }: Parts,
  order: { id: string; issuer: string; product: string; quantity: number; personaliser: string; madeBy: string },
  now: Date
): Promise<CardOrder> {
  const product = await requireProduct(sql, order.product)
  if (product.form === 'virtual') throw refuse('card-product-not-found')
  const issuer = await findParticipant(sql, order.issuer)
  if (issuer?.role !== 'issuer') throw refuseClearing('participant-not-found')
  const from = calendarDay(now)
  await transaction(sql, async (tx) => {
    if (await findOrder(tx, order.id)) return
    const firstNumber = await takeNumbers(tx, issuer.id, order.quantity)
    if (firstNumber === null) throw refuse('card-issuer-unknown')
    const row = { ...order, issuerId: issuer.id, firstNumber }
    await insertOrder(tx, row, { now, from, to: validTo(from, product.validYears) })
  })
  const found = (await findOrder(sql, order.id))!
  const same = found.issuer === order.issuer && found.product === order.product && found.quantity === order.quantity
  if (!same || found.personaliser !== order.personaliser) throw refuse('card-order-differs')
  return found
}

export async function requireProduct(sql: Database, code: string): Promise<Product> {
  const product = await findProduct(sql, code)
  if (!product) throw refuse('card-product-not-found')
  return product
}

export async function requireOrder(sql: Database, id: string): Promise<CardOrder> {
  const order = await findOrder(sql, id)
  if (!order) throw refuse('card-order-not-found')
  return order
}

export function fileOf({ config }: Pick<Parts, 'config'>, id: string): string {
  return join(config.dataFolder, 'personalisation', `${id}.bin`)
}

/** Writes the batch's file: a header line of JSON, then CARD_LINE_BYTES for each card. Throws card-order-not-found. */
export async function personalise(parts: Parts, id: string, now: Date): Promise<CardOrder> {
  const { sql, keys } = parts
  const order = await requireOrder(sql, id)
  const product = await requireProduct(sql, order.product)
  const transport = transportKeyOf(order.personaliser)
  await keys.generateKey(transport)
  await mkdir(join(parts.config.dataFolder, 'personalisation'), { recursive: true, mode: 0o700 })
  const file = createWriteStream(fileOf(parts, id), { mode: 0o600 })
  const hasher = sm3Hasher()
  const write = async (bytes: Uint8Array): Promise<void> => {
    hasher.update(bytes)
    await new Promise<void>((done, failed) => file.write(bytes, (error) => (error ? failed(error) : done())))
  }
  await write(await headerOf(keys, order, product))
  for (let from = 0; from < order.quantity; from += atOnce)
    await write(await piece(keys, { order, product, from, count: Math.min(atOnce, order.quantity - from) }))
  await new Promise<void>((done, failed) => file.end((error?: Error | null) => (error ? failed(error) : done())))
  await transaction(sql, async (tx) => await markMade(tx, id, hasher.digest(), now))
  return await requireOrder(sql, id)
}

/** Names everything the personaliser must check: the keys by their check values, the counts, the layout. */
async function headerOf(keys: KeyStore, order: CardOrder, product: Product): Promise<Uint8Array> {
  const checkValues = await Promise.all(
    [...rootsOf(product), transportKeyOf(order.personaliser)].map(async (key) => [
      key.purpose,
      await keys.keyCheckValue(key)
    ])
  )
  const { issuer, quantity, firstNumber, batch } = order
  const layout = { number: 10, file0015: 30, file0017: 60, keys: CARD_RECORD_BYTES }
  const header = {
    format: 1,
    issuer,
    product: product.code,
    algorithm: product.algorithm,
    quantity,
    firstNumber,
    batch,
    layout
  }
  return new TextEncoder().encode(`${JSON.stringify({ ...header, checkValues: Object.fromEntries(checkValues) })}\n`)
}

interface Piece {
  order: CardOrder
  product: Product
  from: number
  count: number
}

async function piece(keys: KeyStore, { order, product, from, count }: Piece): Promise<Uint8Array> {
  const first = BigInt(order.firstNumber) + BigInt(from)
  const numbers = Array.from({ length: count }, (_, n) => String(first + BigInt(n)))
  const records = await keys.personalise({
    roots: rootsOf(product),
    transport: transportKeyOf(order.personaliser),
    issuer: issuerFactor(order.issuer),
    batch: batchName(order.batch),
    leaves: concat(...numbers.map(cardFactor))
  })
  const bytes = new Uint8Array(count * CARD_LINE_BYTES)
  const from15 = calendarDay(order.madeAt)
  const validity = { validFrom: compact(from15), validTo: compact(validTo(from15, product.validYears)) }
  for (const [n, number] of numbers.entries()) {
    const identity = { issuer: order.issuer, number, ...validity, city: order.issuer.slice(4) }
    bytes.set(openPart({ ...identity, holderKind: product.holderKind, interoperable: true }), n * CARD_LINE_BYTES)
    bytes.set(
      records.subarray(n * CARD_RECORD_BYTES, (n + 1) * CARD_RECORD_BYTES),
      n * CARD_LINE_BYTES + PERSONALISED_BYTES
    )
  }
  return bytes
}

/** Throws card-order-not-found and card-order-not-made. */
export async function reportCards(
  { sql }: Parts,
  id: string,
  spoilt: readonly string[],
  now: Date
): Promise<CardOrder> {
  await requireOrder(sql, id)
  const counts = await transaction(sql, async (tx) => await markReported(tx, id, spoilt, now))
  if (counts === null) throw refuse('card-order-not-made')
  return await requireOrder(sql, id)
}

export function batchName(batch: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(batch))
  return bytes
}

function compact(day: string): string {
  return day.replaceAll('-', '')
}
