// A partner as a test needs one: a channel with credit, a client with a key pair, requests signed as the scheme asks.
import type { InjectOptions } from 'fastify'
import { randomBytes } from 'node:crypto'
import { hex } from '../../card-crypto/bytes.ts'
import { sm2GenerateKeyPair, type Sm2KeyPair } from '../../card-crypto/sm2-keys.ts'
import { sm2Sign } from '../../card-crypto/sm2.ts'
import { sm3 } from '../../card-crypto/sm3.ts'
import { canonicalRequest, writeSignature } from '../access/signing/signature-rules.ts'
import type { TestApp } from '../test-app.ts'
import type { ChannelTerms } from './channel-schemas.ts'

export const terms: ChannelTerms = {
  name: '示例平台',
  kind: 'platform',
  state: 'active',
  opensMinute: 0,
  closesMinute: 1440,
  ticketsPerDay: null,
  refundsFreeQuota: true,
  commissionRate: '0.03',
  ticketCharge: 20,
  creditLimit: 1_000_000
}

export interface Ask {
  method?: 'GET' | 'PUT' | 'POST' | 'DELETE'
  url: string
  payload?: object
}

export const allScopes = [
  'buy-ticket',
  'read-own-orders',
  'refund-ticket',
  'change-ticket',
  'show-ticket-code',
  'sell-on-credit',
  'read-channel-account',
  'keep-webhooks',
  'read-revenue',
  'reconcile-sales'
]

/** The header of a signed request, made as a partner would make it. */
export function signatureOf(
  ask: { method: string; url: string; body: string },
  {
    client,
    pair,
    at,
    nonce = randomBytes(16).toString('hex')
  }: { client: string; pair: Sm2KeyPair; at: Date; nonce?: string }
): string {
  const digest = hex(sm3(Buffer.from(ask.body))).toLowerCase()
  const timestamp = Math.floor(at.getTime() / 1000)
  const about = { client, timestamp, nonce, digest }
  const signature = sm2Sign(pair.privateKey, canonicalRequest({ scheme: 'SM2-SIGN', ...ask }, about))
  return writeSignature('SM2-SIGN', { ...about, signature })
}

export async function openPartner(
  test: TestApp,
  code: string,
  changes: Partial<ChannelTerms> = {},
  scopes = allScopes
) {
  const operator = await test.as('operator')
  const put = {
    method: 'PUT',
    url: `/v1/channels/${code}`,
    headers: operator,
    payload: { ...terms, ...changes }
  } as const
  const opened = await test.call(put)
  if (opened.status !== 200) throw new Error(JSON.stringify(opened.body))
  const pair = sm2GenerateKeyPair()
  const payload = { name: 'test', scopes, secret: true, publicKey: hex(pair.publicKey) }
  const { body: client } = await test.call({
    method: 'POST',
    url: `/v1/channels/${code}/clients`,
    headers: operator,
    payload
  })
  const sign = ({ method = 'GET', url, payload }: Ask, at = test.time.now): InjectOptions => {
    const body = payload === undefined ? '' : JSON.stringify(payload)
    const authorization = signatureOf({ method, url, body }, { client: client.id, pair, at })
    const headers = payload === undefined ? { authorization } : { authorization, 'content-type': 'application/json' }
    return { method, url, headers, ...(payload === undefined ? {} : { payload: body }) }
  }
  return { code, operator, client, pair, sign, ask: async (ask: Ask) => await test.call(sign(ask)) }
}

export type Partner = Awaited<ReturnType<typeof openPartner>>
