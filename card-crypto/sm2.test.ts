import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { createPrivateKey, createSign, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sm2 as other } from 'sm-crypto-v2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { concat, fromHex, hex } from './bytes.ts'
import { derToRaw, rawToDer } from './sm2-der.ts'
import { fromBytes, publicPoint, sm2Curve, sm2ExampleCurve, tabulate, toBytes, verifyDigest } from './sm2-curve.ts'
import {
  assertSm2,
  sm2Decrypt,
  sm2DecryptDer,
  sm2Encrypt,
  sm2EncryptDer,
  sm2Sign,
  sm2StreamSigner,
  sm2StreamVerifier,
  sm2Verify
} from './sm2.ts'
import { sm2SignFile, sm2VerifyFile } from './sm2-file.ts'
import {
  defaultUserId,
  sm2GenerateKeyPair,
  sm2Point,
  sm2PrivateKeyFromPem,
  sm2PrivateKeyToPem,
  sm2PublicKeyToPem,
  userZ
} from './sm2-keys.ts'
import { sm3 } from './sm3.ts'
import vectors from './vectors/sm2.json' with { type: 'json' }

const text = (content: string) => new TextEncoder().encode(content)
const pair = sm2GenerateKeyPair()
const message = text('岭南通 2024-03-15')
const signature = sm2Sign(pair.privateKey, message)
const { n } = sm2Curve
const [r, s] = [fromBytes(signature), fromBytes(signature, 32)]

