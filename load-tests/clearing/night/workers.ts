// The processes of a night: one that leads and others that help. Every so often one of them dies by SIGKILL, each in its turn; and the
// memory of all of them, the database's included, is told.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NightOrder } from './our-night.ts'

export interface Workers {
  lead(): ChildProcess
  /** Starts those who help, as far as they do not run. */
  help(): void
  kills(): number
  stop(): Promise<void>
}

export function openWorkers(
  order: NightOrder,
  { workers, killEvery }: { workers: number; killEvery: number }
): Workers {
  const running: (ChildProcess | undefined)[] = Array.from({ length: workers })
  let kills = 0
  let helped = false
  const start = (place: number, script: string): ChildProcess => {
    const path = join(import.meta.dirname, script)
    const child = spawn(process.execPath, [path, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] })
    running[place] = child
    child.once('close', () => {
      if (running[place] === child) running[place] = undefined
    })
    return child
  }
  const help = (): void => {
    helped = true
    for (let place = 1; place < workers; place++) if (!running[place]) start(place, 'our-helper.ts')
  }
  const kill = (): void => {
    const victim = running[kills % workers]
    kills++
    if (!victim) return
    victim.kill('SIGKILL')
    // The leader is begun again by whoever listens to it.
    if (victim !== running[0]) void once(victim, 'close').then(() => helped && help())
  }
  const killer = killEvery > 0 ? setInterval(kill, killEvery * 1000) : undefined
  return {
    lead: () => start(0, 'our-night.ts'),
    help,
    kills: () => kills,
    async stop() {
      clearInterval(killer)
      helped = false
      const left = running.filter((child) => child !== undefined)
      for (const child of left) child.kill('SIGTERM')
      await Promise.all(left.map(async (child) => await once(child, 'close')))
    }
  }
}

/** Megabytes of all processes that this one started, shared memory counted once; looked at twice a second. */
export function watchMemory(): { peak(): number; stop(): void } {
  let peak = 0
  const look = setInterval(() => {
    const bytes = descendantsOf(process.pid).reduce((sum, pid) => sum + shareOf(pid), 0)
    peak = Math.max(peak, bytes)
  }, 500)
  return { peak: () => Math.round(peak / 1e6), stop: () => clearInterval(look) }
}

function descendantsOf(ancestor: number): number[] {
  const children = Map.groupBy(readdirSync('/proc').map(Number).filter(Boolean), parentOf)
  const of = (pid: number): number[] => (children.get(pid) ?? []).flatMap((child) => [child, ...of(child)])
  return of(ancestor)
}

function parentOf(pid: number): number {
  const status = read(`/proc/${pid}/stat`)
  return Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1])
}

/** Proportional set size. */
function shareOf(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024
}

/** Empty when the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
