// `npm run bench -- NAME [flags]` runs NAME.bench.ts, wherever it lies beside its subject; without a name it lists them all. A bench
// prints what it is doing and ends with one line of JSON.
import { globSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = resolve(import.meta.dirname, '..')
const benches = new Map(
  globSync('{card-crypto,clearing,services,load-tests}/**/*.bench.ts', { cwd: root })
    .toSorted()
    .map((path) => [basename(path, '.bench.ts'), resolve(root, path)])
)

const [name, ...flags] = process.argv.slice(2)
const path = benches.get(name ?? '')
if (path === undefined) {
  console.error(`usage: npm run bench -- NAME [flags]\nbenches: ${[...benches.keys()].join(', ')}`)
  process.exitCode = 2
} else {
  process.argv = [process.argv[0]!, path, ...flags]
  await import(pathToFileURL(path).href)
}
