// Shifts in SQL: opening, what moved, closing. Nothing here is ever edited.
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'
import type { MovementTotal } from './shift-rules.ts'
import type { ClosingRequest, Shift } from './shift-schemas.ts'

export interface ShiftRow extends Omit<Shift, 'totals' | 'expectedCash' | 'closing'> {
  clerk: string
  /** Since when a movement may be this shift's: the opening of the shift before, which may have missed its last one. */
  since: string
  closing: (NonNullable<Shift['closing']> & { expectedCash: Fen }) | null
}

/** One shift of a clerk opens or closes at a time. */
export async function lockClerk(tx: Transaction, clerk: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${clerk}, 7236070))`
}

export interface NewShift {
  id: string
  clerk: string
  place: number
  windowNumber: number
  openingCash: Fen
  openedAt: Date
}

export async function insertShift(tx: Transaction, shift: NewShift): Promise<void> {
  await tx`insert into counter_shift ${tx({ ...shift })}`
}

const shiftRows = (sql: Queryable) => sql`
    select shift.id, shift.clerk, place.code as place, place.name as place_name, shift.window_number as window, shift.opened_at,
      shift.opening_cash, coalesce((select max(opened_at) from counter_shift as before
        where before.clerk = shift.clerk and before.opened_at < shift.opened_at), '-infinity')::text as since,
      closing.closed_at, closing.counted_cash, closing.expected_cash, closing.difference, closing.note,
      coalesce((select json_agg(json_build_object('means', means, 'expected', expected, 'counted', counted, 'difference', difference)
        order by means) from counter_terminal_total where counter_terminal_total.shift = shift.id), '[]') as terminals
    from counter_shift as shift
    join place on place.id = shift.place
    left join counter_closing as closing on closing.shift = shift.id`

interface FlatRow extends Omit<ShiftRow, 'closing'> {
  closedAt: Date | null
  countedCash: Fen
  expectedCash: Fen
  difference: Fen
  note: string
  terminals: NonNullable<Shift['closing']>['terminals']
}

function nestClosing({
  closedAt,
  countedCash,
  expectedCash,
  difference,
  note,
  terminals,
  ...shift
}: FlatRow): ShiftRow {
  return { ...shift, closing: closedAt && { closedAt, countedCash, expectedCash, difference, note, terminals } }
}

export async function findShift(sql: Queryable, id: string): Promise<ShiftRow | null> {
  const [row] = await sql<FlatRow[]>`${shiftRows(sql)} where shift.id = ${id}`
  return row ? nestClosing(row) : null
}

/** The latest first. */
export async function findShiftsOf(sql: Queryable, clerk: string): Promise<ShiftRow[]> {
  const rows = await sql<FlatRow[]>`
    ${shiftRows(sql)} where shift.clerk = ${clerk} order by shift.opened_at desc, shift.id limit 60`
  return rows.map(nestClosing)
}

export async function findOpenShift(sql: Queryable, clerk: string): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
    select id from counter_shift as shift
    where clerk = ${clerk} and not exists (select from counter_closing where counter_closing.shift = shift.id)`
  return row?.id ?? null
}

/** Of a closed shift what it wrote down; of an open one what it would. */
export async function sumMovements(sql: Queryable, shift: ShiftRow): Promise<MovementTotal[]> {
  const movements = shift.closing
    ? sql`(select * from counter_movement where shift = ${shift.id})`
    : sql`unwritten_movements(${shift.clerk}, ${shift.since}::text::timestamptz)`
  return await sql<MovementTotal[]>`
    select kind, gateway, reason, sum(tickets)::integer as tickets, sum(amount)::bigint as amount
    from ${movements} as movement
    group by kind, gateway, reason
    order by kind desc, gateway, reason`
}

export async function writeMovements(tx: Transaction, { id, clerk, since }: ShiftRow): Promise<void> {
  await tx`
    insert into counter_movement (key, shift, kind, gateway, reason, tickets, amount, at)
    select key, ${id}, kind, gateway, reason, tickets, amount, at from unwritten_movements(${clerk}, ${since}::text::timestamptz)`
}

export async function insertClosing(
  tx: Transaction,
  closing: Omit<ClosingRequest, 'terminals'> & { shift: string; expectedCash: Fen; closedAt: Date },
  terminals: readonly { means: string; expected: Fen; counted: Fen }[]
): Promise<void> {
  await tx`insert into counter_closing ${tx({ ...closing })}`
  for (const total of terminals) await tx`insert into counter_terminal_total ${tx({ shift: closing.shift, ...total })}`
}
