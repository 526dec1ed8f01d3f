// Lays the sample province into an empty database: the real stations and ports of Guangdong, sample lines between them (both
// ways) with sample prices, the policies of ticketing facts §1.4 and §2.5, and departures for the days on sale. Safe to repeat.
import { readFile } from 'node:fs/promises'
import { shanghaiInstant, type BusinessDay } from '../../../clearing/business-day.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import { layPolicies } from '../../fares/publish-policy.ts'
import { layCarriers, layDoors, layGates, layLines, layPlaces, layStops } from '../../network/network-queries.ts'
import type { NewLine, NewStop } from '../../network/network-queries.ts'
import type { Mode, Place } from '../../network/network-schemas.ts'
import { generateDepartures } from '../../timetable/generate-departures.ts'
import { layCabinFares, layFares, layPlans } from '../../timetable/timetable-queries.ts'
import type { NewCabinFare, NewFare, NewPlan } from '../../timetable/timetable-queries.ts'
import { layInterchanges, layProducts } from '../../ticketing/journeys/journey-queries.ts'
import { layPartners } from '../../ticketing/partner-legs/partner-leg-queries.ts'
import {
  partnerPlaces,
  partnerWays,
  simulatedPartners
} from '../../ticketing/partner-legs/simulated-partner/conduct-rules.ts'
import { layQuotas } from '../../ticketing/seats/seat-queries.ts'
import { layDecks, layVehicleFares } from '../../ticketing/vehicles/deck-queries.ts'
import { decks, interchanges, products, quotas, vehicleFares } from './sample-journeys.ts'
import { samplePolicies } from './sample-policies.ts'

const validFrom = '2026-01-01' as BusinessDay
const gatesPerPlace = 4
/** One port where the same code opens more than its gates. */
const sampleDoors = [
  { place: '莲花山港', number: 11, name: '安检口', passage: 'security' },
  { place: '莲花山港', number: 12, name: '候船厅', passage: 'hall' },
  { place: '莲花山港', number: 13, name: '停车场', passage: 'parking' }
]

/** Returns how many departures are new. */
export async function seedProvince(sql: Database, today: BusinessDay): Promise<number> {
  const places = await readPlaces()
  const lines = bothWays(await readLines())
  const cityOf = new Map(places.map((place) => [place.code, place.city]))
  const nameOf = new Map(places.map((place) => [place.code, place.name]))
  await transaction(sql, async (tx) => {
    await layPlaces(tx, places)
    await layGates(tx, gatesPerPlace)
    await layDoors(tx, sampleDoors)
    await layCarriers(tx, sampleCarriers)
    await layLines(
      tx,
      lines.map((line) => lineRow(line, cityOf, nameOf))
    )
    await layStops(
      tx,
      lines.flatMap((line) => line.stops)
    )
    await layFares(tx, lines.flatMap(faresOf), validFrom)
    await layCabinFares(tx, lines.flatMap(deluxeFaresOf), validFrom)
    await layPolicies(tx, samplePolicies(validFrom), shanghaiInstant(validFrom, 0))
    await layPlans(tx, lines.flatMap(plansOf), validFrom)
    await layInterchanges(tx, interchanges)
    await layProducts(tx, products, validFrom)
    await layDecks(tx, decks)
    await layVehicleFares(tx, vehicleFares, validFrom)
    await layQuotas(tx, quotas)
    await layPartners(tx, { partners: simulatedPartners, places: partnerPlaces, ways: partnerWays })
  })
  return await generateDepartures(sql, today)
}

interface SampleLine {
  code: string
  mode: Mode
  stops: NewStop[]
  /** The fare of the whole way; null when every stretch is priced by the kilometre. */
  wholeWay: { full: number; half: number } | null
}

const sampleCarriers = [
  { code: 'C01', name: '示例市际客运公司' },
  { code: 'C02', name: '示例县际客运公司' },
  { code: 'F01', name: '示例海峡轮渡公司' },
  { code: 'F02', name: '示例珠江口客轮公司' }
]

async function readPlaces(): Promise<Place[]> {
  const stations = (await rows('stations.csv')).map(([code, city, name, address]) => ({ code, city, name, address }))
  const ports = (await rows('ports.csv')).map(([code, city, name]) => ({ code, city, name, address: '' }))
  const place = (kind: Place['kind']) => (row: object) => ({ ...row, kind, sample: true }) as Place
  return [...stations.map(place('station')), ...ports.map(place('port'))]
}

