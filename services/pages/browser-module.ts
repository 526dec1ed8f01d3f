// A small package of CommonJS files as one module for the browser: each file in a function of its own, and a `require` among them. For a
// package that is needed without a network and brings no browser module itself.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** The module exports what is named, from the entry file. */
export function asBrowserModule(entry: string, exported: readonly string[]): string {
  const files: string[] = []
  const numbers = new Map<string, number>()
  const number = (path: string): number => {
    const known = numbers.get(path)
    if (known !== undefined) return known
    const own = numbers.size
    numbers.set(path, own)
    const { resolve } = createRequire(path)
    const text = readFileSync(path, 'utf8').replaceAll(
      /\brequire\('([^']+)'\)/g,
      (_, name: string) => `load(${number(resolve(name))})`
    )
    files[own] = `(module, exports) => {\n${text}\n}`
    return own
  }
  number(entry)
  return `const files = [\n${files.join(',\n')}\n]
const loaded = []
function load(number) {
  if (!loaded[number]) {
    loaded[number] = { exports: {} }
    files[number](loaded[number], loaded[number].exports)
  }
  return loaded[number].exports
}
export const { ${exported.join(', ')} } = load(0)
`
}
