import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { concat, fromHex } from '../bytes.ts'
import { openSoftwareKeyStore, type KeyReference, type ServedKeyStore } from '../key-store.ts'
import { cardKeyPurposes } from '../personalisation.ts'
import { sm2Verify } from '../sm2.ts'
import { tacBatch, TAC_ALGORITHM_CODE, TAC_RECORD } from '../tac-batch.ts'
import { keyClientKinds } from './client-rights.ts'
import { COMMAND, OUTCOME, writeName } from './commands.ts'
import { frameOf, FrameReader, MAX_FRAME_BYTES, type Frame } from './frames.ts'
import { KeyClient, openKeyClient } from './key-client.ts'
import { claimKeyFolder, keyFile, keySocket, readMasterKey } from './key-folder.ts'
import { serveKeys, type KeyService } from './key-service.ts'
import { startKeyProcess } from './start-key-process.ts'
import { findInMemory } from './test-memory.ts'

const folder = mkdtempSync(join(tmpdir(), 'key-service-'))
const text = (content: string): Uint8Array => new TextEncoder().encode(content)
const key = (purpose: KeyReference['purpose'], algorithm: KeyReference['algorithm'] = 'sm4'): KeyReference => ({
  purpose,
  scope: '',
  version: 1,
  index: 1,
  algorithm
})
const tac = key('tac')
const seal = key('identity-seal')
const digest = key('identity-digest', 'hmac-sm3')
const statements = key('statement-signature', 'sm2')
const root = fromHex('0123456789ABCDEFFEDCBA9876543210')
const complaints: string[] = []

let store: ServedKeyStore
let service: KeyService
let setup: KeyClient
let web: KeyClient

async function serve(): Promise<KeyService> {
  const complain = (problem: string): void => void complaints.push(problem)
  return await serveKeys({ store, dataFolder: folder, kinds: keyClientKinds, takesSampleKeys: true, complain })
}

beforeAll(async () => {
  const masterKey = await readMasterKey(folder)
  store = await openSoftwareKeyStore({ file: keyFile(folder), masterKey, tacWorkers: 1 })
  service = await serve()
  setup = await openKeyClient({ path: keySocket(folder, 'setup') })
  web = await openKeyClient({ path: keySocket(folder, 'web') })
  await setup.importKey(tac, root)
  for (const each of [seal, digest, statements]) await web.generateKey(each)
})

afterAll(async () => {
  await Promise.all([setup.close(), web.close()])
  await service.close()
  await store.close()
  rmSync(folder, { recursive: true })
  expect(complaints).toEqual([])
})

function records(count: number): Uint8Array {
  const flat = new Uint8Array(new SharedArrayBuffer(count * TAC_RECORD.stride))
  const view = new DataView(flat.buffer)
  for (let i = 0, at = 0; i < count; i++, at += TAC_RECORD.stride) {
    view.setUint32(at + TAC_RECORD.leafFactor, i)
    flat.set([1, 1, TAC_ALGORITHM_CODE.sm4, 22], at + TAC_RECORD.keyVersion)
  }
  tacBatch([{ version: 1, index: 1, algorithm: 'sm4', key: root }]).stamp(flat, count)
  return flat
}

/** A client that says what it likes. */
async function stranger(kind: (typeof keyClientKinds)[number] = 'web') {
  const socket: Socket = connect(keySocket(folder, kind))
  const answers: Frame[] = []
  const reader = new FrameReader((frame) => answers.push({ ...frame, body: frame.body.slice() }))
  socket.on('data', (chunk: Buffer) => reader.read(chunk))
  socket.on('error', () => undefined)
  const closed = new Promise<void>((done) => socket.once('close', () => done()))
  await new Promise<void>((done) => socket.once('connect', () => done()))
  const answered = async (count: number): Promise<Frame[]> => {
    while (answers.length < count) await new Promise((done) => setTimeout(done, 5))
    return answers
  }
  return { socket, closed, answered }
}
const faultOf = ({ body }: Frame): string => Buffer.from(body).toString().split('\n')[0]!

