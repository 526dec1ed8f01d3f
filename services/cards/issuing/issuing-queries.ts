// SQL of issuing: products, orders and the life of cards.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { CardState, Product } from './issuing-rules.ts'

export async function listProducts(sql: Queryable): Promise<Product[]> {
  return await sql<Product[]>`
    select code, name, holder_kind, form, price_fen, valid_years, named, key_version, key_index, algorithm
    from card_product order by code`
}

export async function findProduct(sql: Queryable, code: string): Promise<Product | undefined> {
  return (await listProducts(sql)).find((product) => product.code === code)
}

export interface CardOrder {
  id: string
  issuer: string
  issuerId: number
  product: string
  quantity: number
  firstNumber: string
  personaliser: string
  batch: number
  state: 'ORDERED' | 'MADE' | 'REPORTED'
  madeBy: string
  madeAt: Date
  personalisedAt: Date | null
  fileDigest: Uint8Array | null
  good: number | null
  spoilt: number | null
}

const orders = (sql: Queryable) => sql`
  select card_order.id, participant.code as issuer, participant.id as issuer_id, product, quantity,
    first_number::text as first_number, personaliser, batch, card_order.state, made_by, made_at, personalised_at, file_digest, good,
    spoilt
  from card_order join participant on participant.id = card_order.issuer`

export async function findOrder(sql: Queryable, id: string): Promise<CardOrder | undefined> {
  const [row] = await sql<CardOrder[]>`${orders(sql)} where card_order.id = ${id}`
  return row
}

export async function listOrders(sql: Queryable): Promise<CardOrder[]> {
  return await sql<CardOrder[]>`${orders(sql)} order by made_at desc limit 200`
}

/** Numbers nobody had before, the first of so many; null when the issuer has no BIN. */
export async function takeNumbers(tx: Transaction, issuer: number, count: number): Promise<string | null> {
  await tx`insert into card_serial (issuer, next_serial) values (${issuer}, 70000000000) on conflict do nothing`
  const [row] = await tx<{ first: string }[]>`
    with taken as (
      update card_serial set next_serial = next_serial + ${count} where issuer = ${issuer}
      returning next_serial - ${count} as first_serial)
    select bin.bin || lpad(first_serial::text, 11, '0') as first from taken
    join bin on bin.issuer = ${issuer} and length(bin.bin) = 8 and valid_to is null order by bin.bin limit 1`
  return row?.first ?? null
}

/** False when the order is there already. */
export async function insertOrder(
  tx: Transaction,
  order: Pick<CardOrder, 'id' | 'issuerId' | 'product' | 'quantity' | 'firstNumber' | 'personaliser' | 'madeBy'>,
  { now, from, to }: { now: Date; from: string; to: string }
): Promise<void> {
  await tx`
    insert into card_order (id, issuer, product, quantity, first_number, personaliser, made_by, made_at)
    values (${order.id}, ${order.issuerId}, ${order.product}, ${order.quantity}, ${order.firstNumber}::bigint, ${order.personaliser},
      ${order.madeBy}, ${now})`
  await tx`
    insert into card (number, valid_from, valid_to, issuer, product, made_in, state)
    select number, ${from}, ${to}, ${order.issuerId}, ${order.product}, ${order.id}, 'ORDERED'
    from generate_series(${order.firstNumber}::bigint, ${order.firstNumber}::bigint + ${order.quantity - 1}) as number`
}

export async function markMade(tx: Transaction, id: string, digest: Uint8Array, now: Date): Promise<void> {
  await tx`
    update card_order set state = 'MADE', personalised_at = ${now}, file_digest = ${Buffer.from(digest)}
    where id = ${id} and state = 'ORDERED'`
}

/** The personaliser's report: these are spoilt, the others are in stock. Returns how many of each; null when it was reported before. */
export async function markReported(
  tx: Transaction,
  id: string,
  spoilt: readonly string[],
  now: Date
): Promise<{ good: number; spoilt: number } | null> {
  const [order] = await tx`select id from card_order where id = ${id} and state = 'MADE' for update`
  if (!order) return null
  const [counts] = await tx<{ good: number; spoilt: number }[]>`
    with done as (
      update card set state = case when number = any(${[...spoilt]}::text[]::bigint[]) then 'SPOILT' else 'STOCK' end
      where made_in = ${id} and state = 'ORDERED' returning state)
    select (count(*) filter (where state = 'STOCK'))::integer as good, (count(*) filter (where state = 'SPOILT'))::integer as spoilt
    from done`
  await tx`
    update card_order set state = 'REPORTED', reported_at = ${now}, good = ${counts!.good}, spoilt = ${counts!.spoilt} where id = ${id}`
  return counts!
}

export interface CardRow {
  number: string
  issuer: string
  issuerName: string
  issuerId: number
  product: string
  state: CardState
  validFrom: string
  validTo: string
  issuedAt: Date | null
  paidFen: number
  named: boolean
  holder: Uint8Array | null
  replacedBy: string | null
}

