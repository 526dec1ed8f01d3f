import { spawn, type ChildProcess } from 'node:child_process'
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
  const ours = { DATA_DIR: folder, PORT: '0', SAMPLE_TRANSACTIONS: '300' }
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

/** start.ts, server.ts and worker.ts. */
const ourOwn = (): number[] => processesOf(folder).filter((pid) => commandOf(pid).includes('/services/'))

afterAll(() => {
  killAll()
  rmSync(folder, { recursive: true, force: true })
})

describe('npm start', () => {
  it('brings everything up, survives being killed, and leaves nothing behind', { timeout: 120_000 }, async () => {
    const first = start()
    const url = await ready(first)
    expect(await health(url)).toBe(200)
    expect(first.output().trimEnd().endsWith(url)).toBe(true)
    const before = { days: await days(), credentials: credentials() }
    expect(before.days).toHaveLength(2)
    expect(first.output()).toContain((JSON.parse(before.credentials) as { password: string }[])[0]!.password)
    for (const name of ['sample-credentials.json', 'platform.json'])
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)

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
    { timeout: 90_000 },
    async () => {
      const started = start()
      const url = await ready(started)
      const server = ourOwn().find((pid) => commandOf(pid).includes('server.ts'))!
      process.kill(server, 'SIGKILL')
      while ((await health(url).catch(() => 0)) === 200) await new Promise((done) => setTimeout(done, 20))
      while ((await health(url).catch(() => 0)) !== 200) await new Promise((done) => setTimeout(done, 50))
      expect(existsSync(`/proc/${server}`)).toBe(false)

      const before = ourOwn()
      expect(before).toHaveLength(3)
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
