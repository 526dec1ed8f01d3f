// The keys of the software key store at rest: one JSON file of keys wrapped with SM4-GCM under the master key, each bound to its
// name. Several processes may have it open: a reader looks again when it misses a key, a writer holds a lock file for the
// milliseconds of a change and replaces the file as a whole.
import { randomUUID } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fromHex, hex } from './bytes.ts'
import type { KeyState } from './key-custody/key-states.ts'
import { KeyStoreError } from './key-reference.ts'
import { seal, unseal } from './seal.ts'

const FORMAT = 'wrapped keys, SM4-GCM, 1'

/** A lock this old belongs to a process that died in the middle: a change takes milliseconds. */
const LOCK_STALE_MILLISECONDS = 10_000
const LOCK_WAIT_MILLISECONDS = 15_000

interface WrappedKey {
  checkValue: string
  /** Empty for a key that was destroyed: its name is not given again. */
  wrapped: string
  /** Without one it is active. */
  state?: KeyState
}

interface Content {
  format: typeof FORMAT
  /** A known text under the master key: tells a wrong master key from a damaged entry. */
  masterProof: string
  keys: Record<string, WrappedKey>
  /** What custody keeps (key-custody/custody.ts), sealed under the master key. */
  custody?: string
}

export interface StoredKey {
  /** Empty for a key that was destroyed. */
  readonly key: Uint8Array
  readonly checkValue: string
  readonly state: KeyState
}

const MASTER_PROOF = new TextEncoder().encode('master key')
const CUSTODY = new TextEncoder().encode('custody')

/** Opens the file, or makes an empty one. Throws 'wrong-master-key' when it was written under another. */
export async function openKeyFile(path: string, masterKey: Uint8Array): Promise<KeyFile> {
  if (masterKey.length !== 16) throw new KeyStoreError('wrong-master-key', 'the master key must have 16 bytes')
  const file = new KeyFile(path, masterKey)
  if (!file.refresh()) await file.change(() => {})
  return file
}

export class KeyFile {
  readonly #path: string
  readonly #masterKey: Uint8Array
  readonly #opened = new Map<string, StoredKey>()
  #content: Content
  /** Which state of the file #content is: every replacement has another identity. */
  #identity = ''

  constructor(path: string, masterKey: Uint8Array) {
    this.#path = path
    this.#masterKey = new Uint8Array(masterKey)
    this.#content = { format: FORMAT, masterProof: hex(seal(masterKey, MASTER_PROOF, MASTER_PROOF)), keys: {} }
  }

