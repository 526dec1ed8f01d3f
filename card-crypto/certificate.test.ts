import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { concat, fromHex, hex } from './bytes.ts'
import {
  certificateToPem,
  createSigningRequest,
  isSignedBy,
  issueCertificate,
  issueRoot,
  parseCertificate,
  parseCertificates,
  parseSigningRequest,
  type Certificate,
  type CertificateContent,
  type KeyUsage
} from './certificate.ts'
import { checkChain, type ChainReason } from './certificate-chain.ts'
import {
  bitString,
  contentOf,
  context,
  elements,
  explicit,
  integer,
  objectIdentifier,
  primitive,
  readDer,
  sequence,
  TAG,
  truth,
  writeDer,
  type DerNode
} from './der.ts'
import { sm2Sign } from './sm2.ts'
import { rawToDer } from './sm2-der.ts'
import { pem, sm2GenerateKeyPair, sm2PrivateKeyToPem, type Sm2KeyPair } from './sm2-keys.ts'

const [rootKey, centreKey, leafKey, strangerKey] = Array.from({ length: 4 }, sm2GenerateKeyPair) as [
  Sm2KeyPair,
  Sm2KeyPair,
  Sm2KeyPair,
  Sm2KeyPair
]
const signWith = (key: Sm2KeyPair) => async (bytes: Uint8Array) => sm2Sign(key.privateKey, bytes)
const day = (text: string) => new Date(`${text}T00:00:00Z`)
const at = day('2026-06-01')
const authorityUsage: KeyUsage[] = ['keyCertSign', 'cRLSign']

const rootContent: CertificateContent = {
  subject: { country: 'CN', province: '广东', organization: '区域清分中心', commonName: '清分根证书' },
  publicKey: rootKey.publicKey,
  serialNumber: Uint8Array.of(1),
  notBefore: day('2026-01-01'),
  notAfter: day('2056-01-01'),
  keyUsage: authorityUsage,
  authority: { pathLength: 1 }
}
const centreContent: CertificateContent = {
  subject: { country: 'CN', organization: '区域清分中心', organizationalUnit: '密管', commonName: '清分签发证书' },
  publicKey: centreKey.publicKey,
  serialNumber: fromHex('00FF02'),
  notBefore: day('2026-01-01'),
  notAfter: day('2036-01-01'),
  keyUsage: authorityUsage,
  authority: { pathLength: 0 }
}
const leafContent: CertificateContent = {
  subject: { country: 'CN', locality: '广州', serialNumber: '02205810', commonName: 'Acquirer <02205810> & Co' },
  publicKey: leafKey.publicKey,
  serialNumber: fromHex('7FEEDDCCBBAA99887766554433221100FFEEDDCC'),
  notBefore: day('2026-03-01'),
  notAfter: day('2029-03-01'),
  keyUsage: ['digitalSignature', 'nonRepudiation']
}

let root: Certificate, centre: Certificate, leaf: Certificate, folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  root = await issueRoot(rootContent, signWith(rootKey))
  centre = await issueCertificate(centreContent, root, signWith(rootKey))
  leaf = await issueCertificate(leafContent, centre, signWith(centreKey))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The command's two outputs joined; an exit with an error is 'refused: …'. */
