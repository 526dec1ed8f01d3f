// A case is opened under its caller's id, with the deadlines of its kind on that day; what people write is sealed before it is kept.
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { equalConstantTime } from '../../card-crypto/bytes.ts'
import { calendarDay } from '../../clearing/business-day.ts'
import { transaction, type Database, type Transaction } from '../../clearing/database.ts'
import { fen } from '../../clearing/money.ts'
import { identitySealKey } from '../identity/seal-identity.ts'
import { refuse } from '../refusals.ts'
import { digestRequest } from '../ticketing/hold-order.ts'
import { requireTicketRow, type Viewer } from '../ticketing/show-order.ts'
import { findCase, findDeadline, insertCase, insertCaseEvent, nextOrdinal } from './supervision-queries.ts'
import type { CaseRequest } from './supervision-schemas.ts'

type Parts = { sql: Database; keys: KeyStore }

/** The same id with the same content is the same case. Throws ticket-not-found, claim-incomplete and case-id-reused. */
export async function openCase(
  { sql, keys }: Parts,
  { id, request }: { id: string; request: CaseRequest },
  viewer: Viewer,
  now: Date
): Promise<void> {
  const { kind, subject, ticketNo = null, asked = null, words } = request
  if ((kind === 'claim') !== (asked !== null) || (kind === 'claim' && ticketNo === null))
    throw refuse('claim-incomplete')
  if (ticketNo !== null) await requireTicketRow(sql, ticketNo, viewer)
  const requestDigest = await digestRequest(keys, request, viewer.owner)
  const day = calendarDay(now)
  const { acceptHours, answerDays } = await findDeadline(sql, kind, day)
  await transaction(sql, async (tx) => {
    const opened = await insertCase(tx, {
      id,
      kind,
      subject,
      ticketNo,
      owner: viewer.owner,
      asked: asked === null ? null : fen(asked),
      requestDigest,
      openedAt: now,
      acceptBy: new Date(now.getTime() + acceptHours * 3_600_000),
      answerBy: new Date(now.getTime() + answerDays * 86_400_000),
      day
    })
    if (opened) return await writeDown({ tx, keys }, id, { event: 'open', actor: viewer.owner, words }, now)
    const before = (await findCase(tx, id))!
    if (!equalConstantTime(before.requestDigest, requestDigest)) throw refuse('case-id-reused')
  })
}

/** Appends to the case's history; the words are bound to their place in it. */
export async function writeDown(
  { tx, keys }: { tx: Transaction; keys: KeyStore },
  id: string,
  { event, actor, words }: { event: string; actor: string; words: string | null },
  now: Date
): Promise<void> {
  const ordinal = await nextOrdinal(tx, id)
  const encoder = new TextEncoder()
  const sealed =
    words === null
      ? null
      : await keys.seal(identitySealKey, encoder.encode(words), encoder.encode(placeOf(id, ordinal)))
  await insertCaseEvent(tx, id, { ordinal, at: now, event, actor, words: sealed })
}

/** What the words of an event are sealed to. */
export const placeOf = (id: string, ordinal: number): string => `service-case:${id}:${ordinal}`
