// Which way a ride between two metro stations went, as far as anybody can say: the quickest by the network's minutes, five more for
// each change of line. Riders whose real way was another are assigned wrongly; the page says so.
import type { FlowNetwork } from './flow-network.ts'

/** From a stop of a line to its next one, or the one before when backward. */
export interface Segment {
  line: number
  position: number
  backward: boolean
}

const changeMinutes = 5
/** Kept by place only: a station of two lines is one place with a node on each. */
interface Node {
  line: number
  position: number
}

export interface PathFinder {
  /** The segments travelled; empty when there is no way. */
  pathOf: (origin: number, destination: number) => readonly Segment[]
  /** At most one stop apart. */
  isNear: (one: number, other: number) => boolean
}

/** Over the lines of `mode` that are travelled both ways. */
export function openPaths(network: FlowNetwork, mode: number): PathFinder {
  const lines = [...network.lines.values()].filter((line) => line.mode === mode)
  const nodesOf = new Map<number, Node[]>()
  const neighbours = new Map<number, Set<number>>()
  for (const { id, stops } of lines)
    for (const [position, { place }] of stops.entries()) {
      nodesOf.getOrInsertComputed(place, () => []).push({ line: id, position })
      for (const beside of [stops[position - 1], stops[position + 1]])
        if (beside) neighbours.getOrInsertComputed(place, () => new Set()).add(beside.place)
    }
  const trees = new Map<number, Map<string, { minutes: number; from: string | null; node: Node }>>()
  const treeOf = (origin: number) => trees.getOrInsertComputed(origin, () => growTree(network, nodesOf, origin))
  const paths = new Map<number, readonly Segment[]>()
  return {
    isNear: (one, other) => neighbours.get(one)?.has(other) ?? false,
    pathOf: (origin, destination) =>
      paths.getOrInsertComputed(origin * 1_000_000 + destination, () => {
        const tree = treeOf(origin)
        const ends = (nodesOf.get(destination) ?? []).map(keyOf).filter((key) => tree.has(key))
        const best = ends.toSorted((a, b) => tree.get(a)!.minutes - tree.get(b)!.minutes)[0]
        return best === undefined ? [] : walkBack(tree, best)
      })
  }
}

const keyOf = ({ line, position }: Node): string => `${line}/${position}`

/** Dijkstra from every platform of the origin; networks have hundreds of stations, so a sorted list will do. */
function growTree(network: FlowNetwork, nodesOf: ReadonlyMap<number, Node[]>, origin: number) {
  const tree = new Map<string, { minutes: number; from: string | null; node: Node }>()
  const open = (nodesOf.get(origin) ?? []).map((node) => ({ minutes: 0, from: null as string | null, node }))
  while (open.length > 0) {
    const next = open.shift()!
    const key = keyOf(next.node)
    if (tree.has(key)) continue
    tree.set(key, next)
    for (const { node, minutes } of stepsFrom(network, nodesOf, next.node)) {
      if (tree.has(keyOf(node))) continue
      const step = { minutes: next.minutes + minutes, from: key, node }
      const at = open.findIndex((other) => other.minutes > step.minutes)
      open.splice(at === -1 ? open.length : at, 0, step)
    }
  }
  return tree
}

function stepsFrom(network: FlowNetwork, nodesOf: ReadonlyMap<number, Node[]>, { line, position }: Node) {
  const { stops } = network.lines.get(line)!
  const here = stops[position]!
  const along = [position - 1, position + 1].flatMap((beside) => {
    const stop = stops[beside]
    return stop
      ? [{ node: { line, position: beside }, minutes: Math.max(1, Math.abs(stop.minutes - here.minutes)) }]
      : []
  })
  const changes = nodesOf
    .get(here.place)!
    .filter((node) => node.line !== line)
    .map((node) => ({ node, minutes: changeMinutes }))
  return [...along, ...changes]
}

function walkBack(tree: ReturnType<typeof growTree>, end: string): readonly Segment[] {
  const segments: Segment[] = []
  for (let key: string | null = end; key !== null;) {
    const { from, node }: { from: string | null; node: Node } = tree.get(key)!
    const before = from === null ? null : tree.get(from)!.node
    if (before && before.line === node.line)
      segments.push({ line: node.line, position: before.position, backward: node.position < before.position })
    key = from
  }
  return segments.toReversed()
}
