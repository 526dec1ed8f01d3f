// How many TACs a second: our batch against node:crypto and sm-crypto-v2 doing the same work, in turns, on one thread; then one worker
// thread against two. Every route must come to the same verdicts, among them one wrong TAC in a hundred.
import { createCipheriv, randomFillSync, type Cipheriv } from 'node:crypto'
import { parseArgs } from 'node:util'
import { sm4 as other } from 'sm-crypto-v2'
import { concat, equalConstantTime, hex } from './bytes.ts'
import { diversify, type SymmetricAlgorithm } from './diversify.ts'
import { tacBatch, TAC_ALGORITHM_CODE, TAC_RECORD, type TacRootKey } from './tac-batch.ts'
import { TacPool } from './tac-pool.ts'

const { values: flags } = parseArgs({
  options: {
    records: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '15' },
    issuers: { type: 'string', default: '20' }
  }
})
const count = Number(flags.records)
const rounds = Number(flags.rounds)
const { stride, data, tac } = TAC_RECORD

const roots: TacRootKey[] = (['sm4', '3des'] as const).map((algorithm) => ({
  version: 1,
  index: 1,
  algorithm,
  key: randomFillSync(new Uint8Array(16))
}))
const issuers = Array.from({ length: Number(flags.issuers) }, () =>
  concat(randomFillSync(new Uint8Array(4)), Uint8Array.of(255, 255, 255, 255))
)

/** Purchases of as many cards, the issuers mixed as in a carrier's file. */
function fabricate(algorithm: SymmetricAlgorithm, records: number): Uint8Array {
  const flat = randomFillSync(new Uint8Array(records * stride))
  for (let at = 0, i = 0; at < flat.length; at += stride, i++) {
    flat.set(issuers[(i * 7919) % issuers.length]!, at + TAC_RECORD.issuerFactor)
    flat.set([1, 1, TAC_ALGORITHM_CODE[algorithm], 22], at + TAC_RECORD.keyVersion)
    flat.fill(0, at + data + 22, at + tac)
  }
  tacBatch(roots).stamp(flat, records)
  for (let at = 0; at < flat.length; at += 100 * stride) flat[at + tac]! ^= 1
  return flat
}

function ours(records: Uint8Array): Uint8Array {
  const verdicts = new Uint8Array(records.length / stride)
  batch.verify(records, verdicts.length, verdicts)
  return verdicts
}

/** SM4(key, block ‖ ~block) and the MAC by someone else's SM4, one record after the other. */
function recordByRecord(
  records: Uint8Array,
  cardKey: (issuer: Uint8Array, factorAndComplement: Uint8Array) => Uint8Array,
  mac: (key: Uint8Array, padded: Uint8Array) => Uint8Array
): Uint8Array {
  const verdicts = new Uint8Array(records.length / stride)
  const factor = new Uint8Array(16)
  const padded = new Uint8Array(32)
  padded[22] = 0x80
  for (let at = 0, i = 0; at < records.length; at += stride, i++) {
    for (let b = 0; b < 8; b++) {
      factor[b] = records[at + TAC_RECORD.leafFactor + b]!
      factor[8 + b] = ~factor[b]!
    }
    padded.set(records.subarray(at + data, at + data + 22))
    const key = cardKey(records.subarray(at, at + 8), factor)
    const computed = mac(key, padded)
    verdicts[i] = equalConstantTime(computed.subarray(16, 20), records.subarray(at + tac, stride + at)) ? 0 : 1
  }
  return verdicts
}

const issuerCiphers = new Map<string, Cipheriv>()
const issuerKeys = new Map<string, Uint8Array>()

/** Knows every issuer by its factor's bytes, as a program without our flat table would. */
function byIssuer<T>(known: Map<string, T>, issuer: Uint8Array, make: (key: Uint8Array) => T): T {
  const name = Buffer.prototype.latin1Slice.call(issuer, 0, 8)
  return known.getOrInsertComputed(name, () => make(diversify('sm4', roots[0]!.key, issuer)))
}

