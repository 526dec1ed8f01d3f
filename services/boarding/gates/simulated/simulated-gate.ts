// A gate as it stands in a station, in software: fetches its lists while there is a network, decides by itself with the one verifier when
// there is none, writes every scan down before it opens, and brings them back in order. Its clock is its own and may be wrong.
import { randomUUID } from 'node:crypto'
import { sm2Verify } from '../../../../card-crypto/sm2.ts'
import { hmacSm3 } from '../../../../card-crypto/sm3.ts'
import type { IdentityDocument } from '../../../identity/document-rules.ts'
import { tagOfDocument } from '../../credentials/departure-key.ts'
import { refused, type Refused } from '../../gate-refusals.ts'
import { passageRules } from '../../passages/passage-rules.ts'
import {
  legAtGate,
  readCode,
  verifyCode,
  verifyDocumentTickets,
  type GateView,
  type IssuerKey,
  type TicketRecord,
  type Verdict
} from '../../verify-ticket-rules.ts'
import { scansPerUpload, type GateManifest, type KeyList, type Scan, type UploadAnswer } from '../gate-schemas.ts'
import { openGateLog, type GateLog } from './gate-log.ts'
import { emptyLists, takeKeys, takeManifest, type Lists } from './gate-lists.ts'

/** The way to the platform; rejects, or answers nothing useful, while there is no network. */
export type Ask = (ask: {
  method: 'GET' | 'POST'
  url: string
  body?: object
}) => Promise<{ status: number; body: unknown }>

export interface SimulatedGateOptions {
  gate: number
  ask: Ask
  /** The gate's own clock. */
  clock: () => Date
  /** Of its log. */
  path: string
  hours?: number
}

export interface SimulatedGate {
  readonly log: GateLog
  readonly lists: Lists
  /** Rejects without a network; the lists are then as they were. */
  sync: () => Promise<void>
  scanCode: (text: string, document?: IdentityDocument) => GateAnswer
  scanDocument: (document: IdentityDocument) => GateAnswer
  /** Sends what is pending, at most so many messages. Answers what became of each scan. */
  upload: (messagesMax?: number) => Promise<UploadAnswer['outcomes']>
  close: () => void
}

export interface GateAnswer {
  scan: Scan
  refused: Refused | null
}

export function openSimulatedGate(options: SimulatedGateOptions): SimulatedGate {
  const { gate, ask, clock, path, hours = 96 } = options
  const log = openGateLog(path)
  const lists = emptyLists()
  // What was used here stays used, whatever an older list says.
  const used = new Map(log.opened().map((scan) => [`${scan.ticketNo} ${scan.passage}`, scan]))
  const state = { gate, clock, log, lists, used }
  return {
    log,
    lists,
    async sync() {
      const base = `/v1/boarding/gates/${gate}`
      const askedAt = clock()
      const keys = await get<KeyList>(ask, `${base}/keys`)
      const since = lists.version === null ? '' : `&since=${lists.version}&listedUntil=${lists.until!.toISOString()}`
      const manifest = await get<GateManifest>(ask, `${base}/manifest?hours=${hours}${since}`)
      takeKeys(lists, keys)
      takeManifest(lists, manifest, askedAt)
    },
    scanCode: (text, document) => writeDown(state, judgeCode(state, text, document)),
    scanDocument: (document) => writeDown(state, judgeDocument(state, document)),
    async upload(messagesMax = Infinity) {
      const outcomes: UploadAnswer['outcomes'] = []
      for (let messages = 0; messages < messagesMax && log.pending().length > 0; messages++) {
        const scans = log.pending().slice(0, scansPerUpload)
        const body = { log: log.id, sentAt: clock().toISOString(), scans }
        const answer = await ask({ method: 'POST', url: `/v1/boarding/gates/${gate}/scans`, body })
        if (answer.status !== 200)
          throw new Error(`the upload answered ${answer.status}: ${JSON.stringify(answer.body)}`)
        const { acknowledged, outcomes: said } = answer.body as UploadAnswer
        outcomes.push(...said)
        log.acknowledge(acknowledged)
      }
      return outcomes
    },
    close: () => log.close()
  }
}

async function get<Answer>(ask: Ask, url: string): Promise<Answer> {
  const { status, body } = await ask({ method: 'GET', url })
  if (status !== 200) throw new Error(`${url} answered ${status}: ${JSON.stringify(body)}`)
  return body as Answer
}

interface State {
  gate: number
  clock: () => Date
  log: GateLog
  lists: Lists
  used: Map<string, Scan>
}

type Judged = Pick<Scan, 'means' | 'ticketNo' | 'edition' | 'issuerKey' | 'documentChecked' | 'code'> & {
  verdict: Verdict
}

const crypto = { sm2Verify, hmacSm3 }

