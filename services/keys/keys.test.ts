import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { splitKey } from '../../card-crypto/key-custody/key-components.ts'
import { openSoftwareKeyStore } from '../../card-crypto/key-store.ts'
import { fromHex, hex } from '../../card-crypto/bytes.ts'
import { ingestFile } from '../../clearing/ingestion/ingest-file.ts'
import { importSampleKey, ride, rideLine, upload, uploadName } from '../../clearing/ingestion/test-upload.ts'
import { seedParticipants } from '../../clearing/participants/seed-participants.ts'
import { createTestApp } from '../test-app.ts'

const { parts, as, call, time } = await createTestApp()
// A day of the uploads' rides; from here on it only goes forward.
time.now = new Date('2024-03-15T11:00:00+08:00')
const folder = await mkdtemp(join(tmpdir(), 'keys-'))
const store = await openSoftwareKeyStore({ file: join(folder, 'keys'), masterKey: new Uint8Array(16), tacWorkers: 1 })
afterAll(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

let headers: { authorization: string }
beforeAll(async () => {
  headers = await as('operator')
})
const ask = async (method: 'GET' | 'PUT' | 'POST', url: string, payload?: object) =>
  await call({ method, url, headers, ...(payload ? { payload } : {}) })
const chen = { custodian: '陈', passphrase: '陈 knows this one' }
const li = { custodian: '李', passphrase: '李 knows this one' }

describe('the custody room', () => {
  it('is for operators, and every step for custodians: a key comes in by two and is put in force by two', async () => {
    const clerk = await call({ url: '/v1/keys', headers: await as('clerk') })
    expect(clerk.body.code).toBe('not-permitted')
    for (const each of [chen, li]) expect((await ask('POST', '/v1/key-custodians', each)).status).toBe(200)
    const key = 'tac//2/1/sm4'
    const splitting = { kind: 'xor', parts: 2, needed: 2 } as const
    const order = { key, origin: 'entered', splitting, custodians: ['陈', '李'], checkValue: '2677F4' }
    const wrong = await ask('POST', '/v1/key-ceremonies', { ...order, ...chen, passphrase: 'somebody else' })
    expect([wrong.status, wrong.body.code]).toEqual([409, 'custody-refused'])
    expect(wrong.body.facts.why).toContain('passphrase')
    const { body } = await ask('POST', '/v1/key-ceremonies', { ...order, ...chen })
    const components = splitKey(fromHex('0123456789ABCDEFFEDCBA9876543210'), splitting).map(hex)
    const url = `/v1/key-ceremonies/${body.ceremony}/components`
    await ask('POST', url, { ...chen, component: components[0] })
    const made = await ask('POST', url, { ...li, component: components[1] })
    expect(made.body).toMatchObject({ state: 'done', keyCheckValue: '2677F4' })

    const change = { ...chen, key, to: 'active', from: '2026-01-01' }
    const { id } = (await ask('POST', '/v1/key-changes', change)).body
    expect((await ask('PUT', `/v1/key-changes/${id}/approval`, chen)).body.code).toBe('custody-refused')
    expect((await ask('PUT', `/v1/key-changes/${id}/approval`, li)).body.doneAt).toBeDefined()
    const inventory = await ask('GET', '/v1/keys')
    expect(inventory.body.keys).toContainEqual({ name: key, state: 'active', checkValue: '2677F4', uses: {} })
    expect(JSON.stringify(inventory.body)).not.toContain(components[0])
    const { publicKey, records } = (await ask('GET', '/v1/keys/records')).body
    expect(publicKey).toContain('BEGIN PUBLIC KEY')
    expect(records.map(({ event }: { event: string }) => event)).toContain('change-done')
  })

  it('draws a key and lets each custodian take his part once', async () => {
    const splitting = { kind: 'shamir', parts: 2, needed: 2 }
    const order = { key: 'transport//5/1/sm4', origin: 'drawn', splitting, custodians: ['陈', '李'] }
    const { ceremony } = (await ask('POST', '/v1/key-ceremonies', { ...order, ...li })).body
    const taken = await ask('POST', `/v1/key-ceremonies/${ceremony}/taken`, chen)
    expect(taken.body.component).toMatch(/^[0-9A-F]{34}$/)
    expect((await ask('POST', `/v1/key-ceremonies/${ceremony}/taken`, chen)).body.code).toBe('custody-refused')
  })

  it('has a command line; what is secret is piped or typed, and its record is verified without the key store', async () => {
    const script = fileURLToPath(new URL('keys-command.ts', import.meta.url))
    const env = { DATA_DIR: await mkdtemp(join(folder, 'data-')), PATH: process.env['PATH'] ?? '', INIT_CWD: folder }
    const run = async (args: string[], input = ''): Promise<string> => {
      const child = spawn(process.execPath, [script, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] })
      child.stdin.end(input)
      let said = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
      await new Promise((done) => child.once('close', done))
      return said
    }
    expect(await run(['custodian', 'chen'], 'a passphrase of chen\n')).toContain('custodian: chen')
    expect(await run(['plan', 'tac//1/1/sm4', 'active', '2026-01-01', '--by', 'chen'], 'wrong one\n')).toContain('✗')
    expect(await run(['records', 'record.json'])).toContain('1 records')
    const verify = async () =>
      await promisify(execFile)(process.execPath, [script, 'verify-records', 'record.json', 'record.json.pem'], { env })
    expect((await verify()).stdout).toContain('✓ 1 records')
    const file = join(folder, 'record.json')
    await writeFile(file, (await readFile(file, 'utf8')).replace('chen', 'wang'))
    await expect(verify()).rejects.toMatchObject({ code: 1 })
  })
})

