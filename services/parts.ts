// What every room of the service is handed: ordinary arguments, put together once in server.ts and worker.ts.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { KeyStore } from '../card-crypto/key-store.ts'
import type { ClearingContext } from '../clearing/context.ts'
import type { Database } from '../clearing/database.ts'
import type { Config } from './config.ts'

export interface Parts {
  sql: Database
  keys: KeyStore
  context: ClearingContext
  config: Config
  queue: Hints
  /** The only clock of the routes and jobs; a test sets its own. */
  clock: () => Date
}

/** Tells a worker to look now instead of at its next round. Losing a hint loses nothing: due work is found in SQL. */
export interface Hints {
  hint(job: string, id: string): void
}

/** A Fastify whose handlers get their types from the TypeBox schemas of the route. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>
