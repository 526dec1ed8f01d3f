import { expect, it } from 'vitest'
import { grouped, progressLine, table } from './output.ts'

it('lines columns up although a Chinese character takes two', () => {
  const text = table(
    ['名称', '笔数'],
    [
      ['巴士集团', '1,234'],
      ['bus', '5']
    ]
  )
  expect(text).toBe(['  名称       笔数', '  ────────  ─────', '  巴士集团  1,234', '  bus           5'].join('\n'))
})

it('says so when there is nothing to list', () => {
  expect(table(['a'], [])).toContain('none')
})

it.each([
  [0, '0'],
  [999, '999'],
  [1234567, '1,234,567'],
  [-1234, '−1,234'],
  ['1234.50', '1,234.50']
])('sets the thousands of %s apart: %s', (number, expected) => expect(grouped(number)).toBe(expected))

it('shows the share done and the time left at the present pace', () => {
  const startedAt = new Date('2026-03-03T03:00:00Z')
  const at = (done: number, seconds: number, total = 200) =>
    progressLine({
      work: 'publish:2026-03-03',
      stage: 'lines',
      done,
      total,
      detail: '',
      state: 'running',
      startedAt,
      updatedAt: new Date(startedAt.getTime() + seconds * 1000)
    })
  expect(at(50, 10)).toBe('███████░░░░░░░░░░░░░░░░░░░░░  25.0 %  publish:2026-03-03 lines  剩余 30 s left')
  expect(at(0, 10)).not.toContain('left')
  expect(at(5, 1, 0)).toContain('  0.0 %')
})
