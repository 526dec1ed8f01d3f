// Days without a network, at many gates at once: each fetches its lists, is alone for as long as told with a clock that drifts, writes its
// scans to its disk, loses its power once, and brings everything back through a network that loses answers. Meanwhile the platform
// refunds, changes, re-issues and suspends, and takes a key back. Nothing may be lost, and each thing that went wrong has its name.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { sm2GenerateKeyPair } from '../../../../card-crypto/sm2-keys.ts'
import { transaction } from '../../../../clearing/database.ts'
import { showCode } from '../../credentials/show-code.ts'
import { rotateIssuerKey, revokeIssuerKey } from '../../issuer-keys/rotate-issuer-key.ts'
import type { PassageKind } from '../../passages/passage-rules.ts'
import { enrolDevice, makeEnrolmentCode } from '../devices/enrol-device.ts'
import { findPolicies, insertPolicy, policyOf } from '../lists/policy-queries.ts'
import { countBroughtBack, findStage, layDoors, layMeanwhile, type Meanwhile } from './offline-days-queries.ts'
import { sellTickets, type Fate, type Passenger, type SellingOptions } from './offline-passengers.ts'
import { openSimulatedGate, type Ask, type SimulatedGate } from './simulated-gate.ts'
import { signingRequestOf, signRequest, type DeviceIdentity } from './sign-request.ts'

export interface OfflineDaysOptions extends SellingOptions {
  /** Sends a request as it is; there is a network when it is called. */
  send: (request: {
    method: 'GET' | 'POST'
    url: string
    headers: Record<string, string>
    body: string
  }) => Promise<{ status: number; body: unknown }>
  /** Sets the clock of the platform. */
  setClock: (now: Date) => void
  /** For the logs of the gates. */
  folder: string
  gates: number
  hours: number
}

const hourMs = 3_600_000
const minuteMs = 60_000
const driftMaxMs = 5 * minuteMs
const gatesAtOnce = 24
const doorsPerPlace: readonly PassageKind[] = ['hall', 'boarding', 'boarding']

interface Door extends DeviceIdentity {
  id: number
  place: number
  passage: PassageKind
  path: string
  driftMs: number
}

export async function simulateOfflineDays(options: OfflineDaysOptions) {
  const { parts, begins, hours, setClock, say } = options
  setClock(begins)
  const ends = new Date(begins.getTime() + hours * hourMs)
  const places = Math.ceil(options.gates / doorsPerPlace.length)
  const from = new Date(begins.getTime() + 3 * hourMs)
  const stage = await findStage(parts.sql, { places, from, until: new Date(ends.getTime() - hourMs) })
  const doors = await enrolDoors(options, [...new Set(stage.map(({ place }) => place))])
  await publishStrictPolicy(options, doors.at(-1)!.place)
  const passengers = await sellTickets(options, stage)
  say(`${doors.length} gates, ${passengers.length} tickets on ${stage.length} departures`)
  const alone = await timed(async () => await beAlone(options, doors, passengers))
  await happenMeanwhile(options, passengers, ends)
  setClock(new Date(ends.getTime() + 2 * hourMs))
  const back = await timed(async () => await comeBack(options, doors, new Date(ends.getTime() + 2 * hourMs)))
  const { scans, twice, usedTwice, conflictsByKind } = await countBroughtBack(parts.sql)
  const { written, refusals, verifyMs } = alone.result
  return {
    scans: written,
    lost: written - scans,
    twice,
    usedTwice,
    conflictsByKind,
    refusals,
    verifyP99Ms: quantile(verifyMs, 0.99),
    // Of this process, platform and gates together: on the clock on the wall and of a processor.
    perScan: { alone: perScan(alone, written), back: perScan(back, written) }
  }
}

/** At the last place lists are believed for less time: then a document is asked for with every code, then nobody passes by them. */
async function publishStrictPolicy({ parts, begins, hours }: OfflineDaysOptions, place: number): Promise<void> {
  const before = policyOf(await findPolicies(parts.sql, begins), place)
  const terms = { ...before, listsAskDocumentMinutes: hours * 5, listsRefuseMinutes: hours * 15 }
  const policy = { place, terms, validFrom: begins, publishedBy: 'operator:simulated', note: '名单到时即停' }
  await transaction(parts.sql, async (tx) => await insertPolicy(tx, policy))
}

