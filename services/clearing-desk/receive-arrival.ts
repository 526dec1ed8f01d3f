// A card file sent to the API: its bytes stream to disk while the digest is taken, are flushed, and only then is its arrival
// written down and answered. A worker takes it from there.
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { transaction } from '../../clearing/database.ts'
import type { Parts } from '../parts.ts'
import { refuse } from '../refusals.ts'
import { findWaitingArrival, insertArrival, type Arrival } from './arrival-queries.ts'

/** Under the inbox: a name nobody can drop a file at, since the watch passes over names that begin with a dot. */
export const holdingFolder = '.arrived'
/** Above what any file may have (the ingestion refuses those with a code of its own), below what would fill a disk unseen. */
export const uploadBytesMax = 8 * 1024 ** 3

export interface Upload {
  name: string
  format: string | null
  /** RFC 9530 `Content-Digest`, sm3 or sha-256; null when not given. */
  contentDigest: string | null
  signature: Uint8Array | null
  /** The account of whoever sent it over HTTP. */
  receivedBy: string | null
  source?: 'api' | 'transfer'
}

/** Throws the refusals digest-differs, file-name-waiting, upload-too-large and upload-broken. Sent twice while it waits, it is one arrival. */
export async function receiveArrival(
  { sql, context }: Pick<Parts, 'sql' | 'context'>,
  upload: Upload,
  bytes: Readable,
  now: Date
): Promise<Arrival> {
  const { name, format, signature, receivedBy, source = 'api' } = upload
  const storedAs = join(holdingFolder, randomUUID())
  const path = join(context.folders.inbox, storedAs)
  await mkdir(join(context.folders.inbox, holdingFolder), { recursive: true })
  try {
    const { digest, sha256, size } = await keep(bytes, path)
    if (upload.contentDigest !== null && !agrees(upload.contentDigest, { sm3: digest, 'sha-256': sha256 }))
      throw refuse('digest-differs')
    const arrival = {
      name,
      format,
      source,
      storedAs,
      digest,
      size,
      signature,
      receivedBy,
      receivedAt: now
    }
    const inserted = await transaction(sql, async (tx) => await insertArrival(tx, arrival))
    if (inserted) return inserted
    const waiting = await findWaitingArrival(sql, name)
    if (!waiting?.digest || !timingSafeEqual(waiting.digest, digest)) throw refuse('file-name-waiting', { name })
    await rm(path, { force: true })
    return waiting
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

async function keep(bytes: Readable, path: string) {
  const sm3 = createHash('sm3')
  const sha256 = createHash('sha256')
  let size = 0
  const measured = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      size += chunk.length
      if (size > uploadBytesMax) throw refuse('upload-too-large', { bytesMax: uploadBytesMax })
      sm3.update(chunk)
      sha256.update(chunk)
      yield chunk
    }
  }
  await pipeline(bytes, measured, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ECONNRESET' ? refuse('upload-broken') : error
    }
  )
  return { digest: sm3.digest(), sha256: sha256.digest(), size }
}

/** `sm3=:base64:, sha-256=:base64:`; every digest we know must agree, and there must be one we know. */
export function agrees(header: string, digests: Record<'sm3' | 'sha-256', Uint8Array>): boolean {
  const given = [...header.matchAll(/([\w-]+)=:([A-Za-z0-9+/=]*):/g)].flatMap(([, algorithm, value]) => {
    const digest = digests[algorithm as 'sm3']
    return digest ? [Buffer.from(value!, 'base64').equals(digest)] : []
  })
  return given.length > 0 && given.every(Boolean)
}
