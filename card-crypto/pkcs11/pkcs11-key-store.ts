// The PKCS#11 form of the key-store port, for what standard mechanisms can do: roots of 3DES cards (CKM_DES2_KEY_GEN, CKM_DES3_ECB), their
// check values, TACs, MACs and loads, and random bytes. A root never leaves the token; the issuer's key, one level down, is
// encrypted out of it (PKCS#11 has no derivation by two blocks and no TAC) and lives in this process. SM2, SM3 and SM4 are no mechanisms of PKCS#11: a
// vendor's own numbers, or SDF, would stand here.
import { equalConstantTime, hex } from '../bytes.ts'
import { diversify } from '../diversify.ts'
import { checkKeyBytes, keyName, KeyStoreError, parseKeyName, requireUse, type KeyReference } from '../key-reference.ts'
import type { KeyStore, LoadAuthorisation, MacRequest } from '../key-store.ts'
import { computeMac } from '../mac.ts'
import { sessionKey } from '../session-key.ts'
import { computeTac } from '../tac.ts'
import { keyCheckValueOf } from '../key-reference.ts'
import { DesToken, type Pkcs11Token } from './pkcs11-library.ts'

export type Pkcs11KeyStore = Pick<
  KeyStore,
  | 'deriveAndMac'
  | 'verifyTac'
  | 'authoriseLoads'
  | 'keyCheckValue'
  | 'generateKey'
  | 'importKey'
  | 'hasKey'
  | 'listKeys'
  | 'random'
  | 'close'
>

/** Rejects with an Error where the package, the library or the token is missing. */
export async function openPkcs11KeyStore(options: Pkcs11Token): Promise<Pkcs11KeyStore> {
  return new TokenKeyStore(await DesToken.open(options))
}

class TokenKeyStore implements Pkcs11KeyStore {
  readonly #token: DesToken

  constructor(token: DesToken) {
    this.#token = token
  }

  async deriveAndMac({ key, factors, mode, seed, seedFilling, data }: MacRequest): Promise<Uint8Array> {
    requireUse(key, mode)
    const cardKey = this.#cardKey(key, factors)
    if (mode === 'tac') return computeTac('3des', cardKey, data)
    if (seed === undefined) throw new RangeError('a session key needs a seed')
    return computeMac('3des', sessionKey('3des', cardKey, seed, seedFilling), data)
  }

  async verifyTac(key: KeyReference, factors: Uint8Array[], data: Uint8Array, tac: Uint8Array): Promise<boolean> {
    return equalConstantTime(await this.deriveAndMac({ key, factors, mode: 'tac', data }), tac)
  }

  async authoriseLoads(loads: readonly LoadAuthorisation[]): Promise<(Uint8Array | null)[]> {
    return loads.map(({ key, factors, seed, mac1Data, mac1, mac2Data }) => {
      requireUse(key, 'session')
      if (key.purpose !== 'load') throw new KeyStoreError('wrong-use', `the key ${keyName(key)} is not for loads`)
      const session = sessionKey('3des', this.#cardKey(key, factors), seed)
      return equalConstantTime(computeMac('3des', session, mac1Data), mac1)
        ? computeMac('3des', session, mac2Data)
        : null
    })
  }

  async keyCheckValue(key: KeyReference): Promise<string> {
    return hex(this.#encrypt(key, new Uint8Array(8)).subarray(0, 3))
  }

  async generateKey(key: KeyReference): Promise<void> {
    const name = desName(key)
    if (!this.#token.has(name)) this.#token.generate(name)
  }

  /** Other bytes are told from the same by the check value: the token does not give a key out to be compared. */
  async importKey(key: KeyReference, bytes: Uint8Array): Promise<void> {
    const name = desName(key)
    checkKeyBytes(key, bytes)
    if (!this.#token.has(name)) this.#token.bringIn(name, bytes)
    if ((await this.keyCheckValue(key)) !== keyCheckValueOf(key, bytes))
      throw new KeyStoreError('key-exists', `${name} exists with other bytes`)
  }

  async hasKey(key: KeyReference): Promise<boolean> {
    return this.#token.has(desName(key))
  }

  /** What is labelled as ours; a token may hold other keys. */
  async listKeys(): Promise<KeyReference[]> {
    return this.#token.labels().flatMap((label) => {
      try {
        return [parseKeyName(label)]
      } catch {
        return []
      }
    })
  }

  async random(bytes: number): Promise<Uint8Array> {
    return this.#token.random(bytes)
  }

  async close(): Promise<void> {
    this.#token.close()
  }

  /** The first level in the token, the others here. */
  #cardKey(key: KeyReference, [issuer, ...others]: Uint8Array[]): Uint8Array {
    if (issuer === undefined) throw new RangeError('a root key itself makes no MAC')
    const complement = issuer.map((byte) => ~byte)
    let derived = this.#encrypt(key, Buffer.concat([issuer, complement]))
    for (const factor of others) derived = diversify('3des', derived, factor)
    return derived
  }

  #encrypt(key: KeyReference, blocks: Uint8Array): Uint8Array {
    const name = desName(key)
    const encrypted = this.#token.encrypt(name, blocks)
    if (encrypted === undefined) throw new KeyStoreError('no-such-key', `there is no key ${name}`)
    return encrypted
  }
}

function desName(key: KeyReference): string {
  if (key.algorithm !== '3des')
    throw new KeyStoreError('unsuitable-key', `PKCS#11 has no mechanism for ${key.algorithm}`)
  return keyName(key)
}