describe('the key process answers what the store in this process would', () => {
  it('MACs, TACs and bulk verdicts, those of wrong and unknown keys among them', async () => {
    const factors = [text('issuer..'), text('card....')]
    const request = { key: tac, factors, mode: 'tac', data: text('22 bytes of a purchase') } as const
    const mac = await store.deriveAndMac(request)
    expect(await setup.deriveAndMac(request)).toEqual(mac)
    expect(await web.verifyTac(tac, factors, request.data, mac)).toBe(true)
    expect(await web.verifyTac(tac, factors, request.data.toReversed(), mac)).toBe(false)

    const count = 70_000
    const flat = records(count)
    flat[(count - 1) * TAC_RECORD.stride + TAC_RECORD.tac]! ^= 1
    flat[3 * TAC_RECORD.stride + TAC_RECORD.keyVersion] = 9
    const expected = new Uint8Array(count)
    expected.set([2], 3)
    expected.set([1], count - 1)
    expect(await web.verifyTacs(flat, count)).toEqual(expected)
    expect(await web.verifyTacs(flat.slice(0, 48 * 5), 5)).toEqual(expected.slice(0, 5))
    await expect(web.verifyTacs(flat, count + 1)).rejects.toThrow(RangeError)
  })

  it('loads, of which one is no load of the card, and new cards in more than one frame', async () => {
    const roots = cardKeyPurposes.map((purpose) => key(purpose))
    for (const each of roots) await setup.importKey(each, root)
    await web.generateKey(key('transport'))
    const [factors, seed] = [[text('issuer..'), text('card....')], text('seed....')]
    const load = { key: key('load'), factors, seed, mac1Data: text('balance, amount'), mac2Data: text('amount, date') }
    const mac1 = await store.deriveAndMac({ ...load, mode: 'session', data: load.mac1Data })
    const loads = [
      { ...load, mac1 },
      { ...load, mac1: mac1.toReversed() }
    ]
    const answers = await web.authoriseLoads(loads)
    expect(answers).toEqual(await store.authoriseLoads(loads))
    expect(answers.map((answer) => answer?.length)).toEqual([4, undefined])
    await expect(web.authoriseLoads([{ ...load, key: tac, mac1 }])).rejects.toMatchObject({ fault: 'forbidden' })
    expect(await web.authoriseLoads([])).toEqual([])

    const leaves = new Uint8Array(8 * 10_001).map((_, at) => at >> 3)
    const order = { roots, transport: key('transport'), issuer: factors[0]!, batch: text('batch 01'), leaves }
    expect((await web.personalise(order)).toHex()).toBe((await store.personalise(order)).toHex())
  })

  it('signatures of messages and files, seals, digests, names', async () => {
    const publicKey = await web.publicKey(statements)
    expect(sm2Verify(publicKey, text('x'), await web.sign(statements, text('x')))).toBe(true)
    const path = join(folder, 'statement.csv')
    writeFileSync(path, 'a line\n'.repeat(400_000))
    expect(sm2Verify(publicKey, readFileSync(path), await web.signFile(statements, path))).toBe(true)
    const sealed = await web.seal(seal, text('440101199001011234'), text('row 1'))
    expect(await web.unseal(seal, sealed, text('row 1'))).toEqual(text('440101199001011234'))
    await expect(web.unseal(seal, sealed, text('row 2'))).rejects.toMatchObject({ fault: 'seal-broken' })
    expect(await web.keyedDigest(digest, text('d'))).toEqual(await store.keyedDigest(digest, text('d')))
    expect(await web.listKeys()).toEqual(await store.listKeys())
    expect([await web.hasKey(tac), await web.hasKey({ ...tac, version: 8 })]).toEqual([true, false])
    expect(await web.keyCheckValue(tac)).toBe('2677F4')
    expect(await web.random(32)).toHaveLength(32)
    await expect(web.sign({ ...statements, version: 8 }, text('x'))).rejects.toMatchObject({ fault: 'no-such-key' })
    await expect(web.sign({ ...statements, version: 999 }, text('x'))).rejects.toMatchObject({
      fault: 'unsuitable-key'
    })
  })
})

