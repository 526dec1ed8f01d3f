// The decision whether a chain of certificates may be relied on at a time: RFC 5280 §6 cut down to what our certificates can say.
import { equalConstantTime } from './bytes.ts'
import { isSignedBy, type Certificate, type KeyUsage } from './certificate.ts'

export type ChainReason =
  | 'chain-empty'
  | 'chain-too-long'
  | 'critical-extension-unknown'
  | 'not-yet-valid'
  | 'expired'
  | 'usage-not-stated'
  | 'root-unknown'
  | 'issuer-name-differs'
  | 'issuer-key-identifier-differs'
  | 'issuer-not-authority'
  | 'path-length-exceeded'
  | 'signature-wrong'

export interface ChainFailure {
  readonly reason: ChainReason
  /** 0 = the leaf. */
  readonly position: number
  readonly commonName: string
}

export interface ChainTrust {
  /** Certificates trusted because somebody put them here; their own signature proves nothing and is not asked. */
  readonly roots: readonly Certificate[]
  readonly at: Date
  /** What the leaf's key must be for. */
  readonly usage: KeyUsage
}

const certificatesMax = 8

/** Null when the chain (leaf first, the root at the end or left out) holds; else the first thing that is wrong, leaf upwards. */
export function checkChain(chain: readonly Certificate[], { roots, at, usage }: ChainTrust): ChainFailure | null {
  const [leaf] = chain
  const last = chain.at(-1)
  if (!leaf || !last) return { reason: 'chain-empty', position: 0, commonName: '' }
  if (chain.length > certificatesMax) return failure('chain-too-long', chain, certificatesMax)
  if (!leaf.keyUsage.includes(usage)) return failure('usage-not-stated', chain, 0)
  const root = roots.find((root) => equalConstantTime(root.der, last.der)) ?? roots.find((root) => names(root, last))
  if (!root) return failure('root-unknown', chain, chain.length - 1)
  const whole = equalConstantTime(root.der, last.der) ? chain : [...chain, root]
  for (const [position, certificate] of whole.entries()) {
    const issuer = whole[position + 1]
    const reason = ownFault(certificate, at) ?? (issuer ? linkFault(certificate, issuer, position) : null)
    if (reason) return failure(reason, whole, position)
  }
  return null
}

function ownFault(certificate: Certificate, at: Date): ChainReason | null {
  if (certificate.unknownCritical.length > 0) return 'critical-extension-unknown'
  if (at < certificate.notBefore) return 'not-yet-valid'
  if (at > certificate.notAfter) return 'expired'
  return null
}

/** `below` = the position of the certificate = how many certificates stand between its issuer and the leaf. */
function linkFault(certificate: Certificate, issuer: Certificate, below: number): ChainReason | null {
  if (!equalConstantTime(certificate.rawIssuer, issuer.rawSubject)) return 'issuer-name-differs'
  const [stated, actual] = [certificate.authorityKeyIdentifier, issuer.subjectKeyIdentifier]
  if (stated && actual && !equalConstantTime(stated, actual)) return 'issuer-key-identifier-differs'
  if (!issuer.authority || !issuer.keyUsage.includes('keyCertSign')) return 'issuer-not-authority'
  if (below > (issuer.authority.pathLength ?? Infinity)) return 'path-length-exceeded'
  if (!isSignedBy(certificate, issuer.publicKey)) return 'signature-wrong'
  return null
}

/** Roots that were renewed share a name; the key identifier tells them apart. */
function names(root: Certificate, certificate: Certificate): boolean {
  if (!equalConstantTime(root.rawSubject, certificate.rawIssuer)) return false
  const [stated, actual] = [certificate.authorityKeyIdentifier, root.subjectKeyIdentifier]
  return !stated || !actual || equalConstantTime(stated, actual)
}

function failure(reason: ChainReason, chain: readonly Certificate[], position: number): ChainFailure {
  return { reason, position, commonName: chain[position]?.subject.commonName ?? '' }
}
