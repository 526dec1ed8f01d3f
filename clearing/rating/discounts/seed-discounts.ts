// Puts the sample schemes, the authorities and who bears what into the database. Running it again adds what is missing alone.
import { transaction, type Database } from '../../database.ts'
import { insertMissingParticipants } from '../../participants/participant-queries.ts'
import { insertMissingDiscountAgreements, insertMissingSchemes } from './discount-queries.ts'
import { sampleAuthorities, sampleDiscountAgreements } from './sample-agreements.ts'
import { sampleSchemes } from './sample-schemes.ts'

export async function seedDiscounts(sql: Database): Promise<void> {
  await transaction(sql, async (tx) => {
    await insertMissingSchemes(tx, sampleSchemes)
    await insertMissingParticipants(tx, sampleAuthorities)
    await insertMissingDiscountAgreements(tx, sampleDiscountAgreements)
  })
}
