// SQL of a card's story.
import type { Queryable } from '../../../clearing/database.ts'
import type { Tap } from './story-rules.ts'

/** Accepted taps, the newest of them. A tap is here as soon as its file is accepted, hours before the night settles it. */
export async function listTaps(sql: Queryable, cardNumber: string, most = 60): Promise<(Tap & { id: string })[]> {
  return await sql<(Tap & { id: string })[]>`
    select row.occurred_at as at, row.card_sequence as counter, row.amount, row.price, row.balance_before, acquirer.name as acquirer,
      row.service, row.passage, lpad(row.terminal_number::text, 12, '0') as terminal, file.name as file, row.line_number as line,
      row.file_id || ':' || row.line_number as id
    from card_transaction as row join card_file as file on file.id = row.file_id and file.state = 'accepted'
    join participant as acquirer on acquirer.id = row.acquirer
    where row.card_number = ${cardNumber}::bigint
    order by row.occurred_at desc, row.card_sequence desc limit ${most}`
}
