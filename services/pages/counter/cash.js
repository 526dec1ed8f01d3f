// Cash as a clerk types it, in yuan: 100, 86.5, 12.30.

/** Fen, or null when it is not an amount. Whole arithmetic on the digits, no floating point. */
export function readYuan(text) {
  const match = /^(\d{1,8})(?:[.。](\d{0,2}))?$/.exec(text.normalize('NFKC').trim())
  return match ? Number(match[1] + (match[2] ?? '').padEnd(2, '0')) : null
}