async function readLines(): Promise<SampleLine[]> {
  const byLine = Map.groupBy(await rows('line-stops.csv'), ([line]) => line!)
  return [...byLine].map(([code, stops]) => {
    const [, , , , , , full, half] = stops.at(-1)!
    return {
      code,
      mode: stops[0]![1] as Mode,
      stops: stops.map(([line, , position, place, minutes, kilometres]) => ({
        line: line!,
        position: Number(position),
        place: place!,
        minutes: Number(minutes),
        kilometres: Number(kilometres)
      })),
      wholeWay: full ? { full: Number(full), half: Number(half) } : null
    }
  })
}

/** Our own files: no quotes, no commas inside a field. */
async function rows(name: string): Promise<string[][]> {
  const text = await readFile(new URL(name, import.meta.url), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
}

/** Every line also runs back, under its code with R. */
function bothWays(lines: SampleLine[]): SampleLine[] {
  return lines.flatMap((line) => {
    const last = line.stops.at(-1)!
    const back = line.stops.toReversed().map((stop, position) => ({
      ...stop,
      line: `${line.code}R`,
      position,
      minutes: last.minutes - stop.minutes,
      kilometres: last.kilometres - stop.kilometres
    }))
    return [line, { ...line, code: `${line.code}R`, stops: back }]
  })
}

/** A coach line inside one city is of class 3 and not real-name (R3, R4); all others, and all water, are real-name. */
function lineRow({ code, mode, stops }: SampleLine, cityOf: Map<string, string>, nameOf: Map<string, string>): NewLine {
  const [first, last] = [stops[0]!.place, stops.at(-1)!.place]
  const name = `${nameOf.get(first)} — ${nameOf.get(last)}`
  if (mode === 'ferry')
    return { code, name, mode, class: null, carrier: strait.test(code) ? 'F01' : 'F02', realName: true }
  const within = cityOf.get(first) === cityOf.get(last)
  return { code, name, mode, class: within ? 3 : 2, carrier: within ? 'C02' : 'C01', realName: !within }
}

/** The lines across the Qiongzhou strait. */
const strait = /^SW0[12]R?$/

function faresOf({ code, stops, wholeWay }: SampleLine): NewFare[] {
  return stops.flatMap((from) =>
    stops
      .filter((to) => to.position > from.position)
      .map((to) => {
        const { full, half } = wholeWay ?? sampleFare(to.kilometres - from.kilometres)
        const stretch = { line: code, fromPosition: from.position, toPosition: to.position }
        // The strait's fares are the published ones of 2022; all others are invented.
        return { ...stretch, fullFare: full, halfFare: half, sample: !strait.test(code) }
      })
  )
}

/** 蛇口—九洲 is sold by class: invented places and prices. */
const byClass = /^SW04R?$/
const classPlaces = { standard: 240, deluxe: 60 }

function deluxeFaresOf(line: SampleLine): NewCabinFare[] {
  if (!byClass.test(line.code)) return []
  return faresOf(line).map(({ fullFare, halfFare, ...fare }) => ({
    ...fare,
    cabin: 'deluxe',
    fullFare: fullFare * 1.5,
    halfFare: halfFare * 1.5
  }))
}

/** Invented: max(15, round(0.42·km + 4)) yuan, children half. */
function sampleFare(kilometres: number): { full: number; half: number } {
  const full = Math.max(15, Math.round(0.42 * kilometres + 4)) * 100
  return { full, half: full / 2 }
}

function plansOf({ code, mode, stops }: SampleLine): NewPlan[] {
  const places = mode === 'coach' ? 45 : strait.test(code) ? 999 : 300
  return departureMinutes(code, mode, stops.at(-1)!.minutes).map((departsMinute) => {
    const clock = `${String(Math.floor(departsMinute / 60)).padStart(2, '0')}${String(departsMinute % 60).padStart(2, '0')}`
    return {
      line: code,
      number: `${code}-${clock}`,
      departsMinute,
      places,
      ...(byClass.test(code) ? { cabins: classPlaces } : {})
    }
  })
}

/** Short lines often, long lines seldom, the strait round the clock. */
function departureMinutes(code: string, mode: Mode, minutes: number): number[] {
  const every = (step: number, from: number, to: number) =>
    Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step)
  if (strait.test(code)) return every(60, 0, 1439)
  if (mode === 'ferry') return every(90, 510, 1140)
  if (minutes <= 100) return every(30, 390, 1260)
  if (minutes <= 200) return every(60, 420, 1200)
  return [450, 570, 720, 860, 1020]
}
