// SAMPLE root keys of the sample province, a set per algorithm. They protect nothing: they are printed here so that fabricated
// cards can sign and a key store that imported them can verify. A real root key never leaves its HSM.
import { fromHex } from '../../card-crypto/bytes.ts'
import type { PurseRoots } from '../../card-crypto/simulated-card/card-keys.ts'
import type { TacRootKey } from '../../card-crypto/tac-batch.ts'

export const sampleTacRoots: readonly TacRootKey[] = [
  { version: 1, index: 1, algorithm: '3des', key: fromHex('FFEEDDCCBBAA99887766554433221100') },
  { version: 1, index: 1, algorithm: 'sm4', key: fromHex('53414D504C452D524F4F542D534D3421') }
]

/** All that a sample card is personalised with; its TAC keys are those above. */
export const samplePurseRoots: readonly (PurseRoots & { index: number })[] = [
  {
    version: 1,
    index: 1,
    algorithm: '3des',
    purchase: fromHex('53414D504C452D50555243482D334445'),
    load: fromHex('53414D504C452D4C4F41442D2D334445'),
    tac: sampleTacRoots[0]!.key,
    maintenance: fromHex('53414D504C452D4D41494E542D334445')
  },
  {
    version: 1,
    index: 1,
    algorithm: 'sm4',
    purchase: fromHex('53414D504C452D50555243482D534D34'),
    load: fromHex('53414D504C452D4C4F41442D2D534D34'),
    tac: sampleTacRoots[1]!.key,
    maintenance: fromHex('53414D504C452D4D41494E542D534D34')
  }
]

/** The SM4 roots once more under index 2: a card of the migration keeps its 3DES keys at index 1 and gets these beside them. */
export const migrationRoots: (typeof samplePurseRoots)[number] = { ...samplePurseRoots[1]!, index: 2 }
