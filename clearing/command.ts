// The command line of clearing: npm run clearing -- ingest FILE | close DAY | settle DAY | publish DAY | verify DAY | explain
// FILE:LINE | discounts DAY | claims MONTH | explain-fares FILE | days | files [DAY]; every command also with --json. It works with the platform running or with nothing running.
import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { isKeyStoreAway } from '../card-crypto/key-store.ts'
import { parseDay, type BusinessDay } from './business-day.ts'
import { listDayLines, listFileLines } from './command-line/command-queries.ts'
import { listRuns } from './adjustments/adjustment-queries.ts'
import { openAdjustment } from './adjustments/open-adjustment.ts'
import { publishAdjustment } from './adjustments/publish-adjustment.ts'
import { settleAdjustment } from './adjustments/settle-adjustment.ts'
import { openConnection } from './command-line/connection.ts'
import {
  describeDay,
  describeDays,
  describeFiles,
  describeFinding,
  describePublication,
  describeReceipt,
  describeSettlement,
  describeStory,
  describeVerification
} from './command-line/describe.ts'
import { withProgress } from './command-line/output.ts'
import { readFile as readInterfaceFile } from './card-files/exchange/every-file.ts'
import { parseFileName } from './card-files/file-names.ts'
import { openClearingContext, type ClearingContext } from './context.ts'
import { describeClaims, describeDiscounts, shownClaim } from './command-line/describe-discounts.ts'
import { describeFares } from './command-line/describe-fares.ts'
import { explainFares } from './rating/discounts/explain-fares.ts'
import { priceDay } from './rating/months/price-rides.ts'
import { ingestFile } from './ingestion/ingest-file.ts'
import { listParticipants } from './participants/participant-queries.ts'
import { Refusal, type RefusalKind } from './refusal.ts'
import { refuse } from './refusals.ts'
import { closeDay } from './settlement/close-day.ts'
import { explainTransaction } from './settlement/explain-transaction.ts'
import { publishDay } from './settlement/publish-day.ts'
import { settleDay } from './settlement/settle-day.ts'
import { issueClaims } from './subsidies/issue-claims.ts'
import { verifyDay } from './settlement/verify-day.ts'

const usage = `用法 usage: npm run clearing -- COMMAND [--json]

  ingest FILE [--format cttic|shenzhen-open-data] [--signature FILE]   接收文件 take in a card file
  close DAY        日切 close a clearing day; later files belong to the next
  settle DAY       结算 sum, rate, net and post a closed day
  publish DAY      发布 make, sign and publish its files and statements
  reopen DAY       重开 open a published day for adjustment: then ingest FILE --late-for DAY  [--reason TEXT]
  adjust DAY       调账 settle and publish what came late for a day, to those it touches alone
  verify DAY       核验 compute all of it again and say the first thing that is wrong
  explain FILE:LINE  追溯 tell the story of one transaction
  discounts DAY    优惠 price a settled day's rides by their cities' schemes: who bears what was taken off
  claims MONTH     申报 claim a month's discounts (YYYY-MM) from issuers and authorities, or show what was claimed
  explain-fares FILE  票价 which discount rule gives each fare of a file of rides
  read FILE        查看 what any file of the interface says, record by record (its name tells the kind)
  days             清算日 list the latest days
  files [DAY]      文件 list the latest files, or those of a day

  DAY is YYYY-MM-DD. DATABASE_URL, DATA_DIR (.data) and KEY_STORE_MASTER_KEY say where.
  Exit: 0 done, 1 failed, 2 usage, 3 not found, 4 conflict, 5 not acceptable, 6 not allowed, 7 too large, 8 unavailable, 9 not sound.`

const exitCodes: Record<RefusalKind, number> = {
  'not-found': 3,
  conflict: 4,
  unacceptable: 5,
  forbidden: 6,
  unauthenticated: 6,
  'too-large': 7,
  unavailable: 8
}

interface Answer {
  json: object
  text: string
  exit?: number
}

interface Options {
  json: boolean
  format?: string
  signature?: string
  'late-for'?: string
  reason?: string
}

type Command = (context: ClearingContext, argument: string, options: Options) => Promise<Answer>

