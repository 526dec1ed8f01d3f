// Our own Redis on a free port: a hint store, so nothing it holds need survive.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { freePort } from '../../clearing/embedded-postgres.ts'

export interface EmbeddedRedis {
  url: string
  stop(): Promise<void>
}

export async function startEmbeddedRedis(folder: string): Promise<EmbeddedRedis> {
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', [...args, '--maxmemory-policy', 'noeviction'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true
  })
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  await new Promise<void>((ready, failed) => {
    child.once('error', failed)
    child.once('exit', (code) => failed(new Error(`redis-server ended at once (exit ${code})`)))
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('Ready to accept connections')) ready()
    })
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM')
      await exited
    }
  }
}
