// `npm start`: everything on one machine. Brings our own PostgreSQL and Redis (or uses DATABASE_URL and REDIS_URL), migrates, lays
// the sample province at the first start, runs server and worker, and stops all of it, and nothing else, when it is told to.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { connect } from '../../clearing/database.ts'
import { freePort, startEmbeddedPostgres, stopLeftoverPostgres } from '../../clearing/embedded-postgres.ts'
import { migrate } from '../../clearing/migrate.ts'
import { startSimulatedCentre } from '../../clearing/national/simulated-centre.ts'
import { findProgress } from '../../clearing/progress-queries.ts'
import { readConfig, type Config } from '../config.ts'
import { installCrashPolicy } from '../crash-policy.ts'
import { sampleProvinceWork } from '../health-routes.ts'
import { openParts } from '../open-parts.ts'
import { claimFolder, emptyFolder, FolderInUse, releaseFolder, writePlatform } from './data-folder.ts'
import { startEmbeddedRedis } from './embedded-redis.ts'
import { credentialTable, prepareSampleAccounts } from './sample-credentials.ts'
import { laySampleProvince } from './sample-province/lay-sample-province.ts'
import { simulatedCentreFolder } from './sample-province/sample-days.ts'
import { prepareSimulatedStation } from './simulated-station/prepare-station.ts'
import { supervise } from './supervise.ts'

/** What must be stopped, the latest first. */
const running: { stop(): Promise<void> }[] = []
const beganAt = Date.now()
const say = (line: string): void => console.log(`${((Date.now() - beganAt) / 1000).toFixed(1).padStart(5)} s  ${line}`)

async function start(): Promise<void> {
  const { values: flags } = parseArgs({ options: { fresh: { type: 'boolean', default: false } } })
  const wanted = readConfig({ SAMPLE_PROVINCE: 'yes', SIMULATED_STATION: 'yes', ...process.env })
  const { dataFolder } = wanted
  if (flags.fresh && wanted.databaseUrl)
    throw new CannotStart(
      '--fresh 只清除自带的数据库 --fresh begins our own database again, not the one of DATABASE_URL'
    )
  const platform = claimFolder(dataFolder)
  running.push({ stop: async () => releaseFolder(dataFolder) })
  const port = await claimPort(wanted)
  if (flags.fresh) {
    stopLeftoverPostgres(join(dataFolder, 'postgres'))
    emptyFolder(dataFolder)
    say(`从头开始 Beginning again in ${dataFolder}`)
  }

  const servers = await startServers(wanted)
  const config = { ...wanted, port, ...servers, sample: await layDatabase(wanted, servers.databaseUrl) }
  const url = `http://${['0.0.0.0', '::'].includes(config.host) ? '127.0.0.1' : config.host}:${port}/`
  writePlatform(dataFolder, { ...platform, url, ...servers })

  if (config.sample && config.nationalCentre === '') config.nationalCentre = await startNationalCentre(config)
  await superviseOurs('key-store', config).ready
  const { parts, close } = await openParts({ ...config, startsKeyStore: false }, 'start', console.error)
  try {
    const credentials = config.sample ? await prepareSampleAccounts(parts) : []
    const server = superviseOurs('server', config)
    await server.ready
    if (config.sample) await superviseOurs('card-reader', config).ready
    if (config.sample) await laySampleProvince(parts, say)
    await superviseOurs('worker', config).ready
    if (config.sample && config.simulatedStation) {
      await prepareSimulatedStation(parts, parts.clock())
      await superviseOurs('simulated-station', config).ready
    }
    if ((await fetch(new URL('healthz', url))).status !== 200) throw new Error(`${url}healthz does not say it is ready`)
    if (credentials.length > 0) console.log(`\n${await credentialTable(parts, credentials)}\n`)
  } finally {
    await close()
  }
  say(`就绪 Ready. Ctrl-C 停止 stops it. 日志 Logs: ${join(dataFolder, 'log')}`)
  console.log(url)
}