let folder: string
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'sm2-'))))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the openssl command in the folder; 'refused' when it exits with an error. */
function openssl(...command: string[]): string {
  try {
    return execFileSync('openssl', command, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch {
    return 'refused'
  }
}

function place(files: Record<string, string | Uint8Array>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
}

describe('published vectors', () => {
  const known = vectors.signatures.filter((vector) => vector.curve === 'recommended')

  test.each(known)('the native path accepts: $source', ({ x, y, id, message, r, s }) => {
    expect(sm2Verify(fromHex(x + y), text(message), fromHex(r + s), text(id))).toBe(true)
    expect(sm2Verify(fromHex(x + y), text(message), fromHex(r + s), text(`${id}!`))).toBe(false)
  })

  test('the published ciphertexts open, raw and DER', () => {
    const { d, c1, c3, c2, der, message } = vectors.encryption
    expect(sm2Decrypt(fromHex(d), fromHex(`04${c1}${c3}${c2}`))).toEqual(text(message))
    expect(sm2DecryptDer(fromHex(d), fromHex(der))).toEqual(text(message))
  })

  test('the self-test passes on the pinned runtime', () => {
    expect(assertSm2).not.toThrow()
  })

  test('the user id is the one of GM/T 0009 unless another is given', () => {
    expect(sm2Verify(pair.publicKey, message, signature, text('1234567812345678'))).toBe(true)
    expect(sm2Verify(pair.publicKey, message, signature, text(''))).toBe(false)
  })
})

describe('signatures that must be refused (R11)', () => {
  const raw = (r: bigint, s: bigint) => concat(toBytes(r), toBytes(s))

  test.each<[string, Uint8Array]>([
    ['r = 0', raw(0n, s)],
    ['s = 0', raw(r, 0n)],
    ['both 0', raw(0n, 0n)],
    ['r = n', raw(n, s)],
    ['s = n', raw(r, n)],
    ['r = n − r', raw(n - r, s)],
    ['t = 0: s = n − r', raw(r, n - r)],
    ['r and s changed places', raw(s, r)],
    ['r and s of all ones', new Uint8Array(64).fill(255)],
    ['63 bytes', signature.subarray(1)],
    ['65 bytes', concat(signature, Uint8Array.of(0))],
    ['no bytes', new Uint8Array()],
    ['DER where r‖s is due', rawToDer(signature)]
  ])('%s', (_, forged) => {
    expect(sm2Verify(pair.publicKey, message, forged)).toBe(false)
    expect(sm2StreamVerifier(pair.publicKey).update(message).verify(forged)).toBe(false)
  })

  test('every flipped bit of the signature', () => {
    for (let bit = 0; bit < 512; bit++) {
      const flipped = signature.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(sm2Verify(pair.publicKey, message, flipped), `bit ${bit}`).toBe(false)
    }
  })

  test('every flipped bit of the public key, most of them off the curve, and none throws', () => {
    for (let bit = 0; bit < 512; bit++) {
      const flipped = pair.publicKey.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(sm2Verify(flipped, message, signature), `bit ${bit}`).toBe(false)
    }
  })

  test('every flipped bit of the message', () => {
    for (let bit = 0; bit < message.length * 8; bit++) {
      const flipped = message.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(sm2Verify(pair.publicKey, flipped, signature), `bit ${bit}`).toBe(false)
    }
  })

  test.each<[string, Uint8Array]>([
    ['infinity written as zeros', new Uint8Array(64)],
    ['a point of the other SM2 curve', concat(toBytes(sm2ExampleCurve.gx), toBytes(sm2ExampleCurve.gy))],
    ['63 bytes', pair.publicKey.subarray(1)]
  ])('a public key that is %s', (_, key) => {
    expect(sm2Verify(key, message, signature)).toBe(false)
    expect(() => sm2StreamVerifier(key)).toThrow(RangeError)
  })

  test('r + n, where a small r leaves room for it in 32 bytes', () => {
    // A valid pair with r = 5 is made backwards: sG + tP = (s + td)G, and e = r − x of that point.
    const d = fromBytes(pair.privateKey)
    const key = publicPoint(sm2Curve, d)
    const { x } = publicPoint(sm2Curve, (s + (5n + s) * d) % n)
    const e = (5n - x + 2n * n) % n
    expect(verifyDigest(sm2Curve, key, e, { r: 5n, s })).toBe(true)
    expect(verifyDigest(sm2Curve, key, e, { r: 5n + n, s })).toBe(false)
    expect(verifyDigest(sm2Curve, key, e, { r: 5n, s: s + n })).toBe(false)
    expect(verifyDigest(sm2Curve, key, e, { r: 5n, s: s - n })).toBe(false)
    expect(verifyDigest(sm2Curve, tabulate(sm2Curve, key), e, { r: 5n + n, s })).toBe(false)
    expect(sm2Verify(pair.publicKey, message, raw(5n + n, s))).toBe(false)
  })
})

describe('private keys that must not sign', () => {
  test.each<[string, Uint8Array]>([
    ['0', toBytes(0n)],
    ['1', toBytes(1n)],
    ['a short one', toBytes(0x0123456789abcdef0123456789abcdefn)],
    ['n − 1, which has no inverse', toBytes(n - 1n)],
    ['n − 2', toBytes(n - 2n)],
    ['n', toBytes(n)],
    ['all ones', new Uint8Array(32).fill(255)],
    ['one byte repeated', new Uint8Array(32).fill(0x5a)],
    ['four bytes repeated', new Uint8Array(32).map((_, i) => [0xde, 0xad, 0xbe, 0xef][i % 4]!)],
    ['31 bytes', pair.privateKey.subarray(1)],
    ['33 bytes', concat(Uint8Array.of(0), pair.privateKey)]
  ])('%s', (_, key) => {
    expect(() => sm2Sign(key, message)).toThrow(RangeError)
    expect(() => sm2Decrypt(key, sm2Encrypt(pair.publicKey, message))).toThrow('low quality')
    expect(() => sm2PrivateKeyToPem(key)).toThrow(RangeError)
  })
})

describe('the traps of Node that sm2Sign steps around', () => {
  test('a key fresh from generateKeyPairSync signs ECDSA, so its type is what we assert', () => {
    const fresh = generateKeyPairSync('ec', { namedCurve: 'SM2' })
    expect(fresh.privateKey.asymmetricKeyType).toBe('ec')
    expect(createPrivateKey(sm2PrivateKeyToPem(pair.privateKey)).asymmetricKeyType).toBeUndefined()
    const pem = fresh.publicKey.export({ type: 'spki', format: 'der' })
    const ecdsa = createSign('sm3')
      .update(userZ(sm2Point(pem.subarray(-64)), defaultUserId))
      .update(message)
    expect(sm2Verify(pem.subarray(-64), message, derToRaw(ecdsa.sign(fresh.privateKey)))).toBe(false)
  })

  test('one-shot sign leaves the user id empty: ours does not accept it as the default one', () => {
    const oneShot = derToRaw(sign('sm3', message, sm2PrivateKeyToPem(pair.privateKey)))
    expect(sm2Verify(pair.publicKey, message, oneShot)).toBe(false)
    expect(sm2Verify(pair.publicKey, message, oneShot, text(''))).toBe(true)
  })
})

describe('laws', () => {
  const ids = fc.uint8Array({ maxLength: 64 })
  const contents = fc.uint8Array({ maxLength: 600 })

  test('what we sign, we and our own curve arithmetic verify, under the same user id only', () => {
    fc.assert(
      fc.property(contents, ids, (content, id) => {
        const { privateKey, publicKey } = sm2GenerateKeyPair()
        const signed = sm2Sign(privateKey, content, id)
        const e = fromBytes(sm3(concat(userZ(sm2Point(publicKey), id), content)))
        const numbers = { r: fromBytes(signed), s: fromBytes(signed, 32) }
        expect(sm2Verify(publicKey, content, signed, id)).toBe(true)
        expect(verifyDigest(sm2Curve, sm2Point(publicKey), e, numbers)).toBe(true)
        expect(sm2Verify(publicKey, content, signed, concat(id, Uint8Array.of(1)))).toBe(false)
        expect(derToRaw(rawToDer(signed))).toEqual(signed)
      }),
      { numRuns: 60 }
    )
  })

  test('what we encrypt, we decrypt, raw and DER', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (content) => {
        expect(sm2Decrypt(pair.privateKey, sm2Encrypt(pair.publicKey, content))).toEqual(content)
        expect(sm2DecryptDer(pair.privateKey, sm2EncryptDer(pair.publicKey, content))).toEqual(content)
      }),
      { numRuns: 25 }
    )
  })

  test('a ciphertext with any bit changed, or cut, opens to nothing', () => {
    const ciphertext = sm2Encrypt(pair.publicKey, text('PIN'))
    for (let bit = 0; bit < ciphertext.length * 8; bit += 3) {
      const flipped = ciphertext.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => sm2Decrypt(pair.privateKey, flipped), `bit ${bit}`).toThrow('does not open')
    }
    for (let length = 0; length < ciphertext.length; length++)
      expect(() => sm2Decrypt(pair.privateKey, ciphertext.subarray(0, length))).toThrow('does not open')
  })

  test('a message in pieces has the signature of the whole', () => {
    fc.assert(
      fc.property(fc.array(contents, { maxLength: 6 }), (pieces) => {
        const signer = sm2StreamSigner(pair.privateKey)
        const verifier = sm2StreamVerifier(pair.publicKey)
        for (const piece of pieces) {
          signer.update(piece)
          verifier.update(piece)
        }
        const signed = signer.sign()
        expect(verifier.verify(signed)).toBe(true)
        expect(sm2Verify(pair.publicKey, concat(...pieces), signed)).toBe(true)
      }),
      { numRuns: 20 }
    )
  })

  test('more keys than the tables remember still sign and verify', () => {
    for (let i = 0; i < 120; i++) {
      const { privateKey, publicKey } = sm2GenerateKeyPair()
      expect(sm2Verify(publicKey, message, sm2Sign(privateKey, message))).toBe(true)
    }
    expect(sm2Verify(pair.publicKey, message, sm2Sign(pair.privateKey, message))).toBe(true)
  })
})

