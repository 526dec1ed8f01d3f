// 发班、开航: the departure leaves a place. In one unit of work the checked tickets are used, the others are missed, the manifest is signed
// and kept, and port and carrier are to be asked for their counts. Settlement follows the used tickets by itself.
import type { KeyReference, KeyStore } from '../../../card-crypto/key-store.ts'
import { sm3 } from '../../../card-crypto/sm3.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import { identitySealKey, openIdentity, showIdentity } from '../../identity/seal-identity.ts'
import { refuse } from '../../refusals.ts'
import { findConveyance, findCrew } from '../register/register-queries.ts'
import { findLiveReport, type ReportRow } from '../report/report-queries.ts'
import { crewFault, vehicleFault } from '../report/report-rules.ts'
import { findStationDeparture, lockStationDeparture, setStateHere } from '../station-departure-queries.ts'
import type { StationDeparture } from '../station-departure-queries.ts'
import {
  assignBay,
  findDispatch,
  lockAboard,
  recordDispatch,
  recordManifestReading,
  useTickets,
  type AboardRow
} from './dispatch-queries.ts'
import { checkDispatch, checkOpening, passengersOf } from './dispatch-rules.ts'
import type { BayRequest, Dispatch, PlaceState } from './dispatch-schemas.ts'
import { askForCounts } from './exchange-queries.ts'
import { countByClass, manifestText, type ManifestLine } from './manifest-rules.ts'

type Parts = { sql: Database; keys: KeyStore }

export interface StationAct {
  departure: number
  place: string
  actor: string
}

export const manifestKey: KeyReference = {
  purpose: 'message-signature',
  scope: 'manifest',
  version: 1,
  index: 0,
  algorithm: 'sm2'
}

/** Throws the refusals departure-not-found, gate-not-found and bay-taken. */
export async function assignGateAndBay(sql: Database, act: StationAct, wanted: BayRequest): Promise<PlaceState> {
  return await transaction(sql, async (tx) => {
    const departure = await lockStationDeparture(tx, act)
    await assignBay(tx, departure, wanted)
    return stateOf(await findStationDeparture(tx, act), act.place)
  })
}

/** Throws the refusals departure-not-found, departure-not-reported, departure-not-here and check-in-too-early. */
export async function openCheckIn(sql: Database, act: StationAct, now: Date): Promise<PlaceState> {
  return await transaction(sql, async (tx) => {
    const departure = await lockStationDeparture(tx, act)
    const reported = (await findLiveReport(tx, act.departure)) !== null
    const fault = checkOpening(departure, reported, now)
    if (fault) throw refuse(fault, { state: departure.here })
    await setStateHere(tx, departure, 'CHECKING')
    return stateOf(await findStationDeparture(tx, act), act.place)
  })
}

function stateOf({ departure, here, gate, bay, departsAt }: StationDeparture, place: string): PlaceState {
  return { departure, place, state: here, gate, bay, departsAt }
}

/** Dispatching twice is once. Throws the refusals of a dispatch. */
export async function dispatchDeparture({ sql, keys }: Parts, act: StationAct, now: Date): Promise<Dispatch> {
  return await transaction(sql, async (tx) => {
    const departure = await lockStationDeparture(tx, act)
    const known = await findDispatch(tx, departure)
    if (known) return known
    const report = await findLiveReport(tx, act.departure)
    const aboard = await lockAboard(tx, departure)
    const onBoard = countByClass(aboard.map(({ fareKind }) => fareKind))
    const load = { reported: report !== null, aboard: passengersOf(onBoard), places: report?.places ?? 0 }
    const fault = checkDispatch(departure, load, now)
    if (fault) throw refuse(fault, { state: departure.here })
    await assertStillFit(tx, departure, report!, now)
    const counts = countByClass(aboard.filter(({ here }) => here).map(({ fareKind }) => fareKind))
    const missed = await useTickets(tx, departure, act.actor, now)
    await setStateHere(tx, departure, 'DISPATCHED')
    const head = { ...departure, ...report!, dispatchedAt: now, counts: onBoard, missed }
    const text = Buffer.from(manifestText(head, await linesOf(keys, aboard)))
    const manifest = await keys.seal(identitySealKey, text, sealOwner(departure))
    const signature = await keys.sign(manifestKey, text)
    const { actor } = act
    await recordDispatch(tx, { ...departure, at: now, actor, counts, missed, manifest, digest: sm3(text), signature })
    await askForCounts(tx, departure, now)
    return (await findDispatch(tx, departure))!
  })
}

/** What was in order when it was reported may have run out since. */
async function assertStillFit(
  sql: Parameters<typeof findCrew>[0],
  departure: StationDeparture,
  report: ReportRow,
  now: Date
): Promise<void> {
  const conveyance = await findConveyance(sql, report.conveyance)
  const crew = await findCrew(sql, { codes: report.crew.map(({ code }) => code) })
  const fault = vehicleFault({ departure, conveyance }, now) ?? crewFault(departure, crew)
  if (fault) throw refuse(fault.code, fault.facts)
}

async function linesOf(keys: KeyStore, aboard: readonly AboardRow[]): Promise<ManifestLine[]> {
  return await Promise.all(
    aboard.map(async ({ orderId, position, identity, ...line }) => {
      const { name, documentNumber } = showIdentity(
        await openIdentity(keys, identity, `${orderId}:${position}`),
        'staff'
      )
      return { ...line, name, document: documentNumber ?? '' }
    })
  )
}

const sealOwner = ({ departure, position }: { departure: number; position: number }) =>
  Buffer.from(`manifest:${departure}:${position}`)

/** The signed bytes, opened; who read them is kept. Throws the refusals departure-not-found and dispatch-not-found. */
export async function readManifest({ sql, keys }: Parts, act: StationAct, now: Date): Promise<string> {
  const departure = await findStationDeparture(sql, act)
  const dispatch = await findDispatch(sql, departure)
  if (!dispatch) throw refuse('dispatch-not-found')
  await transaction(sql, async (tx) => await recordManifestReading(tx, departure, act.actor, now))
  return new TextDecoder().decode(await keys.unseal(identitySealKey, dispatch.manifest, sealOwner(departure)))
}
