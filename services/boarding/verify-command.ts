// Verifies a ticket code against saved lists, with no network and no database: `node services/boarding/verify-command.ts --lists FILE CODE`.
// The lists are what GET /v1/boarding/gates/:gate/keys and …/manifest answer, as one JSON object {keys, manifest}. Prints one JSON line;
// the exit status is 0 when the gate would open, 1 when not, 2 when it cannot say.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { sm2Verify } from '../../card-crypto/sm2.ts'
import { hmacSm3 } from '../../card-crypto/sm3.ts'
import { canonicalDocument, type DocumentKind } from '../identity/document-rules.ts'
import { wordsOf } from './gate-refusals.ts'
import { judgeCode, judgeDocument, type Judgement, type LoneGate } from './lone-gate/judge-shown-rules.ts'
import { readLists, type SavedLists } from './lone-gate/lists-rules.ts'

const usage = `usage: verify-command.ts --lists FILE [--at INSTANT] [--boarding DEPARTURE] [--document NUMBER] [CODE]
  --at        the moment of the scan, ISO 8601; now unless told
  --boarding  the departure the gate boards; all of its place unless told
  --document  the number of the document shown; alone, a resident identity card is checked without a code
  CODE        what the QR code says; - reads it from standard input`

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    lists: { type: 'string' },
    at: { type: 'string' },
    boarding: { type: 'string' },
    document: { type: 'string' }
  }
})
const [shown] = positionals
if (flags.lists === undefined || (shown === undefined && flags.document === undefined)) {
  console.error(usage)
  process.exitCode = 2
} else {
  const judged = judge(flags.lists, shown === '-' ? readFileSync(0, 'utf8').trim() : shown)
  console.log(JSON.stringify(told(judged)))
  process.exitCode = judged.refused ? 1 : 0
}

function judge(path: string, code: string | undefined): Judgement {
  const saved = JSON.parse(readFileSync(path, 'utf8')) as SavedLists
  const gate: LoneGate = {
    lists: readLists(saved),
    now: flags.at === undefined ? new Date() : new Date(flags.at),
    clockOffSeconds: 0,
    boarding: flags.boarding === undefined ? null : Number(flags.boarding),
    used: new Map(),
    crypto: { sm2Verify, hmacSm3 }
  }
  const document = (kind: string) => canonicalDocument({ kind: kind as DocumentKind, number: flags.document! })
  if (code === undefined) return judgeDocument(document('01'), gate)
  return judgeCode(
    code,
    (kind) => (flags.document === undefined ? null : document(String(kind).padStart(2, '0'))),
    gate
  )
}

function told({ refused, ticketNo, ticket, claims, mixed }: Judgement) {
  const { seat = claims?.seat ?? null, departure = claims?.departure ?? null } = ticket ?? {}
  const about = { ticketNo, departure, seat, listed: ticket !== null, mixed }
  if (!refused) return { opens: true, ...about }
  const [message, english] = wordsOf(refused)
  return { opens: false, code: refused.code, message, english, ...about }
}
