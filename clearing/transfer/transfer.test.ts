// The TCP transfer against itself and against hostile callers: cut anywhere it goes on, and what was announced is what arrives, once.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetchFiles, sendFiles, type Counterpart } from './exchange-files.ts'
import { fileCount, fileInfo, PacketReader, packetKinds, uploadRequest, withoutMac, writePacket } from './packets.ts'
import { offerFile, openPartialFiles } from './partial-files.ts'
import { serveTransfers, type OfferedFile, type TransferServer, type TransferStore } from './serve-transfers.ts'

const folder = await mkdtemp(join(tmpdir(), 'transfer-'))
afterAll(async () => await rm(folder, { recursive: true, force: true }))

const bytes = randomBytes(2500)
const name = 'CD240315083015122158400000000019A'
await writeFile(join(folder, name), bytes)

let taken: { name: string; bytes: Buffer }[]
let acknowledged: string[]
let offered: OfferedFile[]
let server: TransferServer
let round = 0

beforeEach(async () => void (server = await start(10_000)))
afterEach(async () => await server.stop())

async function start(patienceMs: number): Promise<TransferServer> {
  taken = []
  acknowledged = []
  offered = []
  const partial = openPartialFiles(join(folder, `partial-${++round}`), { bytesMax: 100_000 })
  const store: TransferStore<string> = {
    admit: async (organisation) => (organisation === '12215840' ? { member: organisation } : null),
    begin: async (member, file) =>
      taken.some((each) => each.name === file.name) ? { code: '02' } : await partial.begin(member, file),
    write: async (member, file, part, at) => await partial.write(member, file, part, at),
    finish: async (member, file) =>
      await partial.finish(member, file, async (path) => {
        taken.push({ name: file.name, bytes: await readFile(path) })
        return '00'
      }),
    offer: async () => offered
  }
  return await serveTransfers({ host: '127.0.0.1', port: 0, store, patienceMs, filesMax: 3 })
}

function counterpart(port = server.port): Counterpart {
  return { host: '127.0.0.1', port, organisation: '12215840', shortName: '深圳通', patienceMs: 10_000 }
}

/** A wire that is cut after so many bytes in one direction. */
async function cutWire(direction: 'up' | 'down', after: number): Promise<{ port: number; close(): Promise<void> }> {
  const ends: Socket[] = []
  const wire = createServer((near) => {
    const far = connect(server.port, '127.0.0.1')
    ends.push(near, far)
    let passed = 0
    const pass = (to: Socket, counts: boolean) => (part: Buffer) => {
      const room = counts ? after - passed : part.length
      passed += counts ? part.length : 0
      to.write(part.subarray(0, Math.max(0, room)))
      if (counts && passed >= after) for (const end of [near, far]) end.destroySoon()
    }
    near.on('data', pass(far, direction === 'up'))
    far.on('data', pass(near, direction === 'down'))
    for (const [end, other] of [
      [near, far],
      [far, near]
    ] as const)
      end.on('error', () => undefined).on('close', () => other.destroy())
  })
  wire.listen(0, '127.0.0.1')
  await once(wire, 'listening')
  return {
    port: (wire.address() as AddressInfo).port,
    async close() {
      for (const end of ends) end.destroy()
      await new Promise((done) => wire.close(done))
    }
  }
}

describe('packets', () => {
  it('come out the same however the network cuts them', async () => {
    const fields = fileInfo.write({ name, digest: 'a'.repeat(64), size: 7 })
    const packet = await writePacket(
      { kind: packetKinds.fileInfo, synchronisation: '000000000001', fields },
      withoutMac
    )
    expect(packet.length).toBe(4 + 12 + 2 + 2 + 4 + 572 + 16)
    expect(packet.toString('latin1', 0, 28)).toBe('0608000000000001000140034344'.replace('4344', 'CD24'))
    for (let cut = 0; cut <= packet.length; cut++) {
      const reader = new PacketReader()
      const whole = [...reader.push(packet.subarray(0, cut)), ...reader.push(packet.subarray(cut))]
      expect(whole).toHaveLength(1)
      expect(fileInfo.read(whole[0]!.fields)).toEqual({ name, digest: 'a'.repeat(64), size: 7 })
      expect(reader.unfinished).toBe(false)
    }
  })

  it.each([
    ['no number', 'abcd'],
    ['negative', '-100'],
    ['shorter than a head', '0035'],
    ['longer than a block', '1062'],
    ['a compressed packet', `0036${'0'.repeat(12)}1001400800${'0'.repeat(14)}`],
    ['an unknown version', `0036${'0'.repeat(12)}0002400800${'0'.repeat(14)}`],
    ['an unknown message', `0036${'0'.repeat(12)}0001400900${'0'.repeat(14)}`],
    ['no synchronisation', `0036${'x'.repeat(12)}0001400800${'0'.repeat(14)}`]
  ])('are refused: %s', (_, text) => {
    expect(() => new PacketReader().push(Buffer.from(text, 'latin1'))).toThrow()
  })
})

