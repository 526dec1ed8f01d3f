// SQL of expected arrivals: who is due by when and when the first file came, and the gaps in file numbers and terminal counters. All of it is
// asked anew each time, so that what arrives is missing no more.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'

export interface ExpectedFile {
  participant: number
  code: string
  name: string
  due: Date
  /** The first accepted file of the day, or of an adjustment of it. */
  firstAt: Date | null
  files: number
  chasedAt: Date | null
}

/** Before the cut, unless expected_file says otherwise. */
const minutesBeforeCut = 120

/** Those who sent within the week before, and those who are listed; without those of whom nothing is expected any more. */
export async function listExpected(sql: Queryable, day: BusinessDay): Promise<ExpectedFile[]> {
  return await sql<ExpectedFile[]>`
    with listed as (
      select distinct on (participant) participant, minutes_before_cut
      from expected_file where valid_from <= ${day} order by participant, valid_from desc
    ), regular as (
      select distinct sender as participant from card_file
      where state = 'accepted' and sender is not null
        and clearing_day between ${day}::date - 7 and ${day}::date - 1
    ), expected as (
      select participant, coalesce(listed.minutes_before_cut, ${minutesBeforeCut}) as minutes
      from regular full join listed using (participant)
      where listed.participant is null or listed.minutes_before_cut is not null
    )
    select expected.participant, participant.code, participant.name,
      (${day}::date + interval '3 hours' - make_interval(mins => expected.minutes)) at time zone 'Asia/Shanghai' as due,
      came.first_at, coalesce(came.files, 0) as files, chase.chased_at
    from expected join participant on participant.id = expected.participant
      left join chase on chase.day = ${day} and chase.participant = expected.participant
      left join lateral (
        select min(received_at) as first_at, count(*)::integer as files
        from card_file left join adjustment_run as run on run.id = card_file.adjustment
        where card_file.state = 'accepted' and card_file.sender = expected.participant
          and (card_file.clearing_day = ${day} or run.day = ${day})
      ) as came on true
    order by participant.code`
}

export async function setExpected(
  tx: Transaction,
  {
    participant,
    from,
    minutesBeforeCut: minutes
  }: { participant: number; from: BusinessDay; minutesBeforeCut: number | null }
): Promise<void> {
  await tx`
    insert into expected_file (participant, valid_from, minutes_before_cut) values (${participant}, ${from}, ${minutes})
    on conflict (participant, valid_from) do update set minutes_before_cut = excluded.minutes_before_cut`
}

/** Once for each day and participant. */
export async function insertChases(
  tx: Transaction,
  day: BusinessDay,
  participants: readonly number[],
  now: Date
): Promise<void> {
  await tx`
    insert into chase (day, participant, chased_at)
    select ${day}, participant, ${now} from unnest(${[...participants]}::smallint[]) as participant
    on conflict do nothing`
}

/** Days whose files are still due or were, the latest first. */
export async function listDaysToChase(sql: Queryable): Promise<BusinessDay[]> {
  const rows = await sql<{ day: BusinessDay }[]>`
    select day from clearing_day where published_at is null order by day desc limit 7`
  return rows.map((row) => row.day)
}

export interface NumberGap {
  code: string
  /** Of the names: files are numbered within it. */
  fileDay: string
  from: number
  to: number
}

/** Numbers missing between accepted files of one sender and one day of the name (card.md §2.2: digits 23 to 32). */
export async function listNumberGaps(sql: Queryable, day: BusinessDay, limit: number): Promise<NumberGap[]> {
  return await sql<NumberGap[]>`
    with touched as (
      select distinct sender, substr(name, 3, 6) as file_day from card_file
      where clearing_day = ${day} and state = 'accepted' and name ~ '^C[DQ]\\d{30}[A-Z]$'
    ), numbered as (
      select file.sender, touched.file_day, substr(file.name, 23, 10)::bigint as number
      from card_file as file join touched on touched.sender = file.sender and substr(file.name, 3, 6) = touched.file_day
      where file.state = 'accepted' and file.name ~ '^C[DQ]\\d{30}[A-Z]$'
    ), steps as (
      select sender, file_day, number, lag(number) over (partition by sender, file_day order by number) as before
      from numbered
    )
    select participant.code, file_day, (before + 1)::integer as from, (number - 1)::integer as to
    from steps join participant on participant.id = steps.sender
    where number - before > 1 order by participant.code, file_day, before limit ${limit}`
}

export interface CounterGap {
  terminal: string
  acquirer: string
  first: number
  last: number
  seen: number
}

/** Terminals whose counter skipped within the day's accepted transactions; a metro gate that fell silent shows here first. */
export async function listCounterGaps(sql: Queryable, day: BusinessDay, limit: number): Promise<CounterGap[]> {
  return await sql<CounterGap[]>`
    select row.terminal_number::text as terminal, min(participant.code) as acquirer,
      min(row.terminal_sequence) as first, max(row.terminal_sequence) as last, count(*)::integer as seen
    from card_transaction as row join card_file as file on file.id = row.file_id
      join participant on participant.id = row.acquirer
    where file.clearing_day = ${day} and file.state = 'accepted' and row.terminal_sequence is not null
      and row.file_id between (select min(id) from card_file where clearing_day = ${day})
        and (select max(id) from card_file where clearing_day = ${day})
    group by row.terminal_number
    having max(row.terminal_sequence)::bigint - min(row.terminal_sequence) + 1 > count(*)
    order by max(row.terminal_sequence)::bigint - min(row.terminal_sequence) + 1 - count(*) desc, 1 limit ${limit}`
}
