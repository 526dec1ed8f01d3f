// How much processor time our own processes have used, by what they are: on a machine that others use too, a truer measure of a cost
// than the clock on the wall. Linux only; elsewhere nothing is measured.
import { readdirSync, readFileSync } from 'node:fs'

const ticksPerSecond = 100

/**
 * Milliseconds so far of this process ('loader') and its descendants: 'server', 'worker', 'postgres', 'redis', 'other'; `names` tells
 * processes apart by their ids.
 */
export function processorTime(names: ReadonlyMap<number, string> = new Map()): Record<string, number> {
  const all = processes()
  const ours = new Set([process.pid])
  for (let size = 0; size !== ours.size;) {
    size = ours.size
    for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid)
  }
  const used: Record<string, number> = {}
  for (const { pid, ticks, command } of all) {
    if (!ours.has(pid)) continue
    const kind = pid === process.pid ? 'loader' : (names.get(pid) ?? kindOf(command))
    used[kind] = (used[kind] ?? 0) + (ticks * 1000) / ticksPerSecond
  }
  return used
}

/** What one unit of work cost between two readings, by process and in all; what cost next to nothing is left out. */
export function costPerUnit(
  before: Record<string, number>,
  after: Record<string, number>,
  units: number
): Record<string, number> {
  const costs = Object.entries(after).map(([kind, ms]) => [kind, (ms - (before[kind] ?? 0)) / units] as const)
  const all = costs.reduce((sum, [, ms]) => sum + ms, 0)
  const shown = [...costs.toSorted(([, a], [, b]) => b - a), ['all', all] as const].filter(([, ms]) => ms > all / 200)
  return Object.fromEntries(shown.map(([kind, ms]) => [kind, Number(ms.toFixed(3))]))
}

function kindOf(command: string): string {
  const kind = /(server|worker)\.ts|(postgres|redis)/.exec(command)
  return kind?.[1] ?? kind?.[2] ?? 'other'
}

function processes(): { pid: number; parent: number; ticks: number; command: string }[] {
  try {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return []
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        // The name stands in brackets and may hold anything; what follows is numbers.
        const fields = stat
          .slice(stat.lastIndexOf(')') + 2)
          .split(' ')
          .map(Number)
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8')
        return [{ pid: Number(name), parent: fields[1]!, ticks: fields[11]! + fields[12]!, command }]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}