  /** The names as of the last look at the file. */
  names(): string[] {
    return Object.keys(this.#content.keys)
  }

  /** Looks into the file again before it says that a key is not there: another process may have made it. */
  find(name: string): StoredKey | undefined {
    const known = this.#opened.get(name)
    if (known) return known
    if (!Object.hasOwn(this.#content.keys, name)) this.refresh()
    return this.#unwrap(name)
  }

  /** Adds a key unless the name is taken, and gives what the file then holds: the first writer wins. */
  async add(
    name: string,
    { key, checkValue, state = 'active' }: Omit<StoredKey, 'state'> & { state?: KeyState }
  ): Promise<StoredKey> {
    await this.change((content) => {
      content.keys[name] ??= this.#wrap(name, { key, checkValue, state })
    })
    return this.#unwrap(name)!
  }

  /** Wraps the key anew, bound to its new state; a destroyed one leaves its name and check value only. */
  async setState(name: string, state: KeyState): Promise<void> {
    const { key, checkValue } = this.find(name)!
    await this.change((content) => {
      const destroyed = state === 'destroyed'
      content.keys[name] = destroyed ? { checkValue, wrapped: '', state } : this.#wrap(name, { key, checkValue, state })
    })
  }

  /** What custody kept last; undefined at first. */
  custody(): string | undefined {
    if (this.#content.custody === undefined) return undefined
    try {
      return new TextDecoder().decode(unseal(this.#masterKey, fromHex(this.#content.custody), CUSTODY))
    } catch {
      throw new KeyStoreError('altered-file', `the custody of ${this.#path} has been altered`)
    }
  }

  async keepCustody(text: string): Promise<void> {
    await this.change((content) => {
      content.custody = hex(seal(this.#masterKey, new TextEncoder().encode(text), CUSTODY))
    })
  }

  #wrap(name: string, { key, checkValue, state }: StoredKey): WrappedKey {
    const wrapped = hex(seal(this.#masterKey, key, aad(name, checkValue, state)))
    return { checkValue, wrapped, ...(state === 'active' ? {} : { state }) }
  }

  /**
   * Reads the file when it is another one than last time; false when there is none yet. Synchronous, so that no slower reading
   * of an older state can overtake a newer one; it happens only when a key is missed or made.
   */
  refresh(): boolean {
    const seen = statSync(this.#path, { bigint: true, throwIfNoEntry: false })
    if (seen === undefined) return false
    const identity = `${seen.ino} ${seen.mtimeNs} ${seen.size}`
    if (identity === this.#identity) return true
    const content = parseContent(readFileSync(this.#path, 'utf8'), this.#path)
    this.#proveMaster(content)
    for (const [name, { key }] of this.#opened) {
      if (content.keys[name]?.wrapped === this.#content.keys[name]?.wrapped) continue
      key.fill(0)
      this.#opened.delete(name)
    }
    this.#content = content
    this.#identity = identity
    return true
  }

  /** Applies a change to the newest state and replaces the file, while no other process can. */
  async change(edit: (content: Content) => void): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
    await whileLocked(`${this.#path}.lock`, async () => {
      this.refresh()
      const next = structuredClone(this.#content)
      edit(next)
      await replaceFile(this.#path, `${JSON.stringify(next, null, 2)}\n`)
      this.refresh()
    })
  }

  /** Forgets every key; the object is of no use afterwards. */
  close(): void {
    for (const { key } of this.#opened.values()) key.fill(0)
    this.#opened.clear()
    this.#masterKey.fill(0)
  }

  #unwrap(name: string): StoredKey | undefined {
    const known = this.#opened.get(name)
    if (known) return known
    if (!Object.hasOwn(this.#content.keys, name)) return undefined
    const { wrapped, checkValue, state = 'active' } = this.#content.keys[name]!
    if (state === 'destroyed') return { key: new Uint8Array(), checkValue, state }
    try {
      const key = unseal(this.#masterKey, fromHex(wrapped), aad(name, checkValue, state))
      const stored = { key, checkValue, state }
      this.#opened.set(name, stored)
      return stored
    } catch {
      throw new KeyStoreError('altered-file', `the wrapped key ${name} in ${this.#path} has been altered`)
    }
  }

  #proveMaster(content: Content): void {
    try {
      unseal(this.#masterKey, fromHex(content.masterProof), MASTER_PROOF)
    } catch {
      throw new KeyStoreError('wrong-master-key', `${this.#path} was written under another master key`)
    }
  }
}

/** What a wrapped key is bound to: neither its name nor its check value nor its state can be exchanged. */
function aad(name: string, checkValue: string, state: KeyState): Uint8Array {
  return new TextEncoder().encode(`key ${name} ${checkValue}${state === 'active' ? '' : ` ${state}`}`)
}

function parseContent(text: string, path: string): Content {
  const content = parseJson(text) as Partial<Content> | null | undefined
  if (content?.format === FORMAT && typeof content.masterProof === 'string' && typeof content.keys === 'object') {
    return content as Content
  }
  throw new KeyStoreError('altered-file', `${path} is not a file of wrapped keys`)
}

/** Undefined when it is not JSON: the parser's own message would quote the file. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Written beside, flushed, then renamed over: a crash leaves the old file or the new one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function whileLocked(lock: string, work: () => Promise<void>): Promise<void> {
  const patience = AbortSignal.timeout(LOCK_WAIT_MILLISECONDS)
  while (!(await tryLock(lock))) {
    if (patience.aborted) throw new KeyStoreError('busy', `${lock} is held by another process`)
    await sleep(5 + Math.random() * 10)
    await removeStale(lock)
  }
  try {
    await work()
  } finally {
    await rm(lock, { force: true })
  }
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    await open(lock, 'wx', 0o600).then((handle) => handle.close())
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Takes a dead process's lock away by renaming, which only one can do; should it be a new one by now, it is put back. */
async function removeStale(lock: string): Promise<void> {
  const seen = await stat(lock).catch(unlessMissing)
  if (seen === undefined || Date.now() - seen.mtimeMs < LOCK_STALE_MILLISECONDS) return
  const aside = `${lock}.${randomUUID()}`
  const moved = await rename(lock, aside).then(() => stat(aside), unlessMissing)
  if (moved === undefined) return
  if (moved.ino !== seen.ino) await link(aside, lock).catch(() => {})
  await rm(aside, { force: true })
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
