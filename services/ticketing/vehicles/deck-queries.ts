// Car decks, what a vehicle's place on them costs, and the terms vehicles are sold under.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable } from '../../../clearing/database.ts'
import type { Fen } from '../../../clearing/money.ts'
import type { Offer } from '../../timetable/departure-queries.ts'
import type { VehicleKind } from './vehicle-schemas.ts'

export interface VehicleTerms {
  /** Null when the sailing has no deck, or none for such a vehicle. */
  fare: Fen | null
  saleClosesMinutes: number
  newEnergyPresaleDays: number
  newEnergyPresaleOpensMinute: number
}

/** What a vehicle of this kind and length pays on the sailing, and how it is sold there. */
export async function findVehicleTerms(
  sql: Queryable,
  { departure, fromPosition, toPosition, refundPolicy, day }: Offer,
  { kind, lengthCm }: { kind: VehicleKind; lengthCm: number }
): Promise<VehicleTerms> {
  const [row] = await sql<VehicleTerms[]>`
    select (frozen.terms ->> 'vehicleSaleClosesMinutes')::integer as sale_closes_minutes,
      (frozen.terms ->> 'newEnergyPresaleDays')::integer as new_energy_presale_days,
      (frozen.terms ->> 'newEnergyPresaleOpensMinute')::integer as new_energy_presale_opens_minute,
      (select fare from vehicle_fare join departure on departure.line = vehicle_fare.line
        where departure.id = ${departure} and from_position = ${fromPosition} and to_position = ${toPosition}
          and vehicle_fare.kind = ${kind} and length_cm_max >= ${lengthCm} and valid_from <= ${day}
        order by length_cm_max, valid_from desc limit 1) as fare
    from refund_policy as frozen where frozen.id = ${refundPolicy}`
  return row!
}

export interface DeckFare {
  kind: VehicleKind
  lengthCmMax: number
  fare: Fen
  sampleFare: boolean
}

/** The fares in force on the day of the sailing; none where it has no deck. */
export async function findDeckFares(
  sql: Queryable,
  { departure, fromPosition, toPosition, day }: Offer
): Promise<DeckFare[]> {
  return await sql<DeckFare[]>`
    select distinct on (vehicle_fare.kind, length_cm_max) vehicle_fare.kind, length_cm_max, fare, sample as sample_fare
    from vehicle_fare join departure on departure.line = vehicle_fare.line
    where departure.id = ${departure} and from_position = ${fromPosition} and to_position = ${toPosition} and valid_from <= ${day}
      and exists (select from capacity_pool where capacity_pool.departure = departure.id and pool = 'vehicle')
    order by vehicle_fare.kind, length_cm_max, valid_from desc`
}

export interface DeckLeft {
  vehicles: number
  laneCm: number
  newEnergy: number
  dangerousGoods: number
}

export async function findDeckLeft(sql: Queryable, departure: number): Promise<DeckLeft> {
  const [row] = await sql<DeckLeft[]>`
    select coalesce(sum(capacity - taken) filter (where pool = 'vehicle'), 0)::integer as vehicles,
      coalesce(sum(capacity - taken) filter (where pool = 'lane'), 0)::integer as lane_cm,
      coalesce(sum(capacity - taken) filter (where pool = 'new-energy'), 0)::integer as new_energy,
      coalesce(sum(capacity - taken) filter (where pool = 'dangerous-goods'), 0)::integer as dangerous_goods
    from capacity_pool where departure = ${departure}`
  return row!
}

export interface NewDeck {
  line: string
  slots: number
  laneCm: number
  newEnergy: number
  dangerousGoods: number
}

export async function layDecks(sql: Queryable, decks: NewDeck[]): Promise<void> {
  await sql`
    insert into deck_plan (line, slots, lane_cm, new_energy, dangerous_goods, sample)
    select line.id, deck.slots, deck."laneCm", deck."newEnergy", deck."dangerousGoods", true
    from jsonb_to_recordset(${sql.json(decks as never)}) as deck(line text, slots integer, "laneCm" integer, "newEnergy" integer,
      "dangerousGoods" integer)
    join line on line.code = deck.line
    on conflict do nothing`
}

export interface NewVehicleFare {
  line: string
  kind: VehicleKind
  lengthCmMax: number
  fare: number
  sample: boolean
}

/** For the whole way of each line. */
export async function layVehicleFares(sql: Queryable, fares: NewVehicleFare[], validFrom: BusinessDay): Promise<void> {
  await sql`
    insert into vehicle_fare (line, from_position, to_position, kind, length_cm_max, valid_from, fare, sample)
    select line.id, 0, (select max(position) from line_stop where line_stop.line = line.id), laid.kind, laid."lengthCmMax", ${validFrom},
      laid.fare, laid.sample
    from jsonb_to_recordset(${sql.json(fares as never)}) as laid(line text, kind text, "lengthCmMax" integer, fare bigint, sample boolean)
    join line on line.code = laid.line
    on conflict do nothing`
}