function viewOf({ lists, clock }: State): GateView {
  const { policy, listsAt, place, passage, clockOffsetMs } = lists
  const now = new Date(clock().getTime() + clockOffsetMs)
  return {
    now,
    place: place ?? '',
    door: passageRules[passage],
    boarding: null,
    policy: policy ?? neverSynced,
    // Between two syncs a gate cannot know its drift; what it learnt of it before is its best guess.
    offline: {
      listsAsOf: listsAt ? new Date(listsAt.getTime() + clockOffsetMs) : new Date(0),
      clockOffSeconds: lists.driftPerHour * hoursSince(lists, clock())
    }
  }
}

/** Nothing passes. */
const neverSynced = {
  mixedEarlierMinutes: 0,
  mixedLaterMinutes: 0,
  documentAlways: true,
  listsAskDocumentMinutes: 0,
  listsRefuseMinutes: 0,
  clockOffSecondsMax: 1
}

function judgeCode(state: State, text: string, document?: IdentityDocument): Judged {
  const read = readCode(text.trim())
  const nothing = { means: 'code', ticketNo: null, edition: null, issuerKey: null, documentChecked: false } as const
  if (!read.code) return { ...nothing, verdict: { opens: false, refused: read.refused }, code: text.slice(0, 400) }
  const view = viewOf(state)
  const { claims } = read.code
  const listed = recordOf(state, claims.ticketNo)
  const legs = claims.journey
    ? state.lists.ofJourney(claims.journey).map(({ ticketNo }) => recordOf(state, ticketNo)!)
    : []
  const record = legAtGate(legs, view) ?? listed
  const departureKey = state.lists.departures.get((record ?? claims).departure)?.keyBytes ?? null
  const shownTag = document && departureKey ? tagOfDocument(departureKey, document) : null
  const facts = { issuer: issuerOf(state, claims.issuerKey), record, departureKey, shownTag }
  const verdict = verifyCode(read.code, facts, view, crypto)
  return {
    means: claims.form === 'slip' ? 'slip' : 'code',
    ticketNo: (record ?? claims).ticketNo,
    edition: claims.edition,
    issuerKey: claims.issuerKey,
    documentChecked: shownTag !== null,
    code: text,
    verdict
  }
}

function judgeDocument(state: State, document: IdentityDocument): Judged {
  const view = viewOf(state)
  const found = state.lists.ofDocument(document, view.now).map(({ ticketNo }) => recordOf(state, ticketNo)!)
  const { record, ...verdict } = verifyDocumentTickets(found, view)
  const ticketNo = record?.ticketNo ?? null
  return { means: 'document', ticketNo, edition: null, issuerKey: null, documentChecked: true, verdict }
}

function issuerOf({ lists }: State, version: number): IssuerKey | null {
  return lists.issuers.get(version) ?? null
}

/** As the list has it, and as this gate itself used it since. */
function recordOf({ lists, used, gate }: State, ticketNo: string): TicketRecord | null {
  const ticket = lists.tickets.get(ticketNo)
  const departure = ticket && lists.departures.get(ticket.departure)
  if (!ticket || !departure) return null
  const here = used.get(`${ticketNo} ${lists.passage}`)
  const listedCheck = ticket.checkedAt && passageRules[lists.passage].consumes
  const checked = here
    ? { at: new Date(Date.parse(here.at) + here.clockOffsetMs), gate: lists.number || gate }
    : listedCheck
      ? { at: new Date(ticket.checkedAt!), gate: ticket.checkedGate ?? '' }
      : null
  return {
    ticketNo,
    departure: departure.id,
    line: departure.line,
    from: lists.place!,
    departsAt: departure.departsAt,
    notBefore: departure.notBefore,
    notAfter: departure.notAfter,
    departureState: departure.state,
    state: ticket.state,
    fareKind: ticket.fareKind,
    edition: ticket.edition,
    documentTag: ticket.tagBytes,
    checked
  }
}

function hoursSince({ listsAt }: Lists, now: Date): number {
  return listsAt ? Math.max(0, now.getTime() - listsAt.getTime()) / 3_600_000 : 0
}

/** On the disk before anybody is let through. A ticket no list knows is used once here too. */
function writeDown(state: State, { verdict, ...about }: Judged): GateAnswer {
  const { log, lists, used, clock } = state
  const now = clock()
  const key = `${about.ticketNo} ${lists.passage}`
  const before = used.get(key)
  const again = verdict.opens && before && !passageRules[lists.passage].repeats
  const no = again ? refused('already-checked', { checked: '', gate: String(lists.number) }) : null
  const refusedBy = no ?? (verdict.opens ? null : verdict.refused)
  const scan = log.append({
    ...about,
    nonce: randomUUID(),
    at: now.toISOString(),
    clockOffsetMs: lists.clockOffsetMs,
    listsAgeSeconds: Math.round(hoursSince(lists, now) * 3600),
    passage: lists.passage,
    departure: null,
    result: refusedBy ? 'REFUSED' : 'OPEN',
    refusal: refusedBy?.code ?? ''
  })
  if (!refusedBy && about.ticketNo !== null) used.set(key, scan)
  return { scan, refused: refusedBy }
}
