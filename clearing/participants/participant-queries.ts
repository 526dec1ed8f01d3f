// Reads organisations, BINs and agreements.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'
import { refuse } from '../refusals.ts'
import { accountsOf, type AccountOf } from './route-rules.ts'
import { buildParticipantLookup, type ParticipantLookup } from './participant-lookup.ts'
import type { Agreement, Bin, Participant } from './participant-schemas.ts'

/** Those of the card network; the parties of ticket revenue are the revenue room's. */
export async function listParticipants(sql: Queryable): Promise<Participant[]> {
  return await sql<Participant[]>`
    select id, code, name, role, company, city_code, state, file_profile, settles_through, sample
    from participant where role in ('issuer', 'acquirer', 'clearing-centre', 'national-centre') order by code`
}

export async function findParticipant(sql: Queryable, code: string): Promise<Participant | undefined> {
  const [row] = await sql<Participant[]>`
    select id, code, name, role, company, city_code, state, file_profile, settles_through, sample from participant where code = ${code}`
  return row
}

/** Of any role, authorities and carriers too. */
export async function findParticipantNames(
  sql: Queryable,
  ids: readonly number[]
): Promise<{ id: number; code: string; name: string; cityCode: string }[]> {
  return await sql<{ id: number; code: string; name: string; cityCode: string }[]>`
    select id, code, name, city_code from participant where id = any(${[...ids]}::smallint[]) order by id`
}

/** The one clearing centre: us. */
export async function findClearingCentre(sql: Queryable): Promise<Participant> {
  const [row] = await sql<Participant[]>`
    select id, code, name, role, company, city_code, state, file_profile, settles_through, sample
    from participant where role = 'clearing-centre' order by id limit 1`
  if (!row) throw refuse('participant-not-found', { role: 'clearing-centre' })
  return row
}

/** The upper level, for parties of other provinces; undefined where nobody set it up. */
export async function findNationalCentre(sql: Queryable): Promise<Participant | undefined> {
  const [row] = await sql<Participant[]>`
    select id, code, name, role, company, city_code, state, file_profile, settles_through, sample
    from participant where role = 'national-centre' order by id limit 1`
  return row
}

export async function settleThrough(tx: Transaction, codes: readonly string[], centre: number): Promise<void> {
  await tx`update participant set settles_through = ${centre} where code = any(${[...codes]}) and settles_through is null`
}

export async function listBins(sql: Queryable): Promise<Bin[]> {
  return await sql<Bin[]>`select bin, issuer, valid_from, valid_to from bin order by bin, valid_from`
}

/** What the file adapters need, as of a day. */
export async function loadParticipantLookup(sql: Queryable, day: BusinessDay): Promise<ParticipantLookup> {
  return buildParticipantLookup(await listParticipants(sql), await listBins(sql), day)
}

/** Who settles by whose account. */
export async function loadAccounts(sql: Queryable): Promise<AccountOf> {
  return accountsOf(await listParticipants(sql))
}

/** The agreements in force on a day. */
export async function listAgreements(sql: Queryable, day: BusinessDay): Promise<Agreement[]> {
  return await sql<Agreement[]>`
    select id, service, acquirer, issuer, trim_scale(charge_rate)::text as charge_rate,
      trim_scale(acquirer_share)::text as acquirer_share, trim_scale(issuer_share)::text as issuer_share,
      valid_from, valid_to, sample
    from agreement
    where valid_from <= ${day} and (valid_to is null or valid_to >= ${day})
    order by id`
}

/** SM2 public key x‖y (64 bytes) a participant signs its files with; null when it does not sign. */
export async function findPublicKey(sql: Queryable, participant: number): Promise<Uint8Array | null> {
  const [row] = await sql<{ publicKey: Uint8Array | null }[]>`
    select public_key from participant where id = ${participant}`
  return row?.publicKey ?? null
}

export async function savePublicKey(tx: Transaction, participant: number, publicKey: Uint8Array): Promise<void> {
  await tx`update participant set public_key = ${publicKey} where id = ${participant}`
}

export type NewParticipant = Omit<Participant, 'id' | 'state' | 'settlesThrough'>
export type NewBin = Pick<Bin, 'bin' | 'validFrom'> & { issuerCode: string }

/** Adds those not there yet; those that are stay as somebody may have changed them. */
export async function insertMissingParticipants(
  tx: Transaction,
  participants: readonly NewParticipant[]
): Promise<void> {
  // Not `on conflict`: that would use up a number of the smallint identity per row and start.
  await tx`lock table participant in share row exclusive mode`
  await tx`
    insert into participant (code, name, role, company, city_code, file_profile, sample)
    select code, name, role, company, city_code, file_profile, sample
    from jsonb_to_recordset(${tx.json(participants.map(snakeCased))}) as wanted
      (code text, name text, role text, company text, city_code text, file_profile text, sample boolean)
    where not exists (select 1 from participant known where known.code = wanted.code)
    order by code`
}

export async function insertMissingBins(tx: Transaction, bins: readonly NewBin[]): Promise<void> {
  await tx`
    insert into bin (bin, issuer, valid_from)
    select wanted.bin, participant.id, wanted.valid_from
    from jsonb_to_recordset(${tx.json(bins.map(({ bin, issuerCode, validFrom }) => ({ bin, issuer_code: issuerCode, valid_from: validFrom })))})
      as wanted (bin text, issuer_code text, valid_from date)
    join participant on participant.code = wanted.issuer_code
    on conflict (bin, valid_from) do nothing`
}

export type NewAgreement = Omit<Agreement, 'id' | 'validTo'>

/** Adds it unless one with the same scope begins on the same day. */
export async function insertMissingAgreement(tx: Transaction, agreement: NewAgreement): Promise<void> {
  const { service, acquirer, issuer, validFrom } = agreement
  await tx`lock table agreement in share row exclusive mode`
  await tx`
    insert into agreement (service, acquirer, issuer, charge_rate, acquirer_share, issuer_share, valid_from, sample)
    select ${service}::smallint, ${acquirer}::smallint, ${issuer}::smallint, ${agreement.chargeRate}::numeric,
      ${agreement.acquirerShare}::numeric, ${agreement.issuerShare}::numeric, ${validFrom}::date, ${agreement.sample}::boolean
    where not exists (
      select 1 from agreement
      where service is not distinct from ${service}::smallint and acquirer is not distinct from ${acquirer}::smallint
        and issuer is not distinct from ${issuer}::smallint and valid_from = ${validFrom}::date
    )`
}

function snakeCased({ cityCode, fileProfile, ...rest }: NewParticipant): Record<string, string | boolean> {
  return { ...rest, city_code: cityCode, file_profile: fileProfile }
}
