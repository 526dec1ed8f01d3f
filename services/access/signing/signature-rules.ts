// The signature of a program's request, a partner's (SM2-SIGN) or a gate's (SM2-GATE): what the header says, which bytes are signed, and
// how far two clocks may be apart.
//
//   Authorization: SM2-SIGN client="UUID", timestamp="UNIX SECONDS", nonce="16–64 of [A-Za-z0-9_-]", digest="SM3 OF THE BODY, HEX",
//                  signature="r‖s, 64 BYTES, BASE64URL"
//
// Signed with SM2 over SM3, user id 1234567812345678 (GM/T 0009), over eight lines joined by line feeds, none after the last:
// scheme · client · method · path · query, its parts sorted by their bytes · digest · timestamp · nonce.

export interface RequestSignature {
  client: string
  /** Seconds since 1970. */
  timestamp: number
  nonce: string
  /** 64 lower-case hexadecimal digits. */
  digest: string
  signature: Uint8Array
}

/** Who signs: the program of a channel, or an enrolled gate, whose device id stands as the client. */
export type SignatureScheme = 'SM2-SIGN' | 'SM2-GATE'
/** A minute's drift on either side would do; mobile networks and queues want a little more. */
export const clockWindowSeconds = 300
export const emptyDigest = '1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b'

const patterns = {
  client: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  timestamp: /^\d{1,12}$/,
  nonce: /^[\w-]{16,64}$/,
  digest: /^[0-9a-f]{64}$/,
  signature: /^[\w-]{86}$/
}

/** Null when the header is of another scheme; 'malformed' when it is ours and does not fit. */
export function readSignature(
  header: string | undefined,
  scheme: SignatureScheme
): RequestSignature | 'malformed' | null {
  if (header === undefined || !header.startsWith(`${scheme} `)) return null
  const given = new Map<string, string>()
  for (const part of header.slice(scheme.length + 1).split(',')) {
    const match = /^\s*([a-z]+)="([^"]*)"\s*$/.exec(part)
    if (!match || given.has(match[1]!)) return 'malformed'
    given.set(match[1]!, match[2]!)
  }
  const names = Object.keys(patterns) as (keyof typeof patterns)[]
  if (given.size !== names.length || !names.every((name) => patterns[name].test(given.get(name) ?? '')))
    return 'malformed'
  return {
    client: given.get('client')!,
    timestamp: Number(given.get('timestamp')),
    nonce: given.get('nonce')!,
    digest: given.get('digest')!,
    signature: Buffer.from(given.get('signature')!, 'base64url')
  }
}

/** The value of the header. */
export function writeSignature(scheme: SignatureScheme, { signature, ...parts }: RequestSignature): string {
  const given = { ...parts, signature: Buffer.from(signature).toString('base64url') }
  const pairs = Object.entries(given).map(([name, value]) => `${name}="${value}"`)
  return `${scheme} ${pairs.join(', ')}`
}

/** The bytes under the signature. The path and query are those of the request line, as they were sent. */
export function canonicalRequest(
  { scheme, method, url }: { scheme: SignatureScheme; method: string; url: string },
  { client, timestamp, nonce, digest }: Omit<RequestSignature, 'signature'>
): Uint8Array {
  const [path, query = ''] = splitOnce(url, '?')
  const sorted = query.split('&').toSorted(byBytes).join('&')
  return Buffer.from([scheme, client, method.toUpperCase(), path, sorted, digest, timestamp, nonce].join('\n'))
}

export function isWithinClock(timestamp: number, now: Date): boolean {
  return Math.abs(now.getTime() / 1000 - timestamp) <= clockWindowSeconds
}

/** Until when a nonce must be remembered: as long as its request would still be within the clock. */
export function nonceEnd(timestamp: number): Date {
  return new Date((timestamp + clockWindowSeconds + 1) * 1000)
}

function splitOnce(text: string, at: string): string[] {
  const index = text.indexOf(at)
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + 1)]
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
