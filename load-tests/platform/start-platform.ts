// The whole platform as `npm start` runs it, in a child process with a data folder of its own, for a load test to talk to.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Platform {
  url: string
  databaseUrl: string
  redisUrl: string
  /** The `authorization` header of the sample account of a role, signed in with its password and one-time code. */
  signIn(role: 'passenger' | 'clerk' | 'gate' | 'dispatcher' | 'station-manager' | 'operator'): Promise<string>
  /** Of `npm start` itself; server and worker are its children. */
  pid: number
  stop(): Promise<void>
}

export async function startPlatform(environment: NodeJS.ProcessEnv = {}): Promise<Platform> {
  const folder = await mkdtemp(join(tmpdir(), 'load-platform-'))
  const script = fileURLToPath(new URL('../../services/local/start.ts', import.meta.url))
  const ours = {
    DATA_DIR: folder,
    PORT: '0',
    SAMPLE_TRANSACTIONS: '100',
    REQUESTS_PER_MINUTE: '100000000',
    // Nobody comes but the load's own.
    SIMULATED_STATION: 'no'
  }
  const { DATABASE_URL: _, REDIS_URL: __, ...inherited } = process.env
  const child = spawn(process.execPath, [script], {
    env: { ...inherited, ...ours, ...environment },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const url = await new Promise<string>((done, failed) => {
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const last = /^(http:\S+)\/$/m.exec(output)
      if (last) done(last[1]!)
    })
    void ended.then(() => failed(new Error(`the platform did not start:\n${output}`)))
  }).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  const { databaseUrl, redisUrl } = JSON.parse(await readFile(join(folder, 'platform.json'), 'utf8')) as {
    databaseUrl: string
    redisUrl: string
  }
  return {
    url,
    databaseUrl,
    redisUrl,
    pid: child.pid!,
    stop,
    async signIn(role) {
      const all = JSON.parse(await readFile(join(folder, 'sample-credentials.json'), 'utf8')) as Credential[]
      const { name, password } = all.find((one) => one.role === role)!
      const shown = await fetch(`${url}/v1/sample/one-time-code?role=${role}`)
      const code = shown.ok ? ((await shown.json()) as { oneTimeCode: string }) : {}
      const answer = await fetch(`${url}/v1/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, password, ...code })
      })
      if (!answer.ok) throw new Error(`${role} cannot sign in: ${await answer.text()}`)
      return `Bearer ${((await answer.json()) as { token: string }).token}`
    }
  }
}

interface Credential {
  role: string
  name: string
  password: string
}
