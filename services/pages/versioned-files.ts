// The pages' own files under an address that names their content, /v/{version}/…: a browser keeps them for good and asks for the page
// alone. A page's HTML points there and names every module it will need, so that none waits for another to be read first. Below the
// version files lie as they do in this repository, so that the imports between them hold.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { extname, join, posix, relative } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

export interface VersionedFiles {
  version: string
  /** By address without the version, as services/pages/shell/api.js. */
  find: (address: string) => VersionedFile | null
  /** A page's HTML with its addresses in this version and its modules named. */
  page: (file: string) => string
}

export interface VersionedFile {
  type: string
  text: string
  /** As the browser takes it, made when first asked for; null when it takes neither way. */
  compressed: (accepted: string) => { encoding: string; bytes: Buffer } | null
}

const encodings: Record<string, (text: string) => Buffer> = {
  br: (text) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }),
  gzip: (text) => gzipSync(text)
}

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ts': 'text/javascript; charset=utf-8'
}

interface Others {
  /** The rules that pages share with us, by path from this folder; their types are stripped. */
  rules: readonly string[]
  /** address → text of what is made elsewhere. */
  texts: Readonly<Record<string, string>>
}

export function readVersionedFiles(folder: string, { rules, texts: others }: Others): VersionedFiles {
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
  const addressOf = (file: string): string => relative(join(folder, '../..'), join(folder, file))
  const texts = new Map([
    ...Object.entries(others),
    ...ownFiles(folder).map((file) => [addressOf(file), read(file)] as const),
    ...rules.flatMap((file) => {
      const [address, text] = [addressOf(file), stripTypeScriptTypes(read(file))]
      // A page may count its steps up to the site's root, where all rules lie together, or to this repository's.
      return address.startsWith('services/') ? [[address, text] as const] : bothAddresses(address, text)
    })
  ])
  const version = createHash('sha256')
    .update(JSON.stringify([...texts]))
    .digest('base64url')
    .slice(0, 12)
  const files = new Map([...texts].map(([address, text]) => [address, fileOf(types[extname(address)]!, text)]))
  return {
    version,
    find: (address) => files.get(address) ?? null,
    page: (file) => pageIn(version, read(file), texts)
  }
}

function bothAddresses(address: string, text: string): [string, string][] {
  return [
    [address, text],
    [`services/${address}`, text]
  ]
}

function ownFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:css|js|svg)$/.test(file) && !/(^|\/)test-/.test(file))
    .toSorted()
}

function fileOf(type: string, text: string): VersionedFile {
  const made = new Map<string, Buffer>()
  return {
    type,
    text,
    compressed: (accepted) => {
      const encoding = Object.keys(encodings).find((one) => accepted.split(/[\s,;]+/).includes(one))
      if (!encoding) return null
      const bytes = made.getOrInsertComputed(encoding, () => encodings[encoding]!(text))
      return { encoding, bytes }
    }
  }
}

/** A page says /pages/… itself: whoever looks at it alone reads the files as they lie here. */
function pageIn(version: string, html: string, texts: ReadonlyMap<string, string>): string {
  const entries = [...html.matchAll(/<script type="module" src="\/([^"]+)"/g)].map(([, path]) => `services/${path}`)
  const modules = new Set(entries.flatMap((entry) => modulesFrom(entry, texts)))
  const others = [...modules].filter((address) => !entries.includes(address))
  const links = others.map((address) => `    <link rel="modulepreload" href="/v/${version}/${address}" />\n`)
  return html
    .replaceAll(/(href|src)="\/([^"]+\.(?:css|js|svg))"/g, (whole, name: string, path: string) =>
      texts.has(`services/${path}`) ? `${name}="/v/${version}/services/${path}"` : whole
    )
    .replace('  </head>', `${links.join('')}  </head>`)
}

/** The module and everything it imports, each once; what is fetched on demand is left out. */
function modulesFrom(entry: string, texts: ReadonlyMap<string, string>, seen = new Set<string>()): string[] {
  const text = texts.get(entry)
  if (text === undefined || seen.has(entry)) return []
  seen.add(entry)
  const imported = [...text.matchAll(/^(?:import|export)\s[^'"]*?from '(\.[^']+)'/gms)].map(([, path]) =>
    posix.join(posix.dirname(entry), path!)
  )
  return [entry, ...imported.flatMap((address) => modulesFrom(address, texts, seen))]
}
