// Keeps what was made of a day and reads it for whoever asks; a day analysed again replaces what was there.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Database, Transaction } from '../../../clearing/database.ts'
import type { DayCounts } from './day-counts.ts'

export interface FlowDay {
  day: BusinessDay
  analysedAt: Date
  seconds: number
  megabytes: number
  taps: number
  known: number
  placed: number
  paired: number
  openEntries: number
  openExits: number
  inferred: number
  notInferred: number
  chainTried: number
  chainRight: number
  chainNear: number
  transfers: number
  journeys: number
  coupons: number
}

export async function listFlowDays(sql: Database, day: BusinessDay | null = null): Promise<FlowDay[]> {
  return await sql<
    FlowDay[]
  >`select * from flow_day where ${day}::date is null or day = ${day} order by day desc limit 400`
}

/** Clearing days that are published and whose taps nobody has looked at, the earliest first. */
export async function listUnanalysed(sql: Database): Promise<string[]> {
  const rows = await sql<{ day: string }[]>`
    select day::text as day from clearing_day
    where state = 'published' and not exists (select from flow_analysed where clearing_day = day) order by day limit 5`
  return rows.map(({ day }) => day)
}

/** The days people travelled whose transactions a clearing day took in. */
export async function listTravelDays(sql: Database, clearingDay: string): Promise<BusinessDay[]> {
  const rows = await sql<{ day: BusinessDay }[]>`
    select distinct t.transaction_day as day from card_transaction t join card_file f on f.id = t.file_id
    where f.clearing_day = ${clearingDay} order by day`
  return rows.map(({ day }) => day)
}

export async function requestAnalysis(tx: Transaction, day: BusinessDay, now: Date): Promise<void> {
  await tx`insert into flow_request (day, asked_at) values (${day}, ${now}) on conflict (day) do nothing`
}

export async function listRequested(sql: Database): Promise<BusinessDay[]> {
  const rows = await sql<{ day: BusinessDay }[]>`select day from flow_request order by asked_at limit 5`
  return rows.map(({ day }) => day)
}

export async function forgetRequest(tx: Transaction, day: BusinessDay): Promise<void> {
  await tx`delete from flow_request where day = ${day}`
}

export async function markAnalysed(tx: Transaction, clearingDay: string, now: Date): Promise<void> {
  await tx`insert into flow_analysed (clearing_day, analysed_at) values (${clearingDay}, ${now}) on conflict do nothing`
}

export interface Effort {
  analysedAt: Date
  seconds: number
  megabytes: number
}

/** Replaces the day. */
export async function saveFlowDay(tx: Transaction, day: BusinessDay, counts: DayCounts, effort: Effort): Promise<void> {
  await tx`delete from flow_day where day = ${day}`
  const { tried, right, near } = counts.trial
  const row = { day, ...effort, ...counts.day, chainTried: tried, chainRight: right, chainNear: near, coupons: 0 }
  await tx`insert into flow_day ${tx(row)}`
  await saveRows(counts.boardingRows(), async (rows) => {
    await tx`
      insert into flow_boarding (day, line, place, passage, quarter, taps)
      select ${day}::date, * from unnest(${column(rows, 'line')}::int[], ${column(rows, 'place')}::int[], ${column(rows, 'passage')}::int[],
        ${column(rows, 'quarter')}::int[], ${column(rows, 'taps')}::int[])`
  })
  await saveRows(counts.pairRows(), async (rows) => {
    await tx`
      insert into flow_pair (day, mode, origin, destination, hour, rides, inferred)
      select ${day}::date, * from unnest(${column(rows, 'mode')}::int[], ${column(rows, 'origin')}::int[], ${column(rows, 'destination')}::int[],
        ${column(rows, 'hour')}::int[], ${column(rows, 'rides')}::int[], ${column(rows, 'inferred')}::int[])`
  })
  await saveRows(counts.journeyRows(), async (rows) => {
    await tx`
      insert into flow_journey (day, origin_zone, destination_zone, hour, modes, journeys)
      select ${day}::date, * from unnest(${column(rows, 'originZone')}::text[], ${column(rows, 'destinationZone')}::text[],
        ${column(rows, 'hour')}::int[], ${column(rows, 'modes')}::text[], ${column(rows, 'journeys')}::int[])`
  })
  await saveRows(counts.loadRows(), async (rows) => {
    await tx`
      insert into flow_load (day, line, position, backward, hour, passengers)
      select ${day}::date, * from unnest(${column(rows, 'line')}::int[], ${column(rows, 'position')}::int[],
        ${column(rows, 'backward')}::text[]::boolean[], ${column(rows, 'hour')}::int[], ${column(rows, 'passengers')}::int[])`
  })
  await saveDiscounts(tx, day)
  await addCoupons(tx, day)
}

