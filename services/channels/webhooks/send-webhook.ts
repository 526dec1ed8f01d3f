// One message to one receiver: signed, to an address that may be spoken to, over before its time is.
import { lookup, type LookupAddress } from 'node:dns'
import { request as requestPlain } from 'node:http'
import { request as requestSecure, type RequestOptions } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { KeyReference, KeyStore } from '../../../card-crypto/key-store.ts'
import { isPublicAddress, mayBeTarget } from './target-rules.ts'

/** Signs messages to channels; its public half is at GET /v1/webhook-key. */
export const webhookKey: KeyReference = {
  purpose: 'message-signature',
  scope: '',
  version: 1,
  index: 0,
  algorithm: 'sm2'
}

export interface Message {
  /** The event's id: the same in every attempt and every replay, so that a receiver can tell a repetition. */
  id: number
  url: string
  body: string
}

export interface SendOptions {
  keys: Pick<KeyStore, 'sign'>
  sample: boolean
  timeoutMs: number
}

/** The receiver's status, or null and the reason why there is none. Never throws. */
export async function sendWebhook(
  { id, url, body }: Message,
  { keys, sample, timeoutMs }: SendOptions,
  now: Date
): Promise<{ status: number | null; answer: string }> {
  if (!mayBeTarget(url, { sample })) return { status: null, answer: 'target not allowed' }
  const timestamp = Math.floor(now.getTime() / 1000)
  const signature = await keys.sign(webhookKey, Buffer.from(`${id}.${timestamp}.${body}`))
  const options: RequestOptions = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'lingnan-webhooks/1',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `sm2,${Buffer.from(signature).toString('base64')}`
    },
    // A name is resolved by us, for this connection, and every address it has must be public.
    ...(sample ? {} : { lookup: lookupPublic }),
    agent: false,
    signal: AbortSignal.timeout(timeoutMs)
  }
  return await new Promise((resolve) => {
    const fail = (error: Error) => resolve({ status: null, answer: describe(error) })
    const sending = (url.startsWith('https:') ? requestSecure : requestPlain)(url, options, (response) => {
      // What it says beside its status interests nobody.
      response.destroy()
      resolve({ status: response.statusCode!, answer: String(response.statusCode) })
    })
    sending.on('error', fail)
    sending.end(body)
  })
}

/** Resolves a name only when every address it has is public; a name that mixes them is up to something. */
export function publicLookup(resolve: (name: string, done: Resolved) => void): LookupFunction {
  return (name, options, done) =>
    resolve(name, (error, addresses) => {
      const closed = error ? undefined : addresses.find(({ address }) => !isPublicAddress(address))
      if (error || closed) return done(error ?? new Error(`target not allowed: ${closed!.address}`), [])
      if (options.all) done(null, addresses)
      else done(null, addresses[0]!.address, addresses[0]!.family)
    })
}

type Resolved = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void
const lookupPublic = publicLookup((name, done) => lookup(name, { all: true }, done))

function describe(error: Error): string {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'timed out'
  return ('code' in error ? String(error.code) : error.message).slice(0, 200)
}
