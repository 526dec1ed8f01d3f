// SM4 (GB/T 32907) with its modes ECB, CBC, CTR and the CBC-MAC of GB/T 15852.1 (algorithm 1, padding method 2). Our own table
// implementation: node:crypto spends 2 µs building a cipher object before the first block, and OpenSSL has no faster SM4 for x86.
import { fromHex, readUint32, writeUint32 } from './bytes.ts'

/** The 32 round keys of one key; reversed, the same rounds decrypt. */
export type Sm4Schedule = Int32Array<ArrayBuffer>

const SUBSTITUTION = fromHex(
  'D690E9FECCE13DB716B614C228FB2C052B679A762ABE04C3AA441326498606999C4250F491EF987A33540B43EDCFAC62' +
    'E4B31CA9C908E89580DF94FA758F3FA64707A7FCF37317BA83593C19E6854FA8686B81B27164DA8BF8EB0F4B70569D35' +
    '1E240E5E6358D1A225227C3B01217887D40046579FD327524C3602E7A0C4C89EEABF8AD240C738B5A3F7F2CEF96115A1' +
    'E0AE5DA49B341A55AD933230F58CB1E31DF6E22E8266CA60C02923AB0D534E6FD5DB3745DEFD8E2F03FF6A726D6C5B51' +
    '8D1BAF92BBDDBC7F11D95C411F105AD80AC13188A5CD7BBD2D74D012B8E5B4B08969974A0C96777E65B9F109C56EC684' +
    '18F07DEC3ADC4D2079EE5F3ED7CB3948'
)

// One table per byte position: substitution and linear mixing in a single look-up. T mixes data, K mixes keys.
const [T0, T1, T2, T3] = mixingTables((b) => b ^ rotl(b, 2) ^ rotl(b, 10) ^ rotl(b, 18) ^ rotl(b, 24))
const [K0, K1, K2, K3] = mixingTables((b) => b ^ rotl(b, 13) ^ rotl(b, 23))

const CONSTANT_KEYS = Int32Array.from(
  { length: 32 },
  (_, i) =>
    (((28 * i) & 255) << 24) | (((28 * i + 7) & 255) << 16) | (((28 * i + 14) & 255) << 8) | ((28 * i + 21) & 255)
)

type FourTables = readonly [Int32Array, Int32Array, Int32Array, Int32Array]

function mixingTables(mix: (word: number) => number): FourTables {
  const table = (shift: number) => Int32Array.from(SUBSTITUTION, (s) => mix(s << shift))
  return [table(24), table(16), table(8), table(0)]
}