describe('an upload', () => {
  it('arrives whole, and the second file of the connection too', async () => {
    await writeFile(join(folder, 'second'), '')
    const files = [await offerFile(join(folder, name), name), await offerFile(join(folder, 'second'), 'second')]
    expect([...(await sendFiles(counterpart(), files))]).toEqual([
      [name, '00'],
      ['second', '00']
    ])
    expect(taken).toEqual([
      { name, bytes },
      { name: 'second', bytes: Buffer.alloc(0) }
    ])
  })

  it.each(['up', 'down'] as const)('cut %s the wire anywhere goes on and is taken once', async (direction) => {
    const most = direction === 'up' ? 4300 : 420
    for (let cut = 0; cut < most; cut += direction === 'up' ? 97 : 31) {
      const wire = await cutWire(direction, cut)
      const file = await offerFile(join(folder, name), name)
      const first = await sendFiles(counterpart(wire.port), [file]).catch(() => null)
      await wire.close()
      const again = first?.get(name) === '00' ? first : await sendFiles(counterpart(), [file])
      expect(['00', '02']).toContain(again.get(name))
      expect(taken).toEqual([{ name, bytes }])
      taken.length = 0
    }
  })

  it('goes on from the bytes that came, not from the beginning', async () => {
    const wire = await cutWire('up', 2400)
    const file = await offerFile(join(folder, name), name)
    const asked: number[] = []
    const watched = {
      ...file,
      read: async (at: number, length: number) => (asked.push(at), await file.read(at, length))
    }
    await sendFiles(counterpart(wire.port), [watched]).catch(() => null)
    await wire.close()
    asked.length = 0
    expect((await sendFiles(counterpart(), [watched])).get(name)).toBe('00')
    expect(asked[0]).toBe(1024)
    expect(taken).toEqual([{ name, bytes }])
  })

  it('is refused when the bytes are not what was announced, is begun anew then, and is refused when it is too large', async () => {
    const file = await offerFile(join(folder, name), name)
    const wrong = { ...file, digest: '0'.repeat(64) }
    expect((await sendFiles(counterpart(), [wrong])).get(name)).toBe('04')
    expect((await sendFiles(counterpart(), [{ ...file, size: 100_001 }])).get(name)).toBe('03')
    expect((await sendFiles(counterpart(), [file])).get(name)).toBe('00')
    expect(taken).toHaveLength(1)
  })

  it('is not for strangers, nor for more files than agreed', async () => {
    const file = await offerFile(join(folder, name), name)
    await expect(sendFiles({ ...counterpart(), organisation: '99999999' }, [file])).rejects.toThrow('answers 01')
    await expect(sendFiles(counterpart(), [file, file, file, file])).rejects.toThrow('answers 05')
    await expect(fetchFiles({ ...counterpart(), organisation: '99999999' }, '20240316', noStore)).rejects.toThrow('01')
  })
})

const noStore = {
  begin: async () => ({ received: 0 }),
  write: async () => undefined,
  finish: async () => '00'
}

