// Files that came in and wait to be taken in, in SQL: what a worker finds again after anything was lost but the database.
import type { Queryable, Transaction } from '../../clearing/database.ts'

export interface Arrival {
  id: number
  name: string
  format: string | null
  source: 'inbox' | 'api' | 'transfer'
  storedAs: string
  digest: Uint8Array | null
  size: number
  signature: Uint8Array | null
  state: 'waiting' | 'taken' | 'refused'
  fileId: number | null
  code: string | null
  receivedAt: Date
  finishedAt: Date | null
}

export type NewArrival = Omit<Arrival, 'id' | 'state' | 'fileId' | 'code' | 'finishedAt'> & {
  receivedBy: string | null
}

/** Null when a file of this name is waiting already. */
export async function insertArrival(tx: Transaction, arrival: NewArrival): Promise<Arrival | null> {
  const [row] = await tx<Arrival[]>`
    insert into file_arrival ${tx({ ...arrival })} on conflict (name) where state = 'waiting' do nothing returning *`
  return row ?? null
}

export async function findArrival(sql: Queryable, id: number): Promise<Arrival | null> {
  const [row] = await sql<Arrival[]>`select * from file_arrival where id = ${id}`
  return row ?? null
}

export async function findWaitingArrival(sql: Queryable, name: string): Promise<Arrival | null> {
  const [row] = await sql<Arrival[]>`select * from file_arrival where name = ${name} and state = 'waiting'`
  return row ?? null
}

/** The earliest first. */
export async function listWaitingArrivals(sql: Queryable): Promise<Arrival[]> {
  return await sql<Arrival[]>`select * from file_arrival where state = 'waiting' order by id`
}

export async function listArrivals(sql: Queryable, limit: number): Promise<Arrival[]> {
  return await sql<Arrival[]>`select * from file_arrival order by id desc limit ${limit}`
}

export async function finishArrival(
  tx: Transaction,
  id: number,
  outcome: { state: 'taken' | 'refused'; fileId: number | null; code: string | null; finishedAt: Date }
): Promise<void> {
  await tx`update file_arrival set ${tx({ ...outcome })} where id = ${id} and state = 'waiting'`
}

/** Stored names that a waiting arrival still needs. */
export async function listStoredNames(sql: Queryable): Promise<Set<string>> {
  const rows = await sql<{ storedAs: string }[]>`select stored_as from file_arrival where state = 'waiting'`
  return new Set(rows.map(({ storedAs }) => storedAs))
}
