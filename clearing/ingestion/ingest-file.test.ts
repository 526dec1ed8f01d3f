import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openSoftwareKeyStore } from '../../card-crypto/key-store.ts'
import { sm2GenerateKeyPair } from '../../card-crypto/sm2-keys.ts'
import { rawToDer } from '../../card-crypto/sm2-der.ts'
import { sm2Sign } from '../../card-crypto/sm2.ts'
import { cdDetail } from '../card-files/cttic-layouts.ts'
import { prepareFolders } from '../context.ts'
import { transaction } from '../database.ts'
import { replaceHotlist } from '../participants/hotlist-queries.ts'
import { findParticipant, savePublicKey } from '../participants/participant-queries.ts'
import { seedParticipants } from '../participants/seed-participants.ts'
import { createTestDatabase } from '../test-database.ts'
import type { FileReceipt } from './file-receipt.ts'
import { ingestFile } from './ingest-file.ts'
import type { IncomingFile } from './register-file.ts'
import { importSampleKey, ride, rideLine, upload, uploadName, type Ride, type Upload } from './test-upload.ts'

const { sql } = await createTestDatabase()
const folder = await mkdtemp(join(tmpdir(), 'ingest-'))
const keys = await openSoftwareKeyStore({ file: join(folder, 'keys'), masterKey: new Uint8Array(16) })
afterAll(async () => {
  await keys.close()
  await rm(folder, { recursive: true, force: true })
})
await importSampleKey(keys)
await seedParticipants(sql)
const context = { sql, keys, folders: await prepareFolders(folder) }
const now = new Date('2024-03-15T12:00:00+08:00')

let sequence = 0
beforeEach(() => sequence++)

/** Sends these bytes under the name of the present test. */
async function send(bytes: Buffer, more: Partial<IncomingFile> & { at?: Date } = {}): Promise<FileReceipt> {
  const path = join(folder, 'upload')
  await writeFile(path, bytes)
  const { at = now, ...incoming } = more
  return await ingestFile(context, { path, name: uploadName(sequence), ...incoming }, at)
}

/** Three rides of cards no other test has. */
function rides(...changes: Partial<Ride>[]): Buffer[] {
  const first = sequence * 1000
  return Array.from({ length: Math.max(3, changes.length) }, (_, n) => rideLine(ride(first + n, changes[n])))
}

const tacAt = cdDetail.offset.tac

/** The line with another TAC. */
function forged(line: Buffer): Buffer {
  line[tacAt] = line[tacAt] === 0x30 ? 0x31 : 0x30
  return line
}

async function rejectsOf(receipt: FileReceipt): Promise<unknown[]> {
  return [
    ...(await sql`select line_number as line, code, detail from card_reject where file_id = ${receipt.id} order by 1`)
  ]
}