function rotl(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

export function sm4Schedule(key: Uint8Array): Sm4Schedule {
  if (key.length !== 16) throw new RangeError('an SM4 key has 16 bytes')
  const schedule = new Int32Array(32)
  const words = Int32Array.of(readUint32(key, 0), readUint32(key, 4), readUint32(key, 8), readUint32(key, 12))
  expand(schedule, words)
  return schedule
}

function expand(schedule: Sm4Schedule, key: Int32Array): void {
  let k0 = key[0]! ^ 0xa3b1bac6
  let k1 = key[1]! ^ 0x56aa3350
  let k2 = key[2]! ^ 0x677d9197
  let k3 = key[3]! ^ 0xb27022dc
  for (let i = 0; i < 32; i += 4) {
    let t = k1 ^ k2 ^ CONSTANT_KEYS[i]! ^ k3
    schedule[i] = k0 ^= K0[t >>> 24]! ^ K1[(t >>> 16) & 255]! ^ K2[(t >>> 8) & 255]! ^ K3[t & 255]!
    t = k2 ^ k3 ^ CONSTANT_KEYS[i + 1]! ^ k0
    schedule[i + 1] = k1 ^= K0[t >>> 24]! ^ K1[(t >>> 16) & 255]! ^ K2[(t >>> 8) & 255]! ^ K3[t & 255]!
    t = k3 ^ k0 ^ CONSTANT_KEYS[i + 2]! ^ k1
    schedule[i + 2] = k2 ^= K0[t >>> 24]! ^ K1[(t >>> 16) & 255]! ^ K2[(t >>> 8) & 255]! ^ K3[t & 255]!
    t = k0 ^ k1 ^ CONSTANT_KEYS[i + 3]! ^ k2
    schedule[i + 3] = k3 ^= K0[t >>> 24]! ^ K1[(t >>> 16) & 255]! ^ K2[(t >>> 8) & 255]! ^ K3[t & 255]!
  }
}

/** One block held as four words, in place. */
function encryptWords(schedule: Sm4Schedule, block: Int32Array): void {
  let x0 = block[0]!
  let x1 = block[1]!
  let x2 = block[2]!
  let x3 = block[3]!
  for (let i = 0; i < 32; i += 4) {
    let t = x1 ^ x2 ^ schedule[i]! ^ x3
    x0 ^= T0[t >>> 24]! ^ T1[(t >>> 16) & 255]! ^ T2[(t >>> 8) & 255]! ^ T3[t & 255]!
    t = x2 ^ x3 ^ schedule[i + 1]! ^ x0
    x1 ^= T0[t >>> 24]! ^ T1[(t >>> 16) & 255]! ^ T2[(t >>> 8) & 255]! ^ T3[t & 255]!
    t = x3 ^ x0 ^ schedule[i + 2]! ^ x1
    x2 ^= T0[t >>> 24]! ^ T1[(t >>> 16) & 255]! ^ T2[(t >>> 8) & 255]! ^ T3[t & 255]!
    t = x0 ^ x1 ^ schedule[i + 3]! ^ x2
    x3 ^= T0[t >>> 24]! ^ T1[(t >>> 16) & 255]! ^ T2[(t >>> 8) & 255]! ^ T3[t & 255]!
  }
  block[0] = x3
  block[1] = x2
  block[2] = x1
  block[3] = x0
}

/**
 * Two blocks under two keys at once, words 0–3 and 4–7, in place. A round waits for the look-ups of the one before it; two blocks
 * side by side fill that wait, which makes a batch half as fast again; three and four gain nothing more.
 */
export function sm4EncryptPair(scheduleA: Sm4Schedule, scheduleB: Sm4Schedule, blocks: Int32Array): void {
  let a0 = blocks[0]!
  let a1 = blocks[1]!
  let a2 = blocks[2]!
  let a3 = blocks[3]!
  let b0 = blocks[4]!
  let b1 = blocks[5]!
  let b2 = blocks[6]!
  let b3 = blocks[7]!
  for (let i = 0; i < 32; i += 4) {
    let t = a1 ^ a2 ^ scheduleA[i]! ^ a3
    let u = b1 ^ b2 ^ scheduleB[i]! ^ b3
    a0 ^= T0[t >>> 24]! ^ T1[(t >>> 16) & 255]! ^ T2[(t >>> 8) & 255]! ^ T3[t & 255]!
    b0 ^= T0[u >>> 24]! ^ T1[(u >>> 16) & 255]! ^ T2[(u >>> 8) & 255]! ^ T3[u & 255]!
    t = a2 ^ a3 ^ scheduleA[i + 1]! ^ a0
    u = b2 ^ b3 ^ scheduleB[i + 1]! ^ b0
    a1 ^= T0[t >>> 24]! ^ T1[(t >>> 16) & 255]! ^ T2[(t >>> 8) & 255]! ^ T3[t & 255]!
    b1 ^= T0[u >>> 24]! ^ T1[(u >>> 16) & 255]! ^ T2[(u >>> 8) & 255]! ^ T3[u & 255]!
    t = a3 ^ a0 ^ scheduleA[i + 2]! ^ a1
    u = b3 ^ b0 ^ scheduleB[i + 2]! ^ b1
    a2 ^= T0[t >>> 24]! ^ T1[(t >>> 16) & 255]! ^ T2[(t >>> 8) & 255]! ^ T3[t & 255]!
    b2 ^= T0[u >>> 24]! ^ T1[(u >>> 16) & 255]! ^ T2[(u >>> 8) & 255]! ^ T3[u & 255]!
    t = a0 ^ a1 ^ scheduleA[i + 3]! ^ a2
    u = b0 ^ b1 ^ scheduleB[i + 3]! ^ b2
    a3 ^= T0[t >>> 24]! ^ T1[(t >>> 16) & 255]! ^ T2[(t >>> 8) & 255]! ^ T3[t & 255]!
    b3 ^= T0[u >>> 24]! ^ T1[(u >>> 16) & 255]! ^ T2[(u >>> 8) & 255]! ^ T3[u & 255]!
  }
  blocks[0] = a3
  blocks[1] = a2
  blocks[2] = a1
  blocks[3] = a0
  blocks[4] = b3
  blocks[5] = b2
  blocks[6] = b1
  blocks[7] = b0
}

/** Two key schedules at once, from the keys in words 0–3 and 4–7. */
export function sm4ExpandPair(scheduleA: Sm4Schedule, scheduleB: Sm4Schedule, keys: Int32Array): void {
  let a0 = keys[0]! ^ 0xa3b1bac6
  let a1 = keys[1]! ^ 0x56aa3350
  let a2 = keys[2]! ^ 0x677d9197
  let a3 = keys[3]! ^ 0xb27022dc
  let b0 = keys[4]! ^ 0xa3b1bac6
  let b1 = keys[5]! ^ 0x56aa3350
  let b2 = keys[6]! ^ 0x677d9197
  let b3 = keys[7]! ^ 0xb27022dc
  for (let i = 0; i < 32; i += 4) {
    let t = a1 ^ a2 ^ CONSTANT_KEYS[i]! ^ a3
    let u = b1 ^ b2 ^ CONSTANT_KEYS[i]! ^ b3
    scheduleA[i] = a0 ^= K0[t >>> 24]! ^ K1[(t >>> 16) & 255]! ^ K2[(t >>> 8) & 255]! ^ K3[t & 255]!
    scheduleB[i] = b0 ^= K0[u >>> 24]! ^ K1[(u >>> 16) & 255]! ^ K2[(u >>> 8) & 255]! ^ K3[u & 255]!
    t = a2 ^ a3 ^ CONSTANT_KEYS[i + 1]! ^ a0
    u = b2 ^ b3 ^ CONSTANT_KEYS[i + 1]! ^ b0
    scheduleA[i + 1] = a1 ^= K0[t >>> 24]! ^ K1[(t >>> 16) & 255]! ^ K2[(t >>> 8) & 255]! ^ K3[t & 255]!
    scheduleB[i + 1] = b1 ^= K0[u >>> 24]! ^ K1[(u >>> 16) & 255]! ^ K2[(u >>> 8) & 255]! ^ K3[u & 255]!
    t = a3 ^ a0 ^ CONSTANT_KEYS[i + 2]! ^ a1
    u = b3 ^ b0 ^ CONSTANT_KEYS[i + 2]! ^ b1
    scheduleA[i + 2] = a2 ^= K0[t >>> 24]! ^ K1[(t >>> 16) & 255]! ^ K2[(t >>> 8) & 255]! ^ K3[t & 255]!
    scheduleB[i + 2] = b2 ^= K0[u >>> 24]! ^ K1[(u >>> 16) & 255]! ^ K2[(u >>> 8) & 255]! ^ K3[u & 255]!
    t = a0 ^ a1 ^ CONSTANT_KEYS[i + 3]! ^ a2
    u = b0 ^ b1 ^ CONSTANT_KEYS[i + 3]! ^ b2
    scheduleA[i + 3] = a3 ^= K0[t >>> 24]! ^ K1[(t >>> 16) & 255]! ^ K2[(t >>> 8) & 255]! ^ K3[t & 255]!
    scheduleB[i + 3] = b3 ^= K0[u >>> 24]! ^ K1[(u >>> 16) & 255]! ^ K2[(u >>> 8) & 255]! ^ K3[u & 255]!
  }
}

// One block on its way through a mode. Nothing here yields to other work half-way, so one is enough for the thread.
const block = new Int32Array(4)

/** Encrypts whole blocks in place, allocating nothing; with a reversed schedule it decrypts. */
export function sm4EncryptBlocks(schedule: Sm4Schedule, bytes: Uint8Array, at: number, count: number): void {
  for (let end = at + 16 * count; at < end; at += 16) {
    for (let i = 0; i < 4; i++) block[i] = readUint32(bytes, at + 4 * i)
    encryptWords(schedule, block)
    for (let i = 0; i < 4; i++) writeUint32(bytes, at + 4 * i, block[i]!)
  }
}

/** Whole blocks only: a mode that pads is the caller's business. */
export function sm4EcbEncrypt(key: Uint8Array, plaintext: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = wholeBlocks(plaintext)
  sm4EncryptBlocks(sm4Schedule(key), bytes, 0, bytes.length / 16)
  return bytes
}

export function sm4EcbDecrypt(key: Uint8Array, ciphertext: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = wholeBlocks(ciphertext)
  sm4EncryptBlocks(sm4Schedule(key).reverse(), bytes, 0, bytes.length / 16)
  return bytes
}

export function sm4CbcEncrypt(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Uint8Array<ArrayBuffer> {
  const schedule = sm4Schedule(key)
  const bytes = wholeBlocks(plaintext)
  let before = initialBlock(iv)
  for (let at = 0; at < bytes.length; at += 16) {
    for (let i = 0; i < 16; i++) bytes[at + i]! ^= before[i]!
    sm4EncryptBlocks(schedule, bytes, at, 1)
    before = bytes.subarray(at, at + 16)
  }
  return bytes
}

export function sm4CbcDecrypt(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = sm4EcbDecrypt(key, ciphertext)
  const first = initialBlock(iv)
  for (let i = 0; i < bytes.length; i++) bytes[i]! ^= i < 16 ? first[i]! : ciphertext[i - 16]!
  return bytes
}

/** Encrypts and decrypts alike, any length; the counter is the whole 16-byte block, big-endian. */
export function sm4Ctr(key: Uint8Array, counter: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const schedule = sm4Schedule(key)
  const next = initialBlock(counter)
  const mask = new Uint8Array(16)
  const bytes = new Uint8Array(data)
  for (let at = 0; at < bytes.length; at += 16) {
    mask.set(next)
    sm4EncryptBlocks(schedule, mask, 0, 1)
    for (let i = 0; i < 16 && at + i < bytes.length; i++) bytes[at + i]! ^= mask[i]!
    for (let i = 15; i >= 0; i--) {
      next[i]! += 1
      if (next[i] !== 0) break
    }
  }
  return bytes
}

/** All 16 bytes of the last block, IV zero, padded with 80 00…; a MAC or TAC is its first four. */
export function sm4CbcMac(key: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(data.length + 16 - (data.length % 16))
  padded.set(data)
  padded[data.length] = 0x80
  return sm4CbcEncrypt(key, new Uint8Array(16), padded).slice(-16)
}

function wholeBlocks(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length % 16 !== 0) throw new RangeError('SM4 takes whole blocks of 16 bytes')
  return new Uint8Array(bytes)
}

function initialBlock(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length !== 16) throw new RangeError('an SM4 initial block has 16 bytes')
  return new Uint8Array(bytes)
}
