// How a gate comes to be trusted: staff of the station make a code that is good once and for minutes; the device makes its key, proves
// that it holds it, and gets a certificate. What is taken back is taken back at once.
import { randomInt, randomUUID } from 'node:crypto'
import { concat, equalConstantTime } from '../../../../card-crypto/bytes.ts'
import {
  certificateToPem,
  issueCertificate,
  issueRoot,
  parseCertificate,
  parseSigningRequest,
  type Certificate,
  type SigningRequest
} from '../../../../card-crypto/certificate.ts'
import type { KeyReference, KeyStore } from '../../../../card-crypto/key-store.ts'
import { sm3 } from '../../../../card-crypto/sm3.ts'
import { transaction, type Database } from '../../../../clearing/database.ts'
import { refuse } from '../../../refusals.ts'
import { findGate, type GateRow } from '../../boarding-queries.ts'
import {
  findAuthority,
  findDevice,
  insertDevice,
  insertEnrolmentCode,
  keepAuthority,
  lockEnrolmentCode,
  revokeDevice,
  type Device
} from './device-queries.ts'
import type { Enrolment, EnrolmentCode, EnrolmentRequest } from './device-schemas.ts'

interface Parts {
  sql: Database
  keys: KeyStore
}

const authorityKey: KeyReference = {
  purpose: 'certificate-authority',
  scope: 'gates',
  version: 1,
  index: 0,
  algorithm: 'sm2'
}
const codeLifeMs = 15 * 60_000
const dayMs = 86_400_000
const authorityLifeMs = 3650 * dayMs
const deviceLifeMs = 730 * dayMs

/** Throws the refusal gate-not-found. */
export async function makeEnrolmentCode(sql: Database, gate: number, actor: string, now: Date): Promise<EnrolmentCode> {
  await findGate(sql, gate)
  const code = newCode()
  const expiresAt = new Date(now.getTime() + codeLifeMs)
  const row = { codeDigest: digestCode(code), gate, madeBy: actor, madeAt: now, expiresAt }
  await transaction(sql, async (tx) => await insertEnrolmentCode(tx, row))
  return { code, gate, expiresAt }
}

/**
 * The same code with the same key is the same enrolment, so that a lost answer is asked for again. Throws the refusals
 * enrolment-code-wrong, signing-request-malformed and device-key-enrolled.
 */
export async function enrolDevice({ sql, keys }: Parts, request: EnrolmentRequest, now: Date): Promise<Enrolment> {
  const { publicKey } = readRequest(request.request)
  const codeDigest = digestCode(request.code)
  const authority = await openAuthority({ sql, keys }, now)
  const device = await transaction(sql, async (tx) => {
    const code = await lockEnrolmentCode(tx, codeDigest)
    if (!code || code.expiresAt <= now) throw refuse('enrolment-code-wrong')
    const known = code.device === null ? null : await findDevice(tx, code.device)
    if (known) {
      if (!equalConstantTime(known.publicKey, publicKey)) throw refuse('enrolment-code-wrong')
      return known
    }
    const gate = await findGate(tx, code.gate)
    const id = randomUUID()
    const certificate = await certify(keys, authority, { id, gate, publicKey }, now)
    const { der, notAfter } = certificate
    const about = { id, gate: gate.id, name: request.name.trim(), publicKey, certificate: der, notAfter }
    const fresh = { ...about, enrolledAt: now, enrolledBy: code.madeBy }
    await insertDevice(tx, fresh, codeDigest)
    return { ...fresh, revokedAt: null }
  })
  return enrolmentOf(device, authority, now)
}

/** Throws the refusal device-not-found; revoking twice is revoking once. */
export async function takeBackDevice(
  sql: Database,
  asked: { id: string; reason: string; actor: string },
  now: Date
): Promise<void> {
  if (!(await findDevice(sql, asked.id))) throw refuse('device-not-found')
  await transaction(sql, async (tx) => await revokeDevice(tx, asked, now))
}

function enrolmentOf({ id, gate, certificate, notAfter }: Device, authority: Certificate, now: Date): Enrolment {
  return {
    device: id,
    gate,
    certificate: certificateToPem(parseCertificate(certificate)),
    authority: certificateToPem(authority),
    notAfter,
    serverTime: now
  }
}

function readRequest(text: string): SigningRequest {
  try {
    return parseSigningRequest(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse('signing-request-malformed')
    throw error
  }
}

/** What the request names its subject is not believed: the certificate says which gate it is for, as the code did. */
async function certify(
  keys: KeyStore,
  authority: Certificate,
  { id, gate, publicKey }: { id: string; gate: GateRow; publicKey: Uint8Array },
  now: Date
): Promise<Certificate> {
  const content = {
    subject: { commonName: `gate ${gate.place}-${gate.number}`, organization: gate.placeName, serialNumber: id },
    publicKey,
    serialNumber: concat(Uint8Array.of(1), Buffer.from(id.replaceAll('-', ''), 'hex')),
    notBefore: new Date(now.getTime() - 60_000),
    notAfter: new Date(Math.min(now.getTime() + deviceLifeMs, authority.notAfter.getTime())),
    keyUsage: ['digitalSignature']
  } as const
  return await issueCertificate(content, authority, async (message) => await keys.sign(authorityKey, message))
}

/** Made when the first device asks; two that ask at once end up with one. */
async function openAuthority({ sql, keys }: Parts, now: Date): Promise<Certificate> {
  const known = await findAuthority(sql)
  if (known) return parseCertificate(known)
  await keys.generateKey(authorityKey)
  const content = {
    subject: { commonName: 'gate authority', organization: 'Lingnan ticketing', country: 'CN' },
    publicKey: await keys.publicKey(authorityKey),
    serialNumber: Uint8Array.of(1),
    notBefore: new Date(now.getTime() - dayMs),
    notAfter: new Date(now.getTime() + authorityLifeMs),
    keyUsage: ['keyCertSign'],
    authority: { pathLength: 0 }
  } as const
  const root = await issueRoot(content, async (message) => await keys.sign(authorityKey, message))
  return parseCertificate(await transaction(sql, async (tx) => await keepAuthority(tx, root.der, now)))
}

/** Three groups of four from letters and digits nobody mistakes for another: about 59 bits for a quarter of an hour. */
function newCode(): string {
  const alphabet = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'
  const group = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('')
  return [group(), group(), group()].join('-')
}

function digestCode(code: string): Uint8Array {
  return sm3(Buffer.from(code.toUpperCase()))
}
