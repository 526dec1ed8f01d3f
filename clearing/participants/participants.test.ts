import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BusinessDay } from '../business-day.ts'
import { transaction } from '../database.ts'
import { createTransactionBatch, disabledBin, unknownParticipant } from '../ingestion/transaction-batch.ts'
import { createTestDatabase } from '../test-database.ts'
import { agreementFor } from './agreement-rules.ts'
import { buildHotlist, isHotlisted } from './hotlist.ts'
import { listHotlist, replaceHotlist } from './hotlist-queries.ts'
import { buildParticipantLookup, issuerOfCard, senderFault, type ParticipantLookup } from './participant-lookup.ts'
import {
  findClearingCentre,
  findParticipant,
  findPublicKey,
  insertMissingAgreement,
  listAgreements,
  listBins,
  listParticipants,
  loadParticipantLookup,
  savePublicKey
} from './participant-queries.ts'
import type { Agreement } from './participant-schemas.ts'
import { seedParticipants } from './seed-participants.ts'

const { sql } = await createTestDatabase()
await seedParticipants(sql)

const day = '2024-03-15' as BusinessDay
const issuerOf = (lookup: ParticipantLookup, card: string): number => issuerOfCard(lookup, Buffer.from(card), 0)
const idOf = async (code: string): Promise<number> => (await findParticipant(sql, code))!.id

describe('the seed of Guangdong', () => {
  it('holds 17 issuers with their BINs and acquirers, ten Shenzhen operators and the centre', async () => {
    const participants = await listParticipants(sql)
    const count = (role: string): number => participants.filter((each) => each.role === role).length
    expect([count('issuer'), count('acquirer'), count('clearing-centre')]).toEqual([17, 27, 1])
    expect(await listBins(sql)).toHaveLength(17)
    expect(await findClearingCentre(sql)).toMatchObject({ code: '30085800', sample: false })
    expect(await findParticipant(sql, '12215840')).toMatchObject({ company: '221', cityCode: '5840', sample: false })
    expect(await findParticipant(sql, '12205810')).toMatchObject({ company: '220', cityCode: '5810', sample: true })
    expect(participants.filter((each) => each.fileProfile === 'shenzhen-open-data')).toHaveLength(10)
  })

  it('marks every organisation that is not published as a sample', async () => {
    const published = (await listParticipants(sql)).filter((each) => !each.sample && each.role === 'acquirer')
    expect(published.map((each) => each.code)).toEqual(['11616020', '12215840'])
  })

  it('changes nothing when it is sown again, and gives no number away', async () => {
    const before = [await listParticipants(sql), await listBins(sql), await listAgreements(sql, day)]
    await seedParticipants(sql)
    await Promise.all([seedParticipants(sql), seedParticipants(sql)])
    expect([await listParticipants(sql), await listBins(sql), await listAgreements(sql, day)]).toEqual(before)
    const [next] = await sql`select last_value::int as last_value from participant_id_seq`
    expect(next!['lastValue']).toBe(45)
  })

  it('carries the sample agreement as exact decimal text', async () => {
    expect(await listAgreements(sql, day)).toMatchObject([
      { service: null, chargeRate: '0.0035', acquirerShare: '0.5', issuerShare: '0.3', sample: true }
    ])
    expect(await listAgreements(sql, '2017-12-31' as BusinessDay)).toEqual([])
  })
})

describe('the lookup of the file adapters', () => {
  it('knows organisations by number and role, operators by name, and cards by BIN', async () => {
    const lookup = await loadParticipantLookup(sql, day)
    expect(lookup.issuers.get(2_205_810)).toBe(await idOf('02205810'))
    expect(lookup.acquirers.get(12_215_840)).toBe(await idOf('12215840'))
    expect(lookup.acquirers.has(2_205_810)).toBe(false)
    expect(lookup.acquirersByName.get('地铁五号线')).toBeTypeOf('number')
    expect(issuerOf(lookup, '3104870300000000017')).toBe(await idOf('02205810'))
    expect(issuerOf(lookup, '3104879900000000017')).toBe(unknownParticipant)
  })

  it('takes the longest BIN, and tells one that is not valid on the day from one nobody has', () => {
    const ever = { validFrom: '2018-01-01' as BusinessDay, validTo: null }
    const bins = [
      { bin: '310487', issuer: 1, ...ever },
      { bin: '31048703', issuer: 2, ...ever },
      { bin: '31048704', issuer: 3, validFrom: '2018-01-01' as BusinessDay, validTo: '2020-12-31' as BusinessDay },
      { bin: '31048705', issuer: 3, validFrom: '2018-01-01' as BusinessDay, validTo: '2020-12-31' as BusinessDay },
      { bin: '31048705', issuer: 4, validFrom: '2021-01-01' as BusinessDay, validTo: null }
    ]
    const lookup = buildParticipantLookup([], bins, day)
    const answers = ['3104879900', '3104870300', '3104870400', '3104870500'].map((card) => issuerOf(lookup, card))
    expect(answers).toEqual([1, 2, disabledBin, 4])
    const earlier = buildParticipantLookup([], bins, '2020-12-31' as BusinessDay)
    expect(issuerOf(earlier, '3104870500')).toBe(3)
  })

  it('says why an organisation may not send card files', async () => {
    const acquirer = (await findParticipant(sql, '12215840'))!
    expect(senderFault(acquirer)).toBeNull()
    expect(senderFault(undefined)).toBe('010004')
    expect(senderFault({ ...acquirer, state: 'suspended' })).toBe('010005')
    expect(senderFault(await findParticipant(sql, '02215840'))).toBe('010008')
  })

  it('keeps the key a participant signs with', async () => {
    const id = await idOf('12215840')
    expect(await findPublicKey(sql, id)).toBeNull()
    await transaction(sql, async (tx) => await savePublicKey(tx, id, new Uint8Array(64).fill(7)))
    expect(Uint8Array.from((await findPublicKey(sql, id))!)).toEqual(new Uint8Array(64).fill(7))
  })
})

