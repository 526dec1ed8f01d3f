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
      (select fare from vehicle_fare join departure on departure.line = vehicle_fare.line
        where departure.id = ${departure} and from_position = ${fromPosition} and to_position = ${toPosition}
          and vehicle_fare.kind = ${kind} and length_cm_max >= ${lengthCm} and valid_from <= ${day}
        order by length_cm_max, valid_from desc limit 1) as fare
    from refund_policy as frozen where frozen.id = ${refundPolicy}`
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
