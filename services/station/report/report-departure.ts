// 报班: the station takes a vehicle or vessel with its crew for a departure. Without licence, insurance, driver and safety inspection in
// order there is no report, and without a report nothing leaves.
import { transaction, type Database } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import { findConveyance, findConveyances, findCrew } from '../register/register-queries.ts'
import { findStationDeparture, lockStationDeparture, setStateHere } from '../station-departure-queries.ts'
import { findLiveReport, findPlacesNeeded, findReport, recordReport, withdrawReport } from './report-queries.ts'
import { checkReport, crewFault, vehicleFault } from './report-rules.ts'
import type { Candidates, Report, ReportRequest } from './report-schemas.ts'

/** The same id with the same content is the same report; another one takes the place of the one before. Throws the refusals of a report. */
export async function reportDeparture(
  sql: Database,
  { id, request, actor }: { id: string; request: ReportRequest; actor: string },
  now: Date
): Promise<Report> {
  return await transaction(sql, async (tx) => {
    const departure = await lockStationDeparture(tx, request)
    const known = await findReport(tx, id)
    if (known) {
      if (!isSame(known, request)) throw refuse('report-id-reused')
      return known
    }
    if (departure.position !== 0) throw refuse('report-at-origin')
    const conveyance = await findConveyance(tx, request.conveyance)
    const crew = await findCrew(tx, { codes: request.crew })
    const missing = request.crew.find((code) => !crew.some((member) => member.code === code))
    if (missing !== undefined) throw refuse('crew-member-not-found', { code: missing })
    const sold = await findPlacesNeeded(tx, departure.departure)
    const fault = checkReport({ departure, conveyance, crew, sold }, now)
    if (fault) throw refuse(fault.code, fault.facts)
    await withdrawReport(tx, departure.departure, now)
    const members = crew.map((member) => member.id)
    await recordReport(tx, { id, departure, conveyance: conveyance.id, crew: members, actor }, now)
    if (departure.here !== 'CHECKING') await setStateHere(tx, departure, 'REPORTED')
    return (await findReport(tx, id))!
  })
}

function isSame(known: Report & { departure: number }, request: ReportRequest): boolean {
  const crew = known.crew.map(({ code }) => code).toSorted()
  return (
    known.departure === request.departure &&
    known.conveyance === request.conveyance &&
    crew.join(' ') === request.crew.toSorted().join(' ')
  )
}

/** The vehicle does not run after all. Throws report-not-found, and report-closed once check-in has begun. */
export async function takeBackReport(sql: Database, id: string, place: string, now: Date): Promise<void> {
  await transaction(sql, async (tx) => {
    const report = await findReport(tx, id)
    if (!report) throw refuse('report-not-found')
    const departure = await lockStationDeparture(tx, { departure: report.departure, place })
    const live = await findLiveReport(tx, report.departure)
    if (live?.id !== id) return
    if (departure.here !== 'REPORTED') throw refuse('report-closed', { state: departure.here })
    await withdrawReport(tx, report.departure, now)
    await setStateHere(tx, departure, 'ON_SALE')
  })
}

/** What the carrier of a departure could send, the fit ones first, each other one with its reason. */
export async function showCandidates(
  sql: Database,
  at: { departure: number; place: string },
  now: Date
): Promise<Candidates> {
  const departure = await findStationDeparture(sql, at)
  const of = { mode: departure.mode, carrier: departure.carrier }
  const placesNeeded = await findPlacesNeeded(sql, departure.departure)
  const conveyances = (await findConveyances(sql, of)).map((conveyance) => {
    const small = conveyance.places < placesNeeded ? 'more-sold-than-places' : null
    const fault = vehicleFault({ departure, conveyance }, now)?.code ?? small
    return { code: conveyance.code, places: conveyance.places, fault }
  })
  const crew = (await findCrew(sql, of)).map((member) => {
    const fault = crewFault({ ...departure, crewMin: 1 }, [member])?.code ?? null
    return { code: member.code, name: member.name, fault }
  })
  const fitFirst = (a: { fault: string | null }, b: { fault: string | null }) =>
    Number(a.fault !== null) - Number(b.fault !== null)
  return {
    conveyances: conveyances.toSorted(fitFirst),
    crew: crew.toSorted(fitFirst),
    placesNeeded,
    crewMin: departure.crewMin
  }
}
