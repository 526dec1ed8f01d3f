// `npm run load -- search [--seconds 10] [--rounds 3] [--connections 8] [--depth 8]`
// How many searches a second the platform answers from its warm cache: every pair of cities of the sample province on every day on
// sale, asked at random. In turns with a bare Fastify that answers as many bytes, asked by the same loader.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { addDays, calendarDay } from '../clearing/business-day.ts'
import { askPipelined, type LoadResult } from './platform/pipelined-loader.ts'
import { startPlatform } from './platform/start-platform.ts'

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '8' },
    depth: { type: 'string', default: '8' }
  }
})
const pace = {
  seconds: Number(flags.seconds),
  connections: Number(flags.connections),
  depth: Number(flags.depth)
}

const platform = await startPlatform()
try {
  await measure(platform.url)
} finally {
  await platform.stop()
}

async function measure(url: string): Promise<void> {
  const targets = await findQuestions(url)
  const bytes = await warm(url, targets)
  console.log(`${targets.length} questions, ${bytes} bytes an answer on average`)
  const pick = (): string => targets[Math.floor(Math.random() * targets.length)]!
  const bare = await startBare(bytes)
  const ours: LoadResult[] = []
  const theirs: LoadResult[] = []
  try {
    for (let round = 1; round <= Number(flags.rounds); round++) {
      ours.push(await askPipelined({ ...pace, url, target: pick }))
      theirs.push(await askPipelined({ ...pace, url: bare.url, target: pick }))
      console.log(`round ${round}: ours ${ours.at(-1)!.perSecond}/s, bare Fastify ${theirs.at(-1)!.perSecond}/s`)
    }
  } finally {
    bare.stop()
  }
  const best = median(ours)
  if (Object.keys(best.statuses).some((status) => status !== '200'))
    throw new Error(`not every search was answered: ${JSON.stringify(best.statuses)}`)
  console.log(
    JSON.stringify({
      load: 'search',
      perSecond: best.perSecond,
      ratioToBareFastify: Number((best.perSecond / median(theirs).perSecond).toFixed(2)),
      barePerSecond: median(theirs).perSecond,
      p50Ms: best.p50Ms,
      p95Ms: best.p95Ms,
      p99Ms: best.p99Ms,
      questions: targets.length,
      bytes,
      ...pace,
      rounds: Number(flags.rounds),
      cores: availableParallelism(),
      processor: cpus()[0]!.model,
      node: process.version,
      data: 'sample province'
    })
  )
}

/** Each pair of cities some line connects, on each of the days on sale. */
async function findQuestions(url: string): Promise<string[]> {
  const places = (await (await fetch(`${url}/v1/places`)).json()) as { code: string; city: string }[]
  const lines = (await (await fetch(`${url}/v1/lines`)).json()) as { stops: { place: string }[] }[]
  const cityOf = new Map(places.map(({ code, city }) => [code, city]))
  const pairs = new Set(
    lines.map(({ stops }) => `from=${said(cityOf, stops[0]!.place)}&to=${said(cityOf, stops.at(-1)!.place)}`)
  )
  const tomorrow = addDays(calendarDay(new Date()), 1)
  return [...pairs].flatMap((pair) =>
    Array.from({ length: 15 }, (_, ahead) => `/v1/departures?${pair}&day=${addDays(tomorrow, ahead)}`)
  )
}

function said(cityOf: ReadonlyMap<string, string>, place: string): string {
  return encodeURIComponent(cityOf.get(place)!)
}

/** Asks each question once; returns the mean length of an answer. */
async function warm(url: string, targets: readonly string[]): Promise<number> {
  let bytes = 0
  for (const target of targets) bytes += (await (await fetch(`${url}${target}`)).arrayBuffer()).byteLength
  return Math.round(bytes / targets.length)
}

async function startBare(bytes: number): Promise<{ url: string; stop(): void }> {
  const script = fileURLToPath(new URL('search/bare-server.ts', import.meta.url))
  const child = spawn(process.execPath, [script, String(bytes)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [{ port }] = (await once(child, 'message')) as [AddressInfo]
  return { url: `http://127.0.0.1:${port}`, stop: () => void child.kill() }
}

function median(results: readonly LoadResult[]): LoadResult {
  return results.toSorted((a, b) => a.perSecond - b.perSecond)[results.length >> 1]!
}
