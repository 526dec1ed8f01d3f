import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['card-crypto', 'clearing', 'services', 'migrations', 'load-tests']
const textKinds = ['.ts', '.mjs', '.js', '.sql', '.html', '.css', '.json', '.md', '.csv']

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}

const files = folders.flatMap(walk)
const texts = new Map(
  files
    .filter((file) => textKinds.includes(extname(file)))
    .map((file) => [file, readFileSync(join(root, file), 'utf8')])
)
const isTest = (file: string): boolean => /\.(test|bench)\.ts$/.test(file) || basename(file).startsWith('test-')
const sources = [...texts.keys()].filter((file) => ['.ts', '.mjs'].includes(extname(file)) && !isTest(file))

/** The lines of these files that match, as `file:line`. */
function findings(wanted: (file: string) => boolean, pattern: RegExp): string[] {
  return [...texts].flatMap(([file, text]) =>
    wanted(file)
      ? text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : []))
      : []
  )
}
const isSource = (file: string): boolean => sources.includes(file)

describe('the house', () => {
  it('has the rooms it is meant to have', () => {
    const allowed = new Set([
      ...folders,
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'README.md',
      'node_modules'
    ])
    expect(readdirSync(root).filter((name) => !name.startsWith('.') && !allowed.has(name))).toEqual([])
  })

  it('has no drawers', () => {
    const drawer = /^(index|utils?|helpers?|common|lib|libs|types|interfaces|misc|shared)(\.|$)/
    const parts = new Set(files.flatMap((file) => file.split('/')))
    // A built page's package files aside, nothing is called by what it is made of.
    expect([...parts].filter((part) => drawer.test(part))).toEqual([])
  })

  it('keeps a folder small enough to look over', () => {
    // card-crypto is one file per standard, flat on purpose, as the libraries it learns from are.
    const most = (folder: string): number => (folder === 'card-crypto' ? 30 : 12)
    const counts = Map.groupBy(sources, dirname)
    expect([...counts].filter(([folder, all]) => all.length > most(folder)).map(([folder]) => folder)).toEqual([])
  })

  it('has no file that nothing uses', () => {
    const scripts =
      readFileSync(join(root, 'package.json'), 'utf8') + readFileSync(join(root, '.ci/vitest.config.ts'), 'utf8')
    const users = [...texts].filter(([file]) => !isTest(file))
    // A standard in card-crypto may stand ready before a room needs it; its vectors use it.
    const isUsed = (file: string): boolean =>
      scripts.includes(file) ||
      (file.startsWith('card-crypto/') ? [...texts] : users).some(
        ([user, text]) => user !== file && text.includes(mention(file))
      )
    // load.ts and bench.ts find what they run by its name.
    const found = sources.filter((file) => !file.startsWith('load-tests/') && !isUsed(file))
    expect(found).toEqual([])
  })

  it('opens every source file with what it is for', () => {
    const wanted = [...sources, ...files.filter((file) => extname(file) === '.sql')]
    expect(wanted.filter((file) => !/^(\/\/ \S|-- \S)/.test(texts.get(file)!))).toEqual([])
  })

  it('names migrations by number and word', () => {
    const names = files.filter((file) => file.startsWith('migrations/')).map((file) => basename(file))
    expect(names.filter((name) => !/^\d{4}-[a-z0-9-]+\.sql$/.test(name))).toEqual([])
    expect(new Set(names.map((name) => name.slice(0, 4))).size).toBe(names.length)
  })
})

