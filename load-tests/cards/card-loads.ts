// `npm run load -- card-loads [--loads 3000] [--faults 1] [--clients 32] [--day 20]`
// Cards are loaded over HTTP while so many of a hundred go wrong: the card torn out before or after it was credited, the answer or the
// confirmation lost, the holder's payment without an answer. A day is so many seconds (the policy says when to alarm and to decide);
// the books are asked the whole time. The full figure: `--loads 1000000`.
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { connect } from '../../clearing/database.ts'
import { costPerUnit, processorTime } from '../platform/processor-time.ts'
import { openClient, type Client } from '../platform/keep-alive-client.ts'
import { startPlatform } from '../platform/start-platform.ts'
import { loadCard, newCards, type LoadedCard } from './loads/load-a-card.ts'
import { askTheBooks, hastenTheDay } from './loads/books.ts'

const { values: flags } = parseArgs({
  options: {
    loads: { type: 'string', default: '3000' },
    faults: { type: 'string', default: '1' },
    clients: { type: 'string', default: '32' },
    day: { type: 'string', default: '20' }
  }
})
const loads = Number(flags.loads)
const faults = Number(flags.faults) / 100
const clients = Number(flags.clients)
const daySeconds = Number(flags.day)

console.log('starting the platform with its sample province')
const platform = await startPlatform()
const sql = connect(platform.databaseUrl, { max: 2 })
try {
  const clerk = await platform.signIn('clerk')
  const operator = await platform.signIn('operator')
  await hastenTheDay(sql, daySeconds)
  const put = async (path: string, method: string, body: unknown): Promise<void> => {
    const headers = { authorization: operator, 'content-type': 'application/json' }
    const answer = await fetch(platform.url + path, { method, headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
  }
  const agent = { name: '压力测试', operator: '12215840', keeper: 'clerk', state: 'active', creditFen: 0 }
  await put('/v1/load-agents/LOAD', 'PUT', agent)
  for (let n = 0; n < Math.ceil(loads / 10_000); n++)
    await put('/v1/load-agents/LOAD/float', 'POST', { amount: 90_000_000 })

  const cards = newCards(Math.max(clients, Math.min(50_000, Math.ceil(loads / 5))))
  let worst = 0
  let asked = 0
  const ask = async (): Promise<Awaited<ReturnType<typeof askTheBooks>>> => {
    const books = await askTheBooks(sql)
    asked++
    worst = Math.max(worst, Math.abs(books.imbalance))
    return books
  }
  const before = processorTime()
  const began = performance.now()
  let done = 0
  let faulty = 0
  const work = async (client: Client, own: LoadedCard[]): Promise<void> => {
    for (let turn = 0; done < loads; turn++) {
      done++
      const wrong = Math.random() < faults
      if (wrong) faulty++
      await loadCard(client, own[turn % own.length]!, { authorization: clerk, wrong, id: randomUUID() })
    }
  }
  const connections = await Promise.all(Array.from({ length: clients }, async () => await openClient(platform.url)))
  const watching = new AbortController()
  const watched = watch(watching.signal, async () => {
    const books = await ask()
    console.log(`${done} loads, ${Math.round((done * 1000) / (performance.now() - began))}/s, open ${books.open} fen`)
  })
  await Promise.all(
    connections.map(
      async (client, n) =>
        await work(
          client,
          cards.filter((_, card) => card % clients === n)
        )
    )
  )
  const seconds = (performance.now() - began) / 1000
  const processorMsPerLoad = costPerUnit(before, processorTime(), loads)
  console.log('waiting for the day to end')
  const until = performance.now() + (daySeconds * 1.2 + 60) * 1000
  let books = await ask()
  while (performance.now() < until && (books.open > 0 || books.funding > 0)) {
    await new Promise((wait) => setTimeout(wait, 500))
    books = await ask()
  }
  watching.abort()
  await watched
  for (const client of connections) client.close()
  const lost = cards.filter(({ balance, chip }) => chip.balance !== balance).length
  console.log(
    JSON.stringify({
      load: 'card-loads',
      loads,
      imbalanceFen: worst,
      openAfterDay: books.openLoads,
      faulty,
      loaded: books.loaded,
      returned: books.returned,
      credited: books.credited,
      unalarmed: books.unalarmed,
      latestAlarmShare: books.latestAlarmShare,
      unposted: books.unposted,
      cardsOff: lost,
      processorMsPerLoad,
      loadsPerSecond: Math.round(loads / seconds),
      timesAsked: asked
    })
  )
  if (worst > 0 || books.openLoads > 0 || lost > 0) process.exitCode = 1
} finally {
  await sql.end()
  await platform.stop()
}

/** Again and again without an end; books that take long to add up are asked less often, so that asking stays a small part of the load. */
async function watch(signal: AbortSignal, ask: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    const began = performance.now()
    await ask()
    const pause = Math.max(2000, (performance.now() - began) * 20)
    await new Promise<void>((done) => {
      const timer = setTimeout(done, pause)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        done()
      })
    })
  }
}
