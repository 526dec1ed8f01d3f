// `npm run load -- key-store [--records 800000] [--rounds 7] [--singles 20000] [--in-flight 64]`
// What it costs that keys are in a process of their own: the same batch of TACs through the key process and in this one, two worker
// threads each, in turns; then single MACs over the socket, as many at once as a busy server has loads under way.
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openKeyClient } from '../card-crypto/key-service/key-client.ts'
import { keySocket } from '../card-crypto/key-service/key-folder.ts'
import { startKeyProcess } from '../card-crypto/key-service/start-key-process.ts'
import { openSoftwareKeyStore, type KeyReference, type KeyStore } from '../card-crypto/key-store.ts'
import { tacBatch, TAC_ALGORITHM_CODE, TAC_RECORD } from '../card-crypto/tac-batch.ts'
import { sampleTacRoots } from '../clearing/fabrication/sample-keys.ts'

const { values: flags } = parseArgs({
  options: {
    records: { type: 'string', default: '800000' },
    rounds: { type: 'string', default: '7' },
    singles: { type: 'string', default: '20000' },
    'in-flight': { type: 'string', default: '64' }
  }
})
const [count, rounds, singles, inFlight] = [flags.records, flags.rounds, flags.singles, flags['in-flight']].map(Number)
const folder = await mkdtemp(join(tmpdir(), 'key-store-'))
const environment = { ...process.env, DATA_DIR: folder, SAMPLE_PROVINCE: 'yes' }
const script = new URL('../card-crypto/key-service/key-store-command.ts', import.meta.url)
const service = await startKeyProcess({ script, environment, flags: ['--tac-workers', '2'] })
const here = await openSoftwareKeyStore({ file: join(folder, 'here'), masterKey: new Uint8Array(16), tacWorkers: 2 })
const there = await openKeyClient({ path: keySocket(folder, 'setup') })
const macKey: KeyReference = { purpose: 'load', scope: '', version: 1, index: 1, algorithm: 'sm4' }
try {
  for (const keys of [here, there]) {
    for (const { version, index, algorithm, key } of sampleTacRoots)
      await keys.importKey({ purpose: 'tac', scope: '', version, index, algorithm }, key)
    await keys.importKey(macKey, new Uint8Array(16).fill(7))
  }
  const records = fabricate(count!)
  console.log(`${count} records, ${rounds} rounds, in turns`)
  const rates: [number, number][] = []
  for (let round = 0; round <= rounds!; round++) {
    const inProcess = await rateOf(here, records)
    const throughSocket = await rateOf(there, records)
    // The first round starts the threads.
    if (round > 0) rates.push([inProcess, throughSocket])
    console.log(`${inProcess.toLocaleString('en')} /s here, ${throughSocket.toLocaleString('en')} /s there`)
  }
  const [middleHere, middleThere] = [0, 1].map((side) => median(rates.map((pair) => pair[side]!)))
  const oneAfterTheOther = await macRate(1, Math.ceil(singles! / 10))
  const together = await macRate(inFlight!, singles!)
  console.log(
    JSON.stringify({
      load: 'key-store',
      batchRatioToInProcess: Number(median(rates.map(([one, other]) => other / one)).toFixed(2)),
      macsPerSecond: together,
      macsPerSecondOneByOne: oneAfterTheOther,
      batchPerSecond: middleThere,
      inProcessPerSecond: middleHere,
      records: count,
      rounds,
      inFlight,
      tacWorkers: 2,
      processor: cpus()[0]!.model,
      node: process.version
    })
  )
} finally {
  await there.close()
  await here.close()
  await service.stop()
  await rm(folder, { recursive: true, force: true })
}

/** Purchases of as many cards of twenty issuers, half of them 3DES, in shared memory as a lane of ingestion holds them. */
function fabricate(records: number): Uint8Array {
  const { stride } = TAC_RECORD
  const flat = new Uint8Array(new SharedArrayBuffer(records * stride))
  const view = new DataView(flat.buffer)
  for (let i = 0, at = 0; i < records; i++, at += stride) {
    view.setUint32(at + TAC_RECORD.issuerFactor, 0x02200000 + (i % 20))
    view.setUint32(at + TAC_RECORD.issuerFactor + 4, 0xffffffff)
    view.setUint32(at + TAC_RECORD.leafFactor, i)
    flat.set([1, 1, TAC_ALGORITHM_CODE[i % 2 === 0 ? 'sm4' : '3des'], 22], at + TAC_RECORD.keyVersion)
    view.setUint32(at + TAC_RECORD.data, i % 1000)
  }
  tacBatch(sampleTacRoots).stamp(flat, records)
  return flat
}

async function rateOf(keys: KeyStore, records: Uint8Array): Promise<number> {
  const began = performance.now()
  const verdicts = await keys.verifyTacs(records, count!)
  const rate = Math.round((1000 * count!) / (performance.now() - began))
  if (verdicts.some((verdict) => verdict !== 0)) throw new Error('a good TAC was not accepted')
  return rate
}

async function macRate(atOnce: number, macs: number): Promise<number> {
  const factors = [new Uint8Array(8).fill(1), new Uint8Array(8).fill(2)]
  const seed = new Uint8Array(8)
  let left = macs
  const began = performance.now()
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      await there.deriveAndMac({ key: macKey, factors, mode: 'session', seed, data: new Uint8Array(18) })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return Math.round((1000 * macs) / (performance.now() - began))
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}
