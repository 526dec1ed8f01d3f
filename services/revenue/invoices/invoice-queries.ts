// Invoices of tickets, the documents they became, and the simulated tax platform's own book.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { Fen } from '../../../clearing/money.ts'
import type { InvoiceState } from './invoice-rules.ts'
import type { Journey } from './tax-platform.ts'

export interface InvoiceRow {
  ticketNo: string
  owner: string
  couponState: string
  /** What the ticket costs. */
  amount: Fen
  departsAt: Date
  journey: Journey
  state: InvoiceState
  attempt: number
  title: string | null
  taxNumber: string | null
  number: string | null
}

const invoiceRows = (sql: Queryable) => sql`
    select coupon.ticket_no, placed.owner, coupon.state as coupon_state, coupon.fare + coupon.service_fee as amount,
      coalesce(ride.departs_at, (coupon.open_until + 1)::timestamptz) as departs_at,
      jsonb_build_object('day', (coalesce(ride.departs_at, coupon.open_until::timestamptz) at time zone 'Asia/Shanghai')::date,
        'from', origin.name, 'to', destination.name, 'vehicle', case line.mode when 'coach' then '公路客车' else '船舶' end,
        'line', line.code, 'seat', coupon.seat_number,
        'cabin', (select name from cabin_class where code = cabin_of(coupon.claims))) as journey,
      coalesce(invoice.state, 'NONE') as state, coalesce(invoice.attempt, 1) as attempt, invoice.title, invoice.tax_number,
      invoice.number
    from coupon
    join ticket_order as placed on placed.id = coupon.order_id
    left join departure on departure.id = coupon.departure
    join line on line.id = coalesce(departure.line, coupon.open_line)
    join line_stop as board on board.line = line.id and board.position = lower(coupon.stops)
    join line_stop as alight on alight.line = line.id and alight.position = upper(coupon.stops)
    join place as origin on origin.id = board.place
    join place as destination on destination.id = alight.place
    cross join lateral (select departure.departs_at + board.minutes * interval '1 minute' as departs_at) as ride
    left join coupon_invoice as invoice on invoice.ticket_no = coupon.ticket_no`

export async function findInvoice(sql: Queryable, ticketNo: string): Promise<InvoiceRow | null> {
  const [row] = await sql<InvoiceRow[]>`
    ${invoiceRows(sql)} where coupon.ticket_no = ${ticketNo} and coupon.state not in ('HELD', 'RELEASED')`
  return row ?? null
}

/** An invoice and a refund of one ticket wait for each other here. */
export async function lockCoupon(tx: Transaction, ticketNo: string): Promise<void> {
  await tx`select from coupon where ticket_no = ${ticketNo} for update`
}

/** The first request, or the second after a red letter. */
export async function requestInvoice(
  tx: Transaction,
  asked: { ticketNo: string; title: string; taxNumber: string | null; amount: Fen },
  now: Date
): Promise<void> {
  await tx`
    insert into coupon_invoice as before (ticket_no, state, title, tax_number, amount, next_attempt_at)
    values (${asked.ticketNo}, 'REQUESTED', ${asked.title}, ${asked.taxNumber}, ${asked.amount}, ${now})
    on conflict (ticket_no) do update set state = 'REQUESTED', attempt = before.attempt + 1, title = excluded.title,
      tax_number = excluded.tax_number, amount = excluded.amount, number = null, next_attempt_at = excluded.next_attempt_at`
}

export async function requestRedLetter(tx: Transaction, ticketNo: string, now: Date): Promise<void> {
  await tx`update coupon_invoice set state = 'RED_REQUESTED', next_attempt_at = ${now} where ticket_no = ${ticketNo}`
}

export interface DueInvoice extends Omit<InvoiceRow, 'title' | 'number'> {
  title: string
  number: string | null
}

export async function hasDueInvoices(sql: Queryable, now: Date): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`
    select exists (select from coupon_invoice
      where state in ('REQUESTED', 'RED_REQUESTED') and next_attempt_at <= ${now}) as due`
  return row!.due
}

/** Takes requests that are due and puts their next attempt further away, so that two workers do not ask twice. */
export async function claimDueInvoices(tx: Transaction, now: Date, batch: number): Promise<DueInvoice[]> {
  const claimed = await tx<{ ticketNo: string }[]>`
    update coupon_invoice set next_attempt_at = ${now}::timestamptz + interval '10 seconds'
    where ticket_no in (
      select ticket_no from coupon_invoice where state in ('REQUESTED', 'RED_REQUESTED') and next_attempt_at <= ${now}
      order by next_attempt_at limit ${batch} for update skip locked)
    returning ticket_no`
  return await tx<DueInvoice[]>`
    ${invoiceRows(tx)} where coupon.ticket_no = any(${claimed.map(({ ticketNo }) => ticketNo)})`
}

export interface NewDocument {
  number: string
  ticketNo: string
  reverses: string | null
  title: string
  taxNumber: string | null
  amount: Fen
  journey: Journey
  issuedAt: Date
}

/** The document is there: the invoice stands, or is taken back. Nothing when another worker wrote it first. */
export async function recordDocument(tx: Transaction, document: NewDocument): Promise<void> {
  const { number, ticketNo, reverses, title, taxNumber, amount, journey, issuedAt } = document
  const { count } = await tx`
    insert into invoice_document (number, ticket_no, colour, reverses, title, tax_number, amount, journey, issued_at)
    values (${number}, ${ticketNo}, ${reverses === null ? 'blue' : 'red'}, ${reverses}, ${title}, ${taxNumber}, ${amount},
      ${tx.json({ ...journey })}, ${issuedAt})
    on conflict (number) do nothing`
  if (count === 0) return
  if (reverses === null)
    await tx`
      update coupon_invoice set number = ${number}, state = case attempt when 1 then 'ISSUED' else 'REISSUED' end
      where ticket_no = ${ticketNo}`
  else await tx`update coupon_invoice set state = 'RED' where ticket_no = ${ticketNo}`
}

export interface InvoiceDocument {
  number: string
  colour: 'blue' | 'red'
  reverses: string | null
  title: string
  taxNumber: string | null
  amount: Fen
  journey: Journey
  issuedAt: Date
}

export async function listDocuments(sql: Queryable, ticketNo: string): Promise<InvoiceDocument[]> {
  return await sql<InvoiceDocument[]>`
    select number, colour, reverses, title, tax_number, amount, journey, issued_at from invoice_document
    where ticket_no = ${ticketNo} order by issued_at, colour`
}

/** 20 digits (I2): year, region 44, channel, serial. Null the first time a key is asked for. */
export async function askSimulatedDocument(
  sql: Queryable,
  key: string,
  now: Date
): Promise<{ number: string; issuedAt: Date } | null> {
  const [known] = await sql<{ number: string; issuedAt: Date }[]>`
    select number, issued_at from simulated_tax_document where key = ${key}`
  if (known) return known
  await sql`
    insert into simulated_tax_document (key, number, issued_at)
    values (${key}, to_char(${now}::timestamptz, 'YY') || '44' || '1' || lpad(nextval('simulated_tax_serial')::text, 15, '0'), ${now})
    on conflict do nothing`
  return null
}