describe('a thing has one place', () => {
  it('SQL: queries and migrations', () => {
    const exempt = /-queries\.ts$|^clearing\/(database|migrate)\.ts$|^services\/local\/test-servers\.ts$|^load-tests\//
    const statement =
      /[`'](\s*)(select|insert into|update|delete from|with \w+ as|create (table|database)|truncate|copy \w+)\s/i
    const tagged = /\b(sql|tx|session|connection|locks)(<[^`]*>)?`|\.unsafe\(/
    expect(findings((file) => isSource(file) && !exempt.test(file), statement)).toEqual([])
    expect(findings((file) => isSource(file) && !exempt.test(file), tagged)).toEqual([])
  })

  it('clock and chance: never in rules', () => {
    const chance = /Date\.now|new Date\(\)|Math\.random|performance\.now|node:crypto|randomUUID|randomBytes|process\./
    expect(findings((file) => file.endsWith('-rules.ts'), chance)).toEqual([])
    expect(
      findings((file) => file.endsWith('-rules.ts'), /^import (?!type ).*from '.*(-queries|-routes|fastify|postgres)/)
    ).toEqual([])
  })

  it('the environment: configuration, command lines, the local start', () => {
    const allowed =
      /^services\/(config\.ts|local\/)|^(clearing|card-crypto\/key-service|services\/[\w-]+)\/[\w-]*command\.ts$|^load-tests\//
    expect(findings((file) => isSource(file) && !allowed.test(file), /process\.env/)).toEqual([])
  })

  it('decimals, ASN.1', () => {
    const usersOf = (name: string) => sources.filter((file) => texts.get(file)!.includes(`from '${name}`))
    expect(usersOf('decimal.js')).toEqual(['clearing/money.ts'])
    expect(usersOf('node-forge')).toEqual(['card-crypto/der.ts'])
  })

  it('HTTP’s error numbers: problem.ts', () => {
    const number = /\.(code|status)\([45]\d\d\)|statusCode[:=]\s*[45]\d\d|^\s*[45]\d\d:/
    expect(findings((file) => isSource(file) && file !== 'services/problem.ts', number)).toEqual([])
  })

  it('refusals: thrown from the tables, so that every one has a text and a place in the documentation', () => {
    const made = /new Refusal\(/
    expect(findings((file) => isSource(file) && file !== 'clearing/refusal.ts', made)).toEqual([])
  })
})

describe('rooms', () => {
  const order = ['access', 'network', 'timetable', 'fares', 'identity', 'payments', 'ticketing', 'boarding']
  order.push(
    'ticket-log',
    'channels',
    'revenue',
    'counter',
    'station',
    'cards',
    'keys',
    'clearing-desk',
    'insight',
    'pages'
  )
  const roomOf = (file: string): number => order.indexOf(file.split('/')[1]!)

  it('use the rooms above them, never those below', () => {
    const upward = sources.flatMap((file) => {
      if (!file.startsWith('services/') || roomOf(file) === -1) return []
      return importsOf(file)
        .filter((target) => target.startsWith('services/') && roomOf(target) > roomOf(file))
        .map((target) => `${file} → ${target}`)
    })
    expect(upward).toEqual([])
  })

  it('stand on clearing, which stands on card-crypto', () => {
    const below: Record<string, string[]> = {
      'card-crypto': ['card-crypto'],
      clearing: ['card-crypto', 'clearing'],
      services: ['card-crypto', 'clearing', 'services'],
      'load-tests': ['card-crypto', 'clearing', 'load-tests']
    }
    const wrong = sources.flatMap((file) => {
      const allowed = below[file.split('/')[0]!]!
      return importsOf(file)
        .filter((target) => !allowed.includes(target.split('/')[0]!))
        .map((target) => `${file} → ${target}`)
    })
    expect(wrong).toEqual([])
  })
})

describe('nothing in the tree', () => {
  it('knows the machine it was written on', () => {
    expect(
      findings((file) => file !== 'services/house.test.ts', /(^|[\s'"`(=])\/(work|tmp|root|home|Users)\/\w/)
    ).toEqual([])
  })

  it('is unfinished', () => {
    expect(findings((file) => file !== 'services/house.test.ts', /\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([])
  })

  it('switches a check off without saying why', () => {
    const off = /(oxlint|eslint)-disable(?!.* -- \S)|@ts-(ignore|nocheck|expect-error)(?! \S)/
    expect(findings((file) => file !== 'services/house.test.ts', off)).toEqual([])
  })
})

/** How another file would speak of it: by its name, in an import, a URL or a page. */
function mention(file: string): string {
  return `/${basename(file)}`
}

/** Relative imports, resolved. */
function importsOf(file: string): string[] {
  const imports = texts.get(file)!.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)
  return [...imports].map(([, path]) => relative(root, resolve(join(root, dirname(file)), path!)))
}