describe('agreement with the openssl command', () => {
  const distid = 'distid:1234567812345678'
  const files = ['-signature', 's.der', '-sigopt', distid, 'm.bin']

  test('openssl verifies what we sign, and refuses it changed', () => {
    place({ 'pub.pem': sm2PublicKeyToPem(pair.publicKey), 'm.bin': message, 's.der': rawToDer(signature) })
    expect(openssl('dgst', '-sm3', '-verify', 'pub.pem', ...files)).toBe('Verified OK\n')
    const form = ['-pubin', '-inkey', 'pub.pem', '-rawin', '-digest', 'sm3', '-in', 'm.bin', '-sigfile', 's.der']
    expect(openssl('pkeyutl', '-verify', ...form, '-pkeyopt', distid)).toContain('Verified Successfully')
    place({ 'm.bin': concat(message, Uint8Array.of(0)) })
    expect(openssl('dgst', '-sm3', '-verify', 'pub.pem', ...files)).toBe('refused')
  })

  test('we verify what openssl signs with a key it made', () => {
    place({ 'm.bin': message })
    openssl('genpkey', '-algorithm', 'SM2', '-out', 'key.pem')
    const key = sm2PrivateKeyFromPem(readFileSync(join(folder, 'key.pem'), 'utf8'))
    openssl('dgst', '-sm3', '-sign', 'key.pem', '-sigopt', distid, '-out', 'theirs.der', 'm.bin')
    const theirs = derToRaw(new Uint8Array(readFileSync(join(folder, 'theirs.der'))))
    expect(sm2Verify(key.publicKey, message, theirs)).toBe(true)
    expect(sm2Verify(pair.publicKey, message, theirs)).toBe(false)
  })

  test('a user id of its own means the same on both sides', () => {
    place({ 'key.pem': sm2PrivateKeyToPem(pair.privateKey), 'm.bin': message })
    openssl('dgst', '-sm3', '-sign', 'key.pem', '-sigopt', 'distid:ALICE123@YAHOO.COM', '-out', 'alice.der', 'm.bin')
    const alice = derToRaw(new Uint8Array(readFileSync(join(folder, 'alice.der'))))
    expect(sm2Verify(pair.publicKey, message, alice, text('ALICE123@YAHOO.COM'))).toBe(true)
    expect(sm2Verify(pair.publicKey, message, alice)).toBe(false)
  })

  test('encryption opens on both sides', () => {
    place({ 'key.pem': sm2PrivateKeyToPem(pair.privateKey), 'pub.pem': sm2PublicKeyToPem(pair.publicKey) })
    place({ 'ours.der': sm2EncryptDer(pair.publicKey, text('for openssl')), 'm.bin': 'for us' })
    expect(openssl('pkeyutl', '-decrypt', '-inkey', 'key.pem', '-in', 'ours.der')).toBe('for openssl')
    openssl('pkeyutl', '-encrypt', '-pubin', '-inkey', 'pub.pem', '-in', 'm.bin', '-out', 'theirs.der')
    const theirs = new Uint8Array(readFileSync(join(folder, 'theirs.der')))
    expect(sm2DecryptDer(pair.privateKey, theirs)).toEqual(text('for us'))
  })
})

