// Our own Redis on a free port: a hint store, so nothing it holds need survive.
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readlinkSync } from 'node:fs'
import { resolve } from 'node:path'
import { endingWithUs, freePort } from '../../clearing/embedded-postgres.ts'

export interface EmbeddedRedis {
  url: string
  port: number
  stop(): Promise<void>
}

export async function startEmbeddedRedis(folder: string): Promise<EmbeddedRedis> {
  mkdirSync(folder, { recursive: true })
  stopLeftover(resolve(folder))
  const port = await freePort()
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const [command, args] = endingWithUs('TERM', 'redis-server', [...settings, '--maxmemory-policy', 'noeviction'])
  let stopping = false
  let running = await run(command, args)
  const watch = async (): Promise<void> => {
    for (;;) {
      await running.exited
      if (stopping) return
      // Nothing waits for it, so there is no hurry; on the same port, where everybody looks for it.
      await new Promise((done) => setTimeout(done, 1_000).unref())
      if (stopping) return
      running = await run(command, args)
    }
  }
  const watched = watch().catch((error: unknown) => console.error(error))
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async stop() {
      stopping = true
      running.child.kill('SIGTERM')
      await Promise.race([watched, running.exited])
    }
  }
}

async function run(command: string, args: string[]) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  await new Promise<void>((ready, failed) => {
    child.once('error', failed)
    child.once('exit', (code) => failed(new Error(`redis-server ended at once (exit ${code})`)))
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('Ready to accept connections')) ready()
    })
  })
  return { child, exited }
}

/** A redis-server of ours that outlived a killed parent is known by the folder it works in. */
function stopLeftover(folder: string): void {
  if (process.platform !== 'linux') return
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const program = readlinkSync(`/proc/${pid}/exe`)
      if (/redis|valkey/.test(program) && readlinkSync(`/proc/${pid}/cwd`) === folder)
        process.kill(Number(pid), 'SIGTERM')
    } catch {
      // Another's process, or one that has just ended: not ours.
    }
  }
}
