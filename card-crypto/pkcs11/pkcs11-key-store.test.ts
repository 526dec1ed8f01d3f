import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromHex, hex } from '../bytes.ts'
import type { KeyReference } from '../key-store.ts'
import chain from '../vectors/purse-chain.json' with { type: 'json' }
import { openPkcs11KeyStore, type Pkcs11KeyStore } from './pkcs11-key-store.ts'
import { loadPkcs11 } from './pkcs11-library.ts'

const library = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'].find(existsSync)
const missing = [
  ...(library ? [] : ['SoftHSM (apt install softhsm2)']),
  ...((await loadPkcs11()) ? [] : ['the package pkcs11js (npm install --no-save pkcs11js@2.1.7)'])
]
if (missing.length > 0) console.warn(`the PKCS#11 form is not tested here: ${missing.join(' and ')} is not installed`)

const factors = [fromHex(chain.inputs.issuer), fromHex(chain.inputs.leaf)]
const key = (purpose: KeyReference['purpose'], version = 1): KeyReference => ({
  purpose,
  scope: '',
  version,
  index: 1,
  algorithm: '3des'
})

describe.skipIf(missing.length > 0)('keys in a token of SoftHSM', () => {
  const folder = mkdtempSync(join(tmpdir(), 'softhsm-'))
  let store: Pkcs11KeyStore

  beforeAll(async () => {
    const configuration = join(folder, 'softhsm2.conf')
    mkdirSync(join(folder, 'tokens'))
    writeFileSync(configuration, `directories.tokendir = ${join(folder, 'tokens')}\n`)
    process.env['SOFTHSM2_CONF'] = configuration
    const pins = ['--pin', '123456', '--so-pin', '12345678']
    execFileSync('softhsm2-util', ['--init-token', '--free', '--label', 'lingnan', ...pins])
    store = await openPkcs11KeyStore({ library: library!, token: 'lingnan', pin: '123456' })
  })

  afterAll(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })

  it('make the TACs and MACs of the published chain for 3DES', async () => {
    for (const purpose of ['tac', 'purchase', 'load'] as const)
      await store.importKey(key(purpose), fromHex(chain.inputs[`${purpose}Root`]))
    const expected = chain['3des']
    const data = fromHex(expected.tacData09)
    const tac = await store.deriveAndMac({ key: key('tac'), factors, mode: 'tac', data })
    expect(hex(tac)).toBe(expected.tacBlock09.slice(0, 8))
    expect(await store.verifyTac(key('tac'), factors, data, tac)).toBe(true)
    expect(await store.verifyTac(key('tac'), factors, data.toReversed(), tac)).toBe(false)
    const session = { mode: 'session' as const, factors }
    const purchase = { key: key('purchase'), seed: fromHex(expected.purchaseSeed), data: fromHex(expected.mac1Data06) }
    expect(hex(await store.deriveAndMac({ ...session, ...purchase }))).toBe(expected.mac1Block06.slice(0, 8))
    const seed = fromHex(expected.loadSeed)
    const mac1 = fromHex(expected.loadMac1Block.slice(0, 8))
    const load = { key: key('load'), factors, seed, mac1Data: fromHex(expected.loadMac1Data), mac2Data: data }
    const [mac2, none] = await store.authoriseLoads([
      { ...load, mac1 },
      { ...load, mac1: mac1.toReversed() }
    ])
    expect(mac2).toEqual(await store.deriveAndMac({ ...session, key: key('load'), seed, data }))
    expect(none).toBeNull()
  })

  it('are listed, shown by their check value, and not replaced; what PKCS#11 cannot do is refused', async () => {
    await store.importKey(key('tac', 2), fromHex(chain.checkValues.key))
    expect(await store.keyCheckValue(key('tac', 2))).toBe(chain.checkValues['3des'].slice(0, 6))
    const other = fromHex(chain.checkValues.key).toReversed()
    await expect(store.importKey(key('tac', 2), other)).rejects.toMatchObject({ fault: 'key-exists' })
    await store.generateKey(key('load', 3))
    await store.generateKey(key('load', 3))
    expect(await store.hasKey(key('load', 3))).toBe(true)
    expect(await store.listKeys()).toHaveLength(5)
    const sm4 = { ...key('tac'), algorithm: 'sm4' as const }
    await expect(store.generateKey(sm4)).rejects.toMatchObject({ fault: 'unsuitable-key' })
    await expect(store.keyCheckValue(key('tac', 9))).rejects.toMatchObject({ fault: 'no-such-key' })
    expect(await store.random(32)).toHaveLength(32)
  })
})
