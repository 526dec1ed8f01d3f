// vitest's global set-up: a throw-away PostgreSQL and Redis (or DATABASE_URL / REDIS_URL), one migrated template database, and the
// browser unpacked once: two test files that unpack it side by side meet each other's half-written program.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import chromiumPackage from '@sparticuz/chromium'
import type { TestProject } from 'vitest/node'
import { connect } from '../../clearing/database.ts'
import { migrate } from '../../clearing/migrate.ts'
import { startEmbeddedPostgres } from '../../clearing/embedded-postgres.ts'
import { startEmbeddedRedis } from './embedded-redis.ts'

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'lingnan-test-'))
  const ours: { stop(): Promise<void> }[] = []
  const keep = <Server extends { stop(): Promise<void> }>(server: Server): Server => (ours.push(server), server)
  const databaseUrl =
    process.env['DATABASE_URL'] ?? keep(await startEmbeddedPostgres(join(folder, 'postgres'), { durable: false })).url
  const redisUrl = process.env['REDIS_URL'] ?? keep(await startEmbeddedRedis(join(folder, 'redis'))).url
  const templateName = `lingnan_template_${process.pid}`
  await makeTemplate(databaseUrl, templateName)
  await chromiumPackage.executablePath()
  project.provide('databaseUrl', databaseUrl)
  project.provide('redisUrl', redisUrl)
  project.provide('templateName', templateName)
  return async () => {
    if (process.env['DATABASE_URL']) await dropTemplates(databaseUrl, templateName)
    for (const server of ours) await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function makeTemplate(databaseUrl: string, name: string): Promise<void> {
  await administer(databaseUrl, `create database ${name}`)
  const url = new URL(databaseUrl)
  url.pathname = `/${name}`
  const sql = connect(url.href, { max: 2 })
  await migrate(sql)
  await sql.end()
}

/** The template and what test files made of it (clearing/test-database.ts). */
async function dropTemplates(databaseUrl: string, name: string): Promise<void> {
  const sql = connect(databaseUrl, { max: 1 })
  const found = await sql<
    { name: string }[]
  >`select datname as name from pg_database where starts_with(datname, ${name})`
  for (const { name: each } of found) await sql.unsafe(`drop database ${each} with (force)`)
  await sql.end()
}

async function administer(url: string, statement: string): Promise<void> {
  const sql = connect(url, { max: 1 })
  await sql.unsafe(statement)
  await sql.end()
}
