// A gate as it stands in a station, in software: fetches its lists while there is a network, decides by itself with the one verifier when
// there is none, writes every scan down before it opens, and brings them back in order. Its clock is its own and may be wrong.
import { randomUUID } from 'node:crypto'
import { sm2Verify } from '../../../../card-crypto/sm2.ts'
import { hmacSm3 } from '../../../../card-crypto/sm3.ts'
import { canonicalDocument, type IdentityDocument } from '../../../identity/document-rules.ts'
import type { Refused } from '../../gate-refusals.ts'
import { judgeCode, judgeDocument, type Judgement, type LoneGate } from '../../lone-gate/judge-shown-rules.ts'
import { mergeManifest, readLists, type GateLists, type SavedLists } from '../../lone-gate/lists-rules.ts'
import { scansPerUpload, type GateManifest, type KeyList, type Scan, type UploadAnswer } from '../gate-schemas.ts'
import { openGateLog, type GateLog } from './gate-log.ts'

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
  /** What it saves beside its log. */
  readonly kept: Kept
  /** Rejects without a network; the lists are then as they were. */
  sync: () => Promise<void>
  scanCode: (text: string, document?: IdentityDocument) => Promise<GateAnswer>
  scanDocument: (document: IdentityDocument) => Promise<GateAnswer>
  /** Sends what is pending, at most so many messages. Answers what became of each scan. */
  upload: (messagesMax?: number) => Promise<UploadAnswer['outcomes']>
  close: () => void
}

export interface GateAnswer {
  scan: Scan
  refused: Refused | null
  /** Of its processor, to the decision; writing it down comes after. */
  decidedMs: number
}

/** The lists it fetched last, with what changed since laid over them, and what it knows of its clock. */
export interface Kept {
  saved: SavedLists | null
  lists: GateLists
  /** By the gate's clock; null before the first sync. */
  askedAt: Date | null
  /** The platform's clock less the gate's, at the last sync; and the seconds it drifted per hour between the last two. */
  clockOffsetMs: number
  driftPerHour: number
}

export function openSimulatedGate(options: SimulatedGateOptions): SimulatedGate {
  const { gate, ask, clock, path, hours = 96 } = options
  const log = openGateLog(path)
  const kept: Kept = { saved: null, lists: nothingListed, askedAt: null, clockOffsetMs: 0, driftPerHour: 0 }
  // What was used here stays used, whatever an older list says.
  const used = new Map(log.opened().map((scan) => [scan.ticketNo!, usedBy(scan, gate)]))
  const state = { gate, clock, log, kept, used }
  const decided = async (judged: Judgement, began: number, code: string | undefined): Promise<GateAnswer> => {
    const decidedMs = performance.now() - began
    return { ...(await writeDown(state, judged, code)), decidedMs }
  }
  return {
    log,
    kept,
    async sync() {
      const base = `/v1/boarding/gates/${gate}`
      const askedAt = clock()
      const keys = await get<KeyList>(ask, `${base}/keys`)
      const before = kept.saved?.manifest ?? null
      const since =
        before === null ? '' : `&since=${before.version}&listedUntil=${new Date(before.until).toISOString()}`
      takeLists(kept, keys, await get<GateManifest>(ask, `${base}/manifest?hours=${hours}${since}`), askedAt)
    },
    async scanCode(text, document) {
      const began = performance.now()
      const canonical = document ? canonicalDocument(document) : null
      const judged = judgeCode(text.trim(), () => canonical, atThisMoment(state))
      return await decided(judged, began, judged.claims === null ? text.slice(0, 400) : text)
    },
    async scanDocument(document) {
      const began = performance.now()
      return await decided(judgeDocument(canonicalDocument(document), atThisMoment(state)), began, undefined)
    },
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

/** `askedAt` by the gate's clock, before it asked: lists are never younger than that. */
function takeLists(kept: Kept, keys: KeyList, manifest: GateManifest, askedAt: Date): void {
  const offset = new Date(manifest.serverTime).getTime() - askedAt.getTime()
  const hours = hoursSince(kept, askedAt)
  if (hours > 0.1) kept.driftPerHour = Math.abs(offset - kept.clockOffsetMs) / 1000 / hours
  kept.saved = { keys, manifest: mergeManifest(kept.saved?.manifest ?? null, manifest) }
  kept.lists = readLists(kept.saved)
  kept.clockOffsetMs = offset
  kept.askedAt = askedAt
}

interface State {
  gate: number
  clock: () => Date
  log: GateLog
  kept: Kept
  used: Map<string, { at: Date; gate: number }>
}

const crypto = { sm2Verify, hmacSm3 }

/** Between two syncs a gate cannot know its drift; what it learnt of it before is its best guess. */
function atThisMoment({ kept, clock, used }: State): LoneGate {
  const { lists, clockOffsetMs, driftPerHour } = kept
  const now = new Date(clock().getTime() + clockOffsetMs)
  return { lists, now, clockOffSeconds: driftPerHour * hoursSince(kept, clock()), boarding: null, used, crypto }
}

/** Nothing passes. */
const nothingListed: GateLists = {
  number: 0,
  passage: 'boarding',
  place: '',
  policy: {
    mixedEarlierMinutes: 0,
    mixedLaterMinutes: 0,
    documentAlways: true,
    listsAskDocumentMinutes: 0,
    listsRefuseMinutes: 0,
    clockOffSecondsMax: 1
  },
  asOf: new Date(0),
  issuers: new Map(),
  departures: new Map(),
  tickets: new Map(),
  byTag: new Map(),
  byJourney: new Map()
}

function hoursSince({ askedAt }: Kept, now: Date): number {
  return askedAt ? Math.max(0, now.getTime() - askedAt.getTime()) / 3_600_000 : 0
}

const usedBy = ({ at, clockOffsetMs }: Scan, gate: number) => ({
  at: new Date(Date.parse(at) + clockOffsetMs),
  gate
})

/** On the disk before anybody is let through. A ticket no list knows is used once here too. */
async function writeDown(
  { log, kept, used, clock, gate }: State,
  { means, ticketNo, claims, documentChecked, refused }: Judgement,
  code: string | undefined
): Promise<Omit<GateAnswer, 'decidedMs'>> {
  const now = clock()
  const { lists, clockOffsetMs } = kept
  const scan = await log.append({
    nonce: randomUUID(),
    means,
    ticketNo,
    edition: claims?.edition ?? null,
    issuerKey: claims?.issuerKey ?? null,
    documentChecked,
    ...(code === undefined ? {} : { code }),
    at: now.toISOString(),
    clockOffsetMs,
    listsAgeSeconds: Math.round(hoursSince(kept, now) * 3600),
    passage: lists.passage,
    departure: null,
    result: refused ? 'REFUSED' : 'OPEN',
    refusal: refused?.code ?? ''
  })
  if (!refused && ticketNo !== null) used.set(ticketNo, usedBy(scan, lists.number || gate))
  return { scan, refused }
}
