// Finds the database the command line is to work on: the one it is told, the running platform's, or our own, started for the
// duration of the command.
import { mkdir, readFile, readlink, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { connect, type Database } from '../database.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../embedded-postgres.ts'
import { migrate } from '../migrate.ts'
import { seedParticipants } from '../participants/seed-participants.ts'
import { seedDiscounts } from '../rating/discounts/seed-discounts.ts'
import { countOtherClients } from './command-queries.ts'

export interface Connection {
  sql: Database
  /** True when it is the sample installation's own database, brought up to date here. */
  own: boolean
  close(): Promise<void>
}

export interface ConnectionSettings {
  /** Empty when none was given. */
  databaseUrl: string
  dataFolder: string
}

const poolSize = 8
/** Tells our connections from those of another command on the same server. */
const name = `lingnan-command-${process.pid}`

export async function openConnection({ databaseUrl, dataFolder }: ConnectionSettings): Promise<Connection> {
  const given = databaseUrl || (await platformUrl(dataFolder))
  if (given) {
    const sql = connect(given, { max: poolSize, name })
    return { sql, own: false, close: async () => await sql.end({ timeout: 5 }) }
  }
  const { sql, server } = await alone(dataFolder, async () => await findOrStart(join(dataFolder, 'postgres')))
  const close = async (): Promise<void> => {
    if (server) await stopAfterOthers(dataFolder, sql, server)
    else await sql.end({ timeout: 5 })
  }
  try {
    await migrate(sql)
    await seedParticipants(sql)
    await seedDiscounts(sql)
  } catch (error) {
    await close()
    throw error
  }
  return { sql, own: true, close }
}

/** Answers with a connection standing, so that whoever started the server sees it is in use. */
async function findOrStart(folder: string): Promise<{ sql: Database; server?: EmbeddedPostgres }> {
  const running = await joinRunning(folder)
  if (running) return { sql: running }
  const server = await startEmbeddedPostgres(folder, { durable: true })
  return { sql: connect(server.url, { max: poolSize, name }), server }
}

/** Another command may have joined the server we started; it keeps running until that one is done, too. */
async function stopAfterOthers(dataFolder: string, sql: Database, server: EmbeddedPostgres): Promise<void> {
  let stopped = false
  while (!stopped) {
    stopped = await alone(dataFolder, async () => {
      if ((await countOtherClients(sql, name)) > 0) return false
      await sql.end({ timeout: 5 })
      await server.stop()
      return true
    })
    if (!stopped) await pause(300)
  }
}

/** One process at a time starts or stops a server on a folder. The lock names its process, and is void when that is gone. */
async function alone<Result>(dataFolder: string, work: () => Promise<Result>): Promise<Result> {
  const lock = join(dataFolder, 'postgres.lock')
  await mkdir(dataFolder, { recursive: true })
  for (;;) {
    try {
      // A symbolic link comes into being whole, with the number in it.
      await symlink(String(process.pid), lock)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = await readlink(lock).catch(() => '')
      if (holder && !isAlive(Number(holder))) await rm(lock, { force: true })
      else await pause(100)
    }
  }
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((done) => setTimeout(done, milliseconds))
}

interface Platform {
  pid: number
  born: string
  /** Comes once its database is up. */
  databaseUrl?: string
}

/** `npm start` leaves its connection in `platform.json` while it runs; one that is still starting is waited for. */
async function platformUrl(dataFolder: string): Promise<string | undefined> {
  for (;;) {
    const text = await readFile(join(dataFolder, 'platform.json'), 'utf8').catch(() => '')
    const platform = text ? (JSON.parse(text) as Platform) : undefined
    if (!platform || !(await isRunning(platform))) return undefined
    if (platform.databaseUrl) return platform.databaseUrl
    await pause(200)
  }
}

/** Where the kernel does not tell when a process began, `npm start` writes that it is alive. */
async function isRunning({ pid, born }: Platform): Promise<boolean> {
  return born === 'alive' ? isAlive(pid) : (await bornOf(pid)) === born
}

/** When a process began, in the kernel's ticks: after a crash its number may have passed to another (proc(5), stat, field 22). */
async function bornOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

/** A server on our folder that somebody else started, another command or a platform still starting: it is used, not disturbed. */
async function joinRunning(folder: string): Promise<Database | undefined> {
  const lines = (await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const password = await readFile(`${folder}.password`, 'utf8').catch(() => '')
  if (!isAlive(Number(lines[0])) || !lines[3] || !password) return undefined
  const sql = connect(`postgres://lingnan:${password}@127.0.0.1:${lines[3].trim()}/postgres`, { max: poolSize, name })
  try {
    await countOtherClients(sql, name)
    return sql
  } catch {
    await sql.end({ timeout: 1 })
    return undefined
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
