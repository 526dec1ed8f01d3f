// Trees of DER (X.690) for certificates: node-forge reads and writes them, here and nowhere else in the house. What is read must
// write back to the same bytes, because forge accepts long lengths and padded integers that DER does not.
import forge from 'node-forge'
import { concat, equalConstantTime } from './bytes.ts'

/** One ASN.1 element: a constructed one holds elements, a primitive one holds bytes (one per character, as forge keeps them). */
export interface DerNode {
  readonly tagClass: number
  readonly type: number
  readonly value: string | DerNode[]
}

/** Tags of the universal class. */
export const TAG = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  objectIdentifier: 6,
  utf8String: 12,
  sequence: 16,
  set: 17,
  printableString: 19,
  utcTime: 23,
  generalizedTime: 24,
  bmpString: 30
} as const

const UNIVERSAL = 0
const CONTEXT = 0x80

/** The part of forge we use. Its own typings lack the options of fromDer and make enums of the tags. */
interface ForgeAsn1 {
  create(tagClass: number, type: number, constructed: boolean, value: string | DerNode[]): DerNode
  fromDer(bytes: string, options: Record<string, boolean | number>): DerNode
  toDer(node: DerNode): { getBytes(): string }
  oidToDer(oid: string): { getBytes(): string }
  derToOid(bytes: string): string
}
const asn1 = forge.asn1 as unknown as ForgeAsn1

/** A SyntaxError for anything but exactly one element in strict DER, nested at most 16 deep. */
export function readDer(der: Uint8Array): DerNode {
  let node: DerNode
  try {
    node = asn1.fromDer(binary(der), { strict: true, parseAllBytes: true, decodeBitStrings: false, maxDepth: 16 })
  } catch {
    throw new SyntaxError('not DER')
  }
  if (!equalConstantTime(writeDer(node), der)) throw new SyntaxError('not strict DER')
  return node
}

export function writeDer(node: DerNode): Uint8Array {
  return fromBinary(asn1.toDer(node).getBytes())
}

// ---- Making elements ----

export function sequence(...content: DerNode[]): DerNode {
  return create(UNIVERSAL, TAG.sequence, content)
}

export function set(...content: DerNode[]): DerNode {
  return create(UNIVERSAL, TAG.set, content)
}

/** [tag] EXPLICIT, or an implicit constructed one. */
export function context(tag: number, ...content: DerNode[]): DerNode {
  return create(CONTEXT, tag, content)
}

/** [tag] IMPLICIT of a primitive. */
export function contextBytes(tag: number, content: Uint8Array): DerNode {
  return create(CONTEXT, tag, binary(content))
}

/** A primitive of the universal class. */
export function primitive(tag: number, content: Uint8Array): DerNode {
  return create(UNIVERSAL, tag, binary(content))
}

/** From a non-negative big-endian number. */
export function integer(digits: Uint8Array): DerNode {
  let start = 0
  while (start < digits.length - 1 && digits[start] === 0) start++
  const minimal = digits.subarray(start)
  return primitive(TAG.integer, minimal[0]! >= 128 ? concat(Uint8Array.of(0), minimal) : minimal)
}

/** A BIT STRING of whole bytes. */
export function bitString(content: Uint8Array): DerNode {
  return primitive(TAG.bitString, concat(Uint8Array.of(0), content))
}

/** BOOLEAN TRUE; DER leaves FALSE out where it is the default. */
export function truth(): DerNode {
  return primitive(TAG.boolean, Uint8Array.of(255))
}

export function objectIdentifier(oid: string): DerNode {
  return create(UNIVERSAL, TAG.objectIdentifier, asn1.oidToDer(oid).getBytes())
}

function create(tagClass: number, type: number, value: string | DerNode[]): DerNode {
  return asn1.create(tagClass, type, typeof value !== 'string', value)
}

// ---- Reading elements; every one throws a SyntaxError when the element is not what it should be ----

/** The elements of a SEQUENCE; exactly `count` of them when given. */
export function elements(node: DerNode | undefined, count?: number): DerNode[] {
  return within(node, { tagClass: UNIVERSAL, type: TAG.sequence }, count)
}

export function setElements(node: DerNode | undefined): DerNode[] {
  return within(node, { tagClass: UNIVERSAL, type: TAG.set })
}

/** The one element inside [tag] EXPLICIT. */
export function explicit(node: DerNode | undefined, tag: number): DerNode {
  return within(node, { tagClass: CONTEXT, type: tag }, 1)[0]!
}

/** The bytes of [tag] IMPLICIT among the elements, or null. */
export function implicitBytes(nodes: readonly DerNode[], tag: number): Uint8Array | null {
  const node = nodes.find(({ tagClass, type }) => tagClass === CONTEXT && type === tag)
  return node ? bytesOf(node) : null
}

function within(node: DerNode | undefined, expected: { tagClass: number; type: number }, count?: number): DerNode[] {
  if (!node || node.tagClass !== expected.tagClass || node.type !== expected.type || typeof node.value === 'string')
    throw new SyntaxError('an ASN.1 element is not what it should be')
  if (count !== undefined && node.value.length !== count) throw new SyntaxError(`${count} ASN.1 elements expected`)
  return node.value
}

/** The bytes of a primitive of the universal class. Only an OCTET STRING or NULL may be empty. */
export function contentOf(node: DerNode | undefined, tag: number): Uint8Array {
  if (!node || node.tagClass !== UNIVERSAL || node.type !== tag)
    throw new SyntaxError('an ASN.1 element is not what it should be')
  const content = bytesOf(node)
  if (content.length === 0 && tag !== TAG.octetString && tag !== TAG.null)
    throw new SyntaxError('an empty ASN.1 element')
  return content
}

/** BOOLEAN TRUE, the only one that DER writes where FALSE is the default. */
export function requireTruth(node: DerNode): void {
  const content = contentOf(node, TAG.boolean)
  if (content.length !== 1 || content[0] !== 255) throw new SyntaxError('DER writes TRUE as FF and leaves FALSE out')
}

export function oidOf(node: DerNode | undefined): string {
  return asn1.derToOid(binary(contentOf(node, TAG.objectIdentifier)))
}

export function textOf(node: DerNode): string {
  if (node.type === TAG.bmpString && typeof node.value === 'string') return node.value
  return new TextDecoder().decode(bytesOf(node))
}

function bytesOf(node: DerNode): Uint8Array {
  if (typeof node.value !== 'string') throw new SyntaxError('an ASN.1 element is not what it should be')
  return fromBinary(node.value)
}

function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function fromBinary(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}
