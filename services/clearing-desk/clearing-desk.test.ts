import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { clearingDayAt } from '../../clearing/business-day.ts'
import { seedParticipants } from '../../clearing/participants/seed-participants.ts'
import { createTestApp } from '../test-app.ts'
import { findArrival } from './arrival-queries.ts'
import { paceOf, type Pace } from './progress-rules.ts'
import { agrees, receiveArrival } from './receive-arrival.ts'
import { takeArrivalsJob } from './take-arrivals-job.ts'

const { app, parts, time, as, call } = await createTestApp()
await seedParticipants(parts.sql)
const operator = await as('operator')
const { inbox } = parts.context.folders

const shenzhen = gunzipSync(
  await readFile(new URL('../local/sample-province/shenzhen-tong-2018-09-01.csv.gz', import.meta.url))
).toString()
/** The heading and some lines of the real day. */
const csv = (from: number, to: number) =>
  [shenzhen.split('\n', 1)[0], ...shenzhen.split('\n').slice(from, to)].join('\n') + '\n'

const send = async (name: string, body: string | Buffer, headers: object = {}) =>
  await call({
    method: 'POST',
    url: `/v1/clearing/files?name=${encodeURIComponent(name)}`,
    headers: { ...operator, 'content-type': 'text/csv', ...headers },
    payload: body
  })
const get = async (path: string) => await call({ url: `/v1/clearing/${path}`, headers: operator })
const post = async (path: string) => await call({ method: 'POST', url: `/v1/clearing/${path}`, headers: operator })
const sm3 = (body: string) => createHash('sm3').update(body).digest()

async function takeAll(): Promise<void> {
  for (const id of await takeArrivalsJob.due(parts, time.now)) await takeArrivalsJob.perform(parts, id, time.now)
}

describe('sending a file', () => {
  it('is answered once the bytes are safe, and the file is taken in after that', async () => {
    const body = csv(1, 300)
    const sent = await send('first.csv', body)
    expect(sent.status).toBe(202)
    expect(sent.body).toMatchObject({ name: 'first.csv', state: 'waiting', size: Buffer.byteLength(body) })
    expect(sent.body.digest).toBe(sm3(body).toString('hex').toUpperCase())
    await takeAll()
    const { body: arrival } = await call({ url: String(sent.headers['location']), headers: operator })
    expect(arrival).toMatchObject({ state: 'taken', code: null })
    const { body: file } = await get(`files/${arrival.fileId}`)
    expect(file).toMatchObject({ name: 'first.csv', state: 'accepted', lines: 299, digest: sent.body.digest })
    expect(await readdir(join(inbox, '.arrived'))).toEqual([])
  })

  it('twice is the first file’s receipt', async () => {
    const body = csv(300, 400)
    const first = await send('twice.csv', body)
    expect((await send('twice.csv', body)).body.id).toBe(first.body.id)
    await takeAll()
    const again = await send('twice.csv', body)
    await takeAll()
    const both = await Promise.all([first, again].map(async ({ body }) => await findArrival(parts.sql, body.id)))
    expect(both[0]!.fileId).toBe(both[1]!.fileId)
  })

  it('under a name that waits with other bytes is refused', async () => {
    await send('waiting.csv', csv(400, 410))
    expect((await send('waiting.csv', csv(410, 420))).body.code).toBe('file-name-waiting')
    await takeAll()
  })

  it('under a name that was taken in with other bytes ends in quarantine', async () => {
    const { body } = await send('first.csv', csv(1, 200))
    await takeAll()
    expect(await findArrival(parts.sql, body.id)).toMatchObject({ state: 'refused', code: '010002' })
    const { body: refused } = await get('files?state=refused&limit=1')
    expect(refused[0]).toMatchObject({ name: 'first.csv', code: '010002' })
  })

  it('is refused when the digest given is not the digest', async () => {
    const body = csv(500, 510)
    const good = `sm3=:${sm3(body).toString('base64')}:`
    expect(
      (await send('digest.csv', body, { 'content-digest': `sm3=:${sm3('x').toString('base64')}:` })).body.code
    ).toBe('digest-differs')
    expect((await send('digest.csv', body, { 'content-digest': good })).status).toBe(202)
    await takeAll()
  })

  it('that breaks off leaves nothing behind', async () => {
    const cut = async function* () {
      yield Buffer.from('half of a file')
      await new Promise((done) => setTimeout(done, 1))
      throw Object.assign(new Error('the other side is gone'), { code: 'ECONNRESET' })
    }
    const upload = { name: 'cut.csv', format: null, contentDigest: null, signature: null, receivedBy: 'operator:one' }
    const arriving = receiveArrival(parts, upload, Readable.from(cut()), time.now)
    await expect(arriving).rejects.toMatchObject({ code: 'upload-broken' })
    expect(await readdir(join(inbox, '.arrived'))).toEqual([])
    expect((await get(`arrivals/999999`)).body.code).toBe('arrival-not-found')
  })

  it('asks for a permit before it reads a byte, and for a name that is a name', async () => {
    const clerk = await as('clerk')
    expect((await send('x.csv', 'x', clerk)).body.code).toBe('not-permitted')
    for (const name of ['../x', '.hidden', 'a/b', '', 'a\u0000b']) expect((await send(name, 'x')).status).toBe(400)
  })

  it('of a file without bytes, or of nonsense, ends in quarantine with a code', async () => {
    for (const [name, body] of [
      ['empty.csv', ''],
      ['nonsense.csv', 'PK\u0003\u0004 not a card file'],
      ['CD-not-a-name', 'x']
    ] as const) {
      const { body: sent } = await send(name, body)
      await takeAll()
      const arrival = await findArrival(parts.sql, sent.id)
      expect(arrival).toMatchObject({ state: 'refused' })
      expect(arrival!.code).toMatch(/^01\d{4}$/)
    }
  })
})

