// Loading stations (配载) of a departure in SQL.
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { LoadingStation } from './timetable-schemas.ts'

export async function findLoadingStations(sql: Queryable, departure: number): Promise<LoadingStation[]> {
  return await sql<LoadingStation[]>`
    select place.code as place, place.name, loading.departs_at, loading.gate, loading.state
    from departure_loading as loading
    join departure on departure.id = loading.departure
    join line_stop as stop on stop.line = departure.line and stop.position = loading.position
    join place on place.id = stop.place
    where loading.departure = ${departure}
    order by loading.position`
}

export interface LoadingChange {
  departure: number
  /** The place's id. */
  place: number
  state: LoadingStation['state']
  gate: number | null
}

/** Locks the row. Null when the departure does not load there. */
export async function lockLoadingState(
  tx: Transaction,
  { departure, place }: LoadingChange
): Promise<LoadingStation['state'] | null> {
  const [row] = await tx<{ state: LoadingStation['state'] }[]>`
    select loading.state
    from departure_loading as loading
    join departure on departure.id = loading.departure
    join line_stop as stop on stop.line = departure.line and stop.position = loading.position
    where loading.departure = ${departure} and stop.place = ${place}
    for update of loading`
  return row?.state ?? null
}

export async function hasGate(sql: Queryable, place: number, number: number): Promise<boolean> {
  return (await sql`select from gate where place = ${place} and number = ${number}`).length > 0
}

export async function changeLoadingStation(tx: Transaction, change: LoadingChange): Promise<void> {
  const { departure, place, state, gate } = change
  await tx`
    update departure_loading as loading set state = ${state}, gate = ${gate}
    from departure join line_stop as stop on stop.line = departure.line
    where loading.departure = ${departure} and departure.id = loading.departure and stop.position = loading.position
      and stop.place = ${place}`
}
