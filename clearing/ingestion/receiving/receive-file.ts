// The one pass over an incoming file: its bytes go into the archive under a temporary name while the SM3 digest, the signature
// and the facts the file-level checks need are taken from them. Memory does not grow with the file.
import { randomUUID } from 'node:crypto'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sm3Hasher } from '../../../card-crypto/sm3.ts'
import { edgeBytes } from '../../card-files/file-format.ts'
import { watchText, type TextFindings } from './text-watch.ts'

export interface ReceivedFile extends TextFindings {
  /** The copy, in the archive folder, not yet under its own name. */
  temporaryPath: string
  /** Settles once the bytes of the copy are on disk; the caller need not wait for it before it has to rely on them. */
  onDisk: Promise<void>
  digest: Uint8Array
  size: number
  head: Buffer
  tail: Buffer
}

/** Something that wants every byte, in order: a signature under verification. */
export interface ByteSink {
  update(bytes: Uint8Array): unknown
}

const blockBytes = 1 << 20

export async function receiveFile(archive: string, path: string, sink?: ByteSink): Promise<ReceivedFile> {
  const temporaryPath = join(archive, `.receiving-${randomUUID()}`)
  const source = await open(path, 'r')
  const target = await open(temporaryPath, 'wx', 0o640)
  try {
    const facts = await copy(source, target, sink)
    const onDisk = writeOut(target)
    // Whoever relies on it awaits it; a file that is discarded may fail unseen.
    onDisk.catch(() => undefined)
    return { temporaryPath, onDisk, ...facts }
  } catch (error) {
    await target.close()
    await rm(temporaryPath, { force: true })
    throw error
  } finally {
    await source.close()
  }
}

async function writeOut(target: FileHandle): Promise<void> {
  try {
    await target.sync()
  } finally {
    await target.close()
  }
}

/** Reads the next block and writes the last one while the digest of the present one is computed. */
async function copy(source: FileHandle, target: FileHandle, sink: ByteSink | undefined) {
  const hasher = sm3Hasher()
  const text = watchText()
  const edges = watchEdges()
  let [present, next] = [Buffer.allocUnsafeSlow(blockBytes), Buffer.allocUnsafeSlow(blockBytes)]
  let length = (await source.read(present, 0, blockBytes)).bytesRead
  let size = 0
  while (length > 0) {
    const block = present.subarray(0, length)
    const moving = Promise.all([source.read(next, 0, blockBytes), writeFully(target, block)])
    hasher.update(block)
    sink?.update(block)
    text.look(block)
    edges.look(block)
    size += length
    length = (await moving)[0].bytesRead
    ;[present, next] = [next, present]
  }
  return { digest: hasher.digest(), size, ...edges.end(), ...text.end() }
}

async function writeFully(target: FileHandle, block: Buffer): Promise<void> {
  for (let at = 0; at < block.length;) at += (await target.write(block, at)).bytesWritten
}

/** The first and last bytes of the file. */
function watchEdges() {
  let head = Buffer.alloc(0)
  let tail = Buffer.alloc(0)
  return {
    look(block: Buffer) {
      if (head.length < edgeBytes) head = Buffer.concat([head, block.subarray(0, edgeBytes - head.length)])
      tail = Buffer.concat([tail, block.subarray(-edgeBytes)]).subarray(-edgeBytes)
    },
    end: () => ({ head, tail })
  }
}

/** Gives a received file its lasting name. */
export async function keepFile(received: ReceivedFile, folder: string, storedAs: string): Promise<void> {
  await rename(received.temporaryPath, join(folder, storedAs))
}

/** Waits until bytes and name are on disk. */
export async function secureFile(received: ReceivedFile, folder: string): Promise<void> {
  await received.onDisk
  for (const each of new Set([folder, dirname(received.temporaryPath)])) await syncFolder(each)
}

export async function discardFile(received: ReceivedFile): Promise<void> {
  await rm(received.temporaryPath, { force: true })
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
