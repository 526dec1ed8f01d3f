// The lists of the interface that come from our registers (DC hotlist, BN BINs, ER error codes), and the hotlist an issuer sends in (UC).
import { readListFile, writeListFile, type ListKind } from '../card-files/exchange/list-files.ts'
import { calendarDay } from '../business-day.ts'
import { errorCodes, type ErrorCode } from '../card-files/error-codes.ts'
import { parseFileName } from '../card-files/file-names.ts'
import { encodeGbk } from '../card-files/fixed-width.ts'
import { transaction, type Database, type Queryable } from '../database.ts'
import { refuse } from '../refusals.ts'
import { listHotlist, replaceHotlist } from './hotlist-queries.ts'
import { buildParticipantLookup, issuerOfCard } from './participant-lookup.ts'
import { findParticipant, listBins, listParticipants } from './participant-queries.ts'

/** As of an instant: the cards listed then, the BINs in force that day, and every code. */
export async function exportList(sql: Queryable, kind: Exclude<ListKind, 'UC'>, at: Date): Promise<Buffer> {
  if (kind === 'ER')
    return writeListFile(
      kind,
      errorCodes.map(({ code, chinese }) => ({ code, description: fit(chinese) }))
    )
  const participants = await listParticipants(sql)
  const codes = new Map(participants.map((each) => [each.id, each.code]))
  const bins = await listBins(sql)
  const day = calendarDay(at)
  if (kind === 'BN') {
    const valid = bins.filter(({ validFrom, validTo }) => validFrom <= day && (validTo === null || day <= validTo))
    return writeListFile(
      kind,
      valid.map(({ bin, issuer }) => ({ issuer: codes.get(issuer)!, bin }))
    )
  }
  const lookup = buildParticipantLookup(participants, bins, day)
  const listed = (await listHotlist(sql)).filter(
    ({ listedAt, removedAt }) => listedAt <= at && (removedAt === null || removedAt > at)
  )
  const rows = listed.map(({ cardNumber }) => ({
    issuer: codes.get(issuerOfCard(lookup, Buffer.from(cardNumber), 0)) ?? '',
    cardNumber
  }))
  return writeListFile(kind, rows)
}

export function isHotlistFileName(name: string): boolean {
  return /^UC\d/.test(name)
}

/** A full replacement of the issuer's list, of its own cards alone. Throws 'list-file-refused' with the interface's code. */
export async function takeHotlistFile(
  sql: Database,
  { name, bytes }: { name: string; bytes: Buffer },
  now: Date
): Promise<{ listed: number }> {
  const parsed = parseFileName(name)
  if ('fault' in parsed) throw refused(parsed.fault, parsed.detail)
  const issuer = await findParticipant(sql, parsed.organisation)
  if (!issuer) throw refused('010004', parsed.organisation)
  if (issuer.role !== 'issuer') throw refused('010008', issuer.code)
  if (issuer.state !== 'active') throw refused('010005', issuer.code)
  const rows = readRows(bytes)
  const lookup = buildParticipantLookup(await listParticipants(sql), await listBins(sql), calendarDay(now))
  const foreign = rows.find(
    (row) => row.issuer !== issuer.code || issuerOfCard(lookup, Buffer.from(row.cardNumber), 0) !== issuer.id
  )
  if (foreign) throw refused('010025', `a card of ${foreign.issuer || 'nobody'}`)
  if (rows.some((row) => !/^\d{16,19}$/.test(row.cardNumber))) throw refused('010013', 'a card number is no number')
  const cards = rows.map((row) => row.cardNumber)
  await transaction(sql, async (tx) => await replaceHotlist(tx, issuer.id, cards, now))
  return { listed: cards.length }
}

function readRows(bytes: Buffer) {
  try {
    return readListFile('UC', bytes)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw refused('010010', error.message)
  }
}

function refused(code: ErrorCode, detail: string) {
  return refuse('list-file-refused', { code, detail })
}

const descriptionBytes = 40

/** What of a text fits into the description of a code. */
function fit(text: string): string {
  let short = text
  while (encodeGbk(short).length > descriptionBytes) short = short.slice(0, -1)
  return short
}
