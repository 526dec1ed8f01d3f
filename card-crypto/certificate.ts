// X.509 v3 certificates (RFC 5280) and signing requests (PKCS#10) with SM2 keys, signed with SM3 and the default user id
// (GM/T 0015, GB/T 20518). Signing is a callback, so that the key may stay in a key store.
import { concat, equalConstantTime, hex } from './bytes.ts'
import {
  bitString,
  contentOf,
  context,
  contextBytes,
  elements,
  explicit,
  implicitBytes,
  integer,
  objectIdentifier,
  oidOf,
  primitive,
  readDer,
  requireTruth,
  sequence,
  set,
  setElements,
  TAG,
  textOf,
  truth,
  writeDer,
  type DerNode
} from './der.ts'
import { sm2Verify } from './sm2.ts'
import { derToRaw, rawToDer } from './sm2-der.ts'
import { pem, sm2PublicKeyFromSpki, sm2PublicKeyToSpki } from './sm2-keys.ts'
import { sm3 } from './sm3.ts'

/** Signs with SM2 under the default user id: 64 bytes r‖s. */
export type Sign = (toBeSigned: Uint8Array) => Promise<Uint8Array>

export interface DistinguishedName {
  readonly commonName: string
  readonly organization?: string
  readonly organizationalUnit?: string
  readonly locality?: string
  readonly province?: string
  /** Two capital letters. */
  readonly country?: string
  readonly serialNumber?: string
}

/** RFC 5280 §4.2.1.3, in the order of the bits. */
const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly'
] as const
export type KeyUsage = (typeof keyUsages)[number]

/** What a certificate states, apart from who issued it. */
export interface CertificateContent {
  readonly subject: DistinguishedName
  /** x‖y, 64 bytes. */
  readonly publicKey: Uint8Array
  /** Big-endian, above zero, at most 20 bytes with a sign bit. */
  readonly serialNumber: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  readonly keyUsage: readonly KeyUsage[]
  /** Present when the subject may issue certificates; pathLength = how many authorities may follow below it. */
  readonly authority?: { readonly pathLength?: number }
}

export interface Certificate extends CertificateContent {
  readonly issuer: DistinguishedName
  readonly der: Uint8Array
  readonly toBeSigned: Uint8Array
  /** r‖s, 64 bytes. */
  readonly signature: Uint8Array
  /** The names as they are encoded: chains compare bytes, never text. */
  readonly rawSubject: Uint8Array
  readonly rawIssuer: Uint8Array
  readonly subjectKeyIdentifier: Uint8Array | null
  readonly authorityKeyIdentifier: Uint8Array | null
  /** Critical extensions we do not know: such a certificate must not be relied on. */
  readonly unknownCritical: readonly string[]
}

/** A certificate that vouches for itself. Throws a RangeError for content that does not fit X.509. */
export async function issueRoot(content: CertificateContent, sign: Sign): Promise<Certificate> {
  if (!content.authority) throw new RangeError('a root is an authority')
  const { subject, publicKey } = content
  return signed(content, { name: nameNode(subject), publicKey, keyIdentifier: keyIdentifier(publicKey) }, sign)
}

/** A certificate under an authority; `sign` signs with the authority's key. Throws a RangeError when it must not be issued. */
export async function issueCertificate(
  content: CertificateContent,
  issuer: Certificate,
  sign: Sign
): Promise<Certificate> {
  if (!issuer.authority || !issuer.keyUsage.includes('keyCertSign')) throw new RangeError('the issuer is no authority')
  if (content.authority && issuer.authority.pathLength === 0)
    throw new RangeError('no authority may follow this issuer')
  if (content.notAfter > issuer.notAfter) throw new RangeError('the certificate would outlive its issuer')
  const { publicKey, rawSubject, subjectKeyIdentifier } = issuer
  const part = { name: readDer(rawSubject), publicKey, keyIdentifier: subjectKeyIdentifier ?? keyIdentifier(publicKey) }
  return signed(content, part, sign)
}

/** Reads DER, or PEM with one CERTIFICATE. A SyntaxError for anything that is not an SM2 certificate in strict DER. */
export function parseCertificate(encoded: Uint8Array | string): Certificate {
  if (typeof encoded !== 'string') return certificateOf(encoded)
  const certificates = parseCertificates(encoded)
  if (certificates.length !== 1) throw new SyntaxError('one CERTIFICATE expected in the PEM text')
  return certificates[0]!
}

/** Every CERTIFICATE of a PEM text, in its order. */
export function parseCertificates(text: string): Certificate[] {
  return pemBlocks(text, 'CERTIFICATE').map(certificateOf)
}

export function certificateToPem(certificate: Certificate): string {
  return pem('CERTIFICATE', certificate.der)
}