async function saveDiscounts(tx: Transaction, day: BusinessDay): Promise<void> {
  await tx`
    insert into flow_discount (day, line, discount, taps, price, amount)
    select ${day}::date, s.line, t.discount, count(*), sum(t.price), sum(t.amount)
    from card_transaction t join terminal_site s on s.terminal_number = t.terminal_number
    where t.transaction_day = ${day} and t.passage <> 1 group by s.line, t.discount`
}

/** A passenger's coupons of one order on one day are one journey; counted once the first is checked. */
async function addCoupons(tx: Transaction, day: BusinessDay): Promise<void> {
  const [row] = await tx<{ coupons: number }[]>`
    with leg as (
      select c.order_id, c.passenger, c.leg, line.mode, d.departs_at,
        (select city from line_stop s join place p on p.id = s.place where s.line = d.line and s.position = lower(c.stops)) as origin,
        (select city from line_stop s join place p on p.id = s.place where s.line = d.line and s.position = upper(c.stops)) as destination
      from coupon c join departure d on d.id = c.departure join line on line.id = d.line
      where d.day = ${day} and c.state in ('CHECKED', 'USED')
    ), journey as (
      select (array_agg(origin order by leg))[1] as origin, (array_agg(destination order by leg desc))[1] as destination,
        extract(hour from min(departs_at) at time zone 'Asia/Shanghai')::int as hour, string_agg(mode, '+' order by leg) as modes
      from leg group by order_id, passenger
    ), saved as (
      insert into flow_journey (day, origin_zone, destination_zone, hour, modes, journeys)
      select ${day}::date, origin, destination, hour, modes, count(*) from journey
      where origin is not null and destination is not null group by 2, 3, 4, 5
    )
    select count(*)::int as coupons from leg`
  await tx`update flow_day set coupons = ${row!.coupons} where day = ${day}`
}

const rowsAtOnce = 50_000

