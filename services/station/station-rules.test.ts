import { describe, expect, test } from 'vitest'
import type { BusinessDay } from '../../clearing/business-day.ts'
import { checkAdmission, checkDispatch } from './dispatch/dispatch-rules.ts'
import { checkReport, type ReportCase } from './report/report-rules.ts'
import { createTestStation } from './test-station.ts'

const { sql, dispatcher, time } = await createTestStation()
const now = new Date('2026-12-01T08:00:00+08:00')
const inMinutes = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000)
const day = '2026-12-01' as BusinessDay

describe('rules', () => {
  test('a departure that needs two drivers is not reported with one', () => {
    const fit = { mode: 'coach', carrierId: 1, withdrawn: false, papers: [] }
    const asked: ReportCase = {
      departure: {
        reportEarliestMinutes: 180,
        reportLatestMinutes: -30,
        inspectionHours: 24,
        conveyancePapers: [],
        crewPapers: [],
        crewMin: 2,
        here: 'ON_SALE',
        mode: 'coach',
        carrier: 1,
        day,
        departsAt: inMinutes(60)
      },
      conveyance: { ...fit, places: 45, inspection: { inspectedAt: inMinutes(-10), passed: true } },
      crew: [fit],
      sold: 0
    }
    expect(checkReport(asked, now)).toEqual({ code: 'crew-too-few', facts: { least: 2 } })
    expect(checkReport({ ...asked, crew: [fit, fit] }, now)).toBe(null)
  })

  test('nothing leaves with more aboard than it has places', () => {
    const departure = { here: 'CHECKING', departsAt: inMinutes(5), dispatchOpensMinutes: 15 } as const
    expect(checkDispatch(departure, { reported: true, aboard: 46, places: 45 }, now)).toBe('too-many-aboard')
    expect(checkDispatch(departure, { reported: true, aboard: 45, places: 45 }, now)).toBe(null)
  })

  test('a ticket of another departure is let on only where the station mixes departures', () => {
    const departure = {
      here: 'CHECKING',
      departsAt: inMinutes(5),
      departure: 1,
      line: 1,
      day,
      position: 0,
      lateCheckInMinutes: 0,
      mixedCheckDays: null
    } as const
    const ticket = { departure: 2, line: 1, day, position: 0, state: 'NO_SHOW' }
    expect(checkAdmission({ departure, ticket }, now)).toBe('admission-not-mixed')
    expect(checkAdmission({ departure: { ...departure, mixedCheckDays: 0 }, ticket }, now)).toBe(null)
  })
})

test('a vehicle is reported where its departure begins, not at a stop on the way', async () => {
  time.now = now
  const [stop] = await sql<{ departure: number; place: string }[]>`
    select departure.id as departure, place.code as place from departure
    join line_stop on line_stop.line = departure.line and line_stop.position = 1
    join place on place.id = line_stop.place
    where (select max(position) from line_stop as last where last.line = departure.line) > 1 and departure.departs_at > ${now}
    order by departure.departs_at limit 1`
  const asked = { ...stop, conveyance: '粤A示001', crew: ['C01-001'] }
  const { body } = await dispatcher('PUT', '/v1/station/reports/0b7d7e0e-2c0a-4a7d-9d0b-6f6f3e1a0001', asked)
  expect(body.code).toBe('report-at-origin')
})
