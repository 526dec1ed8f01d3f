// Who decides: the platform while it can be reached, for it knows what every other gate did; else the gate itself, by its lists and the
// same verifier. A scan has one nonce whoever answers it, so the platform never counts it twice.
import { wordsOf } from '../../boarding/gate-refusals.ts'
import { judgeCode, judgeDocument } from '../../boarding/lone-gate/judge-shown-rules.ts'
import { passageRules } from '../../boarding/passages/passage-rules.ts'
import { readCode } from '../../boarding/verify-ticket-rules.ts'
import { plainSm2Verify } from '../../../card-crypto/sm2-plain.ts'
import { plainHmacSm3 } from '../../../card-crypto/sm3-plain.ts'
import { canonicalDocument } from '../../identity/document-rules.ts'
import { call, newId } from '../shell/api.js'
import { sessionOf, withSession } from '../shell/session.js'
import { appendScan, forgetUsed, noteUsed, takeBackScan } from './gate-store.js'
import { clockOffSeconds, gateNow, listsMinutes, lostNetwork } from './keeping-up.js'

/** A passenger waits this long for the platform; then the gate decides. */
const patienceMs = 2500
const crypto = { sm2Verify: plainSm2Verify, hmacSm3: plainHmacSm3 }

/** `asked` is {code}, {code, documentNumber} or {document}; `departure` the one being boarded, or null. Throws a Problem. */
export async function decide(state, asked, departure) {
  // What is no ticket code needs nobody's word.
  const unread = asked.code === undefined ? null : readCode(asked.code).refused
  if (unread) return answerOf(state, { refused: unread, ticket: null }, null)
  const nonce = newId()
  const mayAsk = state.online !== false && (sessionOf('gate') !== null || !state.lists)
  const answer = mayAsk ? await askPlatform(state, { nonce, asked, departure }) : null
  if (answer) return answer
  if (!state.lists)
    return { result: 'REFUSED', code: 'no-lists', ticket: null, checkedAt: gateNow(state).toISOString() }
  return await decideAlone(state, { nonce, asked, departure })
}

/** Null when it cannot be reached. */
async function askPlatform(state, { nonce, asked, departure }) {
  const body = { gate: state.gate.id, nonce, ...(departure === null ? {} : { departure }), ...asked }
  try {
    const answer = await withSession('gate', (session) =>
      call('POST', '/v1/boarding/checks', { session, body, signal: AbortSignal.timeout(patienceMs) })
    )
    if (answer?.result === 'OPEN' && consumes(state)) await remember(state, answer.ticket.ticketNo, answer.checkedAt)
    return answer
  } catch (problem) {
    if (problem.status !== 0) throw problem
    lostNetwork(state)
    return null
  }
}

const consumes = ({ lists }) => !lists || passageRules[lists.passage].consumes

async function remember({ gate, used }, ticketNo, checkedAt) {
  const at = new Date(checkedAt)
  used.set(ticketNo, { at, gate: gate.number })
  await noteUsed(gate.id, ticketNo, { at, number: gate.number })
}

async function decideAlone(state, { nonce, asked, departure }) {
  const { lists, used, gate, clock } = state
  const now = gateNow(state)
  const lone = { lists, now, clockOffSeconds: clockOffSeconds(state), boarding: departure, used, crypto }
  const judged = asked.document
    ? judgeDocument(canonicalDocument(asked.document), lone)
    : judgeCode(asked.code, (kind) => documentShown(asked, kind), lone)
  const { refused, means, claims, ticketNo, documentChecked } = judged
  const scan = {
    nonce,
    at: new Date().toISOString(),
    clockOffsetMs: clock.offsetMs,
    listsAgeSeconds: Math.round(listsMinutes(state) * 60),
    passage: lists.passage,
    departure,
    means,
    ticketNo,
    edition: claims?.edition ?? null,
    issuerKey: claims?.issuerKey ?? null,
    documentChecked,
    ...(asked.code ? { code: asked.code.slice(0, 400) } : {}),
    result: refused ? 'REFUSED' : 'OPEN',
    refusal: refused?.code ?? ''
  }
  const opensOnce = !refused && consumes(state)
  const { sequence } = await appendScan(gate.id, scan, opensOnce ? { at: now, number: gate.number } : null)
  if (opensOnce) used.set(ticketNo, { at: now, gate: gate.number })
  state.pending += 1
  return { ...answerOf(state, judged, sequence), nonce }
}

function documentShown({ documentNumber }, kind) {
  if (documentNumber === undefined) return null
  return canonicalDocument({ kind: String(kind).padStart(2, '0'), number: documentNumber })
}

/** In the shape of the platform's own answer. */
function answerOf(state, { refused, ticket, claims }, sequence) {
  const names = new Map(state.saved?.places)
  const [message, english] = refused ? wordsOf(refused, (code) => names.get(code) ?? code) : ['', '']
  return {
    id: null,
    sequence,
    alone: sequence !== null,
    result: refused ? 'REFUSED' : 'OPEN',
    code: refused?.code ?? null,
    message,
    english,
    checkedAt: gateNow(state).toISOString(),
    ticket: ticketShown(state, ticket, claims, names)
  }
}

/** As listed; of a ticket that was sold since, what its proved code says of itself. */
function ticketShown({ lists, saved }, listed, claims, names) {
  const known = listed ?? (claims && { ...claims, passenger: { name: '' } })
  if (!known) return null
  const departure = lists.departures.get(known.departure)
  return {
    ticketNo: known.ticketNo,
    seat: known.seat || null,
    fareKind: known.fareKind,
    departure: known.departure,
    departsAt: (departure ?? known).departsAt,
    fromName: listed ? saved.manifest.placeName : (names.get(claims.from) ?? claims.from),
    toName: listed?.toName ?? names.get(known.to) ?? known.to,
    passenger: known.passenger
  }
}

/** Takes a check back, where it was made or, once it was sent, at the platform. Throws a Problem. */
export async function takeBack(state, { id, sequence, nonce, ticket }) {
  const ask = (path) => withSession('gate', (session) => call('DELETE', path, { session }))
  const gate = state.gate.id
  if (id !== null) await ask(`/v1/boarding/checks/${id}`)
  else if (!(await takeBackScan(gate, sequence))) await ask(`/v1/boarding/gates/${gate}/scans/${nonce}`)
  if (ticket) {
    state.used.delete(ticket.ticketNo)
    await forgetUsed(gate, ticket.ticketNo)
  }
}