async function saveRows<Row>(rows: readonly Row[], save: (rows: readonly Row[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsAtOnce) await save(rows.slice(from, from + rowsAtOnce))
}

type Cell = string | number | boolean | null

/** One property of every row, as text for unnest. */
function column<Name extends string>(rows: readonly Record<Name, Cell>[], name: Name): (string | null)[] {
  return rows.map((row) => (row[name] === null ? null : String(row[name])))
}

/** What to look at: everything, or one line, place, zone or hour. */
export interface FlowFilter {
  line?: number | undefined
  place?: number | undefined
  hour?: number | undefined
  mode?: number | undefined
  from?: string | undefined
  to?: string | undefined
}

export async function listBoardings(sql: Database, day: BusinessDay, { line, place, mode }: FlowFilter) {
  return await sql<
    {
      network: string
      mode: number
      line: number
      lineName: string
      place: number | null
      placeName: string | null
      passage: number
      quarter: number
      taps: number
    }[]
  >`
    select l.network, l.mode, b.line, l.name as line_name, b.place, p.name as place_name, b.passage, b.quarter, sum(b.taps)::int as taps
    from flow_boarding b join flow_line l on l.id = b.line left join flow_place p on p.id = b.place
    where b.day = ${day} and (${line ?? null}::int is null or b.line = ${line ?? null}) and (${place ?? null}::int is null or b.place = ${place ?? null})
      and (${mode ?? null}::int is null or l.mode = ${mode ?? null})
    group by l.network, l.mode, b.line, l.name, b.place, p.name, b.passage, b.quarter
    order by l.network, l.mode, b.line, b.place, b.passage, b.quarter`
}

export async function listPairs(sql: Database, day: BusinessDay, { hour, mode, from, to, place }: FlowFilter) {
  return await sql<
    {
      mode: number
      origin: number
      originName: string
      originZone: string
      destination: number
      destinationName: string
      destinationZone: string
      rides: number
      inferred: number
    }[]
  >`
    select f.mode, f.origin, o.name as origin_name, o.zone as origin_zone, f.destination, d.name as destination_name, d.zone as destination_zone,
      sum(f.rides)::int as rides, sum(f.inferred)::int as inferred
    from flow_pair f join flow_place o on o.id = f.origin join flow_place d on d.id = f.destination
    where f.day = ${day} and (${hour ?? null}::int is null or f.hour = ${hour ?? null}) and (${mode ?? null}::int is null or f.mode = ${mode ?? null})
      and (${from ?? null}::text is null or o.zone = ${from ?? null}) and (${to ?? null}::text is null or d.zone = ${to ?? null})
      and (${place ?? null}::int is null or ${place ?? null} in (f.origin, f.destination))
    group by f.mode, f.origin, o.name, o.zone, f.destination, d.name, d.zone order by rides desc, f.origin, f.destination limit 20000`
}

export async function listZoneJourneys(sql: Database, day: BusinessDay, { hour }: FlowFilter) {
  return await sql<{ originZone: string; destinationZone: string; modes: string; journeys: number }[]>`
    select origin_zone, destination_zone, modes, sum(journeys)::int as journeys from flow_journey
    where day = ${day} and (${hour ?? null}::int is null or hour = ${hour ?? null})
    group by origin_zone, destination_zone, modes order by journeys desc, origin_zone, destination_zone, modes`
}

/** Of the hour, or of the whole day. */
export async function listLoads(sql: Database, day: BusinessDay, { line, hour }: FlowFilter) {
  return await sql<
    {
      line: number
      lineName: string
      position: number
      backward: boolean
      fromName: string
      toName: string
      passengers: number
    }[]
  >`
    select f.line, l.name as line_name, f.position, f.backward, a.name as from_name, b.name as to_name, sum(f.passengers)::int as passengers
    from flow_load f join flow_line l on l.id = f.line
      join flow_line_stop s on s.line = f.line and s.position = f.position join flow_place a on a.id = s.place
      join flow_line_stop n on n.line = f.line and n.position = f.position + case when f.backward then -1 else 1 end
      join flow_place b on b.id = n.place
    where f.day = ${day} and (${line ?? null}::int is null or f.line = ${line ?? null}) and (${hour ?? null}::int is null or f.hour = ${hour ?? null})
    group by f.line, l.name, f.position, f.backward, a.name, b.name order by f.line, f.backward, f.position`
}

export async function listDiscounts(sql: Database, day: BusinessDay) {
  return await sql<
    { line: number; lineName: string; mode: number; discount: number; taps: number; price: number; amount: number }[]
  >`
    select d.line, l.name as line_name, l.mode, d.discount, d.taps, d.price, d.amount
    from flow_discount d join flow_line l on l.id = d.line where d.day = ${day} order by l.mode, l.name, d.discount`
}

/** Coach and ferry lines on a day against their timetable. */
export async function listOperations(sql: Database, day: BusinessDay) {
  return await sql<
    {
      line: string
      lineName: string
      mode: 'coach' | 'ferry'
      planned: number
      dispatched: number
      cancelled: number
      late: number
      places: number
      travelled: number
    }[]
  >`
    select line.code as line, line.name as line_name, line.mode, count(*)::int as planned,
      count(*) filter (where gone.at is not null)::int as dispatched,
      count(*) filter (where d.state in ('CANCELLED', 'MISSED'))::int as cancelled,
      count(*) filter (where gone.at > d.departs_at + interval '5 minutes')::int as late,
      sum(d.places)::int as places, coalesce(sum(used.coupons), 0)::int as travelled
    from departure d join line on line.id = d.line
      left join lateral (select min(dispatched_at) as at from dispatch where departure = d.id offset 0) gone on true
      left join lateral (select count(*) as coupons from coupon where departure = d.id and state in ('CHECKED', 'USED') offset 0) used on true
    where d.day = ${day} group by line.code, line.name, line.mode order by planned desc, line.code limit 2000`
}
