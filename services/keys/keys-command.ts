// The command line of custody: npm run keys -- list | custodian | begin | enter | take | plan | approve | records | verify-records.
// Passphrases and parts of keys are asked for, never arguments: those would stand in the shell's history.
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import type { Credentials } from '../../card-crypto/key-custody/custodian.ts'
import { firstFalseRecord } from '../../card-crypto/key-custody/custody-records.ts'
import {
  custodyKey,
  type CustodyQuestion,
  type CustodyRecord,
  type Inventory
} from '../../card-crypto/key-custody/custody-schemas.ts'
import type { KeyState } from '../../card-crypto/key-custody/key-states.ts'
import { KeyStoreError, type KeyStore } from '../../card-crypto/key-store.ts'
import { sm2PublicKeyFromPem, sm2PublicKeyToPem } from '../../card-crypto/sm2-keys.ts'
import { openKeys } from '../../clearing/context.ts'

const usage = `用法 usage: npm run keys -- COMMAND

  list                                     密钥清单 keys with state, check value and uses; ceremonies; dated changes
  custodian NAME [--vouchers A,B]          登记保管员 a new custodian; from the third on two others vouch
  begin KEY --by NAME --custodians A,B,…   开始密钥仪式 a ceremony; parts are XORed, or --shamir NEEDED of them suffice
        [--draw] [--shamir N] [--check-value KCV]   --draw: the key is drawn inside, and each takes a part away
  enter CEREMONY --by NAME                 录入分量 bring a part
  take CEREMONY --by NAME                  领取分量 take a part away, once
  plan KEY STATE DAY --by NAME             计划变更 active | verify-only | retired | destroyed, from a day (YYYY-MM-DD) on
  approve PLAN --by NAME                   复核 a second person approves
  records FILE                             导出签名记录 write the signed record, and FILE.pem to check it with
  verify-records FILE FILE.pem             验证记录 offline

  KEY is PURPOSE/SCOPE/VERSION/INDEX/ALGORITHM, e.g. tac//2/1/sm4. DATA_DIR (.data) says where.`

interface Options {
  by?: string
  custodians?: string
  vouchers?: string
  shamir?: string
  draw?: boolean
  'check-value'?: string
}

type Ask = (question: CustodyQuestion) => Promise<unknown>
type Command = (ask: Ask, args: string[], options: Options) => Promise<string>

const commands: Record<string, Command> = {
  async list(ask) {
    return describe((await ask({ ask: 'inventory' })) as Inventory)
  },
  async custodian(ask, [name = ''], { vouchers = '' }) {
    const fresh = await credentials(name)
    const vouching: Credentials[] = []
    for (const voucher of names(vouchers)) vouching.push(await credentials(voucher))
    return answered(await ask({ ask: 'add-custodian', ...fresh, vouchers: vouching }))
  },
  async begin(ask, [key = ''], { by = '', custodians = '', shamir, draw, 'check-value': checkValue }) {
    const all = names(custodians)
    const parts = all.length
    const splitting = shamir
      ? ({ kind: 'shamir', parts, needed: Number(shamir) } as const)
      : ({ kind: 'xor', parts, needed: parts } as const)
    const order = { key, splitting, custodians: all, origin: draw ? ('drawn' as const) : ('entered' as const) }
    const expected = checkValue ? { checkValue } : {}
    return answered(await ask({ ask: 'begin-ceremony', ...order, ...expected, ...(await credentials(by)) }))
  },
  async enter(ask, [ceremony = ''], { by = '' }) {
    const who = await credentials(by)
    const component = (await secret('分量 part (hexadecimal): ')).replaceAll(/\s/g, '')
    return answered(await ask({ ask: 'enter-component', ceremony, component, ...who }))
  },
  async take(ask, [ceremony = ''], { by = '' }) {
    return answered(await ask({ ask: 'take-component', ceremony, ...(await credentials(by)) }))
  },
  async plan(ask, [key = '', to = '', from = ''], { by = '' }) {
    return answered(await ask({ ask: 'plan', key, to: to as KeyState, from, ...(await credentials(by)) }))
  },
  async approve(ask, [plan = ''], { by = '' }) {
    return answered(await ask({ ask: 'approve', plan, ...(await credentials(by)) }))
  }
}

