// The tree is checked against the definition of RFC 9162 written out recursively, for every size up to a few tiles' worth.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, hex } from './bytes.ts'
import {
  appendLeaves,
  consistencyProof,
  edgeTiles,
  EMPTY_ROOT,
  inclusionProof,
  leafHash,
  tilesOfConsistency,
  tilesOfInclusion,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
  type ReadTile
} from './merkle.ts'
import { sm3 } from './sm3.ts'

const leaves = Array.from({ length: 66_000 }, (_, at) => leafHash(new TextEncoder().encode(`leaf ${at}`)))

/** MTH of RFC 9162 §2.1.1. */
function definition(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return EMPTY_ROOT
  if (hashes.length === 1) return hashes[0]!
  let split = 1
  while (split * 2 < hashes.length) split *= 2
  return sm3(concat(Uint8Array.of(1), definition(hashes.slice(0, split)), definition(hashes.slice(split))))
}

/** A log grown in pieces of these sizes, reading only what its edge says it needs. */
function grow(pieces: readonly number[]): { size: number; read: ReadTile } {
  const tiles = new Map<string, Uint8Array>()
  const read: ReadTile = (level, index) => {
    const tile = tiles.get(`${level}/${index}`)
    if (!tile) throw new Error(`no tile ${level}/${index}`)
    return tile
  }
  let size = 0
  for (const piece of pieces) {
    const edge = new Set(edgeTiles(size).map(({ level, index }) => `${level}/${index}`))
    const edgeOnly: ReadTile = (level, index) => {
      if (!edge.has(`${level}/${index}`)) throw new Error(`tile ${level}/${index} is not at the edge`)
      return read(level, index)
    }
    for (const { level, index, hashes } of appendLeaves(size, leaves.slice(size, size + piece), edgeOnly))
      tiles.set(`${level}/${index}`, hashes)
    size += piece
  }
  return { size, read }
}

describe('a log in tiles', () => {
  it('has the root the definition gives, however it grew', () => {
    const sizes = [0, 1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 1000, 65_537]
    for (const size of sizes)
      expect(hex(treeRoot(size, grow([size]).read))).toBe(hex(definition(leaves.slice(0, size))))
    const slowly = grow([1, 2, 253, 1, 255, 300, 2000])
    expect(hex(treeRoot(slowly.size, slowly.read))).toBe(hex(definition(leaves.slice(0, slowly.size))))
  })

  it('keeps the roots of its past', () => {
    const { read } = grow([10, 300, 690])
    for (const size of [1, 9, 10, 11, 256, 310, 999])
      expect(hex(treeRoot(size, read))).toBe(hex(definition(leaves.slice(0, size))))
  })
})

describe('a proof', () => {
  const { size, read } = grow([66_000])
  const root = treeRoot(size, read)

  it('shows any leaf in any tree that has it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: size }), fc.nat(), (of, choice) => {
        const position = choice % of
        const path = inclusionProof(position, of, read)
        const leaf = leaves[position]!
        return verifyInclusion({ leaf, position, size: of }, path, treeRoot(of, read))
      }),
      { numRuns: 60 }
    )
  })

  it('fails for another leaf, place, size, root, or a path that was shortened, lengthened or bent', () => {
    const position = 300
    const path = inclusionProof(position, size, read)
    const claim = { leaf: leaves[position]!, position, size }
    const bent = path.map((hash, at) => (at === 3 ? hash.map((byte) => byte ^ 1) : hash))
    expect(verifyInclusion(claim, path, root)).toBe(true)
    expect(verifyInclusion({ ...claim, leaf: leaves[301]! }, path, root)).toBe(false)
    expect(verifyInclusion({ ...claim, position: 301 }, path, root)).toBe(false)
    // Near the right edge the size decides the way; elsewhere the same path would also do for a neighbouring size, as in the RFC.
    expect(verifyInclusion({ ...claim, size: 65_000 }, path, root)).toBe(false)
    expect(verifyInclusion({ ...claim, position: -1 }, path, root)).toBe(false)
    expect(verifyInclusion(claim, path, EMPTY_ROOT)).toBe(false)
    expect(verifyInclusion(claim, path.slice(1), root)).toBe(false)
    expect(verifyInclusion(claim, [...path, root], root)).toBe(false)
    expect(verifyInclusion(claim, bent, root)).toBe(false)
    expect(verifyInclusion(claim, [path[0]!.slice(1), ...path.slice(1)], root)).toBe(false)
  })

  it('shows that one tree begins another, and fails when history was changed', () => {
    fc.assert(
      fc.property(fc.nat({ max: size }), fc.nat({ max: size }), (a, b) => {
        const [before, after] = [Math.min(a, b), Math.max(a, b)]
        const path = consistencyProof(before, after, read)
        const early = { size: before, root: treeRoot(before, read) }
        const late = { size: after, root: treeRoot(after, read) }
        if (!verifyConsistency(early, late, path)) return false
        const changed = { size: before, root: leaves[0]!.map((byte) => byte ^ 7) }
        return before === after || !verifyConsistency(changed, late, path)
      }),
      { numRuns: 60 }
    )
  })

  it('reads few tiles, and only those it says', () => {
    const wanted = tilesOfInclusion(12_345, size)
    expect(wanted.length).toBeLessThan(8)
    const allowed = new Set(wanted.map(({ level, index }) => `${level}/${index}`))
    const guarded: ReadTile = (level, index) => {
      if (!allowed.has(`${level}/${index}`)) throw new Error('not asked for')
      return read(level, index)
    }
    expect(inclusionProof(12_345, size, guarded)).toEqual(inclusionProof(12_345, size, read))
    expect(tilesOfConsistency(40_000, size).length).toBeLessThan(8)
  })

  it('is not given for what is not there', () => {
    expect(() => inclusionProof(size, size, read)).toThrow(RangeError)
    expect(() => consistencyProof(size + 1, size, read)).toThrow(RangeError)
  })
})
