import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { keyFile, readMasterKey } from '../../card-crypto/key-service/key-folder.ts'
import { findInMemory } from '../../card-crypto/key-service/test-memory.ts'
import { openKeyFile } from '../../card-crypto/key-store-file.ts'
import { connect } from '../../clearing/database.ts'
import { createTestDatabase } from '../../clearing/test-database.ts'

const folder = mkdtempSync(join(tmpdir(), 'lingnan-start-'))
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Everything that belongs to an installation: by its folder in the arguments, the surroundings or as the place it works in. */
function processesOf(place: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) return []
    const read = (file: string): string => {
      try {
        return file === 'cwd' ? readlinkSync(`/proc/${name}/cwd`) : readFileSync(`/proc/${name}/${file}`, 'utf8')
      } catch {
        return ''
      }
    }
    const dead = /^State:\s+Z/m.test(read('status'))
    return !dead && ['cmdline', 'environ', 'cwd'].some((file) => read(file).includes(place)) ? [pid] : []
  })
}

interface Started {
  child: ChildProcess
  output: () => string
  ended: Promise<number | null>
}

function start(environment: Record<string, string> = {}, ...flags: string[]): Started {
  const { DATABASE_URL: _database, REDIS_URL: _redis, ...inherited } = process.env
  const ours = { DATA_DIR: folder, PORT: '0', SAMPLE_TRANSACTIONS: '300', SIMULATED_STATION: 'no' }
  const child = spawn(process.execPath, [here('prepare.mjs'), here('start.ts'), ...flags], {
    env: { ...inherited, ...ours, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
  return { child, output: () => output, ended }
}

/** Waits for the last line, the URL. */
async function ready({ output, ended }: Started): Promise<string> {
  let over = false
  void ended.then(() => (over = true))
  for (;;) {
    const url = /^http:\S+$/m.exec(output())?.[0]
    if (url) return url
    if (over) throw new Error(`it ended instead of starting:\n${output()}`)
    await new Promise((done) => setTimeout(done, 50))
  }
}

async function gone(): Promise<void> {
  const deadline = Date.now() + 20_000
  while (processesOf(folder).length > 0) {
    if (Date.now() > deadline) throw new Error(`still there: ${processesOf(folder).join(' ')}`)
    await new Promise((done) => setTimeout(done, 50))
  }
}

const databaseUrl = (): string =>
  (JSON.parse(readFileSync(join(folder, 'platform.json'), 'utf8')) as { databaseUrl: string }).databaseUrl
const days = async (): Promise<unknown[]> => {
  const sql = connect(databaseUrl(), { max: 1 })
  const rows = await sql`
    select day, clearing_day.state, count(file.id)::integer as files, sum(accepted_count)::integer as accepted
    from clearing_day left join card_file as file on file.clearing_day = day
    where clearing_day.state = 'published' group by day order by day`
  await sql.end()
  return [...rows]
}
const health = async (url: string): Promise<number> => (await fetch(new URL('healthz', url))).status
const credentials = (): string => readFileSync(join(folder, 'sample-credentials.json'), 'utf8')

/** Some are gone before their turn, because what they depended on is. */
function killAll(): void {
  for (const pid of processesOf(folder))
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      expect(error).toMatchObject({ code: 'ESRCH' })
    }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** start.ts, server.ts, worker.ts and the simulated card reader. */
const ourOwn = (): number[] => processesOf(folder).filter((pid) => commandOf(pid).includes('/services/'))

/** Signing in opens a seal, an order digests and seals, its code is signed: every kind of key of the web is used. */
async function useKeys(url: string): Promise<void> {
  const ask = async (path: string, init: { method?: string; token?: string; body?: object } = {}) => {
    const answer = await fetch(new URL(path, url), {
      method: init.method ?? (init.body ? 'POST' : 'GET'),
      headers: {
        ...(init.token ? { authorization: `Bearer ${init.token}` } : {}),
        ...(init.body ? { 'content-type': 'application/json' } : {})
      },
      ...(init.body ? { body: JSON.stringify(init.body) } : {})
    })
    expect(answer.ok).toBe(true)
    return (await answer.json()) as Record<string, never>
  }
  const all = JSON.parse(credentials()) as { role: string; name: string; password: string }[]
  const session = async (role: string): Promise<string> => {
    const { name, password } = all.find((one) => one.role === role)!
    const code = role === 'passenger' ? {} : await ask(`v1/sample/one-time-code?role=${role}`)
    const { token } = await ask('v1/sessions', { body: { name, password, ...code } })
    return token!
  }
  await session('operator')
  const token = await session('passenger')
  const day = new Date(Date.now() + 56 * 3_600_000).toISOString().slice(0, 10)
  const found = await fetch(
    new URL(`v1/departures?${new URLSearchParams({ from: '徐闻港', to: '新海港', day }).toString()}`, url)
  )
  const [departure] = (await found.json()) as {
    id: number
    fullFare: number
    from: { place: string }
    to: { place: string }
  }[]
  const { id, fullFare, from, to } = departure!
  const passenger = { name: '陈一', document: { kind: '01', number: '440100199003072033' }, fare: 'full' }
  const order = { departure: id, from: from.place, to: to.place, passengers: [passenger], total: fullFare }
  const orderId = randomUUID()
  await ask(`v1/orders/${orderId}`, { method: 'PUT', token, body: order })
  const { payAt } = await ask(`v1/orders/${orderId}/payments`, { token, body: { gateway: 'simulated-cashier' } })
  await ask(payAt!, { token, body: { choice: 'success' } })
  const { coupons } = await ask(`v1/orders/${orderId}`, { token })
  const [{ ticketNo }] = coupons as unknown as [{ ticketNo: string }]
  await ask(`v1/tickets/${ticketNo}/code`, { token })
}

/** Searches the whole memory of each process for the master key and every key of the store. */
async function keysFoundInMemory(): Promise<Record<string, string[] | string>> {
  const masterKey = await readMasterKey(folder)
  const file = await openKeyFile(keyFile(folder), masterKey)
  const keys = new Map(file.names().map((name) => [name, file.find(name)!.key]))
  keys.set('master key', masterKey)
  // The sample's 3DES root is the key of a published vector, which every process knows by its self-test.
  keys.delete('tac//1/1/3des')
  const used = ['master key', 'tac//1/1/sm4', 'session//1/0/sm4', 'identity-seal//1/0/sm4']
  used.push('identity-digest//1/0/hmac-sm3', 'ticket-signature//1/0/sm2', 'ticket-log//1/1/sm2')
  const found = Object.fromEntries(
    ['server.ts', 'worker.ts', 'key-store-command.ts'].map((script) => {
      const pid = processesOf(folder).find((pid) => commandOf(pid).includes(script))!
      return [script, [...findInMemory(pid, keys)]]
    })
  )
  const missed = used.filter((name) => !found['key-store-command.ts']!.includes(name))
  file.close()
  return { ...found, 'key-store-command.ts': missed.length === 0 ? 'all that were used' : missed }
}

afterAll(() => {
  killAll()
  rmSync(folder, { recursive: true, force: true })
})

describe('npm start', () => {
  it('brings everything up, survives being killed, and leaves nothing behind', { timeout: 300_000 }, async () => {
    const first = start()
    const url = await ready(first)
    expect(await health(url)).toBe(200)
    expect(first.output().trimEnd().endsWith(url)).toBe(true)
    const before = { days: await days(), credentials: credentials() }
    expect(before.days).toHaveLength(2)
    expect(first.output()).toContain((JSON.parse(before.credentials) as { password: string }[])[0]!.password)
    for (const name of ['sample-credentials.json', 'platform.json'])
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)

    await useKeys(url)
    expect(await keysFoundInMemory()).toEqual({
      'server.ts': [],
      'worker.ts': [],
      'key-store-command.ts': 'all that were used'
    })

    const second = start()
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain('is in use by process')
    expect(await health(url)).toBe(200)

    killAll()
    await gone()
    const third = start()
    expect(await health(await ready(third))).toBe(200)
    expect({ days: await days(), credentials: credentials() }).toEqual(before)

    third.child.kill('SIGTERM')
    expect(await third.ended).toBe(0)
    await gone()
    expect(existsSync(join(folder, 'platform.json'))).toBe(false)
  })

  it(
    'takes its servers along when it alone is killed, and begins again when asked to',
    { timeout: 120_000 },
    async () => {
      writeFileSync(join(folder, 'somebody-elses.txt'), 'x')
      const first = start()
      await ready(first)
      first.child.kill('SIGKILL')
      await gone()
      const before = credentials()
      const fresh = start({}, '--fresh')
      await ready(fresh)
      expect(credentials()).not.toBe(before)
      expect(existsSync(join(folder, 'somebody-elses.txt'))).toBe(true)
      fresh.child.kill('SIGINT')
      expect(await fresh.ended).toBe(0)
      await gone()
    }
  )

  it(
    'starts a killed server again, and goes on when every connection to the database is cut',
    { timeout: 300_000 },
    async () => {
      const started = start()
      const url = await ready(started)
      const server = ourOwn().find((pid) => commandOf(pid).includes('server.ts'))!
      process.kill(server, 'SIGKILL')
      while ((await health(url).catch(() => 0)) === 200) await new Promise((done) => setTimeout(done, 20))
      while ((await health(url).catch(() => 0)) !== 200) await new Promise((done) => setTimeout(done, 50))
      expect(existsSync(`/proc/${server}`)).toBe(false)

      const keyProcess = (): number | undefined =>
        processesOf(folder).find((pid) => commandOf(pid).includes('key-store-command.ts'))
      const without = keyProcess()!
      process.kill(without, 'SIGKILL')
      // What is asked meanwhile waits, or is refused as key-store-away; then it goes on.
      const asked = async (): Promise<number> =>
        (
          await fetch(new URL('v1/passengers', url), {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ name: `rider-${Date.now()}`, password: 'a long password', phone: '13800138000' })
          })
        ).status
      expect([201, 503]).toContain(await asked())
      while ((await asked()) !== 201) await new Promise((done) => setTimeout(done, 100))
      expect(keyProcess()).not.toBe(without)

      const before = ourOwn()
      expect(before).toHaveLength(4)
      for (let time = 0; time < 5; time++) {
        const sql = connect(databaseUrl(), { max: 1 })
        const [cut] = await sql`
        select count(pg_terminate_backend(pid))::integer as count from pg_stat_activity
        where pid <> pg_backend_pid() and application_name like 'lingnan%'`
        expect(cut!['count']).toBeGreaterThan(0)
        await sql.end()
        while ((await health(url).catch(() => 0)) !== 200) await new Promise((done) => setTimeout(done, 50))
      }
      expect(ourOwn()).toEqual(before)

      const redis = (): number | undefined =>
        processesOf(folder).find((pid) => commandOf(pid).startsWith('redis-server'))
      const killed = redis()!
      process.kill(killed, 'SIGKILL')
      while (redis() === undefined || redis() === killed) await new Promise((done) => setTimeout(done, 50))
      started.child.kill('SIGTERM')
      expect(await started.ended).toBe(0)
      await gone()
    }
  )

  it('lays no sample province into a database that is in use, and does not empty it', { timeout: 60_000 }, async () => {
    const { url: databaseUrl } = await createTestDatabase()
    const refused = start({ DATABASE_URL: databaseUrl }, '--fresh')
    expect(await refused.ended).toBe(1)
    expect(refused.output()).toContain('not the one of DATABASE_URL')
    const started = start({ DATABASE_URL: databaseUrl, REDIS_URL: inject('redisUrl') })
    const url = await ready(started)
    expect(started.output()).toContain('no sample province is laid')
    expect((await fetch(new URL('v1/sample/one-time-code?role=clerk', url))).status).toBe(404)
    started.child.kill('SIGTERM')
    expect(await started.ended).toBe(0)
    await gone()
  })

  it('says in one line that its port is taken', async () => {
    const other = createServer()
    const port = await new Promise<number>((done) =>
      other.listen(0, '127.0.0.1', () => done((other.address() as { port: number }).port))
    )
    const started = start({ PORT: String(port) })
    expect(await started.ended).toBe(1)
    expect(started.output().trim().split('\n')).toHaveLength(1)
    expect(started.output()).toContain(`Port ${port} cannot be had`)
    other.close()
    await gone()
  })
})
