// A signed request says what its body is; the body is held against that as it arrives, before anything reads it.
import type { FastifyRequest } from 'fastify'
import { Transform } from 'node:stream'
import { hex } from '../../../card-crypto/bytes.ts'
import { sm3Hasher } from '../../../card-crypto/sm3.ts'
import type { App } from '../../parts.ts'
import { refuse } from '../../refusals.ts'
import { emptyDigest } from './signature-rules.ts'

const signedDigests = new WeakMap<FastifyRequest, string>()

/** What the signer said the body is. Throws the refusal signature-invalid when there is none and he said there was. */
export function expectBody(request: FastifyRequest, digest: string): void {
  if (!hasBody(request) && digest !== emptyDigest) throw refuse('signature-invalid')
  signedDigests.set(request, digest)
}

/** Call before any route is made: a signed body must be the one that was signed. */
export function guardSignedBodies(app: App): void {
  app.addHook('preParsing', async (request, _reply, payload) => {
    const digest = signedDigests.get(request)
    return digest === undefined || !hasBody(request) ? payload : payload.pipe(assertDigest(digest))
  })
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function assertDigest(digest: string): Transform & { receivedEncodedLength: number } {
  const hasher = sm3Hasher()
  const through = Object.assign(
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hasher.update(chunk)
        // Fastify holds this against the content-length.
        through.receivedEncodedLength += chunk.length
        done(null, chunk)
      },
      flush(done) {
        done(hex(hasher.digest()).toLowerCase() === digest ? null : refuse('signature-invalid'))
      }
    }),
    { receivedEncodedLength: 0 }
  )
  return through
}
