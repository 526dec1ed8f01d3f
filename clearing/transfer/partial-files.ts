// Files that are on their way in: their bytes lie beside each other in a folder, so that a transfer that broke off goes on where it ended,
// after a restart, too. A file is what it was announced as, or it is thrown away.
import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { transferCodes, type OfferedFile, type TransferCode, type TransferFile } from './serve-transfers.ts'

export interface PartialFiles {
  /** Where the bytes of a file lie; `from` tells apart what two senders call by one name. */
  pathOf(from: string, file: TransferFile): string
  begin(from: string, file: TransferFile): Promise<{ received: number } | { code: TransferCode }>
  write(from: string, file: TransferFile, bytes: Buffer, at: number): Promise<void>
  /** Hands a file that is whole and right to `keep`, and forgets it. */
  finish(from: string, file: TransferFile, keep: (path: string) => Promise<TransferCode>): Promise<TransferCode>
}

export function openPartialFiles(folder: string, { bytesMax }: { bytesMax: number }): PartialFiles {
  const pathOf = (from: string, { name, digest, size }: TransferFile): string =>
    join(folder, createHash('sha256').update(`${from}\n${name}\n${digest}\n${size}`).digest('hex'))
  return {
    pathOf,
    async begin(from, file) {
      if (!/^[\dA-Fa-f]{64}$/.test(file.digest)) return { code: transferCodes.digestDiffers }
      if (file.size > bytesMax) return { code: transferCodes.tooLarge }
      await mkdir(folder, { recursive: true })
      const path = pathOf(from, file)
      const held = await stat(path).catch(() => null)
      // All but the last byte at most: the last block is what asks for the end.
      return { received: Math.min(held?.size ?? 0, Math.max(0, file.size - 1)) }
    },
    async write(from, file, bytes, at) {
      const writer = await open(pathOf(from, file), constants.O_RDWR | constants.O_CREAT, 0o600)
      try {
        for (let done = 0; done < bytes.length;)
          done += (await writer.write(bytes, done, bytes.length - done, at + done)).bytesWritten
      } finally {
        await writer.close()
      }
    },
    async finish(from, file, keep) {
      const path = pathOf(from, file)
      const handle = await open(path, 'r')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
      const right = (await stat(path)).size === file.size && (await sha256Of(path)) === file.digest.toLowerCase()
      const code = right ? await keep(path) : transferCodes.digestDiffers
      await rm(path, { force: true })
      return code
    }
  }
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** A file of ours, ready to be handed over. */
export async function offerFile(
  path: string,
  name: string,
  acknowledge: () => Promise<void> = async () => undefined
): Promise<OfferedFile> {
  const { size } = await stat(path)
  return {
    name,
    size,
    digest: await sha256Of(path),
    acknowledge,
    async read(at, length) {
      const handle = await open(path, 'r')
      try {
        const bytes = Buffer.alloc(length)
        for (let done = 0; done < length;) {
          const { bytesRead } = await handle.read(bytes, done, length - done, at + done)
          if (bytesRead === 0) throw new Error(`${name} became shorter while it was sent`)
          done += bytesRead
        }
        return bytes
      } finally {
        await handle.close()
      }
    }
  }
}