/** True when the certificate's signature was made with the key; who the key belongs to is the chain's question. */
export function isSignedBy(certificate: Certificate, publicKey: Uint8Array): boolean {
  return sm2Verify(publicKey, certificate.toBeSigned, certificate.signature)
}

// ---- Signing requests ----

export interface SigningRequest {
  readonly subject: DistinguishedName
  /** x‖y, 64 bytes. */
  readonly publicKey: Uint8Array
}

/** PKCS#10 in PEM, signed with the key it asks a certificate for. */
export async function createSigningRequest({ subject, publicKey }: SigningRequest, sign: Sign): Promise<string> {
  const spki = readDer(sm2PublicKeyToSpki(publicKey))
  const info = sequence(integer(Uint8Array.of(0)), nameNode(subject), spki, context(0))
  return pem('CERTIFICATE REQUEST', await envelope(info, publicKey, sign))
}

/** Reads a request and proves that the sender holds the key. A SyntaxError otherwise. Requested extensions are ignored. */
export function parseSigningRequest(text: string): SigningRequest {
  const [der, ...more] = pemBlocks(text, 'CERTIFICATE REQUEST')
  if (!der || more.length > 0) throw new SyntaxError('one CERTIFICATE REQUEST expected in the PEM text')
  const { info, toBeSigned, signature } = openEnvelope(der)
  const [version, subject, spki] = elements(info, 4)
  if (hex(contentOf(version, TAG.integer)) !== '00') throw new SyntaxError('not a PKCS#10 request of version 1')
  const publicKey = sm2PublicKeyFromSpki(writeDer(spki!))
  if (!sm2Verify(publicKey, toBeSigned, signature)) throw new SyntaxError('the request is not signed with its own key')
  return { subject: nameOf(subject!), publicKey }
}

// ---- Writing ----

interface IssuerPart {
  readonly name: DerNode
  readonly publicKey: Uint8Array
  readonly keyIdentifier: Uint8Array
}

async function signed(content: CertificateContent, issuer: IssuerPart, sign: Sign): Promise<Certificate> {
  const { serialNumber, notBefore, notAfter, subject, publicKey } = content
  if (!/^(?!0*$)[0-9A-F]{2,39}$|^[0-7][0-9A-F]{39}$/.test(hex(serialNumber)))
    throw new RangeError('a serial number is above zero and at most 20 bytes with its sign (RFC 5280 §4.1.2.2)')
  if (!(notBefore < notAfter)) throw new RangeError('a certificate begins before it ends')
  const info = sequence(
    context(0, integer(Uint8Array.of(2))),
    integer(serialNumber),
    signatureAlgorithm(),
    issuer.name,
    sequence(timeNode(notBefore), timeNode(notAfter)),
    nameNode(subject),
    readDer(sm2PublicKeyToSpki(publicKey)),
    context(3, sequence(...extensionNodes(content, issuer.keyIdentifier)))
  )
  return certificateOf(await envelope(info, issuer.publicKey, sign))
}

/** SEQUENCE { info, algorithm, signature }. A signature that does not verify never leaves this function. */
async function envelope(info: DerNode, publicKey: Uint8Array, sign: Sign): Promise<Uint8Array> {
  const toBeSigned = writeDer(info)
  const signature = await sign(toBeSigned)
  if (!sm2Verify(publicKey, toBeSigned, signature)) throw new Error('the signing key is not the one of the issuer')
  return writeDer(sequence(info, signatureAlgorithm(), bitString(rawToDer(signature))))
}

function extensionNodes(
  { authority, keyUsage, publicKey }: CertificateContent,
  issuerIdentifier: Uint8Array
): DerNode[] {
  if (keyUsage.length === 0) throw new RangeError('a certificate states what its key is for')
  if ((authority !== undefined) !== keyUsage.includes('keyCertSign'))
    throw new RangeError('an authority, and nobody else, signs certificates')
  const pathLength = authority?.pathLength
  const constraints = authority ? [truth()] : []
  if (pathLength !== undefined && !(pathLength >= 0 && pathLength <= 127))
    throw new RangeError('a path length is below 128')
  if (pathLength !== undefined) constraints.push(integer(Uint8Array.of(pathLength)))
  return [
    extension(OID.basicConstraints, sequence(...constraints), true),
    extension(OID.keyUsage, usageNode(keyUsage), true),
    extension(OID.subjectKeyIdentifier, primitive(TAG.octetString, keyIdentifier(publicKey)), false),
    extension(OID.authorityKeyIdentifier, sequence(contextBytes(0, issuerIdentifier)), false)
  ]
}

function signatureAlgorithm(): DerNode {
  return sequence(objectIdentifier(OID.sm2WithSm3))
}

function extension(oid: string, value: DerNode, critical: boolean): DerNode {
  const flag = critical ? [truth()] : []
  return sequence(objectIdentifier(oid), ...flag, primitive(TAG.octetString, writeDer(value)))
}

