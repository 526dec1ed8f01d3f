// The upper level and, as a labelled sample, one city of another province behind it: its parties, their BIN, what passes between the levels,
// and the list of cities whose cards work together. Running it again changes nothing.
import type { BusinessDay } from '../business-day.ts'
import { transaction, type Database, type Transaction } from '../database.ts'
import { issuers } from '../participants/guangdong.ts'
import {
  findParticipant,
  insertMissingAgreement,
  insertMissingBins,
  insertMissingParticipants,
  settleThrough
} from '../participants/participant-queries.ts'
import { insertCities } from './national-queries.ts'

/** card.md §2.1. */
export const nationalCentreCode = '00000000'
/** The issuer id of a card seen in use (card.md §1.3); its BIN and the acquirer of the same company are samples. */
export const beijing = {
  issuer: '01011000',
  acquirer: '11011000',
  bin: '31041000',
  city: '1000',
  name: '北京'
} as const

const knownFrom = '2018-01-01' as BusinessDay

/**
 * Shares between the levels are samples: the national side keeps half of the fee of a foreign card's ride here, and of our card's ride
 * elsewhere all but three tenths. What remains is shared here between our party and us.
 */
const rates = {
  foreignCard: { acquirerShare: '0.4', issuerShare: '0.5' },
  ownCard: { acquirerShare: '0.7', issuerShare: '0.2' }
}

export async function seedNationalCentre(sql: Database): Promise<void> {
  await transaction(sql, async (tx) => {
    await insertMissingParticipants(tx, [
      { ...member(nationalCentreCode, '交通运输部清分结算中心', '0000'), role: 'national-centre', sample: false },
      { ...member(beijing.issuer, `${beijing.name}发卡机构（跨省示例）`, beijing.city), role: 'issuer', sample: true },
      {
        ...member(beijing.acquirer, `${beijing.name}收单机构（跨省示例）`, beijing.city),
        role: 'acquirer',
        fileProfile: 'forwarded-cl',
        sample: true
      }
    ])
    const centre = await findParticipant(tx, nationalCentreCode)
    await settleThrough(tx, [beijing.issuer, beijing.acquirer], centre!.id)
    await insertMissingBins(tx, [{ bin: beijing.bin, issuerCode: beijing.issuer, validFrom: knownFrom }])
    await seedAgreements(tx)
    await insertCities(tx, [
      ...citiesOfGuangdong().map((city) => ({ ...city, validFrom: knownFrom, sample: false })),
      { cityCode: beijing.city, name: beijing.name, validFrom: knownFrom, sample: true }
    ])
  })
}

async function seedAgreements(tx: Transaction): Promise<void> {
  const issuer = (await findParticipant(tx, beijing.issuer))!.id
  const acquirer = (await findParticipant(tx, beijing.acquirer))!.id
  const common = { service: null, chargeRate: '0.0035', validFrom: knownFrom, sample: true }
  await insertMissingAgreement(tx, { ...common, ...rates.foreignCard, acquirer: null, issuer })
  await insertMissingAgreement(tx, { ...common, ...rates.ownCard, acquirer, issuer: null })
}

function member(code: string, name: string, cityCode: string) {
  return { code, name, company: code.slice(1, 4), cityCode, fileProfile: 'cttic' }
}

/** Those whose BINs are known. */
function citiesOfGuangdong(): { cityCode: string; name: string }[] {
  return [...new Map(issuers.map(([code, , name]) => [code.slice(4), { cityCode: code.slice(4), name }])).values()]
}
