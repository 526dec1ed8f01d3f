// The evidence of a dispute in one archive: the story of the transaction, its bytes as they were sent, what happened to the dispute, and the
// centre's signature over all of it, to be checked with public tools.
import { rawToDer } from '../../card-crypto/sm2-der.ts'
import { sm2PublicKeyToPem } from '../../card-crypto/sm2-keys.ts'
import { encodeGbk } from '../card-files/fixed-width.ts'
import type { ClearingContext } from '../context.ts'
import { refuse } from '../refusals.ts'
import { explainTransaction } from '../settlement/explain-transaction.ts'
import { storedZip } from '../statements/paper/stored-zip.ts'
import { statementKey } from '../statements/statement-schemas.ts'
import { findDispute, listEvents } from './dispute-queries.ts'

export async function bundleEvidence(context: ClearingContext, id: number): Promise<{ name: string; bytes: Buffer }> {
  const dispute = await findDispute(context.sql, id)
  if (!dispute) throw refuse('dispute-not-found', { id })
  const story = await explainTransaction(context, dispute.transaction)
  const events = await listEvents(context.sql, id)
  const evidence = Buffer.from(`${JSON.stringify({ dispute, events, transaction: story }, null, 2)}\n`)
  const signature = Buffer.from(rawToDer(await context.keys.sign(statementKey, evidence)))
  const key = sm2PublicKeyToPem(await context.keys.publicKey(statementKey))
  const bytes = storedZip([
    ['evidence.json', evidence],
    ['evidence.json.sig', signature],
    ['line.txt', encodeLine(story.raw ?? '')],
    ['statement-signature.pem', key],
    ['README.txt', instructions]
  ])
  return { name: `dispute-${id}.zip`, bytes }
}

const instructions = `核验 To verify:
openssl dgst -sm3 -verify statement-signature.pem -sigopt distid:1234567812345678 -signature evidence.json.sig evidence.json

evidence.json  差错、经过与交易追溯（文件、行、字节位置、TAC、手续费） the dispute, its history and the story of the transaction
line.txt       原始行（GBK） the line as it was sent
`

/** A line that is not GBK after all stays as it was read. */
function encodeLine(line: string): Buffer {
  try {
    return encodeGbk(line)
  } catch {
    return Buffer.from(line)
  }
}