export async function findCard(sql: Queryable, number: string): Promise<CardRow | undefined> {
  const [row] = await sql<CardRow[]>`
    select lpad(card.number::text, 19, '0') as number, participant.code as issuer, participant.name as issuer_name,
      participant.id as issuer_id, product, card.state, valid_from, valid_to, issued_at, paid_fen, holder is not null as named, holder,
      lpad(replaced_by::text, 19, '0') as replaced_by
    from card join participant on participant.id = card.issuer where card.number = ${number}::bigint`
  return row
}

export async function lockCard(tx: Transaction, number: string): Promise<CardRow | undefined> {
  await tx`select from card where number = ${number}::bigint for update`
  return await findCard(tx, number)
}

export async function insertVirtualCard(
  tx: Transaction,
  card: { number: string; issuer: number; product: string; from: string; to: string }
): Promise<void> {
  await tx`
    insert into card (number, valid_from, valid_to, issuer, product, state)
    values (${card.number}::bigint, ${card.from}, ${card.to}, ${card.issuer}, ${card.product}, 'STOCK')`
}

export interface SealedHolder {
  sealed: Uint8Array
  digest: Uint8Array
}

export async function markIssued(
  tx: Transaction,
  number: string,
  { paid, holder, now, from, to }: { paid: number; holder: SealedHolder | null; now: Date; from: string; to: string }
): Promise<void> {
  await tx`
    update card set state = 'ACTIVE', issued_at = ${now}, paid_fen = ${paid}, valid_from = ${from}, valid_to = ${to},
      holder = ${holder ? Buffer.from(holder.sealed) : null}, holder_digest = ${holder ? Buffer.from(holder.digest) : null},
      consented_at = ${holder ? now : null}
    where number = ${number}::bigint`
}

export async function setHolder(
  tx: Transaction,
  number: string,
  holder: SealedHolder | null,
  now: Date
): Promise<void> {
  await tx`
    update card set holder = ${holder ? Buffer.from(holder.sealed) : null},
      holder_digest = ${holder ? Buffer.from(holder.digest) : null}, consented_at = ${holder ? now : null}
    where number = ${number}::bigint`
  // Whose page showed it was another holder's.
  await tx`delete from card_keeper where card_number = ${number}::bigint`
}

export async function setState(
  tx: Transaction,
  number: string,
  state: CardState,
  replacedBy: string | null
): Promise<void> {
  await tx`
    update card set state = ${state}, replaced_by = coalesce(${replacedBy}::bigint, replaced_by) where number = ${number}::bigint`
}

export type CardEventKind =
  | 'issued'
  | 'named'
  | 'unnamed'
  | 'blocked'
  | 'unblocked'
  | 'replaced'
  | 'converted'
  | 'lost'
  | 'unreadable'
  | 'returned'
  | 'paid'
  | 'refused'
  | 'journey'
  | 'disputed'

/** Returns the event's id. */
export async function insertEvent(
  tx: Transaction,
  number: string,
  event: { event: CardEventKind; actor: string; note?: string },
  now: Date
): Promise<string> {
  const [row] = await tx<{ id: string }[]>`
    insert into card_event (card_number, at, event, actor, note)
    values (${number}::bigint, ${now}, ${event.event}, ${event.actor}, ${event.note ?? ''}) returning id::text as id`
  return row!.id
}

export async function listEvents(
  sql: Queryable,
  number: string
): Promise<{ at: Date; event: CardEventKind; actor: string; note: string }[]> {
  return await sql`
    select at, event, actor, note from card_event where card_number = ${number}::bigint order by id`
}

export async function findHolderDigest(sql: Queryable, number: string): Promise<Buffer | null> {
  const [row] = await sql<{ digest: Buffer | null }[]>`
    select holder_digest as digest from card where number = ${number}::bigint`
  return row?.digest ?? null
}

export async function listCardsOfHolder(sql: Queryable, digest: Uint8Array): Promise<string[]> {
  const rows = await sql<{ number: string }[]>`
    select lpad(number::text, 19, '0') as number from card where holder_digest = ${Buffer.from(digest)} order by number limit 50`
  return rows.map(({ number }) => number)
}

/** On the list from now on, or off it. */
export async function listAsHot(tx: Transaction, card: CardRow, listed: boolean, now: Date): Promise<void> {
  if (listed)
    await tx`
      insert into hotlist_entry (card_number, issuer, listed_at) values (${card.number}::bigint, ${card.issuerId}, ${now})
      on conflict (card_number) do update set listed_at = excluded.listed_at, removed_at = null
      where hotlist_entry.removed_at is not null`
  else
    await tx`update hotlist_entry set removed_at = ${now} where card_number = ${card.number}::bigint and removed_at is null`
}
