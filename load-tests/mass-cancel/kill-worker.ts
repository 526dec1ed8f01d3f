// kill -9 for the worker of one platform, found among the children of its own start process.
import { readdirSync, readFileSync } from 'node:fs'

/** False when there is none just now: it was killed before and is being started again. */
export function killWorker(platform: number): boolean {
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number))
    if (parentOf(pid) === platform && commandOf(pid).includes('services/worker.ts')) {
      process.kill(pid, 'SIGKILL')
      return true
    }
  return false
}

function parentOf(pid: number): number | null {
  const status = read(`/proc/${pid}/status`)
  const parent = /^PPid:\s*(\d+)$/m.exec(status)
  return parent ? Number(parent[1]) : null
}

const commandOf = (pid: number): string => read(`/proc/${pid}/cmdline`)

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
