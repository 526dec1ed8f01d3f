// SM3 (GB/T 32905) and HMAC-SM3 (GM/T 0042) through node:crypto, whose SM3 runs at the speed of one core.
import { createHash, createHmac, hash } from 'node:crypto'

export interface Sm3Hasher {
  update(data: Uint8Array): Sm3Hasher
  /** 32 bytes; the hasher cannot be used afterwards. */
  digest(): Uint8Array<ArrayBuffer>
}

export function sm3(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash('sm3', data, 'buffer'))
}

/** For data that arrives in pieces, such as a file. */
export function sm3Hasher(): Sm3Hasher {
  const running = createHash('sm3')
  const hasher: Sm3Hasher = {
    update(data) {
      running.update(data)
      return hasher
    },
    digest: () => new Uint8Array(running.digest())
  }
  return hasher
}

export function hmacSm3(key: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHmac('sm3', key).update(data).digest())
}
