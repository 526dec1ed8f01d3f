import { generateKeyPairSync } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { concat, fromHex } from './bytes.ts'
import {
  pem,
  sm2CompressKey,
  sm2ExpandKey,
  sm2GenerateKeyPair,
  sm2PrivateKeyFromPem,
  sm2PrivateKeyToPem,
  sm2PublicKey,
  sm2PublicKeyFromPem,
  sm2PublicKeyFromSpki,
  sm2PublicKeyToPem,
  sm2PublicKeyToSpki
} from './sm2-keys.ts'
import vectors from './vectors/sm2.json' with { type: 'json' }

const [known] = vectors.signatures
const d = fromHex(known!.d)
const publicKey = fromHex(known!.x + known!.y)

const openssl = (input: string, ...command: string[]) =>
  execFileSync('openssl', command, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] })

test('a private key has its published public key', () => {
  expect(sm2PublicKey(d)).toEqual(publicKey)
})

test('generated pairs belong together and differ', () => {
  const pairs = Array.from({ length: 20 }, sm2GenerateKeyPair)
  for (const pair of pairs) expect(sm2PublicKey(pair.privateKey)).toEqual(pair.publicKey)
  expect(new Set(pairs.map((pair) => pair.privateKey.toHex())).size).toBe(20)
})

test('keys with leading zeros, one in 256, keep their 32 bytes', () => {
  for (let i = 0; i < 1500; i++) {
    const { privateKey, publicKey } = sm2GenerateKeyPair()
    expect(sm2PublicKey(privateKey)).toEqual(publicKey)
  }
})

test('a public key reads the same from all three point forms', () => {
  expect(sm2ExpandKey(sm2CompressKey(publicKey))).toEqual(publicKey)
  expect(sm2ExpandKey(concat(Uint8Array.of(4), publicKey))).toEqual(publicKey)
  expect(sm2ExpandKey(publicKey)).toEqual(publicKey)
  const offCurve = publicKey.slice()
  offCurve[63]! ^= 1
  expect(() => sm2ExpandKey(offCurve)).toThrow(RangeError)
})

describe('PEM', () => {
  test('PKCS#8 is the published text', () => {
    expect(sm2PrivateKeyToPem(d).replace(/-----.*-----|\n/g, '')).toBe(vectors.pem.pkcs8)
  })

  test('both halves survive the way out and in', () => {
    expect(sm2PrivateKeyFromPem(sm2PrivateKeyToPem(d))).toEqual({ privateKey: d, publicKey })
    expect(sm2PublicKeyFromPem(sm2PublicKeyToPem(publicKey))).toEqual(publicKey)
    expect(sm2PublicKeyFromSpki(sm2PublicKeyToSpki(publicKey))).toEqual(publicKey)
  })

  test('openssl reads ours as an SM2 key', () => {
    const shown = openssl(sm2PrivateKeyToPem(d), 'pkey', '-text', '-noout', '-check')
    expect(shown).toContain('Key is valid')
    expect(shown).toContain('ASN1 OID: SM2')
    expect(openssl(sm2PublicKeyToPem(publicKey), 'pkey', '-pubin', '-text', '-noout')).toContain('ASN1 OID: SM2')
  })

  test('SEC1, and the encrypted PKCS#8 of openssl, are read', () => {
    const sec1 = `30770201010420${known!.d}A00A06082A811CCF5501822DA14403420004${known!.x}${known!.y}`
    expect(sm2PrivateKeyFromPem(pem('EC PRIVATE KEY', fromHex(sec1)))).toEqual({ privateKey: d, publicKey })
    const locked = openssl(sm2PrivateKeyToPem(d), 'pkcs8', '-topk8', '-v2', 'sm4-cbc', '-passout', 'pass:custody')
    expect(locked).toContain('ENCRYPTED')
    expect(sm2PrivateKeyFromPem(locked, 'custody')).toEqual({ privateKey: d, publicKey })
    expect(() => sm2PrivateKeyFromPem(locked, 'wrong')).toThrow(SyntaxError)
    expect(() => sm2PrivateKeyFromPem(locked)).toThrow(SyntaxError)
  })

  test.each([
    ['no PEM', 'hello'],
    [
      'a P-256 key',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
    ],
    ['an Ed25519 key', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })],
    [
      'SM2 parameters written out',
      openssl('', 'ecparam', '-name', 'SM2', '-genkey', '-param_enc', 'explicit', '-noout')
    ],
    ['a public key', sm2PublicKeyToPem(publicKey)],
    [
      'a private key with the public half of another',
      pem(
        'PRIVATE KEY',
        fromHex(
          `308187020100301306072A8648CE3D020106082A811CCF5501822D046D306B0201010420${known!.d}A14403420004${sm2GenerateKeyPair().publicKey.toHex()}`
        )
      )
    ]
  ])('refused as a private key: %s', (_, text) => {
    expect(() => sm2PrivateKeyFromPem(text)).toThrow(SyntaxError)
  })

  test('refused as a public key: off the curve, another curve, one byte more', () => {
    const offCurve = sm2PublicKeyToSpki(publicKey)
    offCurve[90]! ^= 1
    expect(() => sm2PublicKeyFromPem(pem('PUBLIC KEY', offCurve))).toThrow(SyntaxError)
    expect(() => sm2PublicKeyFromSpki(offCurve)).toThrow(SyntaxError)
    expect(() => sm2PublicKeyFromSpki(concat(sm2PublicKeyToSpki(publicKey), Uint8Array.of(0)))).toThrow(SyntaxError)
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' })
    expect(() => sm2PublicKeyFromPem(p256)).toThrow(SyntaxError)
  })
})
