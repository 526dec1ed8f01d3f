// Seats one by one: the map a passenger chooses from, and the seats set aside for loading stations.
import type { Queryable } from '../../../clearing/database.ts'
import type { Offer } from '../../timetable/departure-queries.ts'
import type { CouponState } from '../coupon-rules.ts'

export interface NewQuota {
  line: string
  /** The loading station's code. */
  place: string
  seats: number[]
  /** Before it departs from there. */
  releaseMinutes: number
}

export async function layQuotas(sql: Queryable, quotas: NewQuota[]): Promise<void> {
  await sql`
    insert into quota_plan (line, position, seats, release_minutes, sample)
    select line.id, stop.position, quota.seats, quota."releaseMinutes", true
    from jsonb_to_recordset(${sql.json(quotas as never)}) as quota(line text, place text, seats integer[], "releaseMinutes" integer)
    join line on line.code = quota.line
    join place on place.code = quota.place
    join line_stop as stop on stop.line = line.id and stop.place = place.id
    on conflict do nothing`
}

export interface SeatRow {
  number: number
  taken: boolean
  /** Kept for another loading station, or out of use. */
  closed: boolean
}

/** The seats of a departure for one stretch, by number; empty where seats have none. */
export async function findSeats(
  sql: Queryable,
  { departure, fromPosition, toPosition }: Pick<Offer, 'departure' | 'fromPosition' | 'toPosition'>,
  now: Date
): Promise<SeatRow[]> {
  return await sql<SeatRow[]>`
    select number::integer, mask & stretch_mask(${fromPosition}::integer, ${toPosition}::integer) <> 0 as taken,
      number = any (closed_seats(${departure}, ${fromPosition}, ${now})) as closed
    from seat_map, unnest(occupied) with ordinality as seat(mask, number)
    where departure = ${departure}
    order by number`
}

export interface LostSeat {
  ticketNo: string
  orderId: string
  state: CouponState
  seat: number
  /** Null when no seat was left: the ticket is suspended. */
  movedTo: number | null
}

/** One unit of work; seats that were closed for a smaller vehicle before are open again up to `places`. */
export async function useSmallerVehicle(
  sql: Queryable,
  { departure, places, actor }: { departure: number; places: number; actor: string },
  now: Date
): Promise<LostSeat[]> {
  return await sql<LostSeat[]>`select * from use_smaller_vehicle(${departure}, ${places}, ${now}, ${actor})`
}

export async function hasSeatMap(sql: Queryable, departure: number): Promise<boolean> {
  const [row] = await sql<{ found: boolean }[]>`
    select exists (select from seat_map where departure = ${departure}) as found`
  return row!.found
}
