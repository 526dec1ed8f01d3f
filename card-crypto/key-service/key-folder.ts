// The folder of an installation's keys: the wrapped keys, the sockets of the key process, whose it is while one runs, and, where nobody
// hands in a master key, the file that holds the installation's own.
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import type { KeyClientKind } from './client-rights.ts'

export function keyFolder(dataFolder: string): string {
  return join(dataFolder, 'keys')
}

export function keyFile(dataFolder: string): string {
  return join(keyFolder(dataFolder), 'store')
}

/** What the kernel takes as the path of a socket, its ending zero included. */
const LONGEST_PATH = 107

/** Where the key process listens for this kind of client. Throws a RangeError where no path of it is short enough for a socket. */
export function keySocket(dataFolder: string, kind: KeyClientKind): string {
  const whole = resolve(keyFolder(dataFolder), `${kind}.sock`)
  const short = [whole, relative(process.cwd(), whole)].find((path) => path.length <= LONGEST_PATH)
  if (short === undefined) throw new RangeError(`${whole} is too long for a socket; choose a shorter data folder`)
  return short
}

/**
 * The master key (32 hexadecimal digits) that wraps the keys: the one handed in, else the installation's own, made when it is
 * missing. Of two processes that start together, both get the one that was there first, and never half of it.
 */
export async function readMasterKey(dataFolder: string, given = ''): Promise<Uint8Array> {
  if (given) return Buffer.from(given, 'hex')
  const folder = keyFolder(dataFolder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'master-key')
  const mine = join(folder, `.master-key-${randomBytes(8).toString('hex')}`)
  await writeFile(mine, randomBytes(16).toString('hex'), { mode: 0o600, flush: true })
  await link(mine, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(mine)
  return Buffer.from((await readFile(file, 'utf8')).trim(), 'hex')
}

/**
 * One key process on a folder at a time: answers how to give it back. Throws while another is alive; the claim of one that died is
 * moved aside, which only one can do.
 */
export async function claimKeyFolder(dataFolder: string): Promise<() => Promise<void>> {
  const claim = join(keyFolder(dataFolder), 'process')
  const mine = `${process.pid}-${await bornOf(process.pid)}`
  for (;;) {
    try {
      // A symbolic link comes into being whole, with the process in it.
      await symlink(mine, claim)
      return async () => await rm(claim, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = await readlink(claim).catch(() => '')
    const [pid = '', born = ''] = holder.split('-')
    if (holder && (await bornOf(Number(pid))) === born) throw new KeyFolderInUse(`${claim} is held by process ${pid}`)
    await removeClaim(claim, holder)
  }
}

export class KeyFolderInUse extends Error {}

/** Should it be a new one by now, it is put back. */
async function removeClaim(claim: string, dead: string): Promise<void> {
  const aside = `${claim}.${randomBytes(8).toString('hex')}`
  try {
    await rename(claim, aside)
  } catch {
    return
  }
  if ((await readlink(aside)) === dead) await rm(aside)
  else await rename(aside, claim)
}

/** When a process began, in the kernel's ticks: after a crash its number may have passed to another. Empty when there is none. */
async function bornOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}