const commands: Record<string, Command> = {
  async ingest(context, path, { format, signature, 'late-for': lateFor }) {
    const incoming = {
      path: await existing(path),
      name: basename(path),
      ...(format ? { format } : {}),
      ...(lateFor ? { lateFor: dayOf(lateFor) } : {}),
      ...(signature ? { signature: await readFile(await existing(signature)) } : {})
    }
    const receipt = await ingestFile(context, incoming, new Date())
    return {
      json: receipt,
      text: describeReceipt(receipt),
      exit: receipt.state === 'refused' ? exitCodes.unacceptable : 0
    }
  },
  async close(context, day) {
    const closed = await closeDay(context, dayOf(day), new Date())
    return { json: closed, text: describeDay(closed) }
  },
  async settle(context, day) {
    const settlement = await settleDay(context, dayOf(day), new Date())
    return { json: settlement, text: describeSettlement(settlement, await listParticipants(context.sql)) }
  },
  async publish(context, day) {
    const publication = await publishDay(context, dayOf(day), new Date())
    return { json: publication, text: describePublication(publication, join(context.folders.published, day)) }
  },
  async reopen(context, day, { reason }) {
    const run = await openAdjustment(context, dayOf(day), {
      reason: reason ?? '人工重开 re-opened by hand',
      now: new Date()
    })
    return { json: run, text: `✓ ${run.day} 第 ${run.number} 次调账 adjustment ${run.number}（${run.state}）` }
  },
  async adjust(context, day) {
    const adjustments = []
    for (const run of await listRuns(context.sql, dayOf(day))) {
      await settleAdjustment(context, run.day, { number: run.number, now: new Date() })
      const files = await publishAdjustment(context, run.day, { number: run.number, now: new Date() })
      adjustments.push({ day: run.day, number: run.number, files: files.map((file) => file.storedAs) })
    }
    const lines = adjustments.map(({ number, files }) => `✓ 第 ${number} 次调账 adjustment ${number}: ${files.length}`)
    return { json: { adjustments }, text: lines.join('\n') || '无 none' }
  },
  async verify(context, day, { json }) {
    const report = await verifyDay(context, dayOf(day), (finding) => {
      if (!json) console.log(describeFinding(finding))
    })
    return { json: report, text: describeVerification(report), exit: report.firstFault ? 9 : 0 }
  },
  async explain(context, id) {
    const story = await explainTransaction(context, id)
    return { json: story, text: describeStory(story) }
  },
  async discounts(context, day) {
    const priced = await priceDay(context, dayOf(day), new Date())
    return { json: priced, text: describeDiscounts(priced) }
  },
  async claims(context, month) {
    const claims = await issueClaims(context, dayOf(`${month}-01`), new Date())
    return { json: { claims: claims.map(shownClaim) }, text: describeClaims(claims) }
  },
  async 'explain-fares'({ sql }, path) {
    const explanation = await explainFares(sql, await existing(path))
    return { json: explanation, text: describeFares(explanation) }
  },
  async read(_context, path) {
    const parsed = parseFileName(basename(path))
    if ('fault' in parsed) throw refuse('format-unknown', { format: parsed.detail })
    const file = readInterfaceFile(parsed.kind, await readFile(await existing(path)))
    return { json: file, text: file.rows.map((row) => JSON.stringify(row)).join('\n') }
  },
  async days({ sql }) {
    const days = await listDayLines(sql, 50)
    return { json: { days }, text: describeDays(days) }
  },
  async files({ sql }, day) {
    const files = await listFileLines(sql, day ? dayOf(day) : null, 200)
    return { json: { files }, text: describeFiles(files) }
  }
}

const withoutArgument = new Set(['days', 'files'])

async function main(): Promise<number> {
  const parsed = readArguments()
  if (!parsed) {
    console.error(usage)
    return 2
  }
  const { command, argument, options } = parsed
  const {
    DATABASE_URL: databaseUrl = '',
    DATA_DIR: folder = '.data',
    KEY_STORE_MASTER_KEY: masterKey = ''
  } = process.env
  const dataFolder = resolve(folder)
  const connection = await openConnection({ databaseUrl, dataFolder })
  try {
    const keys = connection.own ? 'setup' : 'command'
    const installation = { sql: connection.sql, dataFolder, masterKey, keys, sample: connection.own } as const
    const answer = await withKeys(installation, async (context) => {
      const work = async () => await command(context, argument, options)
      return options.json ? await work() : await withProgress(connection.sql, process.stderr, work)
    })
    console.log(options.json ? JSON.stringify(answer.json) : answer.text)
    return answer.exit ?? 0
  } finally {
    await connection.close()
  }
}

/**
 * A key process that another command had started ends with it, whoever else is asking it: then the work begins again, with a key
 * process of our own. Every command changes nothing more when it is run again.
 */
async function withKeys<Result>(
  installation: Parameters<typeof openClearingContext>[0],
  work: (context: ClearingContext) => Promise<Result>
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      const context = await openClearingContext(installation)
      try {
        return await work(context)
      } finally {
        await context.keys.close()
      }
    } catch (error) {
      if (!isKeyStoreAway(error) || tries === 5) throw error
      await new Promise((done) => setTimeout(done, 200 * tries))
    }
  }
}

function readArguments(): { command: Command; argument: string; options: Options } | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        format: { type: 'string' },
        signature: { type: 'string' },
        'late-for': { type: 'string' },
        reason: { type: 'string' }
      }
    })
    const [name = '', argument = ''] = positionals
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (!command || positionals.length > 2 || (!argument && !withoutArgument.has(name))) return null
    const { json, ...rest } = values
    return { command, argument, options: { json, ...rest } }
  } catch {
    return null
  }
}

/** npm runs us in the project's folder; the path was written in the caller's. */
async function existing(path: string): Promise<string> {
  const resolved = resolve(process.env['INIT_CWD'] ?? '', path)
  const found = await stat(resolved).catch(() => undefined)
  if (!found?.isFile()) throw refuse('file-not-found', { path })
  return resolved
}

function dayOf(text: string): BusinessDay {
  const day = parseDay(text)
  if (day === null) throw refuse('day-malformed', { day: text })
  return day
}

/** Prints what stopped us, in the form that was asked for, and answers the exit code. */
function complain(thrown: unknown): number {
  const error = isKeyStoreAway(thrown) ? refuse('key-store-away') : thrown
  const json = process.argv.includes('--json')
  if (error instanceof Refusal) {
    const { code, kind, message, english, facts } = error
    if (json) console.log(JSON.stringify({ error: { code, kind, message, english, ...facts } }))
    else console.error(`✗ ${message} / ${english}\n  ${code} ${JSON.stringify(facts)}`)
    return exitCodes[kind]
  }
  const advice =
    error instanceof postgres.PostgresError && error.code === '42P01' ? ' (has `npm run migrate` been run?)' : ''
  const detail = error instanceof Error ? error.message : String(error)
  if (json) console.log(JSON.stringify({ error: { code: 'failed', kind: 'failed', message: detail + advice } }))
  else console.error(`✗ ${detail}${advice}`)
  return 1
}

process.exitCode = await main().catch(complain)
