// SQL of the register of security modules.
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { SamState } from './sam-rules.ts'
import type { Sam, SamEntry, SamStory } from './sam-schemas.ts'

interface SamRow extends Omit<Sam, 'lostSince' | 'state'> {
  state: SamState
  lostSince: Date | null
}

/** The lost ones first. Without a number, all of them. */
export async function findSams(sql: Queryable, number: string | null = null): Promise<SamRow[]> {
  return await sql<SamRow[]>`
    select sam.number, sam.kind, sam.key_names, sam.state, sam.holder, sam.place, loss.lost_since,
      (select count(*)::integer from card_reject
       where code = '029001' and detail = 'SAM ' || sam.number) as held_back
    from sam left join sam_loss as loss on loss.sam = sam.number and loss.ended_at is null
    where ${number}::text is null or sam.number = ${number}
    order by (sam.state = 'lost') desc, sam.number limit 2000`
}

export async function lockSam(tx: Transaction, number: string): Promise<{ state: SamState } | undefined> {
  const [row] = await tx<{ state: SamState }[]>`select state from sam where number = ${number} for update`
  return row
}

/** False when it is registered already. */
export async function insertSam(
  tx: Transaction,
  number: string,
  { kind, keyNames, holder, place }: SamEntry,
  now: Date
): Promise<boolean> {
  const { count } = await tx`
    insert into sam (number, kind, key_names, holder, place, registered_at)
    values (${number}, ${kind}, ${keyNames}, ${holder}, ${place}, ${now}) on conflict do nothing`
  return count === 1
}

export interface SamStep {
  state: SamState
  /** Null leaves it as it is. */
  holder: string | null
  place: string | null
  words: string
  actor: string
}

/** Writes the step down beside what it came to. */
export async function stepSam(tx: Transaction, number: string, step: SamStep, now: Date): Promise<void> {
  const { state, holder, place, words, actor } = step
  await tx`
    update sam set state = ${state}, holder = coalesce(${holder}, holder), place = coalesce(${place}, place)
    where number = ${number}`
  await tx`
    insert into sam_event (sam, at, actor, state, holder, place, words)
    select number, ${now}, ${actor}, state, holder, place, ${words} from sam where number = ${number}`
}

export async function insertLoss(
  tx: Transaction,
  number: string,
  { lostSince, actor }: { lostSince: Date; actor: string },
  now: Date
): Promise<void> {
  await tx`
    insert into sam_loss (sam, lost_since, reported_at, reported_by) values (${number}, ${lostSince}, ${now}, ${actor})`
}

export async function endLoss(tx: Transaction, number: string, actor: string, now: Date): Promise<void> {
  await tx`update sam_loss set ended_at = ${now}, ended_by = ${actor} where sam = ${number} and ended_at is null`
}

type Story = Pick<SamStory, 'heldBackLines' | 'acceptedAfterLoss'>

/** Its events, the lines held back, and what had been taken in before anybody knew. */
export async function findSamStory(sql: Queryable, number: string) {
  const events = await sql<(Omit<SamStory['events'][number], 'at'> & { at: Date })[]>`
    select at, actor, state, holder, place, words from sam_event where sam = ${number} order by id`
  const lines = await sql<{ line: string }[]>`
    select file.name || ':' || reject.line_number as line
    from card_reject as reject join card_file as file on file.id = reject.file_id
    where reject.code = '029001' and reject.detail = ${`SAM ${number}`}
    order by reject.file_id, reject.line_number limit 500`
  const [before] = await sql<Story['acceptedAfterLoss'][]>`
    select count(row.*)::integer as transactions, coalesce(sum(row.amount), 0)::bigint as amount
    from sam_loss as loss join sam on sam.number = loss.sam and sam.kind <> 'mother-card'
      join card_transaction as row on row.terminal_number = case when sam.kind <> 'mother-card' then sam.number::bigint end
        and row.occurred_at >= loss.lost_since and row.transaction_day >= (loss.lost_since at time zone 'Asia/Shanghai')::date
    where loss.sam = ${number} and loss.ended_at is null`
  return { events, heldBackLines: lines.map(({ line }) => line), acceptedAfterLoss: before! }
}