function openssl(...command: string[]): string {
  try {
    return execFileSync('openssl', command, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    return `refused: ${(error as { stderr: string }).stderr}`
  }
}

function place(files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
}

describe('what is issued', () => {
  test('reads back as it was stated, from DER and from PEM', () => {
    for (const [certificate, content] of [
      [root, rootContent],
      [leaf, leafContent]
    ] as const) {
      const again = parseCertificate(certificateToPem(certificate))
      expect(again).toEqual(certificate)
      expect(parseCertificate(certificate.der)).toEqual(certificate)
      expect(again).toMatchObject(content)
    }
    expect(leaf.authority).toBeUndefined()
    expect(leaf.issuer).toEqual(centreContent.subject)
    expect(leaf.rawIssuer).toEqual(centre.rawSubject)
    expect(leaf.authorityKeyIdentifier).toEqual(centre.subjectKeyIdentifier)
  })

  test('a serial number is read without its leading zeros', () => {
    expect(hex(centre.serialNumber)).toBe('FF02')
  })

  test('carries the signature of its issuer and of nobody else', () => {
    expect(isSignedBy(root, rootKey.publicKey)).toBe(true)
    expect(isSignedBy(leaf, centreKey.publicKey)).toBe(true)
    expect(isSignedBy(leaf, rootKey.publicKey)).toBe(false)
  })

  test('several certificates come out of one PEM text in their order', () => {
    const bundle = `header text\n${certificateToPem(leaf)}\n# comment\n${certificateToPem(centre).replaceAll('\n', '\r\n')}`
    expect(parseCertificates(bundle).map(({ subject }) => subject.commonName)).toEqual([
      leafContent.subject.commonName,
      centreContent.subject.commonName
    ])
    expect(() => parseCertificate(bundle)).toThrow(SyntaxError)
    expect(parseCertificates('')).toEqual([])
  })

  test.each<[string, Partial<CertificateContent>]>([
    ['a serial number of zero', { serialNumber: Uint8Array.of(0, 0) }],
    ['no serial number', { serialNumber: new Uint8Array() }],
    ['a serial number of 21 bytes', { serialNumber: new Uint8Array(21).fill(1) }],
    ['a serial number of 20 bytes with the sign bit', { serialNumber: new Uint8Array(20).fill(200) }],
    ['an end before the beginning', { notAfter: day('2026-02-28') }],
    ['a life longer than the issuer’s', { notAfter: day('2036-01-02') }],
    ['no usage', { keyUsage: [] }],
    ['signing certificates without being an authority', { keyUsage: ['keyCertSign'] }],
    ['an authority that may not sign certificates', { authority: {} }],
    ['an authority below pathLength 0', { authority: {}, keyUsage: authorityUsage }],
    ['an empty name', { subject: { commonName: '' } }],
    ['a name of 65 characters', { subject: { commonName: 'x'.repeat(65) } }],
    ['a country in small letters', { subject: { commonName: 'x', country: 'cn' } }]
  ])('not issued: %s', async (_, change) => {
    await expect(issueCertificate({ ...leafContent, ...change }, centre, signWith(centreKey))).rejects.toThrow(
      RangeError
    )
  })

  test('a key that is not the issuer’s, or a leaf as issuer, issues nothing', async () => {
    await expect(issueCertificate(leafContent, centre, signWith(leafKey))).rejects.toThrow('the signing key')
    await expect(issueCertificate(leafContent, leaf, signWith(leafKey))).rejects.toThrow('no authority')
    await expect(issueRoot(leafContent, signWith(leafKey))).rejects.toThrow('a root is an authority')
  })

  test('times before 2000 survive', async () => {
    const content = { ...rootContent, notBefore: day('1951-02-03') }
    expect(await issueRoot(content, signWith(rootKey))).toMatchObject(content)
  })

  test('times beyond 2049 and seconds of the day survive', async () => {
    const times = { notBefore: new Date('2026-01-01T12:34:56Z'), notAfter: new Date('2050-01-01T00:00:00Z') }
    const content = { ...rootContent, ...times, authority: {} }
    expect(await issueRoot(content, signWith(rootKey))).toMatchObject(content)
  })
})

describe('a chain', () => {
  const trust = (change: object = {}) => ({ roots: [root], at, usage: 'digitalSignature' as KeyUsage, ...change })

  test('holds with the root and without it, at both ends of its validity', () => {
    expect(checkChain([leaf, centre], trust())).toBeNull()
    expect(checkChain([leaf, centre, root], trust())).toBeNull()
    expect(checkChain([leaf, centre], trust({ at: leaf.notBefore }))).toBeNull()
    expect(checkChain([leaf, centre], trust({ at: leaf.notAfter }))).toBeNull()
    expect(checkChain([root], trust({ usage: 'keyCertSign' }))).toBeNull()
  })

  test('finds the right one of two roots with one name', async () => {
    const renewed = await issueRoot({ ...rootContent, publicKey: strangerKey.publicKey }, signWith(strangerKey))
    expect(checkChain([leaf, centre], trust({ roots: [renewed, root] }))).toBeNull()
    expect(checkChain([leaf, centre], trust({ roots: [renewed] }))?.reason).toBe('root-unknown')
  })

  type Case = [string, () => Certificate[], object, { reason: ChainReason; position: number }]
  test.each<Case>([
    ['no certificate', () => [], {}, { reason: 'chain-empty', position: 0 }],
    ['nine certificates', () => Array.from({ length: 9 }, () => leaf), {}, { reason: 'chain-too-long', position: 8 }],
    [
      'a leaf for another use',
      () => [leaf, centre],
      { usage: 'keyEncipherment' },
      { reason: 'usage-not-stated', position: 0 }
    ],
    ['no root we trust', () => [leaf, centre, root], { roots: [] }, { reason: 'root-unknown', position: 2 }],
    ['a gap', () => [leaf], {}, { reason: 'root-unknown', position: 0 }],
    [
      'a second before it begins',
      () => [leaf, centre],
      { at: new Date(+day('2026-03-01') - 1000) },
      { reason: 'not-yet-valid', position: 0 }
    ],
    [
      'a second after it ends',
      () => [leaf, centre],
      { at: new Date(+day('2029-03-01') + 1000) },
      { reason: 'expired', position: 0 }
    ],
    [
      'an authority that has ended',
      () => [centre],
      { at: day('2036-01-02'), usage: 'keyCertSign' },
      { reason: 'expired', position: 0 }
    ],
    [
      'certificates out of order',
      () => [centre, leaf, root],
      { usage: 'keyCertSign' },
      { reason: 'issuer-name-differs', position: 0 }
    ],
    [
      'a leaf that plays authority',
      () => [altered(leaf, { rawIssuer: leaf.rawSubject, authorityKeyIdentifier: null }), leaf, centre],
      {},
      { reason: 'issuer-not-authority', position: 0 }
    ],
    [
      'another key of the issuer',
      () => [altered(leaf, { authorityKeyIdentifier: leaf.subjectKeyIdentifier }), centre],
      {},
      { reason: 'issuer-key-identifier-differs', position: 0 }
    ],
    [
      'a leaf with another public key in it',
      () => [altered(leaf, { toBeSigned: leaf.toBeSigned.with(300, leaf.toBeSigned[300]! ^ 1) }), centre],
      {},
      { reason: 'signature-wrong', position: 0 }
    ],
    [
      'a middle signed by nobody',
      () => [leaf, altered(centre, { signature: leaf.signature })],
      {},
      { reason: 'signature-wrong', position: 1 }
    ],
    [
      'an authority in name only',
      () => [leaf, altered(centre, { keyUsage: ['cRLSign'] })],
      {},
      { reason: 'issuer-not-authority', position: 0 }
    ],
    [
      'a certificate signer that is no authority',
      () => [
        altered(leaf, { rawIssuer: leaf.rawSubject, authorityKeyIdentifier: null }),
        altered(leaf, { keyUsage: authorityUsage }),
        centre
      ],
      {},
      { reason: 'issuer-not-authority', position: 0 }
    ],
    [
      'a critical extension nobody knows',
      () => [altered(leaf, { unknownCritical: ['1.2.3'] }), centre],
      {},
      { reason: 'critical-extension-unknown', position: 0 }
    ]
  ])('does not hold: %s', (_, chain, change, failure) => {
    expect(checkChain(chain(), trust(change))).toMatchObject(failure)
  })

  test('may not be longer than its authorities allow', async () => {
    const long = await issueCertificate(
      { ...centreContent, authority: {}, publicKey: strangerKey.publicKey },
      altered(centre, { authority: {} }),
      signWith(centreKey)
    )
    const end = await issueCertificate(leafContent, long, signWith(strangerKey))
    expect(checkChain([end, long, centre], trust())).toMatchObject({ reason: 'path-length-exceeded', position: 1 })
  })

  function altered(certificate: Certificate, change: Partial<Certificate>): Certificate {
    return { ...certificate, ...change }
  }
})

describe('hostile input', () => {
  test.each([
    ['no PEM', 'hello'],
    ['an empty block', '-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----'],
    ['bad Base64', '-----BEGIN CERTIFICATE-----\nMIIB*\n-----END CERTIFICATE-----'],
    ['another label', pem('X509 CRL', Uint8Array.of(0x30, 0))],
    ['an empty sequence', pem('CERTIFICATE', Uint8Array.of(0x30, 0))]
  ])('refused: %s', (_, text) => {
    expect(() => parseCertificate(text)).toThrow(SyntaxError)
  })

  test('every flipped bit of a certificate is a SyntaxError or a chain that does not hold', () => {
    for (let bit = 0; bit < leaf.der.length * 8; bit++) {
      const flipped = leaf.der.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(outcome(flipped), `bit ${bit}`).toBe('refused')
    }
  })

  test('every truncation, and a byte more, is refused', () => {
    for (let length = 0; length < leaf.der.length; length++)
      expect(outcome(leaf.der.subarray(0, length))).toBe('refused')
    expect(outcome(concat(leaf.der, Uint8Array.of(0)))).toBe('refused')
  })

  test('spliced and random bytes are refused and raise nothing but a SyntaxError', () => {
    const splice = fc.tuple(fc.nat(leaf.der.length), fc.nat(40), fc.uint8Array({ minLength: 1, maxLength: 40 }))
    fc.assert(
      fc.property(splice, ([from, cut, filling]) => {
        const changed = concat(leaf.der.subarray(0, from), filling, leaf.der.subarray(from + cut))
        fc.pre(hex(changed) !== hex(leaf.der))
        expect(outcome(changed)).toBe('refused')
      }),
      { numRuns: 1000 }
    )
  })

  function outcome(der: Uint8Array): 'refused' | 'accepted' {
    try {
      const trust = { roots: [root], at, usage: 'digitalSignature' as const }
      return checkChain([parseCertificate(der), centre], trust) ? 'refused' : 'accepted'
    } catch (error) {
      expect(error).toBeInstanceOf(SyntaxError)
      return 'refused'
    }
  }
})

describe('certificates that are signed but not as they should be', () => {
  // Paths into the tree of the leaf: version, serial, algorithm, issuer, validity, subject, key, extensions.
  const [SERIAL, ALGORITHM, VALIDITY, SUBJECT, EXTENSIONS] = [1, 2, 4, 5, 7]
  const bytesOf = (content: string) => new TextEncoder().encode(content)
  const unknownExtension = (flag: DerNode[]) =>
    sequence(objectIdentifier('1.2.3.4'), ...flag, primitive(TAG.octetString, Uint8Array.of(5, 0)))

  /** The leaf with its tree changed and signed again by its real issuer. */
  function resigned(change: (tree: DerNode[]) => void): Uint8Array {
    const tree = elements(readDer(leaf.toBeSigned))
    change(tree)
    const info = sequence(...tree)
    const signature = sm2Sign(centreKey.privateKey, writeDer(info))
    const algorithm = sequence(objectIdentifier('1.2.156.10197.1.501'))
    return writeDer(sequence(info, algorithm, bitString(rawToDer(signature))))
  }
  const extensionsOf = (tree: DerNode[]) => elements(explicit(tree[EXTENSIONS], 3))

  test('the way of changing them is sound: unchanged, the chain holds', () => {
    const trust = { roots: [root], at, usage: 'digitalSignature' as const }
    expect(checkChain([parseCertificate(resigned(() => {})), centre], trust)).toBeNull()
  })

  test.each<[string, (tree: DerNode[]) => void]>([
    ['version 1', (tree) => (tree[0] = context(0, integer(Uint8Array.of(0))))],
    ['a negative serial number', (tree) => (tree[SERIAL] = primitive(TAG.integer, Uint8Array.of(0x81)))],
    ['a serial number of 21 bytes', (tree) => (tree[SERIAL] = integer(new Uint8Array(21).fill(1)))],
    ['another algorithm inside', (tree) => (tree[ALGORITHM] = sequence(objectIdentifier('1.2.156.10197.1.502')))],
    [
      'the 30th of February',
      (tree) => (elements(tree[VALIDITY])[0] = primitive(TAG.utcTime, bytesOf('260230000000Z')))
    ],
    [
      'a time with an offset',
      (tree) => (elements(tree[VALIDITY])[0] = primitive(TAG.utcTime, bytesOf('260201000000+0800')))
    ],
    ['no time at all', (tree) => (elements(tree[VALIDITY])[1] = primitive(TAG.integer, Uint8Array.of(1)))],
    ['two common names', (tree) => elements(tree[SUBJECT]).push(elements(tree[SUBJECT]).at(-1)!)],
    ['no extensions', (tree) => tree.pop()],
    ['one extension twice', (tree) => extensionsOf(tree).push(extensionsOf(tree)[1]!)],
    ['an extension without a value', (tree) => extensionsOf(tree).push(sequence(objectIdentifier('1.2.3.4')))],
    [
      'TRUE written as 01',
      (tree) => extensionsOf(tree).push(unknownExtension([primitive(TAG.boolean, Uint8Array.of(1))]))
    ],
    [
      'FALSE written out',
      (tree) => extensionsOf(tree).push(unknownExtension([primitive(TAG.boolean, Uint8Array.of(0))]))
    ],
    [
      'a key of another curve',
      (tree) => (tree[6] = sequence(sequence(objectIdentifier('1.2.840.10045.2.1')), bitString(leafKey.publicKey)))
    ]
  ])('%s', (_, change) => {
    expect(() => parseCertificate(resigned(change))).toThrow(SyntaxError)
  })

  test('an unknown extension counts when it is critical', () => {
    const critical = parseCertificate(resigned((tree) => extensionsOf(tree).push(unknownExtension([truth()]))))
    const harmless = parseCertificate(resigned((tree) => extensionsOf(tree).push(unknownExtension([]))))
    expect([critical.unknownCritical, harmless.unknownCritical]).toEqual([['1.2.3.4'], []])
  })

  test('a signature of half a byte', () => {
    const [info, algorithm, bits] = elements(readDer(leaf.der))
    const odd = primitive(TAG.bitString, contentOf(bits, TAG.bitString).with(0, 1))
    expect(() => parseCertificate(writeDer(sequence(info!, algorithm!, odd)))).toThrow('whole number of bytes')
  })
})

describe('signing requests', () => {
  test('read back and prove possession of the key', async () => {
    const { subject, publicKey } = leafContent
    const request = await createSigningRequest({ subject, publicKey }, signWith(leafKey))
    expect(parseSigningRequest(request)).toEqual({ subject, publicKey })
  })

  test('are refused when signed with another key, changed, or not one', async () => {
    const { subject, publicKey } = leafContent
    await expect(createSigningRequest({ subject, publicKey }, signWith(rootKey))).rejects.toThrow('the signing key')
    const request = await createSigningRequest({ subject, publicKey }, signWith(leafKey))
    const der = Uint8Array.fromBase64(request.replaceAll(/-----.*-----|\n/g, ''))
    der[60]! ^= 1
    expect(() => parseSigningRequest(pem('CERTIFICATE REQUEST', der))).toThrow(SyntaxError)
    const unsigned = Uint8Array.fromBase64(request.replaceAll(/-----.*-----|\n/g, ''))
    unsigned[unsigned.length - 1]! ^= 1
    expect(() => parseSigningRequest(pem('CERTIFICATE REQUEST', unsigned))).toThrow('not signed with its own key')
    expect(() => parseSigningRequest(certificateToPem(leaf))).toThrow(SyntaxError)
    expect(() => parseSigningRequest(pem('CERTIFICATE REQUEST', leaf.der))).toThrow(SyntaxError)
  })
})

describe('agreement with the openssl command', () => {
  const distid = 'distid:1234567812345678'

  test('openssl shows what we state', () => {
    place({ 'leaf.pem': certificateToPem(leaf), 'root.pem': certificateToPem(root) })
    const shown = openssl('x509', '-in', 'leaf.pem', '-noout', '-text', '-nameopt', 'utf8,sep_comma_plus')
    for (const line of [
      'Version: 3',
      'Signature Algorithm: SM2-with-SM3',
      'ASN1 OID: SM2',
      'Issuer: C=CN,O=区域清分中心,OU=密管,CN=清分签发证书',
      'Subject: C=CN,L=广州,serialNumber=02205810,CN=Acquirer <02205810> & Co',
      'Not Before: Mar  1 00:00:00 2026 GMT',
      'CA:FALSE',
      'Digital Signature, Non Repudiation'
    ])
      expect(shown).toContain(line)
    const rootShown = openssl('x509', '-in', 'root.pem', '-noout', '-text')
    expect(rootShown).toContain('CA:TRUE, pathlen:1')
    expect(rootShown).toContain('Certificate Sign, CRL Sign')
    expect(rootShown).toContain('Not After : Jan  1 00:00:00 2056 GMT')
  })

  test('openssl verifies every link of our chain strictly, and refuses a changed leaf', () => {
    const certificates = { 'leaf.pem': leaf, 'centre.pem': centre, 'root.pem': root }
    for (const [name, certificate] of Object.entries(certificates)) place({ [name]: certificateToPem(certificate) })
    // The command gives the user id to its last argument only, so a chain is shown link by link.
    const time = String(at.getTime() / 1000)
    const verify = (issuer: string, subject: string) =>
      openssl(
        'verify',
        '-x509_strict',
        '-partial_chain',
        '-attime',
        time,
        '-vfyopt',
        distid,
        '-CAfile',
        issuer,
        subject
      )
    expect(verify('root.pem', 'centre.pem')).toBe('centre.pem: OK\n')
    expect(verify('centre.pem', 'leaf.pem')).toBe('leaf.pem: OK\n')
    expect(verify('root.pem', 'leaf.pem')).toContain('unable to get')
    const changed = leaf.der.slice()
    changed[changed.length - 1]! ^= 1
    place({ 'leaf.pem': pem('CERTIFICATE', changed) })
    expect(verify('centre.pem', 'leaf.pem')).toContain('signature failure')
  })

  test('we accept a chain openssl issued, and issue under its root', async () => {
    place({
      'root.key': sm2PrivateKeyToPem(rootKey.privateKey),
      'leaf.key': sm2PrivateKeyToPem(leafKey.privateKey),
      'leaf.ext':
        'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectAltName=DNS:gate.example\n'
    })
    const signing = ['-sm3', '-sigopt', distid]
    const authority = [
      '-addext',
      'keyUsage=critical,keyCertSign,cRLSign',
      '-days',
      '3650',
      '-subj',
      '/C=CN/O=Centre/CN=OpenSSL root'
    ]
    openssl('req', '-x509', '-key', 'root.key', ...signing, ...authority, '-out', 'theirs-root.pem')
    openssl('req', '-new', '-key', 'leaf.key', ...signing, '-subj', '/C=CN/CN=gate 7', '-out', 'leaf.csr')
    expect(parseSigningRequest(readFileSync(join(folder, 'leaf.csr'), 'utf8'))).toEqual({
      subject: { country: 'CN', commonName: 'gate 7' },
      publicKey: leafKey.publicKey
    })
    const from = ['-req', '-in', 'leaf.csr', '-CA', 'theirs-root.pem', '-CAkey', 'root.key', '-vfyopt', distid]
    openssl(
      'x509',
      ...from,
      '-extfile',
      'leaf.ext',
      '-days',
      '365',
      '-set_serial',
      '77',
      ...signing,
      '-out',
      'theirs.pem'
    )
    const theirs = parseCertificate(readFileSync(join(folder, 'theirs.pem'), 'utf8'))
    const theirRoot = parseCertificate(readFileSync(join(folder, 'theirs-root.pem'), 'utf8'))
    expect(theirs).toMatchObject({
      subject: { commonName: 'gate 7' },
      keyUsage: ['digitalSignature'],
      unknownCritical: []
    })
    const trust = {
      roots: [theirRoot],
      at: new Date(theirs.notBefore.getTime() + 1000),
      usage: 'digitalSignature' as const
    }
    expect(checkChain([theirs], trust)).toBeNull()
    const times = { notBefore: theirs.notBefore, notAfter: theirs.notAfter }
    const ours = await issueCertificate({ ...leafContent, ...times }, theirRoot, signWith(rootKey))
    expect(ours.authorityKeyIdentifier).toEqual(theirRoot.subjectKeyIdentifier)
    expect(checkChain([ours], trust)).toBeNull()
  })

  test('openssl reads and verifies our signing request', async () => {
    const { subject, publicKey } = leafContent
    place({ 'ours.csr': await createSigningRequest({ subject, publicKey }, signWith(leafKey)) })
    const shown = openssl(
      'req',
      '-in',
      'ours.csr',
      '-noout',
      '-verify',
      '-vfyopt',
      distid,
      '-subject',
      '-nameopt',
      'utf8'
    )
    expect(shown).toContain('serialNumber=02205810')
    expect(shown).not.toContain('refused')
  })

  test('a P-256 certificate is not one of ours', () => {
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'p256.key')
    openssl('req', '-x509', '-key', 'p256.key', '-days', '10', '-subj', '/CN=p256', '-out', 'p256.pem')
    expect(() => parseCertificate(readFileSync(join(folder, 'p256.pem'), 'utf8'))).toThrow(
      'not signed with SM2 and SM3'
    )
  })
})
