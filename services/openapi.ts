// The OpenAPI 3.1 file and its readable page, both from the schemas the routes validate with. Every route documents every
// error it can answer: what the route names itself, and what the guard, the parser and the rate limit add.
import swagger from '@fastify/swagger'
import apiReference from '@scalar/fastify-api-reference'
import type { FastifySchema, RouteOptions } from 'fastify'
import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import { holdsPermit } from './access/permit-rules.ts'
import type { App } from './parts.ts'
import { problems, problemTexts, type ProblemCode } from './problem.ts'

const description = `
道路与水路客运联网售票、电子客票与公交一卡通清分结算。Coach and ferry ticketing, e-tickets and card clearing.

- 金额以分计，为整数。Amounts are whole numbers of fen.
- 时间为 ISO 8601；\`day\` 为北京时间日期，清算日在次日 03:00 日切。
- 请求体按字面校验：不转换类型，不接受未知字段。Bodies are taken literally.
- 错误一律为 RFC 9457 \`application/problem+json\`，\`code\` 稳定不变；全部代码见 [/problems](/problems)。
- 登录：\`POST /v1/sessions\`，其后 \`Authorization: Bearer <token>\`。`

const signatureScheme = `渠道客户端对请求签名：Authorization: SM2-SIGN client="…", timestamp="…", nonce="…", digest="…", signature="…"；
SM2/SM3（GM/T 0009），被签内容为以换行分隔的：SM2-SIGN、client、方法、路径、按字节排序的查询串、请求体 SM3（小写十六进制）、timestamp、nonce。`

/** Call after the guard and before any route. */
export async function documentRoutes(app: App): Promise<void> {
  app.addHook('onRoute', addCommonErrors)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: '岭南联网售票与清分平台', version: '1.0.0', description },
      components: {
        securitySchemes: {
          session: { type: 'http', scheme: 'bearer' },
          signature: { type: 'http', scheme: 'SM2-SIGN', description: signatureScheme }
        }
      }
    },
    hideUntagged: true,
    transform: ({ schema, url, route }) => ({ schema: withSecurity(schema, route), url })
  })
}

/** Call after the last route. */
export async function serveReference(app: App): Promise<void> {
  app.get('/openapi.json', () => app.swagger())
  app.get('/problems', () => problemTexts())
  app.get(
    '/problems/:code',
    { schema: { params: Type.Object({ code: Type.String({ maxLength: 60 }) }) } },
    (request, reply) => {
      const found = problemTexts().find(({ code }) => code === request.params.code)
      return found ?? reply.callNotFound()
    }
  )
  await app.register(async (scope) => {
    // The page's one inline script is the plugin's own; its hash goes into the policy of this page and no other.
    scope.addHook('onSend', async (_request, reply, page) => {
      if (typeof page !== 'string' || !String(reply.getHeader('content-type')).startsWith('text/html')) return page
      const script = /<script type="text\/javascript">([^]*?)<\/script>/.exec(page)?.[1] ?? ''
      const hash = createHash('sha256').update(script).digest('base64')
      const sources = `default-src 'self'; script-src 'self' 'sha256-${hash}'; style-src 'self' 'unsafe-inline'`
      void reply.header('content-security-policy', `${sources}; img-src 'self' data:; font-src 'self' data:`)
      return page
    })
    await scope.register(apiReference, {
      routePrefix: '/reference',
      configuration: {
        url: '/openapi.json',
        pageTitle: '接口说明 API reference',
        withDefaultFonts: false,
        customCss,
        telemetry: false,
        hideClientButton: true,
        showDeveloperTools: 'never',
        agent: { disabled: true },
        mcp: { disabled: true }
      }
    })
  })
}

/** The pages' own Chinese font instead of one from elsewhere. */
const customCss = `
  @import url('/vendor/noto-sans-sc/index.css');
  :root { --scalar-font: 'Noto Sans SC Variable', system-ui, sans-serif }`

/** A route's own `problems(…)` win; the rest is what stands in front of every handler. */
function addCommonErrors(route: RouteOptions): void {
  if (!route.url.startsWith('/v1/') || route.schema?.hide) return
  const schema: FastifySchema = (route.schema ??= {})
  schema.response = { ...(schema.response as object), ...mergedProblems(schema, commonCodes(route, schema)) }
}

/** What a request that a channel's program may make can come to before its handler sees it. */
const clientCodes: readonly ProblemCode[] = ['channel-suspended', 'clock-off', 'request-replayed', 'signature-invalid']

function commonCodes({ config }: RouteOptions, schema: FastifySchema): ProblemCode[] {
  const codes: ProblemCode[] = ['url-malformed', 'too-many-requests', 'internal-error']
  if (schema.querystring || schema.params || schema.body) codes.push('request-invalid')
  if (schema.body) codes.push('body-malformed', 'body-too-large', 'media-type-unsupported')
  const permit = config?.permit ?? 'anyone'
  if (permit !== 'anyone') codes.push('session-required', 'not-permitted')
  if (permit !== 'anyone' && holdsPermit('channel', permit)) codes.push(...clientCodes)
  if (permit === 'buy-ticket') codes.push('channel-closed')
  return codes
}

/** The codes a route documents for a status it shares with the common ones (401, 403, 413) are kept beside them. */
function mergedProblems(schema: FastifySchema, common: ProblemCode[]): Record<number, unknown> {
  const own = Object.values((schema.response ?? {}) as Record<string, unknown>).flatMap(codesOf)
  return problems(...own, ...common)
}

function codesOf(answer: unknown): ProblemCode[] {
  const json = (answer as { content?: Record<string, { schema?: { properties?: { code?: { enum?: unknown } } } }> })
    .content?.['application/problem+json']
  return (json?.schema?.properties?.code?.enum ?? []) as ProblemCode[]
}

function withSecurity(schema: FastifySchema, { config }: RouteOptions): FastifySchema {
  const permit = config?.permit
  if (permit === undefined || permit === 'anyone') return schema
  const note = `权限 permit: \`${permit}\``
  return {
    ...schema,
    security: holdsPermit('channel', permit) ? [{ session: [] }, { signature: [] }] : [{ session: [] }],
    description: [schema.description, note].filter(Boolean).join('\n\n')
  }
}
