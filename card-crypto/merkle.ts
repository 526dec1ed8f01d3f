// A Merkle tree over an append-only log, as RFC 9162 §2.1 defines it, with SM3 for the hash. The tree is kept as tiles: one tile holds up
// to 256 neighbouring hashes of every eighth level, so a hundred million leaves need few rows and a proof reads a handful of them.
// Nothing of node: is used, so that a passenger's browser checks a proof by this very file.
import { plainSm3 as sm3 } from './sm3-plain.ts'

/** Hashes in a full tile; a tile of level n holds hashes of subtrees of 256^n leaves. */
export const TILE_WIDTH = 256
const TILE_HEIGHT = 8
export const HASH_BYTES = 32

/** Row `index` of tiles at `level`; its hashes lie one after the other, 32 bytes each, and are only ever added to. */
export interface Tile {
  level: number
  index: number
  hashes: Uint8Array
}

/** The tile is expected to be there: asking for one that is not is an error of the store. */
export type ReadTile = (level: number, index: number) => Uint8Array

/** The prefixes keep a leaf from being passed off as a node. */
export function leafHash(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return sm3(concat(Uint8Array.of(0), data))
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  return sm3(concat(Uint8Array.of(1), left, right))
}

export const EMPTY_ROOT: Uint8Array = sm3(new Uint8Array(0))

/** Adds leaf hashes to a log of `size` leaves; returns the tiles that were begun or grew, whole. */
export function appendLeaves(size: number, leaves: readonly Uint8Array[], readTile: ReadTile): Tile[] {
  const grown: Tile[] = []
  let added = leaves
  for (let level = 0, before = size; added.length > 0; level++) {
    const tiles = appendRow(level, before, added, readTile)
    grown.push(...tiles)
    added = tiles.filter(({ hashes }) => hashes.length === TILE_WIDTH * HASH_BYTES).map(({ hashes }) => rootOf(hashes))
    before = Math.floor(before / TILE_WIDTH)
  }
  return grown
}

function appendRow(level: number, before: number, added: readonly Uint8Array[], readTile: ReadTile): Tile[] {
  const first = Math.floor(before / TILE_WIDTH)
  const kept = before % TILE_WIDTH
  const begun = kept === 0 ? [] : [readTile(level, first).subarray(0, kept * HASH_BYTES)]
  const row = concat(...begun, ...added)
  const tiles: Tile[] = []
  for (let at = 0, index = first; at < row.length; at += TILE_WIDTH * HASH_BYTES, index++)
    tiles.push({ level, index, hashes: row.slice(at, at + TILE_WIDTH * HASH_BYTES) })
  return tiles
}

/** The tile rows a log of this size keeps open at its right edge: what appending must read first. */
export function edgeTiles(size: number): { level: number; index: number }[] {
  const edge = []
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH))
    if (count % TILE_WIDTH > 0) edge.push({ level, index: Math.floor(count / TILE_WIDTH) })
  return edge
}

/** A complete subtree: 2^height leaves, the index-th of its kind. */
interface Subtree {
  height: number
  index: number
}

/** The complete subtrees whose hashes join to the hash of [start, end), left to right. The start is aligned to the whole. */
function subtreesOf(start: number, end: number): Subtree[] {
  const parts: Subtree[] = []
  for (let at = start; at < end;) {
    let height = 0
    while (at % 2 ** (height + 1) === 0 && at + 2 ** (height + 1) <= end) height++
    parts.push({ height, index: at / 2 ** height })
    at += 2 ** height
  }
  return parts
}

function tileOf({ height, index }: Subtree): { level: number; index: number; from: number; count: number } {
  const level = Math.floor(height / TILE_HEIGHT)
  const count = 2 ** (height % TILE_HEIGHT)
  const first = index * count
  return { level, index: Math.floor(first / TILE_WIDTH), from: first % TILE_WIDTH, count }
}

function hashOf(start: number, end: number, readTile: ReadTile): Uint8Array {
  return subtreesOf(start, end)
    .map((part) => {
      const { level, index, from, count } = tileOf(part)
      return rootOf(readTile(level, index).subarray(from * HASH_BYTES, (from + count) * HASH_BYTES))
    })
    .reduceRight((right, left) => nodeHash(left, right))
}

function rootOf(hashes: Uint8Array): Uint8Array {
  let row = hashes
  while (row.length > HASH_BYTES) {
    const above = new Uint8Array(row.length / 2)
    for (let at = 0; at < above.length; at += HASH_BYTES)
      above.set(
        nodeHash(row.subarray(2 * at, 2 * at + HASH_BYTES), row.subarray(2 * at + HASH_BYTES, 2 * at + 2 * HASH_BYTES)),
        at
      )
    row = above
  }
  return row
}

