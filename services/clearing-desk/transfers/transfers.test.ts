// Members over the file transfer: their own files in, their own results out and acknowledged, nothing of anybody else's.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sm3 } from '../../../card-crypto/sm3.ts'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import { findParticipant } from '../../../clearing/participants/participant-queries.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { insertPublished } from '../../../clearing/statements/statement-queries.ts'
import { fetchFiles, sendFiles } from '../../../clearing/transfer/exchange-files.ts'
import { offerFile, openPartialFiles } from '../../../clearing/transfer/partial-files.ts'
import { serveTransfers, type TransferServer } from '../../../clearing/transfer/serve-transfers.ts'
import { saveContact, listUntold } from '../../../clearing/arrivals/gap-queries.ts'
import { insertChases } from '../../../clearing/arrivals/expected-queries.ts'
import { createTestApp } from '../../test-app.ts'
import type { Message } from '../../station/notices/messenger.ts'
import { tellChases } from '../arrivals/tell-chases-job.ts'
import { openMemberStore } from './member-store.ts'
import { allowTransfers } from './transfer-queries.ts'

const { parts } = await createTestApp()
const { sql, context } = parts
const folder = await mkdtemp(join(tmpdir(), 'members-'))
const day = '2026-03-03' as BusinessDay
const own = 'BP260303000000122158400000000007A'
let server: TransferServer

beforeAll(async () => {
  await seedParticipants(sql)
  await transaction(sql, async (tx) => {
    for (const [code, address] of [
      ['12215840', '127.0.0.1'],
      ['02215840', '127.0.0.1'],
      ['12205810', '10.9.8.7']
    ] as const)
      await allowTransfers(tx, (await findParticipant(tx, code))!.id, [address])
    await tx`insert into clearing_day (day, state, published_at) values (${day}, 'published', now())`
    const signed = {
      size: 5,
      lines: 1,
      digest: sm3(Buffer.from('bytes')),
      signature: Buffer.alloc(64),
      publishedAt: new Date()
    }
    const file = (participant: number, name: string) => ({
      participant,
      kind: 'BP' as const,
      part: 1,
      name,
      storedAs: name,
      ...signed
    })
    await insertPublished(tx, { day, adjustment: 0 }, [
      file((await findParticipant(tx, '12215840'))!.id, own),
      file((await findParticipant(tx, '12205810'))!.id, own.replace('12215840', '12205810'))
    ])
  })
  await writeFile(join(context.folders.published, own), 'bytes')
  server = await serveTransfers({ host: '127.0.0.1', port: 0, store: openMemberStore(parts) })
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const member = (organisation: string) => ({ host: '127.0.0.1', port: server.port, organisation, shortName: '' })

async function send(organisation: string, name: string): Promise<string> {
  await writeFile(join(folder, name), 'a file')
  return (await sendFiles(member(organisation), [await offerFile(join(folder, name), name)])).get(name)!
}

it('a member hands in files of its own name and kinds, which arrive like any other', async () => {
  expect(await send('12215840', 'CD260303083015122158400000000019A')).toBe('00')
  expect(await sql`select name, source, state, size::integer as size from file_arrival`).toEqual([
    { name: 'CD260303083015122158400000000019A', source: 'transfer', state: 'waiting', size: 6 }
  ])
  expect(await send('12215840', 'CD260303083015122158400000000019A')).toBe('02')
  expect(await send('12215840', 'CD260303083015122058100000000019A')).toBe('02')
  expect(await send('12215840', 'UC260303083015122158400000000019A')).toBe('02')
  expect(await send('02215840', 'CD260303083015022158400000000019A')).toBe('02')
  expect(await send('02215840', 'UC260303083015022158400000000019A')).toBe('00')
})

it('a caller from another address, or one that is suspended, is nobody', async () => {
  await expect(send('12205810', 'CD260303083015122058100000000019A')).rejects.toThrow('answers 01')
  await transaction(sql, async (tx) => await tx`update participant set state = 'suspended' where code = '02215840'`)
  await expect(send('02215840', 'UC260303083015022158400000000020A')).rejects.toThrow('answers 01')
})

it('a member fetches its own results of a day, and that it has them is on record', async () => {
  const partial = openPartialFiles(join(folder, 'fetched'), { bytesMax: 1e6 })
  const got: string[] = []
  const fetched = await fetchFiles(member('12215840'), '20260303', {
    begin: async (file) => await partial.begin('centre', file),
    write: async (file, bytes, at) => await partial.write('centre', file, bytes, at),
    finish: async (file) =>
      await partial.finish('centre', file, async (path) => (got.push(await readFile(path, 'utf8')), '00'))
  })
  expect(fetched.map((file) => file.name)).toEqual([own])
  expect(got).toEqual(['bytes'])
  expect(
    await sql`select file.name, receipt.way from published_file_receipt as receipt join published_file as file on file.id = receipt.file_id`
  ).toEqual([{ name: own, way: 'transfer' }])
})

it('who is asked for a missing file is told, once for each contact, and again only when the provider had no time', async () => {
  const participant = (await findParticipant(sql, '12215840'))!.id
  const now = new Date('2026-03-03T02:00:00+08:00')
  await transaction(sql, async (tx) => {
    await saveContact(tx, { participant, means: 'sms', address: '13800001234' })
    await insertChases(tx, day, [participant], now)
  })
  const sent: Message[] = []
  let busy = true
  const messenger = {
    async send(messages: readonly Message[]) {
      sent.push(...messages)
      return messages.map(() => (busy ? ('later' as const) : ('delivered' as const)))
    }
  }
  expect(await tellChases({ sql, messenger }, now)).toBe(1)
  expect(await tellChases({ sql, messenger }, now)).toBe(0)
  busy = false
  const later = new Date(now.getTime() + 120_000)
  expect(await tellChases({ sql, messenger }, later)).toBe(1)
  expect(await tellChases({ sql, messenger }, new Date(later.getTime() + 120_000))).toBe(0)
  expect(new Set(sent.map((message) => message.key)).size).toBe(1)
  expect(sent[0]).toMatchObject({ means: 'sms', address: '13800001234' })
  expect(sent[0]!.text).toContain('2026-03-03 的交易文件尚未收到')
  expect(await listUntold(sql, later)).toEqual([])
})