describe('a hostile caller', () => {
  /** What the server does with these bytes: everything it says until it hangs up. */
  async function shout(...parts: (Buffer | string)[]): Promise<{ said: number }> {
    const socket = connect(server.port, '127.0.0.1')
    let said = 0
    socket.on('data', (part: Buffer) => void (said += part.length)).on('error', () => undefined)
    for (const part of parts) socket.write(part)
    await once(socket, 'close')
    return { said }
  }
  const request = async () =>
    await writePacket(
      {
        kind: packetKinds.uploadRequest,
        synchronisation: '000000000001',
        fields: uploadRequest.write({ shortName: '', organisation: '12215840' })
      },
      withoutMac
    )
  const count = async (of: number) =>
    await writePacket(
      { kind: packetKinds.count, synchronisation: '000000000002', fields: fileCount.write({ count: of, code: '00' }) },
      withoutMac
    )

  it('is hung up on, whatever it begins with', async () => {
    expect((await shout('GET / HTTP/1.1\r\n\r\n')).said).toBe(0)
    expect((await shout(randomBytes(5000))).said).toBe(0)
    expect((await shout(await count(1))).said).toBe(0)
    const answer = 4 + 20 + 2 + 16
    expect((await shout(await request(), await request())).said).toBe(answer)
    const block = Buffer.concat([Buffer.from('0'), bytes.subarray(0, 10)])
    const data = await writePacket({ kind: '4004', synchronisation: '000000000003', fields: block }, withoutMac)
    expect((await shout(await request(), await count(1), data)).said).toBe(2 * answer)
    expect(taken).toEqual([])
  })

  it('cannot send more than it announced, nor end early', async () => {
    const info = async (size: number) =>
      await writePacket(
        {
          kind: packetKinds.fileInfo,
          synchronisation: '000000000003',
          fields: fileInfo.write({ name, digest: 'a'.repeat(64), size })
        },
        withoutMac
      )
    const block = async (last: string, length: number) =>
      await writePacket(
        {
          kind: packetKinds.data,
          synchronisation: '000000000004',
          fields: Buffer.concat([Buffer.from(last), Buffer.alloc(length)])
        },
        withoutMac
      )
    const until = 2 * 42 + (4 + 20 + 12 + 16)
    expect((await shout(await request(), await count(1), await info(10), await block('0', 11))).said).toBe(until)
    expect((await shout(await request(), await count(1), await info(11), await block('1', 10))).said).toBe(until)
    expect((await shout(await request(), await count(1), await info(10), await block('0', 10))).said).toBe(until)
    expect((await shout(await request(), await count(1), await info(12), await block('x', 12))).said).toBe(until)
    expect(taken).toEqual([])
  })

  it('that drips its bytes is left after our patience, not after its own', async () => {
    const brisk = await start(200)
    const socket = connect(brisk.port, '127.0.0.1').on('error', () => undefined)
    const packet = await request()
    let sent = 0
    const drip = setInterval(() => socket.write(packet.subarray(sent, ++sent)), 40)
    await once(socket, 'close')
    clearInterval(drip)
    await brisk.stop()
    expect(sent).toBeLessThan(packet.length)
  })
})

describe('a download', () => {
  it('gives what is there, whole, and acknowledges what was received', async () => {
    offered = [await offerFile(join(folder, name), name, async () => void acknowledged.push(name))]
    const partial = openPartialFiles(join(folder, `fetched-${round}`), { bytesMax: 1e6 })
    const fetched: Buffer[] = []
    const keep = async (path: string) => (fetched.push(await readFile(path)), '00' as const)
    const store = {
      begin: async (file: Parameters<typeof partial.begin>[1]) => await partial.begin('centre', file),
      write: async (file: Parameters<typeof partial.begin>[1], part: Buffer, at: number) =>
        await partial.write('centre', file, part, at),
      finish: async (file: Parameters<typeof partial.begin>[1]) => await partial.finish('centre', file, keep)
    }
    for (const cut of [0, 40, 300, 700, 900, 1900]) {
      const wire = await cutWire('down', cut)
      await fetchFiles(counterpart(wire.port), '20240316', store).catch(() => null)
      await wire.close()
    }
    expect(acknowledged).toEqual([])
    expect(await fetchFiles(counterpart(), '20240316', store)).toMatchObject([{ name, size: bytes.length }])
    expect(fetched).toEqual([bytes])
    expect(acknowledged).toEqual([name])
  })
})
