// A refusal is expected, explained and safe to show: a kind, a stable code and a text. It knows no HTTP; services/problem.ts does.

export type RefusalKind =
  'not-found' | 'conflict' | 'forbidden' | 'unauthenticated' | 'unacceptable' | 'too-large' | 'unavailable'

/** code → [kind, Chinese text, English text] */
export type RefusalTable = Record<string, readonly [RefusalKind, string, string]>

export class Refusal extends Error {
  readonly kind: RefusalKind
  readonly code: string
  readonly english: string
  /** Facts that help the reader, e.g. the state the order was in. Never personal data. */
  readonly facts: Readonly<Record<string, unknown>>

  constructor(code: string, entry: RefusalTable[string], facts: Record<string, unknown>) {
    super(entry[1])
    this.name = 'Refusal'
    this.code = code
    this.kind = entry[0]
    this.english = entry[2]
    this.facts = facts
  }
}

/** Makes `refuse('seat-taken')` from a table of all refusals of one half; a code not in the table does not compile. */
export function refusals<const Table extends RefusalTable>(table: Table) {
  return (code: keyof Table & string, facts: Record<string, unknown> = {}): Refusal =>
    new Refusal(code, table[code]!, facts)
}
