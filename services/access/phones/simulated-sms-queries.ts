// The simulated provider's own book, and what the phone in a traveller's hand would show.
import type { Queryable } from '../../../clearing/database.ts'
import type { TextMessage } from './sms-sender.ts'

export async function bookText(sql: Queryable, { key, phone, text }: TextMessage, now: Date): Promise<void> {
  await sql`
    insert into simulated_sms (key, phone, text, at) values (${key}, ${phone}, ${text}, ${now}) on conflict do nothing`
}

export async function latestText(sql: Queryable, phone: string): Promise<string | null> {
  const [row] = await sql<{ text: string }[]>`
    select text from simulated_sms where phone = ${phone} order by at desc limit 1`
  return row?.text ?? null
}
