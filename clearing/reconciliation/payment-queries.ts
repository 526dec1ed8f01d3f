// SQL of payments: runs with their instructions, the bank's lines, and what the three books say of a day.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'
import type { Fen } from '../money.ts'
import type { BankLine } from './bank.ts'
import type { BankCalendar } from './payment-rules.ts'
import type { PaymentRun } from './payment-schemas.ts'

export async function loadBankCalendar(sql: Queryable): Promise<BankCalendar> {
  const rows = await sql<{ day: BusinessDay; open: boolean; name: string }[]>`select day, open, name from bank_calendar`
  return new Map(rows.map(({ day, ...kind }) => [day, kind]))
}

/** Settled days whose payments nobody has prepared. */
export async function listUnpreparedDays(sql: Queryable): Promise<BusinessDay[]> {
  const rows = await sql<{ day: BusinessDay }[]>`
    select day from clearing_day left join payment_run using (day)
    where settled_at is not null and prepared_at is null order by day`
  return rows.map(({ day }) => day)
}

/** False when somebody was quicker. */
export async function insertRun(tx: Transaction, day: BusinessDay, preparedAt: Date): Promise<boolean> {
  const { count } = await tx`
    insert into payment_run (day, prepared_at) values (${day}, ${preparedAt}) on conflict (day) do nothing`
  return count > 0
}

export interface Owed {
  participant: number
  cycle: 'daily' | 'monthly'
  /** The first clearing day not yet in an instruction. */
  fromDay: BusinessDay
  /** What the ledger's settlements of those days come to. */
  amount: Fen
}

/** The centre pays itself nothing. */
export async function listOwed(sql: Queryable, day: BusinessDay): Promise<Owed[]> {
  return await sql<Owed[]>`
    with member as (
      select participant.id, coalesce(terms.cycle, 'daily') as cycle,
        (select max(day) from payment_instruction where participant = participant.id) as paid_until
      from participant left join settlement_terms as terms on terms.participant = participant.id
      where participant.role in ('issuer', 'acquirer'))
    select member.id as participant, member.cycle, min(position.day) as from_day, sum(position.net)::bigint as amount
    from member join position on position.participant = member.id and position.day <= ${day}
      and (member.paid_until is null or position.day > member.paid_until)
      -- A daily member is paid for this day alone: earlier ones that came to nothing need no instruction.
      and (member.cycle = 'monthly' or position.day = ${day})
    group by member.id, member.cycle having sum(position.net) <> 0 order by member.id`
}

export async function insertInstructions(
  tx: Transaction,
  rows: readonly { day: BusinessDay; participant: number; fromDay: BusinessDay; amount: Fen; dueOn: BusinessDay }[]
): Promise<void> {
  if (rows.length > 0) await tx`insert into payment_instruction ${tx(rows)}`
}

export async function listRuns(sql: Queryable, limit: number): Promise<PaymentRun[]> {
  return await sql<PaymentRun[]>`select * from payment_run order by day desc limit ${limit}`
}

export async function lockRun(tx: Transaction, day: BusinessDay): Promise<PaymentRun | undefined> {
  const [row] = await tx<PaymentRun[]>`select * from payment_run where day = ${day} for update`
  return row
}

export async function markReleased(tx: Transaction, day: BusinessDay, maker: string, now: Date): Promise<void> {
  await tx`update payment_run set maker = ${maker}, released_at = ${now} where day = ${day}`
}

export async function markApproved(tx: Transaction, day: BusinessDay, checker: string, now: Date): Promise<void> {
  await tx`update payment_run set checker = ${checker}, approved_at = ${now} where day = ${day}`
}

export interface ToSend {
  id: number
  counterparty: string
  amount: Fen
  dueOn: BusinessDay
}

/** Approved, due, and not sent. */
export async function listToSend(sql: Queryable, today: BusinessDay): Promise<ToSend[]> {
  return await sql<ToSend[]>`
    select instruction.id, participant.code as counterparty, amount, due_on
    from payment_instruction as instruction join payment_run using (day)
      join participant on participant.id = instruction.participant
    where approved_at is not null and sent_at is null and due_on <= ${today} order by instruction.id`
}

export async function markSent(tx: Transaction, id: number, now: Date): Promise<void> {
  await tx`update payment_instruction set sent_at = ${now} where id = ${id} and sent_at is null`
}

export interface Instruction {
  id: number
  participant: number
  amount: Fen
  confirmedAt: Date | null
}

/** Locked until we commit. */
export async function lockInstruction(tx: Transaction, id: number): Promise<Instruction | undefined> {
  const [row] = await tx<Instruction[]>`
    select id, participant, amount, confirmed_at from payment_instruction where id = ${id} and sent_at is not null for update`
  return row
}

export async function markConfirmed(tx: Transaction, id: number, now: Date): Promise<void> {
  await tx`update payment_instruction set confirmed_at = ${now} where id = ${id}`
}

export async function findLastReference(sql: Queryable): Promise<string | null> {
  const [row] = await sql<{ reference: string }[]>`select reference from bank_line order by id desc limit 1`
  return row?.reference ?? null
}

/** Null when the line was taken before. */
export async function insertBankLine(
  tx: Transaction,
  line: BankLine & { takenAt: Date; instruction: number | null; difference: Fen }
): Promise<number | null> {
  const [row] = await tx<{ id: number }[]>`
    insert into bank_line ${tx({ ...line })} on conflict on constraint bank_line_reference do nothing returning id`
  return row?.id ?? null
}

export interface BooksRow {
  instruction: number
  participant: string
  name: string
  fromDay: BusinessDay
  dueOn: BusinessDay
  ledger: Fen
  amount: Fen
  bank: Fen | null
  approved: boolean
  sent: boolean
  inSuspense: boolean
}

/** What the ledger, our instruction and the bank say, member by member. */
export async function listBooks(sql: Queryable, day: BusinessDay): Promise<BooksRow[]> {
  return await sql<BooksRow[]>`
    select instruction.id as instruction, participant.code as participant, participant.name, instruction.from_day, instruction.due_on,
      instruction.amount, run.approved_at is not null as approved, instruction.sent_at is not null as sent,
      coalesce((select sum(entry.amount) from journal join journal_entry as entry on entry.journal = journal.id
        join account on account.id = entry.account
        where journal.kind = 'settlement' and account.kind = 'settlement' and account.participant = instruction.participant
          and journal.day between instruction.from_day and instruction.day), 0)::bigint as ledger,
      case when instruction.confirmed_at is not null then
        (select -sum(line.amount) from bank_line as line left join suspense_item as item on item.bank_line = line.id
          where instruction.id = coalesce(line.instruction, case when item.cleared_at is not null then item.instruction end))::bigint
        end as bank,
      exists (select from suspense_item as item join bank_line on bank_line.id = item.bank_line
        where item.cleared_at is null and bank_line.purpose = 'P' || instruction.id) as in_suspense
    from payment_instruction as instruction join payment_run as run using (day)
      join participant on participant.id = instruction.participant
    where instruction.day = ${day} order by participant.code`
}
