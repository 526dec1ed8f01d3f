// Reads a zip archive from a file (APPNOTE 6.3.10 §4.3): stored and deflated entries, found by the central directory alone. Names are only
// compared, never used as a path; sizes and checksums are held to what the directory says, so a bomb ends at its declared size.
import type { FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { PassThrough, type Readable } from 'node:stream'
import { crc32, createInflateRaw } from 'node:zlib'

export interface ZipEntry {
  name: string
  /** The entry's bytes; the stream fails with a SyntaxError when they are not what the directory says. */
  open: () => Readable
}

const entriesMax = 200
/** All entries together, unpacked. */
const unpackedMax = 1024 ** 3
/** Text packs about ten to one; a thousand to one is an attack. */
const ratioMax = 200

const directoryEnd = 0x06054b50
const directoryEntry = 0x02014b50
const localEntry = 0x04034b50

/** Throws a SyntaxError that says what is wrong with the archive. */
export async function readZip(file: FileHandle): Promise<ZipEntry[]> {
  const { size } = await file.stat()
  const tail = await read(file, Math.max(0, size - 65_557), Math.min(size, 65_557))
  const end = findEnd(tail)
  const count = tail.readUInt16LE(end + 10)
  const length = tail.readUInt32LE(end + 12)
  const start = tail.readUInt32LE(end + 16)
  if (count > entriesMax) throw new SyntaxError(`${count} files in the archive; ${entriesMax} are allowed`)
  if (start + length > size) throw new SyntaxError('the directory of the archive lies outside it')
  const directory = await read(file, start, length)
  const entries: Entry[] = []
  for (let nth = 0, at = 0; nth < count; nth++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== directoryEntry)
      throw new SyntaxError('the directory of the archive is broken')
    const entry = readEntry(directory, at)
    at = entry.end
    if (!entry.name.endsWith('/')) entries.push(entry)
  }
  const unpacked = entries.reduce((sum, entry) => sum + entry.size, 0)
  if (unpacked > unpackedMax)
    throw new SyntaxError(`the archive unpacks to ${unpacked} bytes; ${unpackedMax} are allowed`)
  return entries.map((entry) => ({ name: entry.name, open: () => openEntry(file, entry) }))
}

interface Entry {
  name: string
  method: number
  checksum: number
  packed: number
  size: number
  offset: number
  /** Where the next directory entry begins. */
  end: number
}

function findEnd(tail: Buffer): number {
  for (let at = tail.length - 22; at >= 0; at--) if (tail.readUInt32LE(at) === directoryEnd) return at
  throw new SyntaxError('not a zip archive')
}

function readEntry(directory: Buffer, at: number): Entry {
  const [flags, method] = [directory.readUInt16LE(at + 8), directory.readUInt16LE(at + 10)]
  const [checksum, packed] = [directory.readUInt32LE(at + 16), directory.readUInt32LE(at + 20)]
  const [size, nameLength] = [directory.readUInt32LE(at + 24), directory.readUInt16LE(at + 28)]
  const end = at + 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  const name = directory.toString('utf8', at + 46, at + 46 + nameLength)
  if (flags & 1) throw new SyntaxError(`${name} is encrypted`)
  if (method !== 0 && method !== 8) throw new SyntaxError(`${name} is packed by a method we do not read (${method})`)
  if (packed === 0xffffffff || size === 0xffffffff) throw new SyntaxError(`${name} is too large (zip64)`)
  if (size > 4096 && size > packed * ratioMax)
    throw new SyntaxError(`${name} unpacks to more than ${ratioMax} times its size`)
  return { name, method, checksum, packed, size, offset: directory.readUInt32LE(at + 42), end }
}

function openEntry(file: FileHandle, entry: Entry): Readable {
  const output = new PassThrough()
  const input = packedBytes(file, entry)
  const held = (source: AsyncIterable<Buffer>) => holdToDirectory(source, entry)
  const done = entry.method === 8 ? pipeline(input, createInflateRaw(), held, output) : pipeline(input, held, output)
  done.catch((error: NodeJS.ErrnoException) => {
    const broken = error.code?.startsWith('Z_') ? new SyntaxError(`${entry.name} is broken: ${error.message}`) : error
    output.destroy(broken)
  })
  return output
}

async function* packedBytes(file: FileHandle, { name, offset, packed }: Entry): AsyncGenerator<Buffer> {
  const local = await read(file, offset, 30)
  if (local.readUInt32LE(0) !== localEntry) throw new SyntaxError(`${name} is not where the directory says`)
  let at = offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
  for (let left = packed; left > 0;) {
    const piece = await read(file, at, Math.min(left, 65_536))
    yield piece
    at += piece.length
    left -= piece.length
  }
}

async function* holdToDirectory(
  source: AsyncIterable<Buffer>,
  { name, size, checksum }: Entry
): AsyncGenerator<Buffer> {
  let seen = 0
  let sum = 0
  for await (const piece of source) {
    seen += piece.length
    if (seen > size) throw new SyntaxError(`${name} is longer than its directory says`)
    sum = crc32(piece, sum)
    yield piece
  }
  if (seen !== size || sum !== checksum) throw new SyntaxError(`${name} is not the file its directory speaks of`)
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  if (bytesRead < length) throw new SyntaxError('the archive ends too early')
  return buffer
}