async function timed<Result>(work: () => Promise<Result>) {
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const result = await work()
  const { user, system } = process.cpuUsage(cpu)
  return { result, ms: performance.now() - began, cpuMs: (user + system) / 1000 }
}

function perScan({ ms, cpuMs }: { ms: number; cpuMs: number }, scans: number) {
  return { ms: Number((ms / scans).toFixed(3)), cpuMs: Number((cpuMs / scans).toFixed(3)) }
}

async function enrolDoors(options: OfflineDaysOptions, places: readonly number[]): Promise<Door[]> {
  const { parts, gates, begins, folder } = options
  const wanted = places.flatMap((place) =>
    doorsPerPlace.map((passage, index) => ({ place, passage, number: 101 + index }))
  )
  const laid = await transaction(parts.sql, async (tx) => await layDoors(tx, wanted.slice(0, gates)))
  const doors: Door[] = []
  for (const [index, { id, place, passage }] of laid.entries()) {
    const pair = sm2GenerateKeyPair()
    const { code } = await makeEnrolmentCode(parts.sql, id, 'clerk:simulated', begins)
    const request = { code, name: `simulated ${id}`, request: await signingRequestOf(pair) }
    const { device } = await enrolDevice(parts, request, begins)
    // From the slowest clock to the fastest, one right among them: what comes of it is no luck.
    const driftMs = ((2 * index) / Math.max(1, laid.length - 1) - 1) * driftMaxMs
    doors.push({ id, place, passage: passage as PassageKind, device, pair, path: join(folder, `${id}.log`), driftMs })
  }
  return doors
}

interface Alone {
  written: number
  refusals: Record<string, number>
  verifyMs: number[]
}

/** What each gate does depends on nobody else, and that is what being alone means: some are at it at once, as disks like it. */
async function beAlone(
  options: OfflineDaysOptions,
  doors: readonly Door[],
  passengers: readonly Passenger[]
): Promise<Alone> {
  const alone: Alone = { written: 0, refusals: {}, verifyMs: [] }
  const byPlace = Map.groupBy(passengers, ({ departure }) => departure.place)
  const left = doors.entries()
  const oneByOne = async (): Promise<void> => {
    for (const [index, door] of left) {
      await spendDays(options, door, visitsOf(door, doors, byPlace.get(door.place) ?? []), alone)
      if (index % 20 === 19)
        options.say(`${index + 1} gates have been alone for ${options.hours} h: ${alone.written} scans`)
    }
  }
  await Promise.all(Array.from({ length: gatesAtOnce }, oneByOne))
  return alone
}

async function spendDays(
  options: OfflineDaysOptions,
  door: Door,
  visits: readonly Visit[],
  alone: Alone
): Promise<void> {
  let now = options.begins
  const elapsed = (): number => (now.getTime() - options.begins.getTime()) / (options.hours * hourMs)
  const clock = (): Date => new Date(now.getTime() + door.driftMs * elapsed())
  const open = (): SimulatedGate =>
    openSimulatedGate({ gate: door.id, ask: askAs(options, door, () => now), clock, path: door.path })
  let gate = open()
  await gate.sync()
  for (const [nth, { at, passenger }] of visits.entries()) {
    now = at
    // The power fails once; what was written stays, and the lists are kept on the same disk.
    if (nth === Math.floor(visits.length / 2)) gate = afterPowerCut(gate, open)
    for (const { refused, decidedMs } of await present(options, gate, passenger, at)) {
      alone.written++
      alone.verifyMs.push(decidedMs)
      if (refused) alone.refusals[refused.code] = (alone.refusals[refused.code] ?? 0) + 1
    }
  }
  gate.close()
}

function afterPowerCut(before: SimulatedGate, open: () => SimulatedGate): SimulatedGate {
  before.close()
  const after = open()
  Object.assign(after.kept, before.kept)
  return after
}

interface Visit {
  at: Date
  passenger: Passenger
}

