// The one pass over an incoming file: its bytes go into the archive under a temporary name while the SM3 digest, the signature
// and the facts the file-level checks need are taken from them. Memory does not grow with the file.
import { randomUUID } from 'node:crypto'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { edgeBytes } from '../../card-files/file-format.ts'
import {
  digestBytes,
  elsewhere,
  here,
  watchBytes,
  type FileWatch,
  type SignatureClaim,
  type WatchFindings
} from './file-watch.ts'

export interface ReceivedFile extends WatchFindings {
  /** The copy, in the archive folder, not yet under its own name. */
  temporaryPath: string
  /** Settles once the bytes of the copy are on disk; the caller need not wait for it before it has to rely on them. */
  onDisk: Promise<void>
  digest: Uint8Array
  size: number
  head: Buffer
  tail: Buffer
}

const blockBytes = 1 << 20

/** A thread takes some 40 ms to start, in which the digest of so much is computed. */
const longBytes = 16 * blockBytes

/** Reading may run ahead of the digest by so much. */
const blocksOfLong = 16

export async function receiveFile(archive: string, path: string, claim?: SignatureClaim): Promise<ReceivedFile> {
  const source = await open(path, 'r')
  try {
    const long = (await source.stat()).size >= longBytes
    const digest = long ? elsewhere({ for: 'digest' }) : here(digestBytes())
    const watch = long ? elsewhere({ for: 'text', claim }) : here(watchBytes(claim))
    try {
      return await receive(source, archive, { digest, watch, blocks: openBlocks(long) })
    } finally {
      await Promise.all([digest.close(), watch.close()])
    }
  } finally {
    await source.close()
  }
}

interface Means {
  digest: FileWatch<Uint8Array>
  watch: FileWatch<WatchFindings>
  blocks: readonly Block[]
}

async function receive(source: FileHandle, archive: string, means: Means): Promise<ReceivedFile> {
  const temporaryPath = join(archive, `.receiving-${randomUUID()}`)
  const target = await open(temporaryPath, 'wx', 0o640)
  try {
    const facts = await copy(source, target, means)
    const onDisk = writeOut(target)
    // Whoever relies on it awaits it; a file that is discarded may fail unseen.
    onDisk.catch(() => undefined)
    return { temporaryPath, onDisk, ...facts }
  } catch (error) {
    await target.close()
    await rm(temporaryPath, { force: true })
    throw error
  }
}

interface Block {
  bytes: Buffer
  /** Settles when what it held is written and has been looked at. */
  free: Promise<unknown>
}

function openBlocks(long: boolean): Block[] {
  return Array.from({ length: long ? blocksOfLong : 2 }, () => ({
    bytes: long ? Buffer.from(new SharedArrayBuffer(blockBytes)) : Buffer.allocUnsafeSlow(blockBytes),
    free: Promise.resolve()
  }))
}

async function writeOut(target: FileHandle): Promise<void> {
  try {
    await target.sync()
  } finally {
    await target.close()
  }
}

/** Reads the next block while the ones before it are written and looked at. */
async function copy(source: FileHandle, target: FileHandle, { digest, watch, blocks }: Means) {
  const edges = watchEdges()
  let writing = Promise.resolve()
  let size = 0
  let next = fill(source, blocks[0]!)
  for (let turn = 0; ; turn++) {
    const bytes = await next
    if (bytes.length === 0) break
    next = fill(source, blocks[(turn + 1) % blocks.length]!)
    next.catch(() => undefined)
    writing = writing.then(async () => await writeFully(target, bytes))
    const block = blocks[turn % blocks.length]!
    block.free = Promise.all([writing, watch.look(bytes), digest.look(bytes)])
    block.free.catch(() => undefined)
    edges.look(bytes)
    size += bytes.length
  }
  await Promise.all(blocks.map(async (block) => await block.free))
  return { digest: await digest.end(), size, ...edges.end(), ...(await watch.end()) }
}

/** The next bytes of the file, once the block is free; none at the end. */
async function fill(source: FileHandle, block: Block): Promise<Buffer> {
  await block.free
  const { bytesRead } = await source.read(block.bytes, 0, blockBytes)
  return block.bytes.subarray(0, bytesRead)
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
