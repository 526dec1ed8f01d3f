// May this vehicle and crew be reported (报班) for this departure now? A ladder, each rung naming one reason.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { DepartureState } from '../../timetable/timetable-schemas.ts'
import { inspectionFault, paperFaults, type HeldPaper, type Inspection } from '../register/register-rules.ts'
import type { StationPolicy } from '../station-departure-queries.ts'

interface Reported {
  mode: string
  carrierId: number
  withdrawn: boolean
  papers: readonly HeldPaper[]
}

export interface ReportCase {
  departure: Pick<
    StationPolicy,
    'reportEarliestMinutes' | 'reportLatestMinutes' | 'inspectionHours' | 'conveyancePapers' | 'crewPapers' | 'crewMin'
  > & { here: DepartureState; mode: string; carrier: number; day: BusinessDay; departsAt: Date }
  conveyance: Reported & { places: number; inspection: Inspection | null }
  crew: readonly Reported[]
  /** The most passengers aboard at once, or the highest seat sold. */
  sold: number
}

export interface ReportFault {
  code:
    | 'report-closed'
    | 'report-too-early'
    | 'report-too-late'
    | 'conveyance-not-fit'
    | 'papers-not-valid'
    | 'inspection-not-valid'
    | 'crew-too-few'
    | 'crew-not-fit'
    | 'more-sold-than-places'
  facts: Record<string, unknown>
}

const reportable = new Set<DepartureState>(['ON_SALE', 'SALE_STOPPED', 'DELAYED', 'REPORTED', 'CHECKING'])

export function checkReport(asked: ReportCase, now: Date): ReportFault | null {
  const { departure, conveyance, crew, sold } = asked
  if (!reportable.has(departure.here)) return { code: 'report-closed', facts: { state: departure.here } }
  const minutesLeft = (departure.departsAt.getTime() - now.getTime()) / 60_000
  if (minutesLeft > departure.reportEarliestMinutes)
    return { code: 'report-too-early', facts: { minutes: departure.reportEarliestMinutes } }
  if (minutesLeft < departure.reportLatestMinutes) return { code: 'report-too-late', facts: {} }
  return (
    vehicleFault(asked, now) ??
    crewFault(departure, crew) ??
    (sold > conveyance.places ? { code: 'more-sold-than-places', facts: { sold, places: conveyance.places } } : null)
  )
}

/** Also asked again when the departure is dispatched: a paper may have run out since. */
export function vehicleFault(
  { departure, conveyance }: Pick<ReportCase, 'departure' | 'conveyance'>,
  now: Date
): ReportFault | null {
  if (!isFit(conveyance, departure)) return { code: 'conveyance-not-fit', facts: {} }
  const papers = paperFaults(departure.conveyancePapers, conveyance.papers, departure.day)
  if (papers.length > 0) return { code: 'papers-not-valid', facts: { of: 'conveyance', papers } }
  const inspection = inspectionFault(departure.inspectionHours, conveyance.inspection, now)
  return inspection ? { code: 'inspection-not-valid', facts: { inspection } } : null
}

export function crewFault(departure: ReportCase['departure'], crew: readonly Reported[]): ReportFault | null {
  if (crew.length < departure.crewMin) return { code: 'crew-too-few', facts: { least: departure.crewMin } }
  if (!crew.every((member) => isFit(member, departure))) return { code: 'crew-not-fit', facts: {} }
  const papers = crew.flatMap((member) => paperFaults(departure.crewPapers, member.papers, departure.day))
  return papers.length > 0 ? { code: 'papers-not-valid', facts: { of: 'crew', papers } } : null
}

/** Of the line's own carrier and mode, and not withdrawn. */
function isFit(
  { mode, carrierId, withdrawn }: Reported,
  departure: Pick<ReportCase['departure'], 'mode' | 'carrier'>
): boolean {
  return !withdrawn && mode === departure.mode && carrierId === departure.carrier
}
