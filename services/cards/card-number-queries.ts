// SQL that says whose card a number is.
import type { Queryable } from '../../clearing/database.ts'

export interface CardIssuer {
  id: number
  /** 8 digits. */
  code: string
  name: string
}

/** By the BIN in force today. */
export async function findIssuerOf(sql: Queryable, cardNumber: string): Promise<CardIssuer | undefined> {
  const [row] = await sql<CardIssuer[]>`
    select participant.id, participant.code, participant.name from bin join participant on participant.id = bin.issuer
    where ${cardNumber} like bin.bin || '%' and valid_from <= current_date and (valid_to is null or valid_to > current_date)
    order by length(bin.bin) desc limit 1`
  return row
}