describe('bad input', () => {
  it('a client gets only what its list has, on a socket for the owner alone', async () => {
    expect(statSync(keySocket(folder, 'web')).mode & 0o777).toBe(0o600)
    const command = await openKeyClient({ path: keySocket(folder, 'command') })
    const refused = { fault: 'forbidden' }
    await expect(command.unseal(seal, new Uint8Array(40), text(''))).rejects.toMatchObject(refused)
    await expect(web.importKey({ ...tac, version: 2 }, root)).rejects.toMatchObject(refused)
    await expect(web.deriveAndMac({ key: tac, factors: [], mode: 'tac', data: text('x') })).rejects.toMatchObject(
      refused
    )
    await expect(web.generateKey({ ...tac, version: 2 })).rejects.toMatchObject(refused)
    expect(await store.hasKey({ ...tac, version: 2 })).toBe(false)
    await command.close()
  })

  it('unknown commands, cut questions and names that name nothing are answered, one by one', async () => {
    const { socket, answered } = await stranger()
    const name = (wrong: string): Uint8Array => concat(Uint8Array.of(wrong.length), text(wrong))
    socket.write(frameOf(1, 99, []))
    socket.write(frameOf(2, COMMAND.seal, [writeName(seal), Uint8Array.of(255, 0, 0, 0)]))
    socket.write(frameOf(3, COMMAND.sign, [name('statement-signature//1/1/3des')]))
    socket.write(frameOf(4, COMMAND.sign, [Uint8Array.of(200)]))
    socket.write(frameOf(5, COMMAND.signPiece, [Uint8Array.of(0, 0, 0, 9)]))
    socket.write(frameOf(6, COMMAND.custody, [text('{')]))
    socket.write(frameOf(7, COMMAND.hasKey, [writeName(tac)]))
    const answers = (await answered(7)).sort((a, b) => a.number - b.number)
    expect(answers.slice(0, 5).map(faultOf)).toEqual(Array.from({ length: 5 }, () => 'malformed'))
    expect(answers[5]!.code).toBe(OUTCOME.fault)
    expect([answers[6]!.code, answers[6]!.body[0]]).toEqual([OUTCOME.done, 1])
    socket.destroy()
  })

  it('a frame that says it is too long ends its connection, and no other', async () => {
    const { socket, closed } = await stranger()
    const head = Buffer.alloc(9)
    head.writeUInt32BE(MAX_FRAME_BYTES + 1)
    socket.write(head)
    await closed
    expect(await web.hasKey(tac)).toBe(true)
  })

  it('a flood of one client delays the others by turns, and loses nothing', { timeout: 30_000 }, async () => {
    const { socket, answered } = await stranger()
    const flood = 1500
    const question = (number: number): Buffer => frameOf(number, COMMAND.sign, [writeName(statements), text('flood')])
    socket.write(Buffer.concat(Array.from({ length: flood }, (_, number) => question(number))))
    const before = await answered(1)
    expect(await web.hasKey(tac)).toBe(true)
    expect(before.length).toBeLessThan(flood)
    expect(await answered(flood)).toHaveLength(flood)
    socket.destroy()
    const own = Array.from({ length: 20_001 }, async () => await web.hasKey(tac))
    const outcomes = await Promise.allSettled(own)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([
      { status: 'rejected', reason: expect.objectContaining({ fault: 'busy' }) }
    ])
  })
})

describe('when it is away', () => {
  it('what was asked waits for the next start; past patience it is away; back again, it answers', async () => {
    const hasty = await openKeyClient({ path: keySocket(folder, 'web'), patienceMs: 150 })
    await service.close()
    const waiting = web.keyedDigest(digest, text('while it restarts'))
    await expect(hasty.hasKey(tac)).rejects.toMatchObject({ fault: 'away' })
    service = await serve()
    expect(await waiting).toEqual(await store.keyedDigest(digest, text('while it restarts')))
    expect(await hasty.hasKey(tac)).toBe(true)
    await hasty.close()
  })

  it('one that hangs is left after a silence, and is away', async () => {
    const path = join(folder, 'silent.sock')
    const held: Socket[] = []
    const silent = createServer((socket) => held.push(socket))
    await new Promise<void>((done) => silent.listen(path, done))
    const client = new KeyClient({ path, patienceMs: 100, silenceMs: 100 })
    await expect(client.hasKey(tac)).rejects.toMatchObject({ fault: 'away' })
    await client.close()
    for (const socket of held) socket.destroy()
    await new Promise((done) => silent.close(done))
  })
})

describe('the process', () => {
  const script = new URL('./key-store-command.ts', import.meta.url)

  it('is one to a folder, holds the keys in its own memory alone, and is started by who needs it', async () => {
    const own = mkdtempSync(join(tmpdir(), 'key-process-'))
    const environment = { DATA_DIR: own, SAMPLE_PROVINCE: 'yes' }
    const first = await startKeyProcess({ script, environment })
    const second = await startKeyProcess({ script, environment })
    await second.stop()
    const client = await openKeyClient({ path: keySocket(own, 'setup') })
    for (const each of [seal, digest, statements]) await client.generateKey(each)
    const sealed = await client.seal(seal, text('x'), text('y'))
    await client.sign(statements, text('x'))
    await client.keyedDigest(digest, text('x'))
    process.kill(first.pid, 'SIGKILL')
    await client.close()

    const start = async () => await startKeyProcess({ script, environment })
    const again = await openKeyClient({ path: keySocket(own, 'setup'), start })
    expect(await again.unseal(seal, sealed, text('y'))).toEqual(text('x'))
    await again.close()
    // Its own process ended with it: the folder can be claimed.
    const release = await claimKeyFolder(own)
    await release()
    rmSync(own, { recursive: true })
  })

  it('lets its memory be searched by a test: a known key is found where it is', () => {
    const known = Buffer.from('a key that is in this process 01')
    expect(findInMemory(process.pid, new Map([['known', known]]))).toEqual(new Set(['known']))
  })
})