describe('files that wait together', () => {
  it('are taken in together; one whose bytes are away is shown and tried again, and the others do not wait for it', async () => {
    const sent = [
      await send('a.csv', csv(700, 720)),
      await send('b.csv', csv(720, 740)),
      await send('c.csv', csv(740, 760))
    ]
    const { storedAs } = (await findArrival(parts.sql, sent[1]!.body.id))!
    await rename(join(inbox, storedAs), join(inbox, '.away'))
    await takeAll()
    const states = async () =>
      await Promise.all(sent.map(async ({ body }) => (await findArrival(parts.sql, body.id))!.state))
    expect(await states()).toEqual(['taken', 'waiting', 'taken'])
    const { body: postponed } = await get('postponed')
    expect(postponed).toMatchObject([{ work: `take-arrival:${sent[1]!.body.id}`, attempts: 1 }])
    expect(postponed[0].reason).toContain('ENOENT')
    await rename(join(inbox, '.away'), join(inbox, storedAs))
    expect(await takeArrivalsJob.due(parts, time.now)).toEqual([])
    time.now = new Date(time.now.getTime() + 5000)
    await takeAll()
    expect(await states()).toEqual(['taken', 'taken', 'taken'])
    expect((await get('postponed')).body).toEqual([])
  })
})

describe('the inbox folder', () => {
  const soon = () => new Date(Date.now() + 60_000)
  it('gives up a file once it has rested, and not before', async () => {
    await writeFile(join(inbox, 'rested.csv'), csv(600, 620))
    time.now = new Date()
    await takeAll()
    expect(existsSync(join(inbox, 'rested.csv'))).toBe(true)
    time.now = soon()
    await takeAll()
    expect(existsSync(join(inbox, 'rested.csv'))).toBe(false)
    expect((await get('files?limit=1')).body[0]).toMatchObject({ name: 'rested.csv', state: 'accepted' })
  })

  it('gives up a marked file at once, and takes the signature that lies beside it', async () => {
    time.now = new Date()
    await writeFile(join(inbox, 'marked.csv'), csv(620, 640))
    await writeFile(join(inbox, 'marked.csv.sig'), 'not a signature')
    await writeFile(join(inbox, 'marked.csv.done'), '')
    await takeAll()
    expect((await readdir(inbox)).filter((name) => name.startsWith('marked'))).toEqual([])
    expect((await get('files?limit=1')).body[0]).toMatchObject({ name: 'marked.csv', signatureState: 'invalid' })
  })

  it('passes over what is hidden, unfinished, a folder or a link', async () => {
    time.now = soon()
    const names = ['.hidden.csv', 'half.csv.part', 'half.tmp']
    for (const name of names) await writeFile(join(inbox, name), csv(640, 650))
    expect(await takeArrivalsJob.due(parts, time.now)).toEqual([])
    time.now = new Date()
  })
})

