// SQL of subsidy claims: what is unclaimed, a claim and its parts, and the single rides behind it.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'
import type { Fen } from '../money.ts'

export interface Unclaimed {
  bearer: number
  role: 'issuer' | 'authority'
  code: string
  number: number
  afterRun: number
  upToRun: number
  rides: number
  amount: Fen
}

/** Of each bearer that owes for the month's rides anything that its last claim did not hold. */
export async function listUnclaimed(sql: Queryable, month: BusinessDay): Promise<Unclaimed[]> {
  return await sql<Unclaimed[]>`
    select leg.payer as bearer, participant.role, participant.code, coalesce(last.number, 0) + 1 as number,
      coalesce(last.up_to_run, 0) as after_run, max(leg.run) as up_to_run, sum(leg.rides)::integer as rides,
      sum(leg.amount)::bigint as amount
    from discount_leg as leg join participant on participant.id = leg.payer
    left join lateral (
      select number, up_to_run from subsidy_claim where bearer = leg.payer and month = ${month}
      order by number desc limit 1) as last on true
    where leg.month = ${month} and leg.bearer in ('issuer', 'government') and leg.run > coalesce(last.up_to_run, 0)
    group by 1, 2, 3, 4, 5 order by participant.code`
}

/** Months that are over when all before the day is priced, with something unclaimed by whoever claimed nothing of them this month yet. */
export async function listUnclaimedMonths(sql: Queryable, until: BusinessDay): Promise<BusinessDay[]> {
  const rows = await sql<{ month: BusinessDay }[]>`
    select distinct leg.month from discount_leg as leg
    where leg.month < date_trunc('month', ${until}::date - 1) and leg.bearer in ('issuer', 'government')
      and not exists (
        select from subsidy_claim as claim
        where claim.bearer = leg.payer and claim.month = leg.month
          and (claim.up_to_run >= leg.run or claim.day >= date_trunc('month', ${until}::date - 1)))
    order by leg.month`
  return rows.map(({ month }) => month)
}

/** The earliest day that has not been settled and priced: at the latest the one that takes files now. */
export async function findPricedUntil(sql: Queryable): Promise<BusinessDay | undefined> {
  const [row] = await sql<{ day: BusinessDay | null }[]>`
    select min(day)::text as day from clearing_day
    where not exists (select from discount_run where discount_run.day = clearing_day.day and adjustment is null)`
  return row!.day ?? undefined
}

export interface SubsidyClaim {
  id: number
  bearer: number
  code: string
  bearerName: string
  role: 'issuer' | 'authority'
  month: BusinessDay
  number: number
  afterRun: number
  upToRun: number
  rides: number
  amount: Fen
  day: BusinessDay
  issuedAt: Date
  paidAt: Date | null
  /** Of the file; null until it was made. */
  name: string | null
  storedAs: string | null
  size: Fen | null
  lines: number | null
  digest: Uint8Array | null
  signature: Uint8Array | null
}

const claims = (sql: Queryable) => sql`
  select claim.*, participant.code, participant.name as bearer_name, participant.role
  from subsidy_claim as claim join participant on participant.id = claim.bearer`

export async function listClaims(sql: Queryable, month: BusinessDay | null): Promise<SubsidyClaim[]> {
  return await sql<SubsidyClaim[]>`
    ${claims(sql)} where ${month}::date is null or month = ${month}
    order by month desc, participant.code, claim.number desc limit 500`
}

export async function findClaim(sql: Queryable, id: number): Promise<SubsidyClaim | undefined> {
  const [claim] = await sql<SubsidyClaim[]>`${claims(sql)} where claim.id = ${id}`
  return claim
}

export async function lockClaim(tx: Transaction, id: number): Promise<SubsidyClaim | undefined> {
  await tx`select from subsidy_claim where id = ${id} for update`
  return await findClaim(tx, id)
}