/** The root of the first `size` leaves. */
export function treeRoot(size: number, readTile: ReadTile): Uint8Array {
  return size === 0 ? EMPTY_ROOT : hashOf(0, size, readTile)
}

type Range = readonly [start: number, end: number]

/** What stands beside the way from leaf to root, deepest first. Refuses a leaf the tree does not have. */
export function inclusionProof(leaf: number, size: number, readTile: ReadTile): Uint8Array[] {
  return besideLeaf(leaf, size).map(([start, end]) => hashOf(start, end, readTile))
}

/** What shows that the first `before` leaves of a tree of `size` are the tree there was. */
export function consistencyProof(before: number, size: number, readTile: ReadTile): Uint8Array[] {
  return betweenTrees(before, size).map(([start, end]) => hashOf(start, end, readTile))
}

/** The tiles a proof or root will read, so that they can be fetched together. */
export function tilesOfInclusion(leaf: number, size: number): { level: number; index: number }[] {
  return tilesOf(besideLeaf(leaf, size))
}

export function tilesOfConsistency(before: number, size: number): { level: number; index: number }[] {
  return tilesOf(betweenTrees(before, size))
}

export function tilesOfRoot(size: number): { level: number; index: number }[] {
  return tilesOf(size === 0 ? [] : [[0, size]])
}

function tilesOf(ranges: readonly Range[]): { level: number; index: number }[] {
  const tiles = ranges.flatMap(([start, end]) => subtreesOf(start, end).map(tileOf))
  return [...new Map(tiles.map(({ level, index }) => [`${level}/${index}`, { level, index }])).values()]
}

/** PATH of RFC 9162 §2.1.3.1, as ranges. */
function besideLeaf(leaf: number, size: number): Range[] {
  if (leaf < 0 || leaf >= size) throw new RangeError('the tree has no such leaf')
  const beside: Range[] = []
  for (let start = 0, end = size; end - start > 1;) {
    const middle = start + splitOf(end - start)
    if (leaf < middle) {
      beside.push([middle, end])
      end = middle
    } else {
      beside.push([start, middle])
      start = middle
    }
  }
  return beside.toReversed()
}

/** PROOF and SUBPROOF of RFC 9162 §2.1.4.1, as ranges. */
function betweenTrees(before: number, size: number): Range[] {
  if (before < 0 || before > size) throw new RangeError('the earlier tree is larger than the later')
  if (before === 0 || before === size) return []
  const beside: Range[] = []
  let [start, end, whole] = [0, size, true]
  while (before !== end) {
    const middle = start + splitOf(end - start)
    if (before <= middle) {
      beside.push([middle, end])
      end = middle
    } else {
      beside.push([start, middle])
      start = middle
      whole = false
    }
  }
  if (!whole) beside.push([start, end])
  return beside.toReversed()
}

/** The largest power of two smaller than the size. */
function splitOf(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

/** RFC 9162 §2.1.3.2. False for anything that does not lead to the root, whatever its shape. */
export function verifyInclusion(
  { leaf, position, size }: { leaf: Uint8Array; position: number; size: number },
  path: readonly Uint8Array[],
  root: Uint8Array
): boolean {
  if (!isCount(position) || !isCount(size) || position >= size) return false
  let [node, last, hash] = [position, size - 1, leaf]
  for (const beside of path) {
    if (beside.length !== HASH_BYTES || last === 0) return false
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(beside, hash)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else hash = nodeHash(hash, beside)
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && isEqual(hash, root)
}

interface SizedRoot {
  size: number
  root: Uint8Array
}

/** RFC 9162 §2.1.4.2: the earlier tree is the beginning of the later one. */
export function verifyConsistency(before: SizedRoot, after: SizedRoot, path: readonly Uint8Array[]): boolean {
  if (!isCount(before.size) || !isCount(after.size) || before.size > after.size) return false
  if (before.size === 0) return path.length === 0 && isEqual(before.root, EMPTY_ROOT)
  if (before.size === after.size) return path.length === 0 && isEqual(before.root, after.root)
  const hashes = isPowerOfTwo(before.size) ? [before.root, ...path] : [...path]
  const first = hashes.shift()
  if (first === undefined || hashes.some(({ length }) => length !== HASH_BYTES)) return false
  let [node, last] = [before.size - 1, after.size - 1]
  while (node % 2 === 1) [node, last] = [half(node), half(last)]
  let [early, late] = [first, first]
  for (const beside of hashes) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      early = nodeHash(beside, early)
      late = nodeHash(beside, late)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else late = nodeHash(late, beside)
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && isEqual(early, before.root) && isEqual(late, after.root)
}

const half = (count: number): number => Math.floor(count / 2)
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value))

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Hashes of a public log are no secret: the comparison may stop early. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}