describe('the desk', () => {
  const day = clearingDayAt(new Date())
  it('shows the day, its files and its rejects by reason', async () => {
    const { body: days } = await get('days')
    expect(days[0]).toMatchObject({ day, state: 'open' })
    expect(days[0].accepted + days[0].rejected).toBe(days[0].lines)
    const { body: files } = await get(`days/${day}/files`)
    expect(files).toHaveLength(days[0].files)
    const { body: rejects } = await get(`days/${day}/rejects`)
    expect(rejects.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(days[0].rejected)
  })

  it('closes and settles a day; the positions sum to nothing', async () => {
    expect((await post(`days/${day}/settle`)).body.code).toBe('clearing-day-not-closed')
    expect((await post(`days/${day}/publish`)).body.code).toBe('clearing-day-not-settled')
    expect((await post(`days/${day}/close`)).body).toMatchObject({ day, state: 'closed' })
    expect((await post(`days/${day}/settle`)).body).toMatchObject({ day, state: 'settled' })
    expect((await post(`days/${day}/settle`)).status).toBe(200)
    const { body: positions } = await get(`days/${day}/positions`)
    expect(positions.length).toBeGreaterThan(2)
    expect(positions.reduce((sum: number, { net }: { net: number }) => sum + net, 0)).toBe(0)
    const { body: totals } = await get(`days/${day}/totals`)
    const { body: shown } = await get(`days/${day}`)
    expect(totals.reduce((sum: number, { amount }: { amount: number }) => sum + amount, 0)).toBe(shown.amount)
    expect((await post(`days/${day}/publish`)).status).toBe(202)
  })

  it('answers for a day that is none or that nobody opened', async () => {
    expect((await get('days/2024-02-30')).body.code).toBe('day-malformed')
    expect((await get('days/tomorrow')).body.code).toBe('request-invalid')
    expect((await get('days/1999-01-01/files')).body.code).toBe('clearing-day-not-found')
    expect((await get('files/2147483647')).body.code).toBe('file-not-found')
    expect((await get('files/99999999999')).body.code).toBe('request-invalid')
    expect((await get('published/1')).body.code).toBe('published-file-not-found')
  })

  it('shows how far work has come', async () => {
    const { body } = await get('progress')
    expect(body[0]).toMatchObject({ state: 'done', percent: 100 })
  })
})

describe('pace', () => {
  const startedAt = new Date(0)
  // done, total, state, seconds gone → percent, per second, seconds left
  const table: [number, number, 'running' | 'done' | 'failed', number, Pace][] = [
    [0, 100, 'running', 0, { percent: 0, perSecond: 0, secondsLeft: null }],
    [25, 100, 'running', 5, { percent: 25, perSecond: 5, secondsLeft: 15 }],
    [100, 100, 'running', 10, { percent: 100, perSecond: 10, secondsLeft: 0 }],
    [40, 100, 'failed', 10, { percent: 40, perSecond: 4, secondsLeft: null }],
    [0, 0, 'running', 1, { percent: 0, perSecond: 0, secondsLeft: null }],
    [7, 0, 'done', 7, { percent: 100, perSecond: 1, secondsLeft: null }]
  ]
  it.each(table)('%i of %i %s after %i s: %o', (...row) => {
    const [done, total, state, seconds, pace] = row
    const updatedAt = new Date(seconds * 1000)
    expect(paceOf({ done, total, state, startedAt, updatedAt })).toEqual(pace)
  })
})

describe('Content-Digest', () => {
  const digests = { sm3: Buffer.from('abc'), 'sha-256': Buffer.from('def') }
  // header → agrees
  it.each([
    ['sm3=:YWJj:', true],
    ['sm3=:YWJk:', false],
    ['sha-256=:ZGVm:, sm3=:YWJj:', true],
    ['sha-256=:ZGVm:, sm3=:YWJk:', false],
    ['sha-512=:YWJj:', false],
    ['', false]
  ])('%s: %s', (header, answer) => expect(agrees(header, digests)).toBe(answer))
})

it('streams: a body far above the limit of other routes is taken', async () => {
  const line = shenzhen.split('\n')[1]!
  const body = `${shenzhen.split('\n', 1)[0]}\n${`${line}\n`.repeat(20_000)}`
  expect((await send('large.csv', body)).status).toBe(202)
  expect(app.initialConfig.bodyLimit).toBeLessThan(body.length)
})
