// Keeps a process of ours running: its output goes to a file, it is started again when it ends by itself, and it ends with us.
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Supervised {
  /** Settles when the process first says that it is ready; rejects with the end of its log when it cannot start. */
  ready: Promise<void>
  stop(): Promise<void>
}

export interface SupervisedOptions {
  name: string
  script: URL
  environment: NodeJS.ProcessEnv
  logFile: string
  complain: (problem: string) => void
}

const firstPauseMs = 500
const longestPauseMs = 30_000
/** A process that ran this long was well; its next end starts the pauses from the first. */
const wellAfterMs = 60_000
const startsBeforeGivingUp = 3
const stopWithinMs = 8_000

export function supervise(options: SupervisedOptions): Supervised {
  const { name, logFile, complain } = options
  mkdirSync(dirname(logFile), { recursive: true })
  if (existsSync(logFile)) renameSync(logFile, logFile.replace('.log', '.previous.log'))
  let child: ChildProcess | null = null
  let stopping = false
  let wasReady = false
  let ended = Promise.resolve()
  let wake: () => void = () => undefined
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>()

  const run = async (): Promise<void> => {
    for (let starts = 1, pauseMs = firstPauseMs; ; starts++) {
      const startedAt = Date.now()
      child = start(options)
      child.once('message', () => {
        wasReady = true
        resolve()
      })
      const how = await endOf(child)
      child = null
      if (stopping) return
      if (!wasReady && starts >= startsBeforeGivingUp) {
        reject(new Error(`${name} cannot start (${how}):\n${tailOf(logFile)}`))
        return
      }
      pauseMs = Date.now() - startedAt > wellAfterMs ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs)
      complain(`${name} ended (${how}); starting it again in ${pauseMs / 1000} s. Log: ${logFile}`)
      await new Promise<void>((done) => {
        wake = done
        setTimeout(done, pauseMs).unref()
      })
      if (stopping) return
    }
  }
  ended = run()
  return {
    ready,
    async stop() {
      stopping = true
      wake()
      const last = child
      last?.kill('SIGTERM')
      const killer = setTimeout(() => last?.kill('SIGKILL'), stopWithinMs)
      await ended
      clearTimeout(killer)
    }
  }
}

/** In a process group of its own, so that a Ctrl-C reaches us alone and we stop everything in order; the channel tells it when we die. */
function start({ script, environment, logFile }: SupervisedOptions): ChildProcess {
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn(process.execPath, [fileURLToPath(script)], {
    env: environment,
    stdio: ['ignore', log, log, 'ipc'],
    detached: true
  })
  closeSync(log)
  return child
}

async function endOf(child: ChildProcess): Promise<string> {
  return await new Promise((done) => {
    child.once('error', (error) => done(error.message))
    child.once('exit', (code, signal) => done(signal ?? `exit ${code}`))
  })
}

function tailOf(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-15).join('\n')
}