describe('the agreement of a dealing', () => {
  const agreement = (id: number, scope: Partial<Agreement>): Agreement => ({
    id,
    service: null,
    acquirer: null,
    issuer: null,
    chargeRate: '0.0035',
    acquirerShare: '0.5',
    issuerShare: '0.3',
    validFrom: '2018-01-01' as BusinessDay,
    validTo: null,
    sample: true,
    ...scope
  })
  const agreements = [
    agreement(1, {}),
    agreement(2, { service: 2 }),
    agreement(3, { issuer: 20 }),
    agreement(4, { acquirer: 10 }),
    agreement(5, { issuer: 20, service: 2 }),
    agreement(6, { acquirer: 10, issuer: 20 }),
    agreement(7, { acquirer: 11, validFrom: '2018-01-01' as BusinessDay }),
    agreement(8, { acquirer: 11, validFrom: '2022-01-01' as BusinessDay })
  ]

  it.each([
    ['nothing named', { service: 1, acquirer: 9, issuer: 9 }, 1],
    ['its service', { service: 2, acquirer: 9, issuer: 9 }, 2],
    ['its issuer before its service', { service: 3, acquirer: 9, issuer: 20 }, 3],
    ['its acquirer before its service', { service: 2, acquirer: 10, issuer: 9 }, 4],
    ['two names before the acquirer alone', { service: 2, acquirer: 9, issuer: 20 }, 5],
    ['acquirer and issuer before issuer and service', { service: 2, acquirer: 10, issuer: 20 }, 6],
    ['the younger of two alike', { service: 1, acquirer: 11, issuer: 9 }, 8]
  ])('is chosen by %s', (_, dealing, id) => {
    expect(agreementFor(agreements, dealing)?.id).toBe(id)
  })

  it('does not depend on the order of the agreements', () => {
    const party = fc.constantFrom(9, 10, 11, 20)
    const dealing = fc.record({ service: fc.constantFrom(1, 2, 3), acquirer: party, issuer: party })
    const shuffled = fc.shuffledSubarray(agreements, { minLength: agreements.length })
    fc.assert(
      fc.property(dealing, shuffled, (dealing, order) => {
        expect(agreementFor(order, dealing)).toBe(agreementFor(agreements, dealing))
      })
    )
  })

  it('may be missing', () => {
    expect(agreementFor(agreements.slice(1), { service: 1, acquirer: 9, issuer: 9 })).toBeUndefined()
  })

  it('is added once however often it is asked for', async () => {
    const special = { ...agreement(0, { acquirer: await idOf('12215840'), chargeRate: '0.0025' }) }
    for (let times = 0; times < 2; times++)
      await transaction(sql, async (tx) => await insertMissingAgreement(tx, special))
    const rates = (await listAgreements(sql, day)).map((each) => each.chargeRate)
    expect(rates).toEqual(['0.0035', '0.0025'])
  })
})

describe('the hotlist', () => {
  const card = '3104870300000000017'
  const other = '9223372036854775807'
  const at = (time: string): Date => new Date(`2024-03-15T${time}+08:00`)

  it('is replaced as a whole by each list an issuer sends', async () => {
    const issuer = await idOf('02205810')
    const foreign = await idOf('02215840')
    await transaction(sql, async (tx) => {
      await replaceHotlist(tx, foreign, ['3104870400000000001'], at('01:00:00'))
      await replaceHotlist(tx, issuer, [card, other, card], at('02:00:00'))
      await replaceHotlist(tx, issuer, [other], at('03:00:00'))
      await replaceHotlist(tx, issuer, [other], at('04:00:00'))
    })
    expect(await listHotlist(sql)).toEqual([
      { cardNumber: card, listedAt: at('02:00:00'), removedAt: at('03:00:00') },
      { cardNumber: '3104870400000000001', listedAt: at('01:00:00'), removedAt: null },
      { cardNumber: other, listedAt: at('02:00:00'), removedAt: null }
    ])
    await transaction(sql, async (tx) => await replaceHotlist(tx, issuer, [card], at('05:00:00')))
    expect((await listHotlist(sql)).map((entry) => entry.removedAt)).toEqual([null, null, at('05:00:00')])
  })

  it.each([
    ['before it is listed', '01:59:59', 0, false],
    ['from then on', '02:00:00', 0, true],
    ['within the grace of terminals', '02:04:59', 300_000, false],
    ['after the grace', '02:05:00', 300_000, true],
    ['once it is off the list', '03:00:00', 0, false]
  ])('knows a card %s', (_, time, grace, listed) => {
    const hotlist = buildHotlist([{ cardNumber: card, listedAt: at('02:00:00'), removedAt: at('03:00:00') }])
    const batch = createTransactionBatch(2)
    batch.cardNumber.set([BigInt(card), BigInt(card) + (1n << 32n)])
    const words = batch.cardNumberWords
    expect(isHotlisted(hotlist, { words, row: 0, occurredAt: at(time).getTime(), grace })).toBe(listed)
    expect(isHotlisted(hotlist, { words, row: 1, occurredAt: at(time).getTime(), grace })).toBe(false)
  })
})
