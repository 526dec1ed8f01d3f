// `npm run load -- migration-drill [--cards 500] [--taps 2000]`
// The sample province goes from all 3DES to all SM4 in six stages: terminals learn SM4, cards get SM4 keys beside their own, 3DES goes.
// Every tap is made by a card, a PSAM and a terminal in software; every file goes to the platform over HTTP. Nothing good may be refused.
import { parseArgs } from 'node:util'
import { addDays, calendarDay } from '../../clearing/business-day.ts'
import { playMigration, stages } from '../../clearing/fabrication/migration/migration-drill.ts'
import { startPlatform } from '../platform/start-platform.ts'

const { values: flags } = parseArgs({
  options: { cards: { type: 'string', default: '500' }, taps: { type: 'string', default: '2000' } }
})
const acquirers = ['12205810', '12215840', '11616020', '12775880']

interface ShownFile {
  name: string
  state: 'loading' | 'accepted' | 'refused'
  accepted: number
  rejected: number
}

const pieces = new Map<string, Uint8Array[]>()
console.log(`${stages.length} stages of ${flags.taps} taps, ${flags.cards} cards`)
const results = await playMigration(
  {
    cards: Number(flags.cards),
    tapsPerStage: Number(flags.taps),
    // Before the sample province's own days, whose files have these names.
    from: addDays(calendarDay(new Date()), -stages.length - 6),
    seed: 20_260_101,
    acquirers
  },
  (name, bytes) => void pieces.set(name, [...(pieces.get(name) ?? []), bytes])
)
console.log('starting the platform with its sample province')
const platform = await startPlatform()
try {
  const authorization = await platform.signIn('operator')
  for (const [name, parts] of pieces) {
    const url = `${platform.url}/v1/clearing/files?name=${encodeURIComponent(name)}`
    const headers = { authorization, 'content-type': 'application/octet-stream' }
    const answer = await fetch(url, { method: 'POST', headers, body: Buffer.concat(parts) })
    if (!answer.ok) throw new Error(`${name}: ${await answer.text()}`)
  }
  const files = await whenTaken(platform.url, { authorization, names: new Set(pieces.keys()) })
  let [transactions, rejectedGood] = [0, 0]
  for (const { name, day, taps, sm4, refused, files: sent } of results) {
    const taken = sent.map((file) => files.get(file.name)!)
    const accepted = taken.reduce((sum, file) => sum + file.accepted, 0)
    console.log(`${day} ${name}: ${taps} taps, SM4 ${Math.round((sm4 * 100) / taps)} %, accepted ${accepted}`)
    transactions += taps + refused
    rejectedGood += taps + refused - accepted
  }
  const [first, last] = [results[0]!, results.at(-1)!]
  console.log(
    JSON.stringify({
      load: 'migration-drill',
      cards: Number(flags.cards),
      transactions,
      rejectedGood,
      stages: stages.length,
      files: pieces.size,
      sm4ShareFirst: first.sm4 / first.taps,
      sm4ShareLast: last.sm4 / last.taps
    })
  )
  if (rejectedGood > 0 || last.sm4 !== last.taps) process.exitCode = 1
} finally {
  await platform.stop()
}

async function whenTaken(
  url: string,
  { authorization, names }: { authorization: string; names: ReadonlySet<string> }
): Promise<Map<string, ShownFile>> {
  for (let tries = 0; tries < 300; tries++) {
    const answer = await fetch(`${url}/v1/clearing/files?limit=100`, { headers: { authorization } })
    const shown = ((await answer.json()) as ShownFile[]).filter(
      ({ name, state }) => names.has(name) && state !== 'loading'
    )
    const files = new Map(shown.map((file) => [file.name, file]))
    if (files.size === names.size) return files
    await new Promise((wait) => setTimeout(wait, 1000))
  }
  throw new Error('the platform has not taken the files in')
}
