// `npm run ticket-log`: the small tool for whoever doubts us. `check` needs only a proof and the public key, and no network; `verify` reads the
// whole log in a database again.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { sm2PublicKeyFromPem } from '../../card-crypto/sm2-keys.ts'
import { openConnection } from '../../clearing/command-line/connection.ts'
import { openClearingContext } from '../../clearing/context.ts'
import { ticketLogKey } from './append-events.ts'
import { checkDocument } from './check-proof.ts'
import { verifyTicketLog } from './verify-ticket-log.ts'

const usage = `用法 usage: npm run ticket-log -- COMMAND

  check FILE --key KEY   离线核验一份存证 check a proof offline; KEY is the PEM of GET /v1/ticket-log/key
  verify                 核验整个日志 read the whole log again (DATABASE_URL, DATA_DIR say where)

  Exit: 0 it holds, 1 it does not or cannot be read, 2 usage.`

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { key: { type: 'string' } } })
  const [command, file] = positionals
  if (command === 'check' && file && values.key) return await check(file, values.key)
  if (command === 'verify' && !file) return await verify()
  console.error(usage)
  return 2
}

async function check(file: string, keyFile: string): Promise<number> {
  const proof: unknown = JSON.parse(await read(file))
  const { holds, text } = checkDocument(proof, sm2PublicKeyFromPem(await read(keyFile)))
  console.log(`${holds ? '✓' : '✗'} ${text}`)
  return holds ? 0 : 1
}

async function verify(): Promise<number> {
  const { DATABASE_URL: databaseUrl = '', DATA_DIR = '.data', KEY_STORE_MASTER_KEY: masterKey = '' } = process.env
  const dataFolder = resolve(DATA_DIR)
  const connection = await openConnection({ databaseUrl, dataFolder })
  const context = await openClearingContext({
    sql: connection.sql,
    dataFolder,
    masterKey,
    keys: connection.own ? 'setup' : 'command',
    sample: connection.own
  })
  try {
    const key = await context.keys.publicKey(ticketLogKey)
    const { size, heads, wrong } = await verifyTicketLog(context.sql, key, (read) =>
      console.error(`${read} events read`)
    )
    console.log(wrong ? `✗ ${wrong}` : `✓ ${size} events, ${heads} signed heads: all of it follows`)
    return wrong ? 1 : 0
  } finally {
    await context.keys.close()
    await connection.close()
  }
}

/** npm runs us in the project's folder; the path was written in the caller's. */
const read = async (path: string): Promise<string> =>
  await readFile(resolve(process.env['INIT_CWD'] ?? '', path), 'utf8')

process.exitCode = await main().catch((error: unknown) => {
  console.error(`✗ ${error instanceof Error ? error.message : String(error)}`)
  return 1
})
