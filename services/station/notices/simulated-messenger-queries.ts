// The simulated provider's own book.
import type { Queryable } from '../../../clearing/database.ts'
import type { Message } from './messenger.ts'

/** A key is delivered once. */
export async function bookMessages(sql: Queryable, messages: readonly Message[], now: Date): Promise<void> {
  await sql`
    insert into simulated_message (key, means, address, text, at)
    select key, means, address, text, ${now} from jsonb_to_recordset(${sql.json(messages as never)})
      as message(key text, means text, address text, text text)
    on conflict do nothing`
}
