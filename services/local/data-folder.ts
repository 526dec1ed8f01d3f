// The data folder of one installation: whose it is while it runs, what other tools may read about it, and what --fresh may delete.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Platform {
  pid: number
  /** Of the process, in the kernel's own ticks: a pid alone may have passed to somebody else after a crash. */
  born: string
  url?: string
  databaseUrl?: string
  redisUrl?: string
}

/** Everything we ever make in a data folder. Nothing else in it is touched. */
const ours = [
  'archive',
  'inbox',
  'keys',
  'log',
  'postgres',
  'postgres.password',
  'published',
  'quarantine',
  'redis',
  'sample',
  'sample-credentials.json',
  'simulated-station',
  'timetables',
  'platform.json'
]

export class FolderInUse extends Error {}

/** Throws FolderInUse while another start of this folder is alive; one that was killed is passed over. */
export function claimFolder(folder: string): Platform {
  mkdirSync(folder, { recursive: true })
  const mine = { pid: process.pid, born: bornOf(process.pid)! }
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writePlatform(folder, mine, 'wx')
      return mine
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const other = readPlatform(folder)
    if (other && bornOf(other.pid) === other.born)
      throw new FolderInUse(
        `${folder} 正由另一进程使用 is in use by process ${other.pid}${other.url ? ` (${other.url})` : ''}; DATA_DIR 可另选 chooses another`
      )
    rmSync(platformFile(folder), { force: true })
  }
  throw new FolderInUse(`${folder} is being started by somebody else`)
}

/** What the command line reads to find the running platform. It holds a password, so nobody else may. */
export function writePlatform(folder: string, platform: Platform, flag: 'w' | 'wx' = 'w'): void {
  writeFileSync(platformFile(folder), JSON.stringify(platform, null, 2), { mode: 0o600, flag })
}

export function releaseFolder(folder: string): void {
  rmSync(platformFile(folder), { force: true })
}

/** Deletes what we made, all but the claim. */
export function emptyFolder(folder: string): void {
  for (const name of ours)
    if (name !== 'platform.json') rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 3 })
}

function platformFile(folder: string): string {
  return join(folder, 'platform.json')
}

function readPlatform(folder: string): Platform | null {
  try {
    return JSON.parse(readFileSync(platformFile(folder), 'utf8')) as Platform
  } catch {
    return null
  }
}

/** When a process was born; undefined when there is none. Field 22 of /proc/PID/stat, counted after the name in brackets. */
function bornOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return process.platform === 'linux' ? undefined : bornElsewhere(pid)
  }
}

function bornElsewhere(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch {
    return undefined
  }
}
