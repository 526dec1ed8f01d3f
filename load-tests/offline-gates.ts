// `npm run load -- offline-gates [--gates 12] [--scans 20000] [--hours 72] [--codes 0.2]`
// R12: gates alone for three days with clocks that drift up to five minutes, every scan on their disks before they open, a power cut
// each, one place's rules that believe no list for so long; meanwhile tickets are refunded, changed, re-issued and suspended and the
// issuer's key is taken back; then everything comes back over a network that loses messages and answers. At full size: --gates 200
// --scans 1000000 (17 minutes on a busy two-core machine). `--codes` is the share of tickets shown as codes; the others by their document.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '../clearing/database.ts'
import { startEmbeddedPostgres } from '../clearing/embedded-postgres.ts'
import { migrate } from '../clearing/migrate.ts'
import { processorTime } from './platform/processor-time.ts'

const folder = await mkdtemp(join(tmpdir(), 'load-gates-'))
console.log('starting a database of its own')
const postgres = await startEmbeddedPostgres(join(folder, 'postgres'), { durable: true })
try {
  const sql = connect(postgres.url, { max: 1 })
  await migrate(sql)
  await sql.end()
  const script = fileURLToPath(new URL('../services/local/simulate-offline-gates.ts', import.meta.url))
  const began = performance.now()
  const child = fork(script, ['--database', postgres.url, '--folder', folder, ...process.argv.slice(2)], {
    // As many gates wait for the disk at once.
    env: { ...process.env, UV_THREADPOOL_SIZE: '24' }
  })
  const results: { scans: number }[] = []
  let postgresCpuMs = 0
  child.on('message', (message: 'laid' | { scans: number }) => {
    // While the connections that do the work are still there.
    postgresCpuMs = (processorTime().postgres ?? 0) - postgresCpuMs
    if (message !== 'laid') results.push(message)
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0 || results.length === 0) throw new Error(`the simulation ended with ${code}`)
  const postgresCpuMsPerScan = Number((postgresCpuMs / results[0]!.scans).toFixed(3))
  const minutes = Number(((performance.now() - began) / 60_000).toFixed(1))
  console.log(JSON.stringify({ load: 'offline-gates', ...results[0], postgresCpuMsPerScan, minutes }))
} finally {
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
}