describe('the register of security modules', () => {
  const number = '000000000077'
  const entry = { kind: 'psam', keyNames: ['purchase//1/1/3des'], holder: '某公交公司', place: '粤A12345' }

  it('follows one from hand to hand; nothing is done with what is not there, lost or destroyed', async () => {
    expect((await ask('GET', `/v1/sams/${number}`)).body.code).toBe('sam-not-found')
    expect((await ask('PUT', '/v1/sams/12', entry)).status).toBe(400)
    expect((await ask('PUT', '/v1/sams/SHORT-1', entry)).body.code).toBe('sam-step-unfit')
    expect((await ask('PUT', `/v1/sams/${number}`, entry)).body.state).toBe('in-stock')
    expect((await ask('PUT', `/v1/sams/${number}`, entry)).body.events).toHaveLength(1)
    const move = { state: 'in-service', holder: '某公交公司', place: '粤A12345 上车门', words: '装车' }
    expect((await ask('POST', `/v1/sams/${number}/moves`, move)).body.events).toHaveLength(2)
    await ask('PUT', '/v1/sams/MOTHER-01', { ...entry, kind: 'mother-card', place: '保险柜' })
    const destroyed = { ...move, state: 'destroyed', words: '两人监销' }
    expect((await ask('POST', '/v1/sams/MOTHER-01/moves', destroyed)).body.state).toBe('destroyed')
    expect((await ask('POST', '/v1/sams/MOTHER-01/moves', move)).body.code).toBe('sam-step-unfit')
  })

  it('a lost one’s later transactions are held back and shown, those before and other terminals’ are settled', async () => {
    await seedParticipants(parts.sql)
    await importSampleKey(store)
    const context = { ...parts.context, keys: store }
    let sequence = 0
    const send = async (lines: Buffer[], at: string) => {
      const path = join(folder, 'upload')
      await writeFile(path, upload({ lines }))
      return await ingestFile(context, { path, name: uploadName(++sequence) }, new Date(at))
    }
    const early = [rideLine(ride(1, { terminal: 77 })), rideLine(ride(2, { terminal: 77 }))]
    expect(await send(early, '2024-03-15T11:05:00+08:00')).toMatchObject({ accepted: 2 })

    time.now = new Date('2024-03-15T11:10:00+08:00')
    const future = { lostSince: '2024-03-16T00:00:00+08:00', words: '' }
    expect((await ask('PUT', `/v1/sams/${number}/loss`, future)).body.code).toBe('sam-step-unfit')
    const loss = { lostSince: '2024-03-15T08:00:00+08:00', words: '车辆失窃' }
    const lost = await ask('PUT', `/v1/sams/${number}/loss`, loss)
    expect(lost.body).toMatchObject({ state: 'lost', acceptedAfterLoss: { transactions: 2, amount: 400 } })
    expect((await ask('PUT', `/v1/sams/${number}/loss`, loss)).body.code).toBe('sam-step-unfit')

    const late = [
      rideLine(ride(3, { terminal: 77 })),
      rideLine(ride(4, { terminal: 78 })),
      rideLine(ride(5, { terminal: 77, date: '20240314' }))
    ]
    expect(await send(late, '2024-03-15T11:15:00+08:00')).toMatchObject({ accepted: 2 })
    const [held] = await parts.sql`select code, detail from card_reject where code = '029001'`
    expect(held).toEqual({ code: '029001', detail: `SAM ${number}` })
    const story = (await ask('GET', `/v1/sams/${number}`)).body
    expect(story).toMatchObject({ heldBack: 1, heldBackLines: [`${uploadName(2)}:2`] })
    expect((await ask('GET', '/v1/sams')).body[0]).toMatchObject({
      number,
      heldBack: 1,
      lostSince: '2024-03-15T00:00:00.000Z'
    })

    time.now = new Date('2024-03-15T11:20:00+08:00')
    const found = { place: '总站保险柜', words: '寻回，已核验' }
    expect((await ask('PUT', `/v1/sams/${number}/finding`, found)).body).toMatchObject({
      state: 'in-stock',
      lostSince: null
    })
    expect((await ask('PUT', `/v1/sams/${number}/finding`, found)).body.code).toBe('sam-step-unfit')
    const after = [rideLine(ride(6, { terminal: 77 }))]
    expect(await send(after, '2024-03-15T11:25:00+08:00')).toMatchObject({ accepted: 1 })
  })
})