describe('a sound file', () => {
  it('is accepted into the day that is open, with its bytes in the archive', async () => {
    const bytes = upload({ lines: rides() })
    const receipt = await send(bytes)
    expect(receipt).toMatchObject({ state: 'accepted', code: '000000', lines: 3, accepted: 3, amount: 600 })
    expect(receipt).toMatchObject({ sender: '12215840', clearingDay: '2024-03-16', repeated: false, rejects: [] })
    expect(await readFile(join(context.folders.archive, receipt.digest))).toEqual(bytes)
    expect((await readdir(context.folders.archive)).filter((name) => name.startsWith('.'))).toEqual([])
    const [row] = await sql`
      select card_number::text, card_sequence, terminal_number::text, terminal_sequence, occurred_at, transaction_day, amount,
        price, balance_before, to_hex(tac) as tac, line_number, key, service, kind, passage, algorithm
      from card_transaction where file_id = ${receipt.id} order by line_number limit 1`
    const tac = bytes
      .toString('latin1')
      .split('\r\n')[1]!
      .slice(tacAt, tacAt + 8)
    expect({ ...row, tac: row!['tac'].toUpperCase().padStart(8, '0') }).toEqual({
      cardNumber: `31048703${String(sequence * 1000).padStart(11, '0')}`,
      cardSequence: 5,
      terminalNumber: '1',
      terminalSequence: sequence * 1000,
      occurredAt: new Date('2024-03-15T08:30:15+08:00'),
      transactionDay: '2024-03-15',
      amount: 200,
      price: 200,
      balanceBefore: 5000,
      tac,
      lineNumber: 2,
      key: 0x101,
      service: 1,
      kind: 6,
      passage: 0,
      algorithm: 3
    })
  })

  it('goes into the next day when its own is closed', async () => {
    const later = new Date('2024-04-02T12:00:00+08:00')
    await transaction(sql, async (tx) => tx`insert into clearing_day (day, state) values ('2024-04-03', 'closed')`)
    expect(await send(upload({ lines: rides() }), { at: later })).toMatchObject({ clearingDay: '2024-04-04' })
  })

  it('sent again is the first receipt, days later and in any weather', async () => {
    const bytes = upload({ lines: rides() })
    const first = await send(bytes)
    const again = await send(bytes, { at: new Date('2024-06-01T12:00:00+08:00') })
    expect(again).toEqual({ ...first, repeated: true })
  })

  it('may hold no rides at all', async () => {
    expect(await send(upload({ lines: [] }))).toMatchObject({ state: 'accepted', lines: 0, amount: 0 })
  })

  it('carries a signature of its sender, raw or DER, and no other', async () => {
    const pair = sm2GenerateKeyPair()
    const sender = await findParticipant(sql, '12215840')
    await transaction(sql, async (tx) => await savePublicKey(tx, sender!.id, pair.publicKey))
    const bytes = upload({ lines: rides() })
    const signature = sm2Sign(pair.privateKey, bytes)
    expect(await send(bytes, { signature, name: uploadName(900) })).toMatchObject({ signatureState: 'valid' })
    const der = { signature: rawToDer(signature), name: uploadName(901) }
    expect(await send(bytes, der)).toMatchObject({ signatureState: 'valid' })
    const changed = Buffer.concat([bytes.subarray(0, 60), Buffer.from('X'), bytes.subarray(61)])
    const refused = { state: 'refused', code: '010019', signatureState: 'invalid' }
    expect(await send(changed, { signature, name: uploadName(902) })).toMatchObject(refused)
    expect(await send(bytes, { signature: new Uint8Array(70), name: uploadName(903) })).toMatchObject(refused)
  })
})

