// Reads and lays the network that taps are read against.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { shanghaiInstant } from '../../../clearing/business-day.ts'
import type { Database, Queryable, Transaction } from '../../../clearing/database.ts'
import type { FlowLine, FlowNetwork, Site, VehicleRun } from './flow-network.ts'

/** As it is for one day: the runs of that day only. */
export async function readNetwork(sql: Queryable, day: BusinessDay): Promise<FlowNetwork> {
  const stops = await sql<{ line: number; place: number; minutes: number }[]>`
    select line, place, minutes from flow_line_stop order by line, position`
  const stopsOf = Map.groupBy(stops, ({ line }) => line)
  const lines = new Map<number, FlowLine>()
  for (const { id, mode } of await sql<{ id: number; mode: number }[]>`select id, mode from flow_line`)
    lines.set(id, { id, mode, stops: stopsOf.get(id) ?? [] })
  const sites: Site[] = []
  for (const { id, ...site } of await sql<
    (Site & { id: number })[]
  >`select id, line, place, vehicle from terminal_site`)
    sites[id] = site
  const midnight = shanghaiInstant(day, 0)
  const runs = await sql<(VehicleRun & { vehicle: string })[]>`
    select vehicle, extract(epoch from starts_at - ${midnight})::int as starts_at, line from vehicle_run
    where starts_at >= ${midnight} and starts_at < ${new Date(midnight.getTime() + 86_400_000)} order by starts_at`
  const zones = await sql<{ id: number; zone: string }[]>`select id, zone from flow_place`
  return {
    lines,
    sites,
    runs: Map.groupBy(runs, ({ vehicle }) => vehicle),
    zones: new Map(zones.map(({ id, zone }) => [id, zone]))
  }
}

export interface NewLine {
  network: string
  name: string
  mode: number
  stops: readonly { place: string; zone: string; minutes: number }[]
}

/** Lays a line with its places; laid before, its stops are replaced. */
export async function layLine(tx: Transaction, { network, name, mode, stops }: NewLine): Promise<void> {
  await tx`
    insert into flow_place (network, name, zone)
    select distinct on (name) ${network}, name, zone from unnest(${stops.map(({ place }) => place)}::text[], ${stops.map(({ zone }) => zone)}::text[]) as p (name, zone)
    on conflict (network, name) do nothing`
  const [line] = await tx<{ id: number }[]>`
    insert into flow_line (network, name, mode) values (${network}, ${name}, ${mode})
    on conflict (network, name) do update set mode = excluded.mode returning id`
  await tx`delete from flow_line_stop where line = ${line!.id}`
  await tx`
    insert into flow_line_stop (line, position, place, minutes)
    select ${line!.id}, position - 1, flow_place.id, minutes
    from unnest(${stops.map(({ place }) => place)}::text[], ${stops.map(({ minutes }) => minutes)}::int[]) with ordinality as s (name, minutes, position)
    join flow_place on flow_place.network = ${network} and flow_place.name = s.name`
}

export interface NewSite {
  terminal: string
  line: string
  place: string | null
  vehicle: string | null
}

/** Says where terminals are. Answers the places in the list of those whose line or place nobody has laid; they are left out. */
export async function laySites(tx: Transaction, network: string, sites: readonly NewSite[]): Promise<number[]> {
  const column = (name: keyof NewSite) => sites.map((site) => site[name])
  const found = await tx<{ nth: number }[]>`
    with given as (
      select * from unnest(${column('terminal')}::bigint[], ${column('line')}::text[], ${column('place')}::text[], ${column('vehicle')}::text[])
        with ordinality as g (terminal, line, place, vehicle, nth)
    ), known as (
      select given.nth, given.terminal, flow_line.id as line, flow_place.id as place, given.vehicle
      from given
      join flow_line on flow_line.network = ${network} and flow_line.name = given.line
      left join flow_place on flow_place.network = ${network} and flow_place.name = given.place
      where given.place is null or flow_place.id is not null
    ), laid as (
      insert into terminal_site (terminal_number, line, place, vehicle)
      select distinct on (terminal) terminal, line, place, vehicle from known order by terminal, nth desc
      on conflict (terminal_number) do update set line = excluded.line, place = excluded.place, vehicle = excluded.vehicle
    )
    select nth::int as nth from known`
  const known = new Set(found.map(({ nth }) => nth))
  return sites.flatMap((_, index) => (known.has(index + 1) ? [] : [index]))
}

export async function layRuns(
  tx: Transaction,
  network: string,
  runs: readonly { vehicle: string; line: string; startsAt: Date }[]
): Promise<void> {
  await tx`
    insert into vehicle_run (vehicle, starts_at, line)
    select vehicle, starts_at, flow_line.id
    from unnest(${runs.map(({ vehicle }) => vehicle)}::text[], ${runs.map(({ startsAt }) => startsAt.toISOString())}::timestamptz[], ${runs.map(({ line }) => line)}::text[]) as r (vehicle, starts_at, line)
    join flow_line on flow_line.network = ${network} and flow_line.name = r.line
    on conflict (vehicle, starts_at) do update set line = excluded.line`
}

export async function countLines(sql: Database, network: string): Promise<number> {
  const [row] = await sql<{ lines: number }[]>`
    select count(*)::int as lines from flow_line where network = ${network}`
  return row!.lines
}
