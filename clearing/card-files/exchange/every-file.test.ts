// Every file of the interface, both directions, and under hostile hands.
import { describe, expect, it } from 'vitest'
import { fileKinds } from '../file-names.ts'
import { readFile, writeFile } from './every-file.ts'
import { fuzz, soundFile } from './test-fuzz.ts'
import { readListFile, writeListFile } from './list-files.ts'

describe.each(fileKinds)('a %s file', (kind) => {
  const file = soundFile(kind)
  const bytes = writeFile(file)

  it('is read as what was written, and written as what was read', () => {
    const read = readFile(kind, bytes)
    expect(read.rows).toHaveLength(file.rows.length)
    expect(writeFile(read).equals(bytes)).toBe(true)
  })

  it('is refused when it is cut, too long, or of another version', () => {
    expect(() => readFile(kind, bytes.subarray(0, -3))).toThrow(SyntaxError)
    expect(() => readFile(kind, Buffer.concat([bytes, bytes.subarray(-40)]))).toThrow(SyntaxError)
    expect(() => readFile(kind, Buffer.from(`99${bytes.toString('latin1', 2)}`, 'latin1'))).toThrow(SyntaxError)
    expect(() => readFile(kind, Buffer.alloc(0))).toThrow(SyntaxError)
  })

  // The full form is `npm run load -- fuzz-files`.
  it('survives 400 cases of every kind of damage', () => {
    const report = fuzz(kind, 400, 7)
    expect(report.sound).toBeGreaterThan(20)
    expect(report.sound + report.unwritable).toBeLessThan(400)
  })
})

it('a list of nobody is a list', () => {
  expect(readListFile('UC', writeListFile('UC', []))).toEqual([])
  expect(() => writeListFile('BN', [{ issuer: '02205810', bin: '12345678901' }])).toThrow(RangeError)
})