describe('a file that is wrong as a whole goes to quarantine with its code', () => {
  const lines = (): Buffer[] => [rideLine(ride(77)), rideLine(ride(78)), rideLine(ride(79))]
  const whole = (more: Partial<Upload> = {}): Buffer => upload({ lines: lines(), ...more })
  const cases: [what: string, bytes: () => Buffer, code: string][] = [
    ['empty', () => Buffer.alloc(0), '010016'],
    ['a zip', () => Buffer.concat([Buffer.from('PK\x03\x04'), whole()]), '010010'],
    ['gzipped', () => gzipSync(whole()), '010010'],
    ['cut in its last line', () => whole().subarray(0, -20), '010011'],
    ['cut between two lines', () => whole().subarray(0, 44 + 2 * 559), '010011'],
    ['cut in the middle of a line', () => whole().subarray(0, 44 + 2 * 559 + 100), '010011'],
    ['without its header', () => whole().subarray(44), '010010'],
    ['with the trailer first', () => Buffer.concat([whole().subarray(-51), whole().subarray(0, -51)]), '010010'],
    ['with a line behind the trailer', () => Buffer.concat([whole(), lines()[0]!]), '010011'],
    ['with a trailer that counts one too many', () => whole({ records: 6 }), '010014'],
    ['short of a line the trailer counts', () => upload({ lines: lines().slice(1), records: 5 }), '010014'],
    ['with the header of another organisation', () => whole({ organisation: '11616020' }), '010009'],
    ['a test', () => whole({ environment: 'TEST' }), '010006'],
    ['of an unknown version', () => whole({ version: '00000009' }), '010007'],
    ['with a NUL byte in the middle', () => spoilt(whole(), 44 + 559 + 200, 0), '010010'],
    ['UTF-8 with a mark', () => Buffer.concat([Buffer.from('\ufeff'), whole()]), '010010'],
    ['written in UTF-8', () => withName('深圳巴士集团', 'utf8'), '010010'],
    ['written in something that is not GBK', () => spoilt(whole(), 44 + 559 + 130, 0xff), '010010'],
    ['with a line of any length', () => upload({ lines: [Buffer.from(`${'x'.repeat(5000)}\r\n`)] }), '010010'],
    ['no card file at all', () => Buffer.from('hello\n'), '010010']
  ]

  function spoilt(bytes: Buffer, at: number, value: number): Buffer {
    bytes[at] = value
    return bytes
  }

  function withName(name: string, encoding: BufferEncoding): Buffer {
    const bytes = whole()
    Buffer.from(name, encoding).copy(bytes, 44 + 128)
    return bytes
  }

  it.each(cases)('%s', async (_, bytes, code) => {
    const receipt = await send(bytes())
    expect(receipt).toMatchObject({ state: 'refused', code, clearingDay: null, accepted: 0, repeated: false })
    expect(await readFile(join(context.folders.quarantine, receipt.digest))).toEqual(bytes())
    expect(await sql`select 1 from card_transaction where file_id = ${receipt.id}`).toHaveLength(0)
    expect(await send(bytes())).toEqual({ ...receipt, repeated: true })
  })

  it.each([
    ['hello.txt', '010001'],
    ['../../etc/passwd', '010001'],
    ['CD240315083015122158400000000019\0A', '010001'],
    ['ZZ240315083015122158400000000019A', '010003'],
    ['LD240315083015122158400000000019A', '010003'],
    ['CD240315083015122158400000000019B', '010007'],
    ['CD240315083015199999990000000019A', '010004'],
    ['CD240315083015022158400000000019A', '010008']
  ])('named %j', async (name, code) => {
    expect(await send(upload({ lines: rides() }), { name })).toMatchObject({ state: 'refused', code })
  })

  it('from a suspended sender, and welcome once the sender is active again', async () => {
    const name = uploadName(sequence, '11616020')
    const bytes = upload({ lines: [], organisation: '11616020' })
    await sql`update participant set state = 'suspended' where code = '11616020'`
    expect(await send(bytes, { name })).toMatchObject({ state: 'refused', code: '010005' })
    await sql`update participant set state = 'active' where code = '11616020'`
    expect(await send(bytes, { name })).toMatchObject({ state: 'accepted', repeated: false })
  })

  it('under a name that stands for other bytes, which stay as they are', async () => {
    const first = await send(upload({ lines: rides() }))
    const changed = upload({ lines: rides({ amount: 300 }) })
    const receipt = await send(changed)
    expect(receipt).toMatchObject({ state: 'refused', code: '010002' })
    expect(receipt.detail).toContain(`${first.id}`)
    expect(await send(changed)).toEqual({ ...receipt, repeated: true })
    expect(await send(upload({ lines: rides() }))).toEqual({ ...first, repeated: true })
  })

  it('in a format its sender does not use, so that no TAC is got round', async () => {
    const header =
      'card_no,deal_date,deal_type,deal_money,deal_value,equ_no,company_name,station,car_no,conn_mark,close_date\n'
    const line = 'AAAA,2024-03-15 08:30:15,巴士,200,200,1,深圳收单机构（221）,M,C,0,2024-03-15 00:00:00\n'
    const receipt = await send(Buffer.from(header + line), { name: 'rides.csv' })
    expect(receipt).toMatchObject({ accepted: 0, rejects: [{ code: '020038', count: 1 }] })
  })
})

