// SAMPLE root TAC keys of the sample province, one per algorithm. They protect nothing: they are printed here so that fabricated
// cards can sign and a key store that imported them can verify. A real root key never leaves its HSM.
import { fromHex } from '../../card-crypto/bytes.ts'
import type { TacRootKey } from '../../card-crypto/tac-batch.ts'

export const sampleTacRoots: readonly TacRootKey[] = [
  { version: 1, index: 1, algorithm: '3des', key: fromHex('FFEEDDCCBBAA99887766554433221100') },
  { version: 1, index: 1, algorithm: 'sm4', key: fromHex('53414D504C452D524F4F542D534D3421') }
]