/** The best case of node:crypto: the issuer's cipher object is kept, only the card needs a new one. */
function nodeCrypto(records: Uint8Array): Uint8Array {
  const zero = new Uint8Array(16)
  return recordByRecord(
    records,
    (issuer, factor) =>
      byIssuer(issuerCiphers, issuer, (key) => createCipheriv('sm4-ecb', key, null).setAutoPadding(false)).update(
        factor
      ),
    (key, padded) => createCipheriv('sm4-cbc', key, zero).setAutoPadding(false).update(padded)
  )
}

function smCryptoV2(records: Uint8Array): Uint8Array {
  const iv = new Uint8Array(16)
  return recordByRecord(
    records,
    (issuer, factor) =>
      other.encrypt(
        factor,
        byIssuer(issuerKeys, issuer, (key) => key),
        { padding: 'none', output: 'array' }
      ),
    (key, padded) => other.encrypt(padded, key, { mode: 'cbc', iv, padding: 'none', output: 'array' })
  )
}

const batch = tacBatch(roots)
const sm4Records = fabricate('sm4', count)
const desRecords = fabricate('3des', count)
const routes = {
  ours: () => ours(sm4Records),
  nodeCrypto: () => nodeCrypto(sm4Records),
  smCryptoV2: () => smCryptoV2(sm4Records),
  tripleDes: () => ours(desRecords)
}

console.log(`${count} records of ${issuers.length} issuers, ${rounds} rounds, Node ${process.version}`)
const expected = hex(routes.ours())
for (const [name, run] of Object.entries(routes)) {
  if (hex(run()) !== expected) throw new Error(`${name} came to other verdicts`)
}

const perSecond = await race(routes, count)
for (const [name, rate] of Object.entries(perSecond)) console.log(`${name.padEnd(12)} ${rate.toLocaleString('en')} /s`)

const many = count * 20
const manyRecords = concat(...Array.from({ length: 20 }, () => sm4Records))
const pools = [new TacPool(1), new TacPool(2)] as const
const manyExpected = hex(ours(manyRecords))
for (const pool of pools) {
  pool.setRoots(roots)
  if (hex(await pool.verify(manyRecords, many)) !== manyExpected) throw new Error('the pool came to other verdicts')
}
const perSecondInPool = await race(
  { one: () => pools[0].verify(manyRecords, many), two: () => pools[1].verify(manyRecords, many) },
  many
)
for (const [name, rate] of Object.entries(perSecondInPool)) {
  console.log(`${name.padEnd(4)} thread${name === 'two' ? 's' : ''} ${rate.toLocaleString('en')} /s`)
}
await Promise.all(pools.map((pool) => pool.close()))

console.log(
  JSON.stringify({
    bench: 'tac',
    perSecond: perSecond.ours,
    ratioToNodeCrypto: ratio(perSecond.ours, perSecond.nodeCrypto),
    ratioToSmCryptoV2: ratio(perSecond.ours, perSecond.smCryptoV2),
    twoWorkers: ratio(perSecondInPool.two, perSecondInPool.one),
    twoWorkersPerSecond: perSecondInPool.two,
    tripleDesPerSecond: perSecond.tripleDes,
    nodeCryptoPerSecond: perSecond.nodeCrypto,
    smCryptoV2PerSecond: perSecond.smCryptoV2,
    records: count,
    rounds,
    node: process.version
  })
)

/** Median records per second of each route; the routes take turns, so that a noisy moment hits them all. */
async function race<Name extends string>(runs: Record<Name, () => unknown>, records: number) {
  const names = Object.keys(runs) as Name[]
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const start = performance.now()
      await runs[name]()
      times[name].push(performance.now() - start)
    }
  }
  const median = (name: Name) => times[name].sort((a, b) => a - b)[Math.floor(rounds / 2)]!
  return Object.fromEntries(names.map((name) => [name, Math.round(records / (median(name) / 1000))])) as Record<
    Name,
    number
  >
}

function ratio(a: number, b: number): number {
  return Math.round((100 * a) / b) / 100
}