/** With its parts, from the legs of its runs. */
export async function insertClaim(
  tx: Transaction,
  { bearer, number, afterRun, upToRun, rides, amount }: Unclaimed,
  { month, day, now, paid }: { month: BusinessDay; day: BusinessDay; now: Date; paid: boolean }
): Promise<number> {
  const [claim] = await tx<{ id: number }[]>`
    insert into subsidy_claim (bearer, month, number, after_run, up_to_run, rides, amount, day, issued_at, paid_at)
    values (${bearer}, ${month}, ${number}, ${afterRun}, ${upToRun}, ${rides}, ${amount}, ${day}, ${now}, ${paid ? now : null})
    returning id`
  await tx`
    insert into subsidy_claim_leg (claim, payee, amount)
    select ${claim!.id}, payee, sum(amount) from discount_leg
    where payer = ${bearer} and month = ${month} and bearer in ('issuer', 'government') and run > ${afterRun} and run <= ${upToRun}
    group by payee having sum(amount) <> 0`
  return claim!.id
}

export async function listClaimLegs(sql: Queryable, claim: number): Promise<{ payee: number; amount: Fen }[]> {
  return await sql<{ payee: number; amount: Fen }[]>`
    select payee, amount from subsidy_claim_leg where claim = ${claim} order by payee`
}

export async function markClaimPaid(tx: Transaction, id: number, now: Date): Promise<void> {
  await tx`update subsidy_claim set paid_at = ${now} where id = ${id}`
}

export async function recordClaimFile(
  tx: Transaction,
  id: number,
  file: {
    name: string
    storedAs: string
    size: number
    lines: number
    digest: Uint8Array
    signature: Uint8Array
  }
): Promise<void> {
  await tx`
    update subsidy_claim set name = ${file.name}, stored_as = ${file.storedAs}, size = ${file.size}, lines = ${file.lines},
      digest = ${Buffer.from(file.digest)}, signature = ${Buffer.from(file.signature)}
    where id = ${id}`
}

export interface ClaimedRide {
  /** FILE:LINE */
  id: string
  occurredAt: Date
  operator: string
  issuer: string
  service: number
  scheme: string
  riderClass: string
  price: Fen
  due: Fen
  charged: Fen
  ridesBefore: number
  paidBefore: Fen
  tier: number
  /** -1: taken back. */
  sign: number
  part: Fen
}

const page = 5_000

/** Every ride behind a claim, in an order of its own; a taken back one beside the one that took its place. */
export async function* claimedRides(
  sql: Queryable,
  { bearer, role, month, afterRun, upToRun }: Pick<SubsidyClaim, 'bearer' | 'role' | 'month' | 'afterRun' | 'upToRun'>
): AsyncGenerator<ClaimedRide[]> {
  const ofIssuer = role === 'issuer'
  const cursor = sql<ClaimedRide[]>`
    select ride.file_id || ':' || ride.line_number as id, ride.occurred_at, operator.code as operator, issuer.code as issuer,
      fare.service, fare.scheme, fare.rider_class, fare.price::bigint as price, fare.due[1 + ride.tier]::bigint as due,
      ride.charged::bigint as charged, ride.rides_before, ride.paid_before::bigint as paid_before, ride.tier, ride.sign,
      (ride.sign * part.amount)::bigint as part
    from priced_ride as ride join discount_fare as fare on fare.id = ride.fare
    join discount_agreement as agreement on agreement.id = fare.agreement
    join participant as operator on operator.id = ride.acquirer
    join participant as issuer on issuer.id = ride.issuer
    cross join lateral (
      select case when ${ofIssuer} then fare.issuer_part[1 + ride.tier] else fare.government_part[1 + ride.tier] end as amount
    ) as part
    where ride.run > ${afterRun} and ride.run <= ${upToRun}
      and ride.transaction_day >= ${month} and ride.transaction_day < ${month}::date + interval '1 month'
      and case when ${ofIssuer} then ride.issuer else agreement.government end = ${bearer}
      and part.amount <> 0
    order by ride.file_id, ride.line_number, ride.run, ride.sign`.cursor(page)
  for await (const rows of cursor) yield rows
}