async function main(): Promise<number> {
  const parsed = readArguments()
  if (!parsed) {
    console.error(usage)
    return 2
  }
  const { name, args, options } = parsed
  if (name === 'verify-records') return await verifyRecords(args)
  const { DATA_DIR = '.data', KEY_STORE_MASTER_KEY: masterKey = '' } = process.env
  const keys = await openKeys({ dataFolder: resolve(DATA_DIR), keys: 'command', masterKey, sample: false })
  try {
    if (name === 'records') await exportRecords(keys, args[0] ?? 'key-records.json')
    else console.log(await commands[name]!(async (question) => await keys.custody(question), args, options))
    return 0
  } finally {
    await keys.close()
  }
}

function readArguments(): { name: string; args: string[]; options: Options } | null {
  try {
    const text = { type: 'string' } as const
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        by: text,
        custodians: text,
        vouchers: text,
        shamir: text,
        'check-value': text,
        draw: { type: 'boolean' }
      }
    })
    const [name = '', ...args] = positionals
    const known = Object.hasOwn(commands, name) || name === 'records' || name === 'verify-records'
    return known ? { name, args, options: values } : null
  } catch {
    return null
  }
}

async function exportRecords(keys: KeyStore, path: string): Promise<void> {
  const records = (await keys.custody({ ask: 'records' })) as CustodyRecord[]
  await writeFile(where(path), `${JSON.stringify(records, null, 2)}\n`)
  if (records.length > 0) await writeFile(where(`${path}.pem`), sm2PublicKeyToPem(await keys.publicKey(custodyKey)))
  console.log(`✓ ${records.length} records: ${where(path)}`)
}

async function verifyRecords([path = '', pem = '']: string[]): Promise<number> {
  const records = JSON.parse(await readFile(where(path), 'utf8')) as CustodyRecord[]
  const wrong = firstFalseRecord(records, sm2PublicKeyFromPem(await readFile(where(pem), 'utf8')))
  console.log(
    wrong === null ? `✓ ${records.length} records follow and are signed` : `✗ record ${wrong} does not follow`
  )
  return wrong === null ? 0 : 1
}

/** npm runs us in the project's folder; the path was written in the caller's. */
function where(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? '', path)
}

function describe({ keys, custodians, ceremonies, plans }: Inventory): string {
  const counted = (uses: Record<string, number>): string =>
    Object.entries(uses)
      .map(([use, count]) => `${use} ${count}`)
      .join(', ')
  return [
    ...keys.map(
      ({ name, state, checkValue, uses }) =>
        `${name.padEnd(40)} ${state.padEnd(12)} ${checkValue.padEnd(16)} ${counted(uses)}`
    ),
    '',
    `保管员 custodians: ${custodians.join(', ') || '—'}`,
    ...ceremonies.map(
      ({ id, key, origin, state, parts, custodians }) =>
        `仪式 ceremony ${id} ${key} ${origin} ${state}, ${parts.filter(({ at }) => at).length}/${custodians.length}`
    ),
    ...plans.map(
      ({ id, key, to, from, askedBy, approvedBy, doneAt, refused }) =>
        `变更 change ${id} ${key} → ${to} ${from} ${askedBy}/${approvedBy ?? '—'} ${doneAt ? 'done' : (refused ?? '')}`
    )
  ].join('\n')
}

function answered(answer: unknown): string {
  return Object.entries(answer as Record<string, unknown>)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n')
}

function names(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
}

async function credentials(custodian: string): Promise<Credentials> {
  if (!custodian) throw new Error('--by NAME')
  return { custodian, passphrase: await secret(`${custodian} 口令 passphrase: `) }
}

const typed = createInterface({
  input: process.stdin,
  // Nothing that is typed is shown.
  output: new Writable({ write: (_chunk, _encoding, done) => done() }),
  terminal: process.stdin.isTTY
})
const lines = typed[Symbol.asyncIterator]()

/** A line that is typed without being shown, or the next line of what is piped in. */
async function secret(question: string): Promise<string> {
  process.stderr.write(question)
  const line = await lines.next()
  process.stderr.write('\n')
  return line.done ? '' : line.value
}

process.exitCode = await main()
  .catch((error: unknown) => {
    console.error(`✗ ${error instanceof KeyStoreError ? `${error.fault}: ` : ''}${(error as Error).message}`)
    return 1
  })
  .finally(() => typed.close())
