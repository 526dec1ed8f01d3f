// Every refusal of the clearing half, in one table. Sorted by room; codes are stable and documented in the OpenAPI file.
import { refusals } from './refusal.ts'

export const clearingRefusals = {
  'clearing-day-not-found': ['not-found', '清算日不存在', 'no such clearing day'],
  'clearing-day-not-closed': ['conflict', '清算日尚未日切', 'the clearing day is not closed yet'],
  'clearing-day-not-settled': ['conflict', '清算日尚未结算', 'the clearing day is not settled yet'],
  'clearing-day-not-published': ['conflict', '清算日尚未发布', 'the clearing day is not published yet'],
  'dispute-not-found': ['not-found', '没有这笔差错', 'no such dispute'],
  'hold-not-found': ['not-found', '没有这项暂停或恢复', 'no such hold'],
  'hold-not-possible': ['conflict', '机构所处状态不允许此操作', 'the state of the participant does not allow this'],
  'payments-not-found': ['not-found', '这一天没有付款', 'no payments of that day'],
  'payments-not-possible': ['conflict', '付款所处状态不允许此操作', 'the state of the payments does not allow this'],
  'suspense-not-found': ['not-found', '没有这笔挂账', 'nothing of that number is in suspense'],
  'suspense-not-possible': ['conflict', '挂账所处状态不允许此操作', 'the state of the item does not allow this'],
  'list-file-refused': ['unacceptable', '名单文件不可受理', 'the list file is not taken; the code says why'],
  'dispute-file-refused': ['unacceptable', '差错文件不可受理', 'the dispute file is not taken; the code says why'],
  'dispute-refused': ['unacceptable', '差错不符合规则', 'the dispute does not follow the rules; the code says which'],
  'dispute-decided': ['conflict', '差错所处状态不允许此操作', 'the state of the dispute does not allow this'],
  'second-person-needed': ['forbidden', '须由另一人复核', 'another person must approve this'],
  'adjustment-not-found': ['not-found', '没有这次调账', 'no such adjustment'],
  'adjustment-not-settled': ['conflict', '调账尚未结算', 'the adjustment is not settled yet'],
  'earlier-day-open': ['conflict', '更早的清算日尚未处理完', 'an earlier clearing day comes first'],
  'discount-scheme-not-found': ['not-found', '没有适用的优惠方案', 'no discount scheme is in force there and then'],
  'discount-agreement-missing': [
    'conflict',
    '优惠由谁承担尚未约定',
    'no agreement says who bears the discounts there and then'
  ],
  'month-not-over': [
    'conflict',
    '该月尚有清算日未结算计价',
    'the month has clearing days that are not settled and priced yet'
  ],
  'subsidy-claim-not-found': ['not-found', '没有这份补贴申报', 'no such subsidy claim'],
  'subsidy-claim-paid': ['conflict', '该补贴申报已付款', 'the subsidy claim is paid already'],
  'file-not-explainable': ['unacceptable', '不是可解释票价的文件', 'not a file of rides whose fares can be explained'],
  'file-not-found': ['not-found', '文件不存在', 'no such file'],
  'file-in-progress': ['conflict', '文件正在处理', 'the file is being processed'],
  'format-unknown': ['unacceptable', '未知的文件格式', 'unknown file format'],
  'database-away': [
    'unavailable',
    '数据库暂时不可用，请用同一编号重试',
    'the database is away for a moment; repeat the request under the same id'
  ],
  'key-store-away': [
    'unavailable',
    '密钥进程暂时无应答，请稍后再试',
    'the key store does not answer; try again in a moment'
  ],
  'participant-not-found': ['not-found', '机构不存在', 'no such participant'],
  'transaction-not-found': ['not-found', '交易不存在', 'no such transaction'],
  'day-malformed': ['unacceptable', '日期格式应为 YYYY-MM-DD', 'a day is written YYYY-MM-DD'],
  'agreement-missing': ['conflict', '没有适用的手续费协议', 'no fee agreement applies'],
  'settlement-sums-differ': [
    'conflict',
    '交易合计与接收时的合计不一致，已停止结算',
    'the transactions do not sum to what was counted when they came in; settlement stopped'
  ],
  'statement-bytes-differ': [
    'conflict',
    '重新生成的文件与已发布的不一致',
    'a statement made again is not the one that was published'
  ],
  'statement-sums-differ': [
    'conflict',
    '结算文件合计与结算结果不一致，已停止发布',
    'the statement files do not sum to the settlement; publishing stopped'
  ],
  'archive-differs': ['conflict', '存档字节与收到时不一致', 'the archived bytes are not those that were received'],
  'line-without-fate': ['conflict', '有一行既未入账也未拒绝', 'a line was neither accepted nor rejected'],
  'ledger-unbalanced': ['conflict', '分录不平，已停止入账', 'the entries do not balance; posting stopped']
} as const

export const refuse = refusals(clearingRefusals)
