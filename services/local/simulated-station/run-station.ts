// The simulated gates of the sample province and the passengers who come to them, in a process of their own beside server and worker:
// each gate keeps its lists, decides by itself with the one verifier and brings its scans back; passengers buy, come before their
// departure and show their code. SIGTERM ends it; what a gate has not sent yet is in its log.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromHex } from '../../../card-crypto/bytes.ts'
import { openSimulatedGate, type Ask, type SimulatedGate } from '../../boarding/gates/simulated/simulated-gate.ts'
import { signRequest } from '../../boarding/gates/simulated/sign-request.ts'
import { readConfig } from '../../config.ts'
import { simulatedPassengers, type Passengers } from './passengers.ts'
import { stationFolder, type StationFile } from './prepare-station.ts'

const roundMs = 10_000
const syncEveryMs = 60_000
const buyEveryMs = 180_000

const { host, port, dataFolder } = readConfig()
const url = `http://${['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host}:${port}`
const folder = stationFolder(dataFolder)
const station = JSON.parse(readFileSync(join(folder, 'station.json'), 'utf8')) as StationFile
const gates = station.gates.map((own) => ({ place: own.place, gate: openGate(own) }))
const ways = [...new Map(station.gates.map(({ place, to }) => [place, { from: place, to }])).values()]
const passengers = simulatedPassengers(url, station.passenger)
const syncedAt = new Map<SimulatedGate, number>()
let boughtAt = 0

/** A platform that is away, or says no, is met again in the next round. */
async function tryTo(what: string, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => console.error(`${new Date().toISOString()} ${what}: ${String(error)}`))
}

function openGate({ gate, device, privateKey, publicKey }: StationFile['gates'][number]): SimulatedGate {
  const identity = { device, pair: { privateKey: fromHex(privateKey), publicKey: fromHex(publicKey) } }
  const ask: Ask = async ({ method, url: path, body }) => {
    const text = body === undefined ? '' : JSON.stringify(body)
    const authorization = signRequest(identity, { method, url: path, body: text }, new Date())
    const typed: Record<string, string> = text === '' ? {} : { 'content-type': 'application/json' }
    const sent = text === '' ? {} : { body: text }
    const answer = await fetch(url + path, { method, headers: { authorization, ...typed }, ...sent })
    return { status: answer.status, body: await answer.json() }
  }
  return openSimulatedGate({ gate, ask, clock: () => new Date(), path: join(folder, `${gate}.log`), hours: 6 })
}

async function round(all: Passengers): Promise<void> {
  for (const { gate } of gates)
    if (Date.now() - (syncedAt.get(gate) ?? 0) >= syncEveryMs)
      await tryTo('lists', async () => {
        await gate.sync()
        syncedAt.set(gate, Date.now())
      })
  if (Date.now() - boughtAt >= buyEveryMs) {
    boughtAt = Date.now()
    for (const way of ways) await tryTo('buying', async () => await all.buy(way))
  }
  await tryTo('boarding', async () => {
    for (const { ticketNo, from, payload } of await all.come(new Date())) {
      const here = gates.filter(({ place }) => place === from)
      const door = here[Number(ticketNo.at(-1)) % here.length]
      await door?.gate.scanCode(payload)
    }
  })
  for (const { gate } of gates)
    if (gate.log.pending().length > 0) await tryTo('scans', async () => void (await gate.upload()))
}

process.on('SIGTERM', () => process.exit(0))
process.send?.('running')
for (;;) {
  await round(passengers)
  await new Promise((resolve) => setTimeout(resolve, roundMs))
}
