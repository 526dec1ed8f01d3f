// Puts Guangdong's organisations, BINs and the sample agreement into the database. Running it again adds what is missing and
// changes nothing.
import { transaction, type Database } from '../database.ts'
import { guangdongBins, guangdongParticipants, sampleAgreement } from './guangdong.ts'
import { insertMissingAgreement, insertMissingBins, insertMissingParticipants } from './participant-queries.ts'

export async function seedParticipants(sql: Database): Promise<void> {
  await transaction(sql, async (tx) => {
    await insertMissingParticipants(tx, guangdongParticipants())
    await insertMissingBins(tx, guangdongBins())
    await insertMissingAgreement(tx, sampleAgreement)
  })
}