function visitsOf(door: Door, doors: readonly Door[], passengers: readonly Passenger[]): Visit[] {
  const gates = doors.filter(({ place, passage }) => place === door.place && passage === 'boarding')
  const own = passengers.flatMap((passenger, nth): Visit[] => {
    const { boardsAt, fate } = passenger
    if (door.passage === 'hall') return [{ at: new Date(boardsAt.getTime() - 25 * minuteMs), passenger }]
    if (gates[nth % gates.length] === door) return [{ at: boardsAt, passenger }]
    // Somebody else with the same document, or the same code on another phone.
    return fate === 'twice' ? [{ at: new Date(boardsAt.getTime() + minuteMs), passenger }] : []
  })
  return own.sort((a, b) => a.at.getTime() - b.at.getTime())
}

/** A code, and the document with it when the gate asks; or the document by itself. */
async function present(
  options: OfflineDaysOptions,
  gate: SimulatedGate,
  { ticketNo, document, byCode, fate }: Passenger,
  at: Date
) {
  if (!byCode && fate !== 'reissued') return [await gate.scanDocument(document)]
  const viewer = { owner: 'simulated', seesAll: true }
  const { payload } = await showCode(options.parts, { ticketNo, form: 'phone' }, viewer, at)
  const first = await gate.scanCode(payload)
  if (first.refused?.code === 'document-required') return [first, await gate.scanCode(payload, document)]
  // A gate whose clock has run away cannot tell a fresh code from a screenshot; the document is good in any year.
  return first.refused?.code === 'code-stale' ? [first, await gate.scanDocument(document)] : [first]
}

async function happenMeanwhile(
  { parts, begins, say }: OfflineDaysOptions,
  passengers: readonly Passenger[],
  ends: Date
) {
  const fates: Partial<Record<Fate, [Meanwhile['fate'], number]>> = {
    'refunded-before': ['REFUNDED', -60],
    'refunded-after': ['REFUNDED', 15],
    changed: ['CHANGED', -60],
    voided: ['VOIDED', -60],
    suspended: ['SUSPENDED', -60],
    reissued: ['reissue', -60]
  }
  const happened = passengers.flatMap(({ ticketNo, fate, boardsAt }): Meanwhile[] => {
    const [state, minutes] = fates[fate] ?? []
    if (!state) return []
    return [{ ticketNo, fate: state, at: new Date(boardsAt.getTime() + minutes! * minuteMs), id: randomUUID() }]
  })
  for (let first = 0; first < happened.length; first += 2000)
    await transaction(parts.sql, async (tx) => await layMeanwhile(tx, happened.slice(first, first + 2000)))
  const [rotated] = await rotateIssuerKey(parts, { overlapDays: 7, by: 'operator:simulated' }, begins)
  await revokeIssuerKey(
    parts,
    { version: rotated!.version - 1, by: 'operator:simulated' },
    new Date(ends.getTime() - 4 * hourMs)
  )
  say(
    `${happened.length} tickets refunded, changed, re-issued or suspended meanwhile; the issuer’s key rotated, then revoked`
  )
}

/** The network is back and bad: one answer in ten is lost after the platform took the message, one message in twenty never arrives. */
async function comeBack(options: OfflineDaysOptions, doors: readonly Door[], now: Date): Promise<void> {
  for (const [index, door] of doors.entries()) {
    const clock = (): Date => new Date(now.getTime() + door.driftMs)
    const ask = askAs(options, door, () => now)
    const bad: Ask = async (asked) => {
      const luck = Math.random()
      if (luck < 0.05) throw new Error('no network')
      const answer = await ask(asked)
      if (luck < 0.15) throw new Error('the answer was lost')
      return answer
    }
    const gate = openSimulatedGate({ gate: door.id, ask: bad, clock, path: door.path })
    for (let tries = 0; gate.log.pending().length > 0; tries++) {
      if (tries > 10_000) throw new Error(`gate ${door.id} cannot bring its scans back`)
      await gate.upload().catch((error: unknown) => {
        if (!(error instanceof Error) || !/network|lost/.test(error.message)) throw error
      })
    }
    gate.close()
    if (index % 20 === 19) options.say(`${index + 1} gates have brought their scans back`)
  }
}

function askAs({ send }: OfflineDaysOptions, device: DeviceIdentity, platformClock: () => Date): Ask {
  return async ({ method, url, body }) => {
    const text = body === undefined ? '' : JSON.stringify(body)
    const authorization = signRequest(device, { method, url, body: text }, platformClock())
    const typed: Record<string, string> = text === '' ? {} : { 'content-type': 'application/json' }
    return await send({ method, url, headers: { authorization, ...typed }, body: text })
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2))
}
