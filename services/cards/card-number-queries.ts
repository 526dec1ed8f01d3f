// SQL that says whose card a number is.
import { together } from '../../clearing/together.ts'

export interface CardIssuer {
  id: number
  /** 8 digits. */
  code: string
  name: string
}

/** By the BIN in force today. Asked before every load, by many at once. */
export const findIssuerOf = together<string, CardIssuer | undefined>(
  async (sql, numbers) => {
    const rows = await sql<(CardIssuer & { nth: number })[]>`
      select asked.nth::integer - 1 as nth, participant.id, participant.code, participant.name
      from unnest(${numbers}::text[]) with ordinality as asked(number, nth)
      join lateral (
        select issuer from bin
        where asked.number like bin.bin || '%' and valid_from <= current_date and (valid_to is null or valid_to > current_date)
        order by length(bin.bin) desc limit 1 offset 0) as found on true
      join participant on participant.id = found.issuer`
    const found = new Map(rows.map(({ nth, ...issuer }) => [nth, issuer]))
    return numbers.map((_, nth) => found.get(nth))
  },
  { most: 200, lanes: 2, same: (number) => number }
)
