// Schemes in force; schemes and agreements that are sown when they are not there yet.
import type { BusinessDay } from '../../business-day.ts'
import type { Queryable, Transaction } from '../../database.ts'
import type { DiscountScheme } from './discount-scheme.ts'
import { authorityCode, type NewDiscountAgreement } from './sample-agreements.ts'

export async function findScheme(sql: Queryable, city: string, day: BusinessDay): Promise<DiscountScheme | undefined> {
  const [scheme] = await sql<DiscountScheme[]>`
    select id, city, valid_from, valid_to, source, sample, terms from discount_scheme
    where city = ${city} and valid_from <= ${day} and (valid_to is null or valid_to >= ${day})
    order by valid_from desc limit 1`
  return scheme
}

/** A scheme that is there stays as it was published. */
export async function insertMissingSchemes(sql: Queryable, schemes: readonly DiscountScheme[]): Promise<void> {
  for (const { id, city, validFrom, validTo, source, sample, terms } of schemes)
    await sql`
      insert into discount_scheme (id, city, valid_from, valid_to, source, sample, terms)
      values (${id}, ${city}, ${validFrom}, ${validTo}, ${source}, ${sample}, ${sql.json(terms as never)})
      on conflict (id) do nothing`
}

/** Borne, where the government bears, by the authority of the city. */
export async function insertMissingDiscountAgreements(
  tx: Transaction,
  agreements: readonly NewDiscountAgreement[]
): Promise<void> {
  for (const { city, validFrom, sample, shares } of agreements)
    await tx`
      insert into discount_agreement (city, government, valid_from, sample, shares)
      select ${city}, id, ${validFrom}, ${sample}, ${tx.json(shares)} from participant where code = ${authorityCode(city)}
      on conflict on constraint discount_agreement_once do nothing`
}
