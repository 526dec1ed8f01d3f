// How often each key was used, and for what. Kept in memory and written beside the keys now and then: a crash loses the last seconds.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

const SAVE_MILLISECONDS = 10_000

export class KeyCounters {
  readonly #path: string
  readonly #counts = new Map<string, Record<string, number>>()
  #changed = false
  readonly #timer: NodeJS.Timeout

  /** Whatever cannot be read counts from nothing: counters decide nothing. */
  constructor(path: string) {
    this.#path = path
    for (const [name, uses] of Object.entries(readCounts(path))) this.#counts.set(name, uses)
    this.#timer = setInterval(() => this.save(), SAVE_MILLISECONDS).unref()
  }

  count(name: string, use: string, times = 1): void {
    const uses = this.#counts.getOrInsertComputed(name, () => ({}))
    uses[use] = (uses[use] ?? 0) + times
    this.#changed = true
  }

  of(name: string): Record<string, number> {
    return { ...this.#counts.get(name) }
  }

  save(): void {
    if (!this.#changed) return
    this.#changed = false
    try {
      writeFileSync(`${this.#path}.new`, JSON.stringify(Object.fromEntries(this.#counts)), { mode: 0o600 })
      renameSync(`${this.#path}.new`, this.#path)
    } catch {
      // A full disk must not stop the keys; the next round tries again.
      this.#changed = true
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.save()
  }
}

function readCounts(path: string): Record<string, Record<string, number>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, number>>
  } catch {
    return {}
  }
}
