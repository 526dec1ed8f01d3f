import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedParticipants } from './participants/seed-participants.ts'
import { createTestDatabase } from './test-database.ts'

const { sql, url } = await createTestDatabase()
const folder = await mkdtemp(join(tmpdir(), 'command-'))
const csv = join(folder, 'some-rides.csv')

interface Outcome {
  exit: number
  stdout: string
  stderr: string
  json(): Record<string, unknown>
}

/** Runs the command line as npm would. */
async function run(settings: { DATABASE_URL?: string; DATA_DIR: string }, ...words: string[]): Promise<Outcome> {
  const script = new URL('./command.ts', import.meta.url).pathname
  const { DATABASE_URL: _, ...surroundings } = process.env
  return await new Promise((done) => {
    const options = { env: { ...surroundings, ...settings, INIT_CWD: folder }, encoding: 'utf8' as const }
    const child = execFile(process.execPath, [script, ...words], options, (_error, stdout, stderr) =>
      done({ exit: child.exitCode ?? -1, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> })
    )
  })
}

beforeAll(async () => {
  const packed = new URL('../services/local/sample-province/shenzhen-tong-2018-09-01.csv.gz', import.meta.url)
  const lines = gunzipSync(await readFile(packed))
    .toString('utf8')
    .split('\n')
  await writeFile(csv, `${lines.slice(0, 101).join('\n')}\n`)
  await seedParticipants(sql)
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))

describe('the command line', () => {
  const settings = { DATABASE_URL: url, DATA_DIR: join(folder, 'given') }

  it('takes a file through to a verified publication, one JSON object at a time', async () => {
    const receipt = await run(settings, 'ingest', 'some-rides.csv', '--json')
    expect(receipt).toMatchObject({ exit: 0, stderr: '' })
    expect(receipt.json()).toMatchObject({ state: 'accepted', lines: 100, repeated: false })
    const day = String(receipt.json()['clearingDay'])
    for (const [verb, state] of [
      ['close', 'closed'],
      ['settle', 'settled']
    ] as const)
      expect((await run(settings, verb, day, '--json')).json()).toMatchObject({ day, state })
    const publication = await run(settings, 'publish', day, '--json')
    expect((await run(settings, 'publish', day, '--json')).stdout).toBe(publication.stdout)
    expect((await run(settings, 'verify', day, '--json')).json()).toMatchObject({ day, firstFault: null })
    expect((await run(settings, 'explain', '1:2', '--json')).json()).toMatchObject({
      id: '1:2',
      outcome: { code: '000000' }
    })
    expect((await run(settings, 'days')).stdout).toContain(day)
    expect((await run(settings, 'files', day)).stdout).toContain('some-rides.csv')
  })

  it('says with its exit code what kind of no it is', async () => {
    const exits = async (...words: string[]) => (await run(settings, ...words)).exit
    expect(await exits('verify', '2020-01-01')).toBe(3)
    expect(await exits('ingest', 'nowhere.csv')).toBe(3)
    const [open] = await sql<{ day: string }[]>`select day from clearing_day where state = 'open'`
    expect(await exits('settle', open!.day)).toBe(4)
    expect(await exits('close', 'yesterday')).toBe(5)
    expect(await exits('ingest', 'some-rides.csv', '--format', 'morse')).toBe(5)
    for (const wrong of [[], ['dance'], ['close'], ['constructor', 'x'], ['days', '--loud']])
      expect(await exits(...wrong)).toBe(2)
  })

  it('exits with 9 when a day is not sound, and names the first fault', async () => {
    const [day] = await sql<{ day: string }[]>`select day from clearing_day where state = 'published'`
    const [file] = await sql<{ storedAs: string }[]>`select stored_as from published_file where kind = 'BP' limit 1`
    await rm(join(folder, 'given/published', file!.storedAs))
    const report = await run(settings, 'verify', day!.day)
    expect(report.exit).toBe(9)
    expect(report.stdout).toMatch(/first thing wrong:\n {2}published files: missing: .*BP/)
    expect((await run(settings, 'publish', day!.day)).exit).toBe(0)
    expect((await run(settings, 'verify', day!.day)).exit).toBe(0)
  })

  it('brings its own database when nothing runs, and finds it again the next time, twice at once', async () => {
    const alone = { DATA_DIR: join(folder, 'alone') }
    const starters = await Promise.all([run(alone, 'days', '--json'), run(alone, 'files', '--json')])
    expect(starters.map((each) => [each.exit, each.stderr])).toEqual([
      [0, ''],
      [0, '']
    ])
    expect((await run(alone, 'ingest', 'some-rides.csv', '--json')).json()).toMatchObject({ state: 'accepted' })
    const both = await Promise.all([run(alone, 'days', '--json'), run(alone, 'files', '--json')])
    expect(both.map((each) => [each.exit, each.stderr])).toEqual([
      [0, ''],
      [0, '']
    ])
    expect(both[1].json()).toMatchObject({ files: [{ name: 'some-rides.csv', accepted: 100 }] })
  })
})
