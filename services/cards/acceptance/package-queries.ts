// SQL of packages and terminals. Card numbers leave the database as one value of 8 bytes each: a million of them is one row.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { PackageKind, TerminalKnowledge } from './package-rules.ts'

/** Cards on the list now, 8 bytes each, in order. */
export async function listHotNumbers(sql: Queryable): Promise<Uint8Array> {
  const [row] = await sql<{ numbers: Uint8Array | null }[]>`
    select string_agg(int8send(card_number), ''::bytea order by card_number) as numbers from hotlist_entry where removed_at is null`
  return row!.numbers ?? new Uint8Array()
}

/** Listed, and taken off, since an instant. */
export async function listHotChanges(
  sql: Queryable,
  { since, until }: { since: Date; until: Date }
): Promise<{ added: Uint8Array; removed: Uint8Array }> {
  const [row] = await sql<{ added: Uint8Array | null; removed: Uint8Array | null }[]>`
    select
      string_agg(int8send(card_number), ''::bytea order by card_number)
        filter (where listed_at > ${since} and (removed_at is null or removed_at > ${until})) as added,
      string_agg(int8send(card_number), ''::bytea order by card_number)
        filter (where removed_at > ${since} and removed_at <= ${until} and listed_at <= ${since}) as removed
    from hotlist_entry where listed_at <= ${until} and (listed_at > ${since} or removed_at > ${since})`
  return { added: row!.added ?? new Uint8Array(), removed: row!.removed ?? new Uint8Array() }
}

export interface Package {
  kind: PackageKind
  version: number
  madeAt: Date
  madeBy: string
  entries: number
  digest: Uint8Array
  signature: Uint8Array
  dueAt: Date | null
  bytes: number
}

const columns = (sql: Queryable) =>
  sql`kind, version, made_at, made_by, entries, digest, signature, due_at, octet_length(content) as bytes`

export async function listPackages(sql: Queryable): Promise<Package[]> {
  return await sql<Package[]>`
    select ${columns(sql)} from acceptance_package
    where version > (select max(version) - 10 from acceptance_package as newest where newest.kind = acceptance_package.kind)
    order by kind, version desc`
}

/** The newest without a version. */
export async function findPackage(
  sql: Queryable,
  kind: PackageKind,
  version: number | null
): Promise<(Package & { content: Uint8Array }) | undefined> {
  const [row] = await sql<(Package & { content: Uint8Array })[]>`
    select ${columns(sql)}, content from acceptance_package
    where kind = ${kind} and (${version}::integer is null or version = ${version}) order by version desc limit 1`
  return row
}

/** Numbers it under a lock. */
export async function insertPackage(
  tx: Transaction,
  made: Pick<Package, 'kind' | 'madeAt' | 'madeBy' | 'entries' | 'digest' | 'signature' | 'dueAt'> & {
    content: Uint8Array
  }
): Promise<number> {
  await tx`select pg_advisory_xact_lock(7236152)`
  const [row] = await tx<{ version: number }[]>`
    insert into acceptance_package (kind, version, made_at, made_by, entries, content, digest, signature, due_at)
    select ${made.kind}, coalesce(max(version), 0) + 1, ${made.madeAt}, ${made.madeBy}, ${made.entries}, ${Buffer.from(made.content)},
      ${Buffer.from(made.digest)}, ${Buffer.from(made.signature)}, ${made.dueAt}
    from acceptance_package where kind = ${made.kind} returning version`
  return row!.version
}

export async function saveTerminal(
  tx: Transaction,
  terminal: { number: string; acquirer: number; place: string },
  now: Date
): Promise<void> {
  await tx`
    insert into card_terminal (number, acquirer, place, registered_at)
    values (${terminal.number}::bigint, ${terminal.acquirer}, ${terminal.place}, ${now})
    on conflict (number) do update set acquirer = excluded.acquirer, place = excluded.place, ended_at = null`
}

/** False when there is no such terminal or no such package. */
export async function insertAcknowledgement(
  tx: Transaction,
  said: { terminal: string; kind: PackageKind; version: number },
  now: Date
): Promise<boolean> {
  const rows = await tx`
    insert into package_acknowledgement (terminal, kind, version, acknowledged_at)
    select card_terminal.number, acceptance_package.kind, acceptance_package.version, ${now} from card_terminal, acceptance_package
    where number = ${said.terminal}::bigint and kind = ${said.kind} and version = ${said.version}
    on conflict (terminal, kind, version) do update set acknowledged_at = package_acknowledgement.acknowledged_at
    returning terminal`
  return rows.length > 0
}

/** What each terminal in use has said it knows of a kind. */
export async function listKnowledge(sql: Queryable, kind: PackageKind): Promise<TerminalKnowledge[]> {
  return await sql<TerminalKnowledge[]>`
    select lpad(number::text, 12, '0') as terminal, participant.code as acquirer, place, registered_at,
      coalesce((select max(version) from package_acknowledgement where terminal = number and kind = ${kind}), 0) as version
    from card_terminal join participant on participant.id = card_terminal.acquirer
    where ended_at is null order by number limit 20000`
}

/** Lists of cities that are or were due, the newest first. */
export async function listDueVersions(sql: Queryable): Promise<{ version: number; dueAt: Date }[]> {
  return await sql<{ version: number; dueAt: Date }[]>`
    select version, due_at from acceptance_package where kind = 'cities' and due_at is not null order by version desc limit 20`
}
