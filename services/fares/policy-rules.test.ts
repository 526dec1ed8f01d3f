import { describe, expect, test } from 'vitest'
import { samplePolicies } from '../local/sample-province/sample-policies.ts'
import {
  layOver,
  missingKnobs,
  policyPeriods,
  resolvePolicy,
  type PolicySheet,
  type PolicySubject
} from './policy-rules.ts'
import type { PartialTerms, PolicyScope } from './policy-schemas.ts'

const sheet = (
  id: number,
  scope: Omit<PolicyScope, 'mode'>,
  presaleDays: number,
  days: [string, string | null] = ['2026-01-01', null]
): PolicySheet => ({
  id,
  scope: { mode: 'coach', ...scope },
  validFrom: days[0],
  validTo: days[1],
  terms: { presaleDays }
})

describe('the most specific version that names a knob wins', () => {
  const whole = sheet(1, {}, 15)
  const carrier = sheet(2, { carrier: 'C01' }, 10)
  const station = sheet(3, { place: '440100003' }, 7)
  const stationOfCarrier = sheet(4, { carrier: 'C01', place: '440100003' }, 6)
  const line = sheet(5, { line: 'SL001' }, 5)
  const lineAtStation = sheet(6, { line: 'SL001', place: '440100003' }, 4)
  const festival = sheet(7, {}, 30, ['2026-02-01', '2026-02-20'])
  const festivalOfStation = sheet(8, { place: '440100003' }, 20, ['2026-02-01', '2026-02-20'])
  const later = sheet(9, {}, 16, ['2026-03-01', null])
  const corrected = sheet(10, {}, 14)
  const ferry = { ...sheet(11, {}, 99), scope: { mode: 'ferry' as const } }
  const here = { carrier: 'C01', place: '440100003', line: 'SL001' }

  const rows: [string, PolicySheet[], Omit<PolicySubject, 'mode'>, string, number | undefined][] = [
    ['nothing published', [], here, '2026-01-10', undefined],
    ['of another mode', [ferry], here, '2026-01-10', undefined],
    ['not yet in force', [later], here, '2026-01-10', undefined],
    ['for all', [whole], here, '2026-01-10', 15],
    ['carrier before all', [whole, carrier], here, '2026-01-10', 10],
    ['of another carrier', [whole, carrier], { ...here, carrier: 'C02' }, '2026-01-10', 15],
    ['station before carrier', [station, carrier, whole], here, '2026-01-10', 7],
    ['station of one carrier before station', [stationOfCarrier, station], here, '2026-01-10', 6],
    ['line before station', [line, stationOfCarrier, station], here, '2026-01-10', 5],
    ['line at a station before line', [lineAtStation, line], here, '2026-01-10', 4],
    ['line at another station', [lineAtStation, line], { ...here, place: '440100001' }, '2026-01-10', 5],
    ['season before the year', [festival, whole, later], here, '2026-02-20', 30],
    ['the day after the season', [festival, whole], here, '2026-02-21', 15],
    ['a narrower scope before a season', [festival, station], here, '2026-02-10', 7],
    ['the season of the station', [festivalOfStation, festival, station], here, '2026-02-10', 20],
    ['the later from its day on', [whole, later], here, '2026-03-01', 16],
    ['the later not before its day', [whole, later], here, '2026-02-28', 15],
    ['published again for the same days', [corrected, whole], here, '2026-01-10', 14]
  ]
  test.each(rows)('%s', (...[, sheets, about, day, presaleDays]) => {
    expect(layOver(sheets, { mode: 'coach', ...about }, day).terms.presaleDays).toBe(presaleDays)
  })
})

const sample: PolicySheet[] = samplePolicies('2026-01-01').map((version, at) => ({
  ...version,
  id: at + 1,
  validTo: version.validTo ?? null
}))

test('knobs come each from its own version, and the answer says which', () => {
  const answer = resolvePolicy(sample, { mode: 'ferry', carrier: 'F01', line: 'SW01' }, '2026-12-02')!
  expect(answer.terms).toMatchObject({ saleClosesMinutes: 30, vehicleSaleClosesMinutes: 90, newEnergyPresaleDays: 7 })
  expect(answer.terms.refund.code).toBe('strait-2024')
  expect(answer.from).toMatchObject({ saleClosesMinutes: 2, refund: 3, change: 3 })
})

test('nothing is sold under half a policy', () => {
  const half: PartialTerms = { presaleDays: 15 }
  expect(missingKnobs(half)).toContain('refund')
  expect(resolvePolicy([sheet(1, {}, 15)], { mode: 'coach' }, '2026-12-02')).toBeNull()
})

test('the days are cut where a version begins or ends, and the last span is open', () => {
  const spans = policyPeriods(sample, { mode: 'coach' })
  expect(spans.map(({ validFrom, validTo, terms }) => [validFrom, validTo, terms.presaleDays])).toEqual([
    ['2026-01-01', '2027-01-21', 15],
    ['2027-01-22', '2027-03-02', 30],
    ['2027-03-03', null, 15]
  ])
})