describe('a bad line', () => {
  it('is kept with its code and hides none of the others', async () => {
    const n = sequence * 1000
    const line = (changes: Partial<Ride>, m: number): Buffer => rideLine(ride(n + m, changes))
    const broken = line({}, 1)
    broken[300] = 0x2d
    const wrongTac = forged(line({}, 2))
    const unknownKey = line({}, 13)
    unknownKey.write('09', cdDetail.offset.keyVersion, 'latin1')
    const issuer = await findParticipant(sql, '02205810')
    const listed = `31048703${String(n + 6).padStart(11, '0')}`
    const delisted = `31048703${String(n + 7).padStart(11, '0')}`
    await transaction(sql, async (tx) => {
      await replaceHotlist(tx, issuer!.id, [listed, delisted], new Date('2024-03-14T00:00:00+08:00'))
      await replaceHotlist(tx, issuer!.id, [listed], new Date('2024-03-15T00:00:00+08:00'))
    })
    const bytes = upload({
      lines: [
        line({}, 0),
        broken,
        wrongTac,
        line({ amount: 0 }, 3),
        line({ amount: 100_001, fields: { balanceBefore: 200_000, balanceAfter: 99_999 } }, 4),
        line({ fields: { pan: '8804870300000000017', cardNumber: '8804870300000000017' } }, 5),
        line({}, 6),
        line({}, 7),
        line({ fields: { issuer: '09999999', issuerId: '09999999FFFFFFFF' } }, 8),
        line({ fields: { issuer: '02215840', issuerId: '02215840FFFFFFFF' } }, 9),
        line({ fields: { acquirer: '11616020', acquirerCode: '11616020', sender: '11616020' } }, 10),
        line({ date: '20240213' }, 11),
        line({ date: '20240316' }, 12),
        unknownKey,
        Buffer.from('short\r\n'),
        line({ amount: 0, fields: { purseKind: '09' } }, 14)
      ]
    })
    const receipt = await send(bytes)
    expect(await rejectsOf(receipt)).toEqual([
      { line: 3, code: '020080', detail: '' },
      { line: 4, code: '020004', detail: '' },
      { line: 5, code: '020026', detail: '' },
      { line: 6, code: '020026', detail: '' },
      { line: 7, code: '020013', detail: '' },
      { line: 8, code: '020009', detail: '' },
      { line: 10, code: '020006', detail: '' },
      { line: 11, code: '020010', detail: '' },
      { line: 12, code: '020038', detail: '' },
      { line: 13, code: '020005', detail: '31 days old' },
      { line: 14, code: '020005', detail: 'the transaction lies in the future' },
      { line: 15, code: '020004', detail: 'no such key' },
      { line: 16, code: '020080', detail: '' }
    ])
    expect(receipt).toMatchObject({ lines: 16, accepted: 3, rejected: 13, amount: 400 })
    const [kept] = await sql`select raw, byte_offset from card_reject where file_id = ${receipt.id} and line_number = 3`
    expect(Buffer.from(kept!['raw'])).toEqual(broken.subarray(0, -2))
    expect(bytes.subarray(kept!['byteOffset']).indexOf(kept!['raw'])).toBe(0)
  })
})

describe('a transaction that comes twice', () => {
  it('in one file: the first line wins, and the second says what it repeats', async () => {
    const n = sequence * 1000
    const receipt = await send(
      upload({
        lines: [
          rideLine(ride(n)),
          rideLine(ride(n + 1)),
          rideLine(ride(n)),
          rideLine(ride(n, { amount: 300 })),
          rideLine(ride(n + 2, { terminalCounter: n + 1 }))
        ]
      })
    )
    expect(await rejectsOf(receipt)).toEqual([
      { line: 4, code: '020002', detail: `same content ${receipt.id}:2` },
      { line: 5, code: '020002', detail: `different content ${receipt.id}:2` },
      { line: 6, code: '020002', detail: `different content ${receipt.id}:3` }
    ])
    expect(receipt).toMatchObject({ accepted: 2, amount: 400 })
  })

  it('in two files: the earlier file keeps it', async () => {
    const n = sequence * 1000
    const first = await send(upload({ lines: [rideLine(ride(n)), rideLine(ride(n + 1))] }))
    const lines = [
      rideLine(ride(n + 5)),
      rideLine(ride(n + 1)),
      rideLine(ride(n, { amount: 1 })),
      rideLine(ride(n + 6))
    ]
    const second = await send(upload({ lines }), { name: uploadName(910) })
    expect(await rejectsOf(second)).toEqual([
      { line: 3, code: '020002', detail: `same content ${first.id}:3` },
      { line: 4, code: '020002', detail: `different content ${first.id}:2` }
    ])
    expect(second).toMatchObject({ accepted: 2, amount: 400 })
  })

  it('is called repeated before it is called unproved', async () => {
    const n = sequence * 1000
    const lines = [rideLine(ride(n)), forged(rideLine(ride(n))), forged(rideLine(ride(n + 1))), rideLine(ride(n + 1))]
    const receipt = await send(upload({ lines }))
    expect(await rejectsOf(receipt)).toEqual([
      { line: 3, code: '020002', detail: `different content ${receipt.id}:2` },
      { line: 4, code: '020004', detail: '' }
    ])
    expect(receipt).toMatchObject({ accepted: 2 })
  })
})
