// /v1/acceptance-packages and /v1/card-terminals: what terminals must know, version by version, and who has said that he knows it.
import { Type } from 'typebox'
import { hex } from '../../../card-crypto/bytes.ts'
import { transaction } from '../../../clearing/database.ts'
import { findParticipant } from '../../../clearing/participants/participant-queries.ts'
import { refuse as refuseClearing } from '../../../clearing/refusals.ts'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { hotlistDelta, makePackage, packageKey, requirePackage } from './make-package.ts'
import {
  insertAcknowledgement,
  listDueVersions,
  listKnowledge,
  listPackages,
  saveTerminal,
  type Package
} from './package-queries.ts'
import { clockOf, packageKinds } from './package-rules.ts'

const tags = ['消费受理 Card acceptance']
const closed = { additionalProperties: false } as const
const Kind = Type.Enum([...packageKinds])
const Version = Type.Integer({ minimum: 1 })
const TerminalNumber = Type.String({ pattern: '^[0-9]{12}$', description: 'PSAM 卡号' })
const Lines = Type.Array(Type.String({ maxLength: 1000 }), {
  maxItems: 5000,
  description: '参数行，终端厂商约定的文本'
})

const PackageRequest = Type.Union([
  Type.Object({ kind: Type.Literal('hotlist') }, closed),
  Type.Object({ kind: Type.Literal('hotlist-filter'), bits: Type.Union([Type.Literal(8), Type.Literal(16)]) }, closed),
  Type.Object(
    {
      kind: Type.Literal('cities'),
      cities: Type.Array(Type.String({ pattern: '^[0-9]{4}$' }), { maxItems: 1000, uniqueItems: true })
    },
    closed
  ),
  Type.Object({ kind: Type.Enum(['prices', 'parameters', 'keys']), lines: Lines }, closed)
])

const ShownPackage = Type.Object({
  kind: Kind,
  version: Version,
  madeAt: Instant,
  entries: Type.Integer(),
  bytes: Type.Integer(),
  digest: Type.String({ description: 'SM3' }),
  signature: Type.String({ description: 'SM2，r‖s' }),
  dueAt: Type.Union([Instant, Type.Null()])
})

const ShownClock = Type.Object({
  version: Version,
  dueAt: Instant,
  inTime: Type.Integer(),
  late: Type.Array(
    Type.Object({ terminal: TerminalNumber, acquirer: Type.String(), place: Type.String(), version: Type.Integer() })
  )
})

export function packageRoutes(app: App, parts: Parts): void {
  makeRoutes(app, parts)
  fetchRoutes(app, parts)
  terminalRoutes(app, parts)
}

function makeRoutes(app: App, parts: Parts): void {
  const { sql, clock } = parts
  app.post(
    '/v1/acceptance-packages',
    {
      config: { permit: 'run-cards' },
      schema: {
        tags,
        summary: '发布受理参数包 Make the next version of a package',
        body: PackageRequest,
        response: { 200: ShownPackage, ...problems('package-unchanged') }
      }
    },
    async (request) => {
      const by = `${sessionOf(request).role}:${sessionOf(request).accountId}`
      return shown(await makePackage(parts, request.body, { now: clock(), by }))
    }
  )
  app.get(
    '/v1/acceptance-packages',
    {
      config: { permit: 'know-packages' },
      schema: { tags, summary: '受理参数包 The newest versions', response: { 200: Type.Array(ShownPackage) } }
    },
    async () => (await listPackages(sql)).map(shown)
  )
  app.get(
    '/v1/acceptance-packages/cities/clocks',
    {
      config: { permit: 'run-cards' },
      schema: {
        tags,
        summary: '城市名单时限 Who is late with a list of cities: 30 days to take a city, 7 to refuse it',
        response: { 200: Type.Array(ShownClock) }
      }
    },
    async () => {
      const known = await listKnowledge(sql, 'cities')
      return (await listDueVersions(sql)).map((due) => clockOf(due, known, clock()))
    }
  )
}

function fetchRoutes(app: App, parts: Parts): void {
  app.get(
    '/v1/acceptance-packages/:kind/:version',
    {
      config: { permit: 'know-packages' },
      schema: {
        tags,
        summary: '下载参数包 The bytes of a version',
        params: Type.Object({ kind: Kind, version: Version }),
        produces: ['application/octet-stream'],
        response: { 200: Type.Any(), ...problems('package-not-found') }
      }
    },
    async ({ params }, reply) => {
      const found = await requirePackage(parts, params.kind, params.version)
      void reply.header('x-signature', hex(found.signature)).header('x-digest', hex(found.digest))
      return await reply.type('application/octet-stream').send(Buffer.from(found.content))
    }
  )
  app.get(
    '/v1/acceptance-packages/hotlist/delta',
    {
      config: { permit: 'know-packages' },
      schema: {
        tags,
        summary: '黑名单增量 What changed from a version to the newest: listed, then taken off',
        querystring: Type.Object({ from: Version }),
        produces: ['application/octet-stream'],
        response: { 200: Type.Any(), ...problems('package-not-found') }
      }
    },
    async ({ query }, reply) => {
      const { version, bytes } = await hotlistDelta(parts, query.from)
      void reply
        .header('x-version', String(version))
        .header('x-signature', hex(await parts.keys.sign(packageKey, bytes)))
      return await reply.type('application/octet-stream').send(Buffer.from(bytes))
    }
  )
}

function terminalRoutes(app: App, { sql, clock }: Parts): void {
  const params = Type.Object({ number: TerminalNumber })
  app.put(
    '/v1/card-terminals/:number',
    {
      config: { permit: 'run-cards' },
      schema: {
        tags,
        summary: '登记消费终端 Register a terminal',
        params,
        body: Type.Object(
          { acquirer: Type.String({ pattern: '^[0-9]{8}$' }), place: Type.String({ minLength: 1, maxLength: 120 }) },
          closed
        ),
        response: { 204: Type.Null(), ...problems('participant-not-found') }
      }
    },
    async (request, reply) => {
      const acquirer = await findParticipant(sql, request.body.acquirer)
      if (acquirer?.role !== 'acquirer') throw refuseClearing('participant-not-found')
      const terminal = { number: request.params.number, acquirer: acquirer.id, place: request.body.place }
      await transaction(sql, async (tx) => await saveTerminal(tx, terminal, clock()))
      return await reply.code(204).send(null)
    }
  )
  app.post(
    '/v1/card-terminals/:number/acknowledgements',
    {
      config: { permit: 'know-packages' },
      schema: {
        tags,
        summary: '终端确认 A terminal says that it knows a version',
        params,
        body: Type.Object({ kind: Kind, version: Version }, closed),
        response: { 204: Type.Null(), ...problems('package-not-found') }
      }
    },
    async (request, reply) => {
      const said = { terminal: request.params.number, ...request.body }
      if (!(await transaction(sql, async (tx) => await insertAcknowledgement(tx, said, clock()))))
        throw refuse('package-not-found')
      return await reply.code(204).send(null)
    }
  )
}

function shown({ kind, version, madeAt, entries, bytes, digest, signature, dueAt }: Package) {
  return { kind, version, madeAt, entries, bytes, digest: hex(digest), signature: hex(signature), dueAt }
}
