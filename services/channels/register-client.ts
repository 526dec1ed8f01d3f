// A channel's program gets its credentials, and a token for its secret.
import { randomBytes, randomUUID } from 'node:crypto'
import { equalConstantTime, fromHex } from '../../card-crypto/bytes.ts'
import { sm2ExpandKey } from '../../card-crypto/sm2-keys.ts'
import { transaction, type Database, type Queryable } from '../../clearing/database.ts'
import { digestToken } from '../access/sign-in.ts'
import { refuse } from '../refusals.ts'
import { digestSecret } from './authenticate-client.ts'
import { findChannelId } from './channel-queries.ts'
import type { ClientRequest } from './channel-schemas.ts'
import { findLiveClient, insertClient, insertToken, listClients } from './client-queries.ts'

const tokenLifeMs = 3_600_000

/** The secret leaves here once. Throws the refusals channel-not-found, client-credential-required and public-key-malformed. */
export async function registerClient(
  sql: Database,
  { channel, request }: { channel: string; request: ClientRequest },
  now: Date
) {
  if (!request.secret && request.publicKey === undefined) throw refuse('client-credential-required')
  const owner = await findChannelId(sql, channel)
  if (owner === null) throw refuse('channel-not-found')
  const id = randomUUID()
  const secret = request.secret ? randomBytes(32).toString('base64url') : null
  await transaction(sql, async (tx) => {
    await insertClient(tx, {
      id,
      channel: owner,
      name: request.name,
      scopes: request.scopes,
      secretDigest: secret === null ? null : digestSecret(secret),
      publicKey: request.publicKey === undefined ? null : readPublicKey(request.publicKey),
      createdAt: now
    })
  })
  const client = (await listClients(sql, channel)).find((each) => each.id === id)!
  return { ...client, secret }
}

/** Throws the refusal sign-in-failed, whatever was wrong. */
export async function openToken(
  sql: Queryable,
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
  now: Date
): Promise<{ token: string; expiresAt: Date }> {
  const client = await findLiveClient(sql, clientId)
  const given = digestSecret(clientSecret)
  if (!client?.secretDigest || !equalConstantTime(given, client.secretDigest)) throw refuse('sign-in-failed')
  const token = randomBytes(32).toString('base64url')
  const expiresAt = new Date(now.getTime() + tokenLifeMs)
  await insertToken(sql, { tokenDigest: digestToken(token), client: client.id, expiresAt })
  return { token, expiresAt }
}

function readPublicKey(text: string): Uint8Array {
  try {
    return sm2ExpandKey(fromHex(text))
  } catch {
    throw refuse('public-key-malformed')
  }
}
