// What passenger flow of the real sample day is read against: Shenzhen's metro of September 2018 (order of stations, districts and
// running times from general knowledge, labelled sample) and where the day's terminals stood, as the file itself says.
import { readFile } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { transaction, type Database } from '../../../clearing/database.ts'
import { countLines, layLine, laySites, type NewSite } from '../../insight/flow/network-queries.ts'

const network = 'shenzhen-2018'
const metro = 2
const bus = 1
/** The file's own spellings of a few stations. */
const spellings: Record<string, string> = { 深圳大学: '深大', 马鞍山: '马安山', '?I岭': '孖岭' }

/** Safe to repeat. */
export async function laySampleFlow(sql: Database): Promise<void> {
  if ((await countLines(sql, network)) > 0) return
  const rows = (await readFile(new URL('shenzhen-metro-2018.csv', import.meta.url), 'utf8')).trim().split('\n').slice(1)
  const stops = rows.map((row) => {
    const [line, , place, zone, minutes] = row.split(',') as [string, string, string, string, string]
    return { line, place, zone, minutes: Number(minutes) }
  })
  const sites = await readTerminals()
  const busLines = new Set(sites.filter(({ vehicle }) => vehicle !== null).map(({ line }) => line))
  await transaction(sql, async (tx) => {
    for (const [name, along] of Map.groupBy(stops, ({ line }) => line))
      await layLine(tx, { network, name, mode: metro, stops: along })
    for (const name of busLines) await layLine(tx, { network, name, mode: bus, stops: [] })
    await laySites(tx, network, sites)
  })
}

/** Columns of the file: equ_no 5, company 6, station (a bus line on a bus) 7, car 8. */
async function readTerminals(): Promise<NewSite[]> {
  const file = createReadStream(new URL('shenzhen-tong-2018-09-01.csv.gz', import.meta.url)).pipe(createGunzip())
  const sites = new Map<string, NewSite>()
  for await (const text of createInterface({ input: file, crlfDelay: Infinity })) {
    const [, , kind = '', , , terminal = '', company = '', station = '', car = ''] = text.split(',')
    if (!/^\d+$/.test(terminal) || sites.has(terminal)) continue
    if (kind === '巴士') sites.set(terminal, { terminal, line: station || company, place: null, vehicle: car || null })
    else sites.set(terminal, { terminal, line: company, place: placeOf(station), vehicle: null })
  }
  return [...sites.values()]
}

function placeOf(station: string): string | null {
  const name = station.replace(/站$/, '')
  return name === '' ? null : (spellings[name] ?? name)
}
