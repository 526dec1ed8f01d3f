// The one way to PostgreSQL: typed amounts, named constraints, and transactions that cannot leak a statement
// (postgres.js may run the rest of a transaction outside it when its backend dies: upstream issue #1133).
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectSocket, type Socket } from 'node:net'
import postgres from 'postgres'
import { fen, type Fen } from './money.ts'

interface OurTypes extends Record<string, unknown> {
  fen: Fen
}

/** The pool. Only flows take this: they open the transaction. */
export type Database = postgres.Sql<OurTypes>
/** Inside `transaction()`. */
export type Transaction = postgres.TransactionSql<OurTypes>
/** Pool or transaction. Queries take this, so they join whatever transaction the flow opened. */
export type Queryable = postgres.ISql<OurTypes>

/**
 * Opens a pool. `bigint` columns are amounts and arrive as Fen (a card number, which may pass 2^53, is selected as text);
 * columns arrive camelCased; `date` arrives as 'YYYY-MM-DD' text, because a clearing day is not an instant.
 */
export function connect(url: string, options: { max?: number; name?: string } = {}): Database {
  const settings = {
    max: options.max ?? 10,
    connect_timeout: connectSeconds,
    // The library waits ever longer, up to 20 s, the more connections were killed; a database that is back is worth asking.
    backoff: (attempts: number) => Math.min(0.1 * attempts, 1),
    socket: openSocket,
    transform: postgres.camel,
    onnotice: () => undefined,
    connection: { application_name: options.name ?? 'lingnan', TimeZone: 'Asia/Shanghai' },
    types: {
      fen: {
        to: 20,
        from: [20],
        serialize: (amount: unknown) => String(amount),
        parse: (text: string) => fen(Number(text))
      },
      date: { to: 1082, from: [1082], serialize: (day: unknown) => String(day), parse: (text: string) => text }
    }
  }
  return postgres(url, settings) as unknown as Database
}

const connectSeconds = 10

/**
 * The library leaves Nagle's algorithm on, which holds small messages back for up to 40 ms while an answer is awaited: measured
 * as a third of the time of a chunk's COPY. One host, or a socket's path; several servers stand behind one name.
 */
async function openSocket(to: { host: string[]; port: number[]; path?: string | false }): Promise<Socket> {
  const [host, port] = [to.host[0]!, to.port[0]!]
  const socket = to.path ? connectSocket({ path: to.path }) : connectSocket({ host, port, noDelay: true })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(connectSeconds * 1000) })
    // What the library sets on its own sockets: the name a certificate is checked against.
    return Object.assign(socket, { host, port })
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/**
 * Runs a unit of work. Every table that holds money, seats, tickets or files refuses writes outside such a unit
 * (trigger `require_transaction`, migration 0001), so a statement that escaped its dead transaction changes nothing.
 *
 * When the backend dies, nothing more may be sent through that connection, not even the library's own rollback: its bytes
 * would spoil the reconnect and leave the pool hanging. So a lost unit never returns to the library; `begin` itself has
 * rejected by then.
 */
export async function transaction<Result>(sql: Database, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  const unit = randomUUID()
  let lost = false
  const begun = sql.begin(async (tx) => {
    const guarded = new Proxy(tx, {
      apply(target, self, parts) {
        if (lost) throw new Error('the database connection of this unit of work is gone')
        return Reflect.apply(target, self, parts) as unknown
      }
    })
    try {
      // Not waited for: it goes out together with the first statement of the work, which saves a round trip per unit.
      const marked = tx`select set_config('app.tx', ${unit}, true)`.execute()
      const [result] = await Promise.all([work(guarded), marked])
      return lost ? await never() : result
    } catch (error) {
      if (lost || endsConnection(error)) return await never()
      throw error
    }
  })
  return (await begun.catch((error: unknown) => {
    lost = true
    throw error
  })) as Result
}

async function never(): Promise<never> {
  return await new Promise<never>(() => undefined)
}

/** A FATAL answer (a terminated backend, a shutdown) or a socket error: the connection is or will be closed. */
function endsConnection(error: unknown): boolean {
  if (error instanceof postgres.PostgresError) return error.severity === 'FATAL' || error.severity === 'PANIC'
  return error instanceof Error && 'code' in error && /^(CONNECTION_|CONNECT_|ECONN|EPIPE)/.test(String(error.code))
}

/** PostgreSQL could not be asked, or was cut off in the middle: whoever repeats his request under its own id loses nothing. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof postgres.PostgresError)) return endsConnection(error)
  // It is starting, shutting down, or has no connection to spare.
  return endsConnection(error) || error.code === '57P03' || error.code === '53300'
}

/** The constraint an error violates; null when it is another error. */
export function constraintOf(error: unknown): string | null {
  return error instanceof postgres.PostgresError ? (error.constraint_name ?? null) : null
}

/** True when the error is the violation of this named constraint. */
export function violates(error: unknown, constraint: string): boolean {
  return error instanceof postgres.PostgresError && error.constraint_name === constraint
}

/**
 * The errors nobody waits for when a backend dies: the one postgres.js throws from a socket callback mid-transaction, its query
 * having been rejected already, and the one of its own look-up of array types on a connection that dies while it opens.
 */
export function isLostConnectionNoise(error: unknown): boolean {
  if (error instanceof TypeError)
    return /reading 'write'|null/.test(error.message) && /postgres[/\\]/.test(error.stack ?? '')
  return endsConnection(error) && String((error as { query?: unknown }).query).includes('pg_catalog.pg_type')
}
