// The words of disputes. The interface names the kinds; their numbers, the reasons and the answers are not public, so these are our own,
// labelled as local policy wherever they are shown (card.md §2.8).

export const disputeKinds = {
  query: { code: '9001', chinese: '确认查询', english: 'query', by: ['issuer', 'acquirer'], money: false },
  'credit-adjustment': {
    code: '9002',
    chinese: '贷记调整',
    english: 'credit adjustment',
    by: ['acquirer'],
    money: true
  },
  chargeback: { code: '9003', chinese: '退单', english: 'chargeback', by: ['issuer'], money: true },
  'negotiated-credit': {
    code: '9004',
    chinese: '例外协商-贷记调整',
    english: 'negotiated credit adjustment',
    by: ['acquirer'],
    money: true
  },
  'negotiated-chargeback': {
    code: '9005',
    chinese: '例外协商-退单',
    english: 'negotiated chargeback',
    by: ['issuer'],
    money: true
  },
  overpayment: { code: '9006', chinese: '例外长款', english: 'overpayment', by: ['acquirer'], money: true },
  suspected: {
    code: '9007',
    chinese: '异常交易验证',
    english: 'suspected transaction',
    by: ['issuer', 'acquirer'],
    money: false
  },
  'missing-fare': { code: '9008', chinese: '补票', english: 'missing fare', by: ['acquirer'], money: true }
} as const
export type DisputeKind = keyof typeof disputeKinds

export const disputeReasons = {
  '9101': ['金额错误', 'wrong amount'],
  '9102': ['重复扣款', 'charged twice'],
  '9103': ['未乘车', 'did not ride'],
  '9104': ['交易异常', 'suspicious'],
  '9199': ['其他', 'other']
} as const
export type DisputeReason = keyof typeof disputeReasons

/** 回复码 of a CM record. */
export const answerCodes = { agreed: '01', declined: '02' } as const

export function isDisputeKind(text: string): text is DisputeKind {
  return Object.hasOwn(disputeKinds, text)
}

export function kindOfCode(code: string): DisputeKind | null {
  const found = Object.entries(disputeKinds).find(([, kind]) => kind.code === code)
  return found ? (found[0] as DisputeKind) : null
}
