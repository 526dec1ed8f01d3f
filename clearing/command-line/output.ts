// What the command line shows people: tables that line up although a Chinese character takes two columns, and a bar or plain lines
// for progress.
import { yuan, type Fen } from '../money.ts'
import type { Database } from '../database.ts'
import { listProgress, type Progress } from '../progress-queries.ts'

const barWidth = 28

/** Cells of numbers are set to the right. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  if (rows.length === 0) return '  无 none'
  const numeric = headings.map((_, column) => rows.every((row) => /^[−\d.,]*$/.test(String(row[column]))))
  const widths = headings.map((heading, column) =>
    Math.max(columnsOf(heading), ...rows.map((row) => columnsOf(String(row[column]))))
  )
  const line = (cells: readonly (string | number)[]) =>
    `  ${cells.map((cell, column) => pad(String(cell), widths[column]!, numeric[column]!)).join('  ')}`.trimEnd()
  return [line(headings), `  ${widths.map((width) => '─'.repeat(width)).join('  ')}`, ...rows.map(line)].join('\n')
}

/** Thousands apart. */
/** Yuan, with thousands apart. */
export function money(amount: Fen): string {
  return grouped(yuan(amount))
}

export function grouped(number: number | string): string {
  return String(number)
    .replace('-', '−')
    .replace(/\d+/, (whole) => whole.replaceAll(/\B(?=(\d{3})+$)/g, ','))
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(width - columnsOf(text))
  return right ? space + text : text + space
}

function columnsOf(text: string): number {
  let columns = 0
  for (const character of text)
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/.test(character)
      ? 2
      : 1
  return columns
}

/** Shows how far the running work has come, from where everybody reads it: the progress table. */
export async function withProgress<Result>(
  sql: Database,
  stream: NodeJS.WriteStream,
  work: () => Promise<Result>
): Promise<Result> {
  const begun = Date.now()
  const everyMs = stream.isTTY ? 250 : 5000
  let shown = false
  const timer = setInterval(() => {
    void listProgress(sql, 1)
      .then(([latest]) => {
        if (latest?.state !== 'running' || latest.updatedAt.getTime() < begun) return
        shown = true
        stream.write(stream.isTTY ? `\r\u001b[K${progressLine(latest)}` : `${progressLine(latest)}\n`)
      })
      .catch(() => undefined)
  }, everyMs)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    if (shown && stream.isTTY) stream.write('\r\u001b[K')
  }
}

export function progressLine({ work, stage, done, total, startedAt, updatedAt }: Progress): string {
  const share = total > 0 ? Math.min(1, done / total) : 0
  const seconds = (updatedAt.getTime() - startedAt.getTime()) / 1000
  const left = share > 0 && seconds > 0 ? Math.ceil((seconds * (1 - share)) / share) : null
  const filled = Math.round(share * barWidth)
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
  return `${bar} ${(share * 100).toFixed(1).padStart(5)} %  ${work} ${stage}${left === null ? '' : `  剩余 ${left} s left`}`
}
