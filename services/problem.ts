// The only place that knows HTTP's error numbers: turns a refusal, an invalid request or a bug into RFC 9457
// application/problem+json. A bug is logged and shows nothing of itself.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type TSchema } from 'typebox'
import { isKeyStoreAway } from '../card-crypto/key-store.ts'
import { isDatabaseAway } from '../clearing/database.ts'
import { Refusal, type RefusalKind } from '../clearing/refusal.ts'
import { clearingRefusals, refuse as refuseInClearing } from '../clearing/refusals.ts'
import type { App } from './parts.ts'
import { serviceRefusals } from './refusals.ts'

const statusOfKind: Record<RefusalKind, number> = {
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  unacceptable: 422,
  unavailable: 503
}

/** Refusals of the protocol itself; the others live in the two refusal tables. */
const protocolProblems = {
  'request-invalid': [400, '请求内容不符合约定', 'the request does not fit its schema'],
  'body-malformed': [400, '请求体不是有效的 JSON', 'the body is not valid JSON'],
  'url-malformed': [400, '网址格式错误', 'the URL is malformed'],
  'page-not-found': [404, '没有这个地址', 'there is nothing at this address'],
  'method-not-allowed': [405, '该地址不支持此方法', 'the address does not take this method'],
  'body-too-large': [413, '请求体过大', 'the body is too large'],
  'media-type-unsupported': [415, '不支持的内容类型', 'this content type is not taken here'],
  'too-many-requests': [429, '请求过于频繁，请稍后再试', 'too many requests; slow down'],
  'internal-error': [500, '系统内部错误，已记录', 'an internal error; it has been recorded']
} as const

export type ProtocolProblem = keyof typeof protocolProblems
export type ProblemCode = keyof typeof clearingRefusals | keyof typeof serviceRefusals | ProtocolProblem

const fastifyCodes: Record<string, ProtocolProblem> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media-type-unsupported',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body-malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body-malformed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body-malformed',
  FST_ERR_BAD_URL: 'url-malformed',
  FST_ERR_ASYNC_CONSTRAINT: 'url-malformed'
}

/** [status, 中文, English] of any code. */
export function problemText(code: ProblemCode): readonly [number, string, string] {
  if (code in protocolProblems) return protocolProblems[code as ProtocolProblem]
  const [kind, chinese, english] = { ...clearingRefusals, ...serviceRefusals }[code as keyof typeof serviceRefusals]
  return [statusOfKind[kind], chinese, english]
}

/** The error answers of a route, by status, each naming the codes it may carry: `response: { 200: Ticket, ...problems('seat-taken') }`. */
export function problems(...codes: ProblemCode[]): Record<number, TSchema> {
  const byStatus = Map.groupBy(new Set(codes), (code) => problemText(code)[0])
  return Object.fromEntries([...byStatus].map(([status, all]) => [status, problemAnswer(all)]))
}

function problemAnswer(codes: ProblemCode[]): TSchema {
  const description = codes.map((code) => `\`${code}\` ${problemText(code).slice(1).join(' · ')}`).join('\n\n')
  return { description, content: { 'application/problem+json': { schema: problemSchema(codes) } } }
}

function problemSchema(codes: ProblemCode[]): TSchema {
  const FieldError = Type.Object({ pointer: Type.String(), detail: Type.String() })
  return Type.Object({
    type: Type.String({ description: '/problems/<code>' }),
    title: Type.String({ description: '中文说明' }),
    title_en: Type.String(),
    status: Type.Integer(),
    code: Type.String({ enum: codes }),
    instance: Type.String({ description: '请求编号，报障时请提供' }),
    errors: Type.Optional(Type.Array(FieldError, { description: 'JSON Pointer → 原因' })),
    facts: Type.Optional(Type.Record(Type.String(), Type.Unknown()))
  })
}

interface Problem {
  code: string
  status: number
  title: string
  english: string
  errors?: { pointer: string; detail: string }[]
  facts?: Record<string, unknown>
}

/** Puts the error and not-found handlers on the app. `allowedMethods` answers which methods an address takes. */
export function installProblems(app: App, allowedMethods: (path: string) => string[]): void {
  app.setErrorHandler((error: FastifyError, request, reply) => sendError(error, request, reply))
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) => {
    const methods = allowedMethods(request.url.split('?', 1)[0]!)
    if (methods.length === 0 || methods.includes(request.method))
      return send(request, reply, protocolProblem('page-not-found'))
    void reply.header('allow', methods.join(', '))
    return send(request, reply, protocolProblem('method-not-allowed'))
  })
}

export function sendError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error)
  if (problem.code === 'internal-error') request.log.error({ err: error }, 'a bug')
  if (problem.code === 'database-away') request.log.warn({ err: error }, 'the database was away')
  return send(request, reply, problem)
}

function problemOf(error: FastifyError | Refusal): Problem {
  if (error instanceof Refusal) return refusalProblem(error)
  if (isKeyStoreAway(error)) return refusalProblem(refuseInClearing('key-store-away'))
  if (isDatabaseAway(error)) return refusalProblem(refuseInClearing('database-away'))
  if (error.validation) return { ...protocolProblem('request-invalid'), errors: fieldErrors(error) }
  if (error.statusCode === 429) return protocolProblem('too-many-requests')
  return protocolProblem(fastifyCodes[error.code] ?? 'internal-error')
}

function refusalProblem({ code, kind, message, english, facts }: Refusal): Problem {
  const problem = { code, status: statusOfKind[kind], title: message, english }
  return Object.keys(facts).length === 0 ? problem : { ...problem, facts }
}

function protocolProblem(code: ProtocolProblem): Problem {
  const [status, title, english] = protocolProblems[code]
  return { code, status, title, english }
}

const fieldErrorsShownMax = 20

function fieldErrors({ validation, validationContext }: FastifyError): { pointer: string; detail: string }[] {
  return (validation ?? []).slice(0, fieldErrorsShownMax).map(({ instancePath, params, message }) => {
    const field = params['additionalProperty'] ?? params['unevaluatedProperty'] ?? params['missingProperty']
    const within = validationContext === 'body' ? '' : `/${validationContext}`
    const last = typeof field === 'string' ? `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}` : ''
    return { pointer: `${within}${instancePath}${last}`, detail: message ?? 'is not acceptable' }
  })
}

function send(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { code, status, title, english, errors, facts } = problem
  const body = { type: `/problems/${code}`, title, title_en: english, status, code, instance: request.id }
  return reply
    .code(status)
    .header('x-request-id', request.id)
    .type('application/problem+json')
    .send({ ...body, ...(errors ? { errors } : {}), ...(facts ? { facts } : {}) })
}

/** Every code there is, for the page /problems that the `type` of each problem lies under. */
export function problemTexts(): { code: string; status: number; title: string; title_en: string }[] {
  const codes = [protocolProblems, clearingRefusals, serviceRefusals].flatMap(Object.keys) as ProblemCode[]
  return codes.map((code) => {
    const [status, title, english] = problemText(code)
    return { code, status, title, title_en: english }
  })
}
