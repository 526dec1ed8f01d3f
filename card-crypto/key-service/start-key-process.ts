// Starts a key process of our own where none runs: for the command line and for processes that were started by hand. It ends with us.
import { fork } from 'node:child_process'
import type { Socket } from 'node:net'

export interface KeyProcessOptions {
  /** The script that runs it, which reads DATA_DIR and KEY_STORE_MASTER_KEY. */
  script: URL
  environment: NodeJS.ProcessEnv
  flags?: string[]
}

/** Resolves when it listens, or when it found another that does. Rejects when it ends otherwise, with what it said. */
export async function startKeyProcess({
  script,
  environment,
  flags = []
}: KeyProcessOptions): Promise<{ pid: number; stop(): Promise<void> }> {
  const child = fork(script, flags, { env: environment, stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true })
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)))
  await new Promise<void>((done, failed) => {
    child.once('message', () => done())
    child.once('error', failed)
    child.once('exit', (code) =>
      code === alreadyRunning ? done() : failed(new Error(`the key process ended: ${said}`))
    )
  })
  ;(child.stderr as Socket).unref()
  child.unref()
  child.channel?.unref()
  return {
    pid: child.pid!,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise<void>((done) => child.once('exit', () => done()))
      child.ref()
      child.kill('SIGTERM')
      await ended
    }
  }
}

/** Its exit code when another runs on the folder. */
export const alreadyRunning = 75