describe('agreement with sm-crypto-v2', () => {
  const [d, p] = [hex(pair.privateKey).toLowerCase(), `04${hex(pair.publicKey).toLowerCase()}`]

  test('signatures verify on both sides', () => {
    expect(
      other.doVerifySignature(message, hex(signature).toLowerCase(), p, { hash: true, userId: '1234567812345678' })
    ).toBe(true)
    const theirs = other.doSignature(message, d, { hash: true, userId: '1234567812345678' })
    expect(sm2Verify(pair.publicKey, message, fromHex(theirs))).toBe(true)
  })

  test('ciphertexts open on both sides', () => {
    const ours = hex(sm2Encrypt(pair.publicKey, message)).slice(2).toLowerCase()
    expect(other.doDecrypt(ours, d, 1, { output: 'array' })).toEqual(message)
    const theirs = fromHex(other.doEncrypt(message, p, 1))
    expect(sm2Decrypt(pair.privateKey, concat(Uint8Array.of(4), theirs))).toEqual(message)
  })
})

describe('files', () => {
  const content = new Uint8Array(3 * (1 << 20) + 17).map((_, i) => (i * 31) >> 5)

  test('a file of several pieces has the signature of its bytes', async () => {
    place({ 'day.txt': content })
    const path = join(folder, 'day.txt')
    const signed = await sm2SignFile(pair.privateKey, path)
    expect(sm2Verify(pair.publicKey, content, signed)).toBe(true)
    expect(await sm2VerifyFile(pair.publicKey, { path, signature: signed })).toBe(true)
    expect(await sm2VerifyFile(pair.publicKey, { path, signature: signed, userId: text('other') })).toBe(false)
    place({ 'sig.der': rawToDer(signed), 'pub.pem': sm2PublicKeyToPem(pair.publicKey) })
    const files = ['-signature', 'sig.der', '-sigopt', 'distid:1234567812345678', 'day.txt']
    expect(openssl('dgst', '-sm3', '-verify', 'pub.pem', ...files)).toBe('Verified OK\n')
  })

  test('one byte changed, added or cut anywhere is found', async () => {
    const path = join(folder, 'changed.txt')
    const whole = sm2Sign(pair.privateKey, content)
    const changed = content.slice()
    changed[2 << 20]! ^= 1
    for (const bytes of [changed, content.subarray(1), content.subarray(0, -1), concat(content, Uint8Array.of(10))]) {
      writeFileSync(path, bytes)
      expect(await sm2VerifyFile(pair.publicKey, { path, signature: whole })).toBe(false)
    }
  })

  test('an empty file can be signed too', async () => {
    const path = join(folder, 'empty.txt')
    writeFileSync(path, '')
    const signed = await sm2SignFile(pair.privateKey, path)
    expect(await sm2VerifyFile(pair.publicKey, { path, signature: signed })).toBe(true)
  })

  test('a file that is not there is an error, not a wrong signature', async () => {
    await expect(sm2VerifyFile(pair.publicKey, { path: join(folder, 'none'), signature })).rejects.toThrow('ENOENT')
  })
})
