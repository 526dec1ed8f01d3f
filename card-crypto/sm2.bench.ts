// How fast SM2 is here: OpenSSL through node:crypto, our own curve arithmetic and sm-crypto-v2, in turns on one thread. With --soak N
// it signs N messages instead and has every signature judged by both implementations (R11: a fault of one in a million shows).
import { randomFillSync } from 'node:crypto'
import { parseArgs } from 'node:util'
import { sm2 as other } from 'sm-crypto-v2'
import { concat, hex } from './bytes.ts'
import { sm2Decrypt, sm2Encrypt, sm2Sign, sm2Verify } from './sm2.ts'
import { fromBytes, sm2Curve, tabulate, verifyDigest } from './sm2-curve.ts'
import { defaultUserId, sm2GenerateKeyPair, sm2Point, userZ } from './sm2-keys.ts'
import { sm3 } from './sm3.ts'

const { values: flags } = parseArgs({
  options: { seconds: { type: 'string', default: '4' }, soak: { type: 'string', default: '0' } }
})
const soak = Number(flags.soak)
console.log(JSON.stringify(soak > 0 ? judged(soak) : raced(Number(flags.seconds))))

function raced(seconds: number) {
  const { privateKey, publicKey } = sm2GenerateKeyPair()
  const message = randomFillSync(new Uint8Array(300))
  const signature = sm2Sign(privateKey, message)
  const ciphertext = sm2Encrypt(publicKey, message)
  const numbers = { r: fromBytes(signature), s: fromBytes(signature, 32) }
  const point = sm2Point(publicKey)
  const known = tabulate(sm2Curve, point)
  const z = userZ(point, defaultUserId)
  const digest = () => fromBytes(sm3(concat(z, message)))
  const [d, p, text] = [hex(privateKey), `04${hex(publicKey)}`, hex(signature).toLowerCase()]
  const theirs = { hash: true, userId: '1234567812345678' } as const
  const routes: Record<string, () => boolean> = {
    sign: () => sm2Sign(privateKey, message).length === 64,
    verify: () => sm2Verify(publicKey, message, signature),
    curveVerify: () => verifyDigest(sm2Curve, point, digest(), numbers),
    curveVerifyKnownKey: () => verifyDigest(sm2Curve, known, digest(), numbers),
    encrypt: () => sm2Encrypt(publicKey, message).length === 397,
    decrypt: () => sm2Decrypt(privateKey, ciphertext).length === 300,
    smCryptoV2Sign: () => other.doSignature(message, d, theirs).length === 128,
    smCryptoV2Verify: () => other.doVerifySignature(message, text, p, theirs)
  }
  const perSecond = race(routes, seconds)
  for (const [name, rate] of Object.entries(perSecond))
    console.log(`${name.padEnd(20)} ${rate.toLocaleString('en')} /s`)
  return { bench: 'sm2', ...perSecond, node: process.version }
}

/** Calls per second of each route: slices of 50 ms in turns, the median slice. */
function race(routes: Record<string, () => boolean>, seconds: number): Record<string, number> {
  const rates: Record<string, number[]> = {}
  const rounds = Math.max(3, Math.round((seconds * 20) / Object.keys(routes).length))
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(routes)) {
      const start = performance.now()
      let calls = 0
      for (; performance.now() - start < 50; calls++) if (!run()) throw new Error(`${name} came to a wrong answer`)
      ;(rates[name] ??= []).push((calls * 1000) / (performance.now() - start))
    }
  }
  return Object.fromEntries(
    Object.entries(rates).map(([name, slices]) => [
      name,
      Math.round(slices.sort((a, b) => a - b)[Math.floor(rounds / 2)]!)
    ])
  )
}

/** Every signature must verify in both implementations, and in neither once a random bit of it is turned. */
function judged(signatures: number) {
  const start = performance.now()
  let pair = sm2GenerateKeyPair()
  let key = tabulate(sm2Curve, sm2Point(pair.publicKey))
  for (let i = 0; i < signatures; i++) {
    if (i % 500 === 499) {
      pair = sm2GenerateKeyPair()
      key = tabulate(sm2Curve, sm2Point(pair.publicKey))
      if (i % 50_000 === 49_999) console.log(`${(i + 1).toLocaleString('en')} of ${signatures.toLocaleString('en')}`)
    }
    const message = randomFillSync(new Uint8Array(i % 200))
    const signature = sm2Sign(pair.privateKey, message)
    const e = fromBytes(sm3(concat(userZ(key, defaultUserId), message)))
    const ours = (bytes: Uint8Array) => verifyDigest(sm2Curve, key, e, { r: fromBytes(bytes), s: fromBytes(bytes, 32) })
    const bit = (i * 7919) % 512
    const turned = signature.with(bit >> 3, signature[bit >> 3]! ^ (1 << (bit & 7)))
    const right = sm2Verify(pair.publicKey, message, signature) && ours(signature)
    const wrong = sm2Verify(pair.publicKey, message, turned) || ours(turned)
    if (!right || wrong) throw new Error(`signature ${i}: ${hex(pair.privateKey)} ${hex(message)} ${hex(signature)}`)
  }
  return { bench: 'sm2', soak: signatures, faults: 0, seconds: Math.round((performance.now() - start) / 1000) }
}
