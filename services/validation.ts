// Bodies are taken literally: no text becomes a number and no unknown field is dropped unseen. Only paths and query
// strings, which are always text, are coerced. Bodies that could hide something are refused when the route is made.
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const formats = ['uuid', 'date', 'date-time', 'email', 'uri'] as const
const literal = new Ajv2020({ coerceTypes: false, removeAdditional: false, useDefaults: true, allErrors: true })
const coercing = new Ajv2020({ coerceTypes: 'array', removeAdditional: false, useDefaults: true, allErrors: true })
for (const ajv of [literal, coercing]) addFormats.default(ajv, [...formats])

export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart, method, url }) => {
  if (httpPart !== 'body') return coercing.compile(schema)
  for (const flaw of flawsOfBody(schema, '')) throw new Error(`the body of ${method} ${url}: ${flaw}`)
  return literal.compile(schema)
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * An id in a path may come in either case (RFC 9562) and is one id: what is sealed or digested under it, and the database, know it in
 * lower case.
 */
export function canonicalIds(params: unknown): void {
  for (const [name, value] of Object.entries(params as Record<string, unknown>))
    if (typeof value === 'string' && uuid.test(value)) (params as Record<string, string>)[name] = value.toLowerCase()
}

interface Pattern {
  type?: unknown
  additionalProperties?: unknown
  unevaluatedProperties?: unknown
  maxItems?: unknown
  [keyword: string]: unknown
}

/** What would let an unknown field or an endless array through. */
export function flawsOfBody(schema: unknown, pointer: string): string[] {
  if (Array.isArray(schema)) return schema.flatMap((part, index) => flawsOfBody(part, `${pointer}/${index}`))
  if (typeof schema !== 'object' || schema === null) return []
  const { type, additionalProperties, unevaluatedProperties, maxItems, ...rest } = schema as Pattern
  const at = pointer === '' ? 'the whole' : pointer
  const flaws: string[] = []
  if (type === 'object' && additionalProperties === undefined && unevaluatedProperties === undefined)
    flaws.push(`${at} must say additionalProperties: false`)
  if (type === 'array' && maxItems === undefined) flaws.push(`${at} must say maxItems`)
  for (const [keyword, part] of Object.entries(rest))
    if (keyword !== 'default' && keyword !== 'examples' && keyword !== 'const' && keyword !== 'enum')
      flaws.push(...flawsOfBody(part, `${pointer}/${keyword}`))
  return flaws
}
