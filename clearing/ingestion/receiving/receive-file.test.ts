import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sm2GenerateKeyPair } from '../../../card-crypto/sm2-keys.ts'
import { sm2Sign } from '../../../card-crypto/sm2.ts'
import { sm3 } from '../../../card-crypto/sm3.ts'
import { discardFile, receiveFile } from './receive-file.ts'

let folder: string
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'lingnan-receive-'))))
afterAll(async () => await rm(folder, { recursive: true }))

const line = 'a line of a file that says nothing\n'
/** A short file is watched on the thread that receives it, a long one on another; neither length ends with a block. */
const sizes = [
  ['short', 3 * 2 ** 20 + 5],
  ['long', 37 * 2 ** 20 + 5]
] as const

const keys = sm2GenerateKeyPair()

describe.each(sizes)('a %s file', (_, size) => {
  const bytes = Buffer.alloc(size, line)
  bytes[size - 7] = 0
  const signature = sm2Sign(keys.privateKey, bytes)

  it('is copied, and what it is found to be is what it is', async () => {
    const path = join(folder, 'source')
    await writeFile(path, bytes)
    const received = await receiveFile(folder, path, { publicKey: keys.publicKey, signature })
    const tail = bytes.subarray(-65_536)
    expect(received).toMatchObject({ size, nulAt: size - 7, lines: Math.ceil(size / line.length), notGbkAt: -1 })
    expect(received.longestLine).toBe(line.length)
    expect(received.signatureHolds).toBe(true)
    expect(Buffer.from(received.digest)).toEqual(Buffer.from(sm3(bytes)))
    expect(received.head.equals(bytes.subarray(0, 65_536)) && received.tail.equals(tail)).toBe(true)
    expect((await readFile(received.temporaryPath)).equals(bytes)).toBe(true)
    await discardFile(received)
  })

  it('with one byte changed is not what was signed', async () => {
    const path = join(folder, 'source')
    await writeFile(path, bytes.with(size - 1, 65))
    const received = await receiveFile(folder, path, { publicKey: keys.publicKey, signature })
    expect(received.signatureHolds).toBe(false)
    await discardFile(received)
  })

  it('leaves nothing behind when it cannot be watched', async () => {
    const path = join(folder, 'source')
    await writeFile(path, bytes)
    const nowhere = new Uint8Array(64).fill(1)
    await expect(receiveFile(folder, path, { publicKey: nowhere, signature })).rejects.toThrow(/curve/)
    expect(await readdir(folder)).toEqual(['source'])
  })
})
