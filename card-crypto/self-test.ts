// The published vectors, run at every start before any key is touched. A runtime or a build that computes anything else must not
// clear money: the caller lets the error stop the process.
import { hex, fromHex } from './bytes.ts'
import { diversify, diversifyThrough } from './diversify.ts'
import { computeMac } from './mac.ts'
import { sm4GcmEncrypt, unseal } from './seal.ts'
import { sessionKey } from './session-key.ts'
import { assertSm2 } from './sm2.ts'
import { hmacSm3, sm3 } from './sm3.ts'
import { sm4CbcMac, sm4EcbDecrypt, sm4EcbEncrypt } from './sm4.ts'
import { computeTac } from './tac.ts'
import { tacBatch, TAC_ALGORITHM_CODE, TAC_RECORD, TAC_VERDICT } from './tac-batch.ts'
import chain from './vectors/purse-chain.json' with { type: 'json' }
import examples from './vectors/purse-examples.json' with { type: 'json' }
import sm3Vectors from './vectors/sm3.json' with { type: 'json' }
import sm4Vectors from './vectors/sm4.json' with { type: 'json' }

/** Throws an Error that names the first algorithm whose answer differs from the published one. Takes a few milliseconds. */
export function selfTest(): void {
  testSm3()
  testSm4()
  testTripleDes()
  testTac('3des')
  testTac('sm4')
  assertSm2()
}

function testSm3(): void {
  for (const { message, repeat, digest } of sm3Vectors.hash) {
    // The million letters take 3 ms and prove nothing at a start that the others do not.
    if (repeat <= 16) expectSame('SM3', sm3(fromHex(message.repeat(repeat))), digest)
  }
  for (const { key, message, repeat, mac } of sm3Vectors.hmac) {
    expectSame('HMAC-SM3', hmacSm3(fromHex(key), fromHex(message.repeat(repeat))), mac)
  }
}

function testSm4(): void {
  const { block, cbcMac, gcm, eightBlocks } = sm4Vectors
  const key = fromHex(sm4Vectors.key)
  expectSame('SM4', sm4EcbEncrypt(key, key), block)
  expectSame('SM4 decryption', sm4EcbDecrypt(key, fromHex(block)), sm4Vectors.key)
  for (const { message, mac } of cbcMac) expectSame('SM4 CBC-MAC', sm4CbcMac(key, fromHex(message)), mac)
  const message = { plaintext: fromHex(eightBlocks), aad: fromHex(gcm.aad) }
  expectSame('SM4-GCM', sm4GcmEncrypt(key, fromHex(gcm.iv), message), gcm.ciphertext + gcm.tag)
  expectSame('SM4-GCM opening', unseal(key, fromHex(gcm.iv + gcm.ciphertext + gcm.tag), message.aad), eightBlocks)
}

function testTripleDes(): void {
  const { key, seed, mac1Data, mac1 } = examples.purchase
  const session = sessionKey('3des', fromHex(key), fromHex(seed))
  expectSame('3DES session key', session, examples.purchase.sessionKey)
  expectSame('3DES MAC', computeMac('3des', session, fromHex(mac1Data)), mac1)
}

function testTac(algorithm: '3des' | 'sm4'): void {
  const { tacRoot, issuer, leaf } = chain.inputs
  const { tacIssuer, tacCard, tacData06, tacBlock06 } = chain[algorithm]
  const root = fromHex(tacRoot)
  const tac = tacBlock06.slice(0, 8)
  expectSame(`${algorithm} diversification`, diversify(algorithm, root, fromHex(issuer)), tacIssuer)
  const cardKey = diversifyThrough(algorithm, root, [fromHex(issuer), fromHex(leaf)])
  expectSame(`${algorithm} diversification`, cardKey, tacCard)
  expectSame(`${algorithm} TAC`, computeTac(algorithm, cardKey, fromHex(tacData06)), tac)

  const record = new Uint8Array(TAC_RECORD.stride)
  record.set(fromHex(issuer + leaf), TAC_RECORD.issuerFactor)
  record.set([1, 1, TAC_ALGORITHM_CODE[algorithm], tacData06.length / 2], TAC_RECORD.keyVersion)
  record.set(fromHex(tacData06), TAC_RECORD.data)
  record.set(fromHex(tac), TAC_RECORD.tac)
  const verdict = new Uint8Array(1)
  tacBatch([{ version: 1, index: 1, algorithm, key: root }]).verify(record, 1, verdict)
  if (verdict[0] !== TAC_VERDICT.valid) throw selfTestFailure(`the ${algorithm} TAC batch`)
}

function expectSame(what: string, computed: Uint8Array, published: string): void {
  if (hex(computed) !== published) throw selfTestFailure(what)
}

function selfTestFailure(what: string): Error {
  return new Error(`self-test: ${what} does not compute what is published; this process must not go on`)
}
