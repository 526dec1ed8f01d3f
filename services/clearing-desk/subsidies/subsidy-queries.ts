// SQL of what the desk shows of discounts: a day's legs by who owes whom, with names, and single rides to look into.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable } from '../../../clearing/database.ts'
import type { Fen } from '../../../clearing/money.ts'

export interface DeskLeg {
  month: BusinessDay
  scheme: string
  bearer: 'operator' | 'issuer' | 'government' | 'overcharge'
  payer: string
  payerName: string
  payee: string
  payeeName: string
  rides: number
  amount: Fen
}

/** Of the day's own rides; what its adjustments changed is theirs. */
export async function listDeskLegs(sql: Queryable, day: BusinessDay): Promise<DeskLeg[]> {
  return await sql<DeskLeg[]>`
    select leg.month, leg.scheme, leg.bearer, payer.code as payer, payer.name as payer_name, payee.code as payee,
      payee.name as payee_name, leg.rides, leg.amount
    from discount_run as run join discount_leg as leg on leg.run = run.id
    join participant as payer on payer.id = leg.payer join participant as payee on payee.id = leg.payee
    where run.day = ${day} and run.adjustment is null
    order by leg.month desc, leg.scheme, leg.bearer, leg.amount desc, payer.code, payee.code`
}

export interface DeskPricedRide {
  /** FILE:LINE */
  id: string
  scheme: string
  riderClass: string
  price: Fen
  due: Fen
  charged: Fen
  tier: number
  ridesBefore: number
  paidBefore: Fen
  takenBack: boolean
}

/** Those in the highest tiers first, and some of every scheme and class. */
export async function listDeskRides(sql: Queryable, day: BusinessDay, limit: number): Promise<DeskPricedRide[]> {
  return await sql<DeskPricedRide[]>`
    select ride.file_id || ':' || ride.line_number as id, fare.scheme, fare.rider_class, fare.price::bigint as price,
      fare.due[1 + ride.tier]::bigint as due, ride.charged::bigint as charged, ride.tier, ride.rides_before,
      ride.paid_before::bigint as paid_before, ride.sign < 0 as taken_back
    from (
      select ride.*, row_number() over (partition by fare.scheme, fare.rider_class, ride.tier, ride.sign
        order by ride.file_id, ride.line_number) as place
      from discount_run as run join priced_ride as ride on ride.run = run.id join discount_fare as fare on fare.id = ride.fare
      where run.day = ${day} and run.adjustment is null) as ride
    join discount_fare as fare on fare.id = ride.fare
    where ride.place <= 5
    order by ride.tier desc, fare.scheme, fare.rider_class, ride.place limit ${limit}`
}
