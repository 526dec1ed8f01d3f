// A platform with a clock that can be set, and gates that leave it for days (services/boarding/gates/simulated): started by the load
// test `offline-gates` on a database of its own, spoken to over HTTP.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { calendarDay } from '../../clearing/business-day.ts'
import { openClearingContext } from '../../clearing/context.ts'
import { connect } from '../../clearing/database.ts'
import { buildApp } from '../app.ts'
import { simulateOfflineDays } from '../boarding/gates/simulated/offline-days.ts'
import { readConfig } from '../config.ts'
import { generateServiceKeys } from '../open-parts.ts'
import type { Parts } from '../parts.ts'
import { seedProvince } from './sample-province/seed-province.ts'

const { values: flags } = parseArgs({
  options: {
    database: { type: 'string', default: '' },
    folder: { type: 'string', default: '' },
    gates: { type: 'string', default: '12' },
    scans: { type: 'string', default: '20000' },
    hours: { type: 'string', default: '72' },
    codes: { type: 'string', default: '0.2' }
  }
})
const say = (line: string): void => console.log(line)
const sql = connect(flags.database, { max: 10 })
const context = await openClearingContext({ sql, keys: 'in-process', dataFolder: flags.folder, sample: true })
await generateServiceKeys(context.keys)
const time = { now: new Date() }
const config = {
  ...readConfig({}),
  dataFolder: flags.folder,
  databaseUrl: flags.database,
  sample: true,
  requestsPerMinute: 1e9
}
const parts: Parts = {
  sql,
  keys: context.keys,
  context,
  config,
  queue: { hint: () => undefined },
  clock: () => time.now
}
const app = await buildApp(parts)
const address = await app.listen({ host: '127.0.0.1', port: 0 })
await seedProvince(sql, calendarDay(time.now))
say('the sample province is laid')
process.send?.('laid')
const folder = join(flags.folder, 'gates')
await mkdir(folder, { recursive: true })
const result = await simulateOfflineDays({
  parts,
  folder,
  say,
  begins: time.now,
  gates: Number(flags.gates),
  scans: Number(flags.scans),
  hours: Number(flags.hours),
  codeShare: Number(flags.codes),
  setClock: (now) => {
    time.now = now
  },
  send: async ({ method, url, headers, body }) => {
    const answer = await fetch(`${address}${url}`, { method, headers, ...(body ? { body } : {}) })
    return { status: answer.status, body: await answer.json() }
  }
})
process.send?.(result)
await app.close()
await context.keys.close()
await sql.end()
process.disconnect?.()