/** Our own PostgreSQL and Redis, side by side, except where the surroundings name one. */
async function startServers({
  databaseUrl,
  redisUrl,
  dataFolder
}: Config): Promise<{ databaseUrl: string; redisUrl: string }> {
  const keep = <Server extends { stop(): Promise<void> }>(server: Server): Server => (running.push(server), server)
  const [postgres, redis] = await Promise.all([
    databaseUrl ? null : startEmbeddedPostgres(join(dataFolder, 'postgres'), { durable: true }).then(keep),
    redisUrl ? null : startEmbeddedRedis(join(dataFolder, 'redis')).then(keep)
  ])
  // Without its database there is nothing to keep up; the next start recovers it.
  void postgres?.ended.then(async () => {
    if (ending) return
    console.error(`PostgreSQL 意外停止 ended by itself; its folder is ${join(dataFolder, 'postgres')}`)
    await stopAll(1)
  })
  say(`PostgreSQL ${postgres ? `:${postgres.port}` : 'DATABASE_URL'}, Redis ${redis ? `:${redis.port}` : 'REDIS_URL'}`)
  return { databaseUrl: postgres?.url ?? databaseUrl, redisUrl: redis?.url ?? redisUrl }
}

/** Migrates; answers whether the sample province belongs in here. A database somebody else filled is never given one unasked. */
async function layDatabase({ databaseUrl: given, sample }: Config, databaseUrl: string): Promise<boolean> {
  const sql = connect(databaseUrl, { max: 2 })
  const applied = await migrate(sql)
  const begun = await findProgress(sql, sampleProvinceWork)
  await sql.end()
  if (applied.length > 0) say(`数据库结构 ${applied.length} 份 The database is laid out (${applied.length} migrations)`)
  const welcome = !given || begun !== undefined || applied.includes('0001-foundation.sql')
  if (sample && !welcome) say('数据库已有数据，不铺设示例省份 The database is in use: no sample province is laid')
  return sample && welcome
}

const scripts = {
  'key-store': '../../card-crypto/key-service/key-store-command.ts',
  server: '../server.ts',
  worker: '../worker.ts',
  'simulated-station': './simulated-station/run-station.ts',
  'card-reader': './simulated-reader-command.ts'
}

function superviseOurs(name: keyof typeof scripts, config: Config) {
  const { KEY_STORE_MASTER_KEY: masterKey, ...environment } = process.env
  const supervised = supervise({
    name,
    script: new URL(scripts[name], import.meta.url),
    environment: {
      ...environment,
      // The master key is the key process' alone.
      ...(name === 'key-store' && masterKey ? { KEY_STORE_MASTER_KEY: masterKey } : { KEY_STORE_START: 'no' }),
      HOST: config.host,
      PORT: String(config.port),
      DATA_DIR: config.dataFolder,
      DATABASE_URL: config.databaseUrl,
      REDIS_URL: config.redisUrl,
      NATIONAL_CENTRE: config.nationalCentre,
      SAMPLE_PROVINCE: config.sample ? 'yes' : 'no'
    },
    logFile: join(config.dataFolder, 'log', `${name}.log`),
    complain: console.error
  })
  running.push(supervised)
  return supervised
}

/** The sample's upper level answers in this process, on a port of its own. */
async function startNationalCentre({ dataFolder }: Config): Promise<string> {
  const centre = await startSimulatedCentre(join(dataFolder, simulatedCentreFolder))
  running.push(centre)
  return `127.0.0.1:${centre.port}`
}

class CannotStart extends Error {}

/** Says at once what would otherwise come out of a child's log. */
async function claimPort({ host, port }: Config): Promise<number> {
  if (port === 0) return await freePort()
  return await new Promise((done, failed) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const message = `端口 ${port} 不可用 Port ${port} cannot be had (${error.code}); PORT=… npm start 另选 chooses another`
      failed(new CannotStart(message))
    })
    probe.listen(port, host, () => probe.close(() => done(port)))
  })
}

let ending = false
async function stopAll(code: number): Promise<never> {
  ending = true
  for (const each of running.splice(0).reverse()) await each.stop().catch((error: unknown) => console.error(error))
  process.exit(code)
}

function stopWhenTold(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    if (signal === 'SIGHUP' && isHangUpIgnored()) continue
    process.on(signal, () => {
      if (ending) return
      console.log(`\n${signal}，正在停止 stopping …`)
      void stopAll(0)
    })
  }
}

/** Under nohup the hang-up is ignored, and must stay so. */
function isHangUpIgnored(): boolean {
  try {
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
    return (BigInt(`0x${ignored}`) & 1n) === 1n
  } catch {
    return false
  }
}

installCrashPolicy(console.error)
stopWhenTold()
try {
  await start()
} catch (error) {
  const known = error instanceof FolderInUse || error instanceof CannotStart
  console.error(known ? error.message : error)
  await stopAll(1)
}