/** The leftmost 160 bits of the digest of the key, as RFC 7093 §2 does with SHA-256. */
function keyIdentifier(publicKey: Uint8Array): Uint8Array {
  return sm3(concat(Uint8Array.of(4), publicKey)).subarray(0, 20)
}

function usageNode(usages: readonly KeyUsage[]): DerNode {
  const bits = usages.map((usage) => keyUsages.indexOf(usage))
  const last = Math.max(...bits)
  // A named bit list ends with its last one bit (X.690 §11.2.2); the first byte counts the unused bits.
  const bytes = new Uint8Array(2 + (last >> 3))
  bytes[0] = 7 - (last & 7)
  for (const bit of bits) bytes[1 + (bit >> 3)]! |= 128 >> (bit & 7)
  return primitive(TAG.bitString, bytes)
}

/** UTCTime through 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
function timeNode(at: Date): DerNode {
  const digits = `${at.toISOString().slice(0, 19).replace(/\D/g, '')}Z`
  const short = at.getUTCFullYear() >= 1950 && at.getUTCFullYear() < 2050
  return primitive(
    short ? TAG.utcTime : TAG.generalizedTime,
    new TextEncoder().encode(short ? digits.slice(2) : digits)
  )
}

function nameNode(name: DistinguishedName): DerNode {
  const attributes = nameAttributes.flatMap(([key, oid, limit]) => {
    const value = name[key]
    if (value === undefined) return []
    if (value.length === 0 || value.length > limit) throw new RangeError(`${key} has 1 to ${limit} characters`)
    if (key === 'country' && !/^[A-Z]{2}$/.test(value)) throw new RangeError('a country has two capital letters')
    // RFC 5280 appendix A: country and serialNumber are PrintableString, everything else may be UTF-8.
    const printable = key === 'country' || (key === 'serialNumber' && /^[A-Za-z0-9 '()+,./:=?-]+$/.test(value))
    const text = primitive(printable ? TAG.printableString : TAG.utf8String, new TextEncoder().encode(value))
    return [set(sequence(objectIdentifier(oid), text))]
  })
  return sequence(...attributes)
}

// ---- Reading ----

function certificateOf(der: Uint8Array): Certificate {
  const { info, toBeSigned, signature, algorithm } = openEnvelope(der)
  const [version, serial, innerAlgorithm, issuer, validity, subject, spki, extensions] = elements(info, 8)
  if (hex(contentOf(explicit(version, 0), TAG.integer)) !== '02')
    throw new SyntaxError('not a certificate of X.509 version 3')
  if (!equalConstantTime(writeDer(innerAlgorithm!), writeDer(algorithm)))
    throw new SyntaxError('the two signature algorithms of the certificate differ')
  const [notBefore, notAfter] = elements(validity, 2)
  return {
    der,
    toBeSigned,
    signature,
    serialNumber: serialNumberOf(serial),
    issuer: nameOf(issuer!),
    subject: nameOf(subject!),
    rawIssuer: writeDer(issuer!),
    rawSubject: writeDer(subject!),
    notBefore: timeOf(notBefore!),
    notAfter: timeOf(notAfter!),
    publicKey: sm2PublicKeyFromSpki(writeDer(spki!)),
    ...extensionsOf(explicit(extensions, 3))
  }
}

function openEnvelope(der: Uint8Array) {
  const [info, algorithm, bits] = elements(readDer(der), 3)
  const [oid, parameters, ...more] = elements(algorithm)
  const absent = parameters === undefined || contentOf(parameters, TAG.null).length === 0
  if (oidOf(oid) !== OID.sm2WithSm3 || !absent || more.length > 0)
    throw new SyntaxError('not signed with SM2 and SM3 (1.2.156.10197.1.501)')
  const signature = contentOf(bits, TAG.bitString)
  if (signature[0] !== 0) throw new SyntaxError('the signature is not a whole number of bytes')
  return { info: info!, algorithm: algorithm!, toBeSigned: writeDer(info!), signature: derToRaw(signature.subarray(1)) }
}

type Extensions = Pick<
  Certificate,
  'keyUsage' | 'authority' | 'subjectKeyIdentifier' | 'authorityKeyIdentifier' | 'unknownCritical'
>

function extensionsOf(list: DerNode): Extensions {
  const values = new Map<string, DerNode>()
  const unknownCritical: string[] = []
  for (const node of elements(list)) {
    const [oid, ...rest] = elements(node)
    const critical = rest.length === 2
    if (critical) requireTruth(rest[0]!)
    else if (rest.length !== 1) throw new SyntaxError('a malformed extension')
    const name = oidOf(oid)
    if (values.has(name)) throw new SyntaxError(`the extension ${name} stands twice`)
    const known = knownExtensions.has(name)
    const value = contentOf(rest.at(-1), TAG.octetString)
    values.set(name, known ? readDer(value) : node)
    if (critical && !known) unknownCritical.push(name)
  }
  const authority = authorityOf(values.get(OID.basicConstraints))
  return {
    ...(authority ? { authority } : {}),
    keyUsage: usagesOf(values.get(OID.keyUsage)),
    subjectKeyIdentifier: identifierOf(values.get(OID.subjectKeyIdentifier)),
    authorityKeyIdentifier: authorityIdentifierOf(values.get(OID.authorityKeyIdentifier)),
    unknownCritical
  }
}

function authorityOf(node: DerNode | undefined): { pathLength?: number } | null {
  const [flag, limit, ...more] = node ? elements(node) : []
  if (flag === undefined) return null
  requireTruth(flag)
  if (more.length > 0) throw new SyntaxError('malformed basic constraints')
  if (limit === undefined) return {}
  const [pathLength, ...rest] = contentOf(limit, TAG.integer)
  if (rest.length > 0 || pathLength! > 127) throw new SyntaxError('a path length is below 128')
  return { pathLength: pathLength! }
}

/** A certificate without the extension restricts nothing (RFC 5280 §4.2.1.3), but we rely only on what is stated: none. */
function usagesOf(node: DerNode | undefined): KeyUsage[] {
  if (!node) return []
  const [, ...bytes] = contentOf(node, TAG.bitString)
  return keyUsages.filter((_, bit) => ((bytes[bit >> 3] ?? 0) & (128 >> (bit & 7))) !== 0)
}

