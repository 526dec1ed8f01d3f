// Whose a payment code is that a clerk scans from a passenger's phone (付款码): by its first digits, as the wallets give them out.

export const codeMeans = ['wechat', 'alipay', 'unionpay'] as const
export type CodeMeans = (typeof codeMeans)[number]

/** Null when it is nobody's. */
export function meansOfPayCode(code: string): CodeMeans | null {
  if (/^1[0-5]\d{16}$/.test(code)) return 'wechat'
  if (/^(2[5-9]|30)\d{14,22}$/.test(code)) return 'alipay'
  return /^62\d{17}$/.test(code) ? 'unionpay' : null
}
