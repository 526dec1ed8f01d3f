import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { clearingRefusals } from '../clearing/refusals.ts'
import { serviceRefusals } from './refusals.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const files = ['clearing', 'services'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
)
const textOf = (wanted: (file: string) => boolean): string =>
  files
    .filter((file) => file.endsWith('.ts') && wanted(file))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')

const tests = textOf((file) => file.endsWith('.test.ts') && file !== 'services/refusals.test.ts')
// A route names what it documents; only what throws or answers a code counts as using it.
const routes = textOf((file) => file.endsWith('-routes.ts'))
const sources = textOf((file) => !/(\.test|\.bench|-routes|\/refusals|operation-map|openapi)\.ts$/.test(file))
const names = (text: string, code: string): boolean => text.includes(`'${code}'`)

describe.each([
  ['clearing', clearingRefusals],
  ['services', serviceRefusals]
])('every refusal of %s', (_, table) => {
  const codes = Object.keys(table)

  it('is thrown somewhere', () => {
    const thrown = (code: string): boolean => names(sources, code) || routes.includes(`refuse('${code}'`)
    expect(codes.filter((code) => !thrown(code))).toEqual([])
  })

  it('has a test that provokes it', () => {
    expect(codes.filter((code) => !names(tests, code))).toEqual([])
  })
})