function identifierOf(node: DerNode | undefined): Uint8Array | null {
  return node ? contentOf(node, TAG.octetString) : null
}

function authorityIdentifierOf(node: DerNode | undefined): Uint8Array | null {
  return node ? implicitBytes(elements(node), 0) : null
}

function serialNumberOf(node: DerNode | undefined): Uint8Array {
  const digits = contentOf(node, TAG.integer)
  if (digits[0]! >= 128 || digits.length > 20) throw new SyntaxError('the serial number is negative or too long')
  return digits.length > 1 && digits[0] === 0 ? digits.subarray(1) : digits
}

function timeOf(node: DerNode): Date {
  const text = Buffer.from(contentOf(node, node.type === TAG.utcTime ? TAG.utcTime : TAG.generalizedTime)).toString(
    'latin1'
  )
  const short = node.type === TAG.utcTime
  if (!(short ? /^\d{12}Z$/ : /^\d{14}Z$/).test(text)) throw new SyntaxError('a malformed time')
  const digits = short ? `${text < '5' ? '20' : '19'}${text}` : text
  const iso = digits.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z')
  const time = new Date(iso)
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw new SyntaxError('there is no such time')
  return time
}

function nameOf(node: DerNode): DistinguishedName {
  const values: Partial<Record<keyof DistinguishedName, string>> = {}
  for (const attributes of elements(node)) {
    for (const attribute of setElements(attributes)) {
      const [oid, value] = elements(attribute, 2)
      const [key] = nameAttributes.find(([, known]) => known === oidOf(oid)) ?? []
      if (key === undefined) continue
      if (key === 'commonName' && values.commonName !== undefined)
        throw new SyntaxError('the name has two common names')
      values[key] ??= textOf(value!)
    }
  }
  return { ...values, commonName: values.commonName ?? '' }
}

/** Strict: the label must match and the body be canonical Base64. Text around the blocks is skipped (RFC 7468 §2). */
function pemBlocks(text: string, label: string): Uint8Array[] {
  const blocks = text.matchAll(
    new RegExp(`-----BEGIN ${label}-----\\r?\\n([A-Za-z0-9+/=\\r\\n]+)-----END ${label}-----`, 'g')
  )
  return Array.from(blocks, ([, body]) => Uint8Array.fromBase64(body!, { lastChunkHandling: 'strict' }))
}

// ---- Names of things ----

const OID = {
  sm2WithSm3: '1.2.156.10197.1.501',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35'
}
const knownExtensions = new Set([
  OID.subjectKeyIdentifier,
  OID.keyUsage,
  OID.basicConstraints,
  OID.authorityKeyIdentifier
])

/** Key, OID, longest value (RFC 5280 appendix A), in the order they are written. */
const nameAttributes: readonly (readonly [keyof DistinguishedName, string, number])[] = [
  ['country', '2.5.4.6', 2],
  ['province', '2.5.4.8', 128],
  ['locality', '2.5.4.7', 128],
  ['organization', '2.5.4.10', 64],
  ['organizationalUnit', '2.5.4.11', 64],
  ['serialNumber', '2.5.4.5', 64],
  ['commonName', '2.5.4.3', 64]
]
