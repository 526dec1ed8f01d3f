// `npm run load -- NAME [flags]` runs load-tests/NAME.ts, or NAME.ts of load-tests/reliability, load-tests/cards, load-tests/clearing or load-tests/insight, against a whole system; without a name it lists them all. A load test says
// what it is doing and ends with one line of JSON.
import { globSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const runners = new Set(['bench', 'load'])
const loads = new Map(
  globSync(['*.ts', 'reliability/*.ts', 'cards/*.ts', 'clearing/*.ts', 'insight/*.ts'], { cwd: import.meta.dirname })
    .toSorted()
    .map((path) => [basename(path, '.ts'), resolve(import.meta.dirname, path)] as const)
    .filter(([name]) => !runners.has(name) && !name.includes('.'))
)

const [name, ...flags] = process.argv.slice(2)
const path = loads.get(name ?? '')
if (path === undefined) {
  console.error(`usage: npm run load -- NAME [flags]\nloads: ${[...loads.keys()].join(', ')}`)
  process.exitCode = 2
} else {
  process.argv = [process.argv[0]!, path, ...flags]
  await import(pathToFileURL(path).href)
}
