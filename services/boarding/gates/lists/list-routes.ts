// What gates fetch (/v1/boarding/gates/:gate/keys, manifest, revocations), conditionally and by what changed; and the rules of gates.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { transaction } from '../../../../clearing/database.ts'
import { sessionOf } from '../../../access/require-permit.ts'
import { findPlaceId } from '../../../network/network-queries.ts'
import { PlaceCode } from '../../../network/network-schemas.ts'
import type { App, Parts } from '../../../parts.ts'
import { problems } from '../../../problem.ts'
import { viewerOf } from '../../../ticketing/show-order.ts'
import { Instant } from '../../../timetable/timetable-schemas.ts'
import { requireOwnGate } from '../devices/authenticate-device.ts'
import { notePresence } from '../devices/device-queries.ts'
import { byGate } from '../devices/device-schemas.ts'
import { GateManifest, GatePolicy, KeyList, ManifestQuery, RevocationDelta } from '../gate-schemas.ts'
import { buildKeyList, buildManifest, buildRevocations, etagOf } from './build-lists.ts'
import { findPolicies, insertPolicy } from './policy-queries.ts'

const tags = ['检票口 Gates']
const config = { permit: 'sync-gate' } as const
const params = Type.Object(byGate.properties)
const refusals = problems('gate-not-found', 'gate-elsewhere')
const unchanged = { 304: Type.Null({ description: '与 If-None-Match 所指相同' }) }

export function listRoutes(app: App, parts: Parts): void {
  keyRoute(app, parts)
  ticketRoutes(app, parts)
  policyRoutes(app, parts)
}

function keyRoute(app: App, { sql, keys, clock }: Parts): void {
  app.get(
    '/v1/boarding/gates/:gate/keys',
    {
      config,
      schema: {
        tags,
        summary: '签发公钥与检票规则 The issuer’s keys, and the rules of the gate’s place',
        params,
        response: { 200: KeyList, ...unchanged, ...refusals }
      }
    },
    async (request, reply) => {
      const list = await buildKeyList({ sql, keys }, requireOwnGate(request, request.params.gate), clock())
      return answer(request, reply, list)
    }
  )
}

function ticketRoutes(app: App, { sql, keys, clock }: Parts): void {
  app.get(
    '/v1/boarding/gates/:gate/manifest',
    {
      config,
      schema: {
        tags,
        summary: '检票名单 The departures and tickets of a gate, all or what changed since',
        description:
          '开始检票前取全量，此后以上次的 version 作 since 取增量。证件只以本班次的标记出现，姓名与号码脱敏。可用 If-None-Match。',
        params,
        querystring: ManifestQuery,
        response: { 200: GateManifest, ...unchanged, ...refusals }
      }
    },
    async (request, reply) => {
      const gate = requireOwnGate(request, request.params.gate)
      const asked = { gate, ...askedOf(request.query) }
      const manifest = await buildManifest({ sql, keys }, asked, clock())
      const source = viewerOf(sessionOf(request)).owner
      await notePresence(sql, { gate, source }, { listsVersion: manifest.version }, clock())
      return answer(request, reply, manifest)
    }
  )

  app.get(
    '/v1/boarding/gates/:gate/revocations',
    {
      config,
      schema: {
        tags,
        summary: '作废增量 Tickets that may not board and credentials that were ended, all or since',
        description: '比名单短得多，宜频繁查询；since 取上次 manifest 或 revocations 的 version。',
        params,
        querystring: ManifestQuery,
        response: { 200: RevocationDelta, ...unchanged, ...refusals }
      }
    },
    async (request, reply) => {
      const gate = requireOwnGate(request, request.params.gate)
      const asked = { gate, ...askedOf(request.query) }
      const delta = await buildRevocations({ sql }, asked, clock())
      const source = viewerOf(sessionOf(request)).owner
      // Only with the tickets it has does a gate know all that these lists are about.
      const seen = asked.since === null ? {} : { listsVersion: delta.version }
      await notePresence(sql, { gate, source }, seen, clock())
      return answer(request, reply, delta)
    }
  )
}

function askedOf({ since, listedUntil, hours }: Type.Static<typeof ManifestQuery>) {
  return { since: since ?? null, hours, listedUntil: listedUntil === undefined ? null : new Date(listedUntil) }
}

function answer<List extends { serverTime: Date }>(
  request: FastifyRequest,
  reply: FastifyReply,
  list: List
): List | FastifyReply {
  const etag = etagOf(list)
  void reply.header('etag', etag).header('cache-control', 'private, no-cache')
  return request.headers['if-none-match'] === etag ? reply.code(304).send() : list
}

const PublishedPolicy = Type.Object({
  place: Type.Union([PlaceCode, Type.Null()], { description: '空：没有自己规则的所有车站' }),
  terms: GatePolicy,
  validFrom: Instant,
  publishedBy: Type.String(),
  note: Type.String()
})

function policyRoutes(app: App, { sql, clock }: Parts): void {
  const shown = async (now: Date) =>
    (await findPolicies(sql, now)).map(({ placeCode, terms, validFrom, publishedBy, note }) => {
      return { place: placeCode, terms, validFrom, publishedBy, note }
    })

  app.get(
    '/v1/boarding/gate-policies',
    {
      config: { permit: 'run-gates' },
      schema: { tags, summary: '检票规则 The rules of gates in force', response: { 200: Type.Array(PublishedPolicy) } }
    },
    async () => await shown(clock())
  )

  app.post(
    '/v1/boarding/gate-policies',
    {
      config: { permit: 'publish-gate-policy' },
      schema: {
        tags,
        summary: '公布检票规则 Publish the rules of a place’s gates, or of all; in force at once',
        body: Type.Object(
          { place: Type.Optional(PlaceCode), terms: GatePolicy, note: Type.String({ maxLength: 200 }) },
          { additionalProperties: false }
        ),
        response: { 201: Type.Array(PublishedPolicy), ...problems('place-not-found') }
      }
    },
    async (request, reply) => {
      const { place, terms, note } = request.body
      const publishedBy = viewerOf(sessionOf(request)).owner
      const id = place === undefined ? null : await findPlaceId(sql, place)
      const policy = { place: id, terms, validFrom: clock(), publishedBy, note }
      await transaction(sql, async (tx) => await insertPolicy(tx, policy))
      return reply.code(201).send(await shown(clock()))
    }
  )
}
