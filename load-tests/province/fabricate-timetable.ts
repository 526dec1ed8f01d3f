// A synthetic province as the import takes it: stations in every city of Guangdong, lines of two to four stops with their fares, and ten
// departures a day on each line, in one zip archive (stored, not packed).
import { crc32 } from 'node:zlib'

const cities =
  '广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮'.split(' ')
const areas = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 51, 52, 53]
const stationsPerCity = 19
const departuresPerLine = 10

export interface Timetable {
  archive: Buffer
  stations: number
  lines: number
}

export function fabricateTimetable(departures: number): Timetable {
  const random = seeded(20_261_120)
  const pick = (below: number): number => Math.floor(random() * below)
  const codeOf = (city: number, station: number): string =>
    `44${String(areas[city]).padStart(2, '0')}00${700 + station}`
  const lines = Math.ceil(departures / departuresPerLine)
  const files: Record<string, string[]> = {
    'carriers.csv': ['carrier,name'],
    'places.csv': ['place,kind,name,city,address'],
    'lines.csv': ['line,name,mode,class,carrier'],
    'stops.csv': ['line,position,place,minutes,kilometres'],
    'fares.csv': ['line,from_position,to_position,full_fare,half_fare'],
    'departures.csv': ['line,number,departs,places']
  }
  for (let carrier = 0; carrier < 40; carrier++) files['carriers.csv']!.push(`P${carrier},负载客运${carrier}`)
  for (const [city, name] of cities.entries())
    for (let station = 0; station < stationsPerCity; station++)
      files['places.csv']!.push(`${codeOf(city, station)},station,${name}负载站${station},${name},`)
  for (let nth = 0; nth < lines; nth++) {
    const line = `P${String(nth).padStart(5, '0')}`
    const first = pick(cities.length)
    const along = Array.from({ length: 2 + pick(3) }, (_, step) => (first + step * (1 + pick(4))) % cities.length)
    const calls = [...new Set(along)]
    if (calls.length < 2) calls.push((first + 1) % cities.length)
    files['lines.csv']!.push(`${line},${cities[calls[0]!]}至${cities[calls.at(-1)!]},coach,2,P${nth % 40}`)
    for (const [position, city] of calls.entries()) {
      files['stops.csv']!.push(
        `${line},${position},${codeOf(city, pick(stationsPerCity))},${position * 70},${position * 80}`
      )
      for (let to = position + 1; to < calls.length; to++)
        files['fares.csv']!.push(`${line},${position},${to},${(to - position) * 38},${(to - position) * 19}`)
    }
    const start = pick(60)
    for (let each = 0; each < departuresPerLine && nth * departuresPerLine + each < departures; each++)
      files['departures.csv']!.push(`${line},${line}-${each},${clock(360 + start + each * 84)},45`)
  }
  const rows = Object.fromEntries(Object.entries(files).map(([name, all]) => [name, `${all.join('\n')}\n`]))
  return { archive: storedZip(rows), stations: cities.length * stationsPerCity, lines }
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

/** mulberry32: the same province every time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function storedZip(files: Record<string, string>): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(bytes.length, 14)
    common.writeUInt32LE(bytes.length, 18)
    common.writeUInt16LE(name.length, 22)
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, rest, Buffer.from(name)]))
    locals.push(Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), bytes]))
    offset += locals.at(-1)!.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, listed, end])
}
