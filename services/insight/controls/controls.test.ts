import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createTestApp } from '../../test-app.ts'
import { controlMap } from './control-map.ts'
import { notPersonal, personalData, staffColumn } from './personal-data.ts'

const { parts, call } = await createTestApp()
const listed = new Set(personalData.flatMap(({ table, columns }) => columns.map((column) => `${table}.${column}`)))

/** Names under which personal data are kept anywhere in the schema; a day of transactions is as its parent. */
async function columnsThatLookPersonal(): Promise<string[]> {
  const rows = await parts.sql<{ tableName: string; columnName: string }[]>`
    select table_name, column_name from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = current_schema() and table_type = 'BASE TABLE' and table_name !~ '_20[0-9]{6}$'
      and column_name ~ '(^|_)(phone|document|identity|address|addresses|words|passengers|card_number|owner|actor|account|holder|tax_number|password|named)(_|$)|_by$'
      and data_type not in ('boolean', 'timestamp with time zone', 'integer', 'smallint')`
  return rows.map(({ tableName, columnName }) => `${tableName}.${columnName}`)
}

test('every column that looks personal is in the inventory, names who of the staff acted, or is said not to be personal', async () => {
  const found = await columnsThatLookPersonal()
  const unknown = found.filter(
    (column) => !listed.has(column) && !notPersonal.includes(column) && !staffColumn.test(column.split('.')[1]!)
  )
  expect(unknown).toEqual([])
})

test('the inventory names only columns there are', async () => {
  const rows = await parts.sql<{ name: string }[]>`
    select table_name || '.' || column_name as name from information_schema.columns where table_schema = current_schema()`
  const known = new Set(rows.map(({ name }) => name))
  expect([...listed, ...notPersonal].filter((column) => !known.has(column))).toEqual([])
})

test('every place and every test the auditor is sent to exists', () => {
  const root = new URL('../../../', import.meta.url)
  const paths = controlMap.flatMap(({ where, tests }) => [...where, ...tests])
  expect(paths.filter((path) => !existsSync(fileURLToPath(new URL(path, root))))).toEqual([])
  // What is met has a test; what is not says what to do instead.
  expect(
    controlMap.filter(({ state, tests, operator }) => (state === 'met' && tests.length === 0) || operator === '')
  ).toEqual([])
})

test('both are served, as data and as a page', async () => {
  const { body } = await call({ url: '/v1/controls' })
  expect([body.controls.length, body.personalData.length]).toEqual([controlMap.length, personalData.length])
  expect((await call({ url: '/docs/controls' })).body).toContain('控制项对照')
})
