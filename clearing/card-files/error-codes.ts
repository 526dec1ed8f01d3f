// Every code of the clearing interface (card.md §2.12), with the Chinese text the interface writes into its files and our own
// English. A code travels through a batch as its index in this table, so the order is only ever appended to.

const table = [
  ['000000', '成功交易', 'accepted'],
  ['000001', '系统错误', 'system error'],
  ['010001', '文件名不合法', 'the file name is not valid'],
  ['010002', '文件名重复', 'a file of this name was received before'],
  ['010003', '文件类型无效', 'the file type is not valid'],
  ['010004', '文件机构未注册', 'the sender is not registered'],
  ['010005', '文件机构状态不正确', 'the sender is not active'],
  ['010006', '不受理测试文件', 'test files are not taken'],
  ['010007', '文件版本无效', 'the file version is not valid'],
  ['010008', '文件发送机构非有效的接入机构', 'the sender is not a connected acquirer'],
  ['010009', '文件名机构代码与文件头不一致', 'the sender in the name differs from the header'],
  ['010010', '包格式不可解析', 'the file cannot be parsed'],
  ['010011', '文件不完整', 'the file is incomplete'],
  ['010013', '文件数据异常', 'the file holds impossible data'],
  ['010014', '文件尾记录的记录数不正确', 'the trailer count is wrong'],
  ['010016', '文件大小异常', 'the file size is wrong'],
  ['010019', '文件MAC验证失败', 'the file MAC does not verify'],
  ['010025', '发卡机构代码不一致', 'the issuer codes differ'],
  ['020001', '无效的交易类型', 'the transaction type is not valid'],
  ['020002', '交易重复', 'the transaction was received before'],
  ['020004', 'tac或tc校验不正确', 'the TAC does not verify'],
  ['020005', '交易逾期', 'the transaction is overdue'],
  ['020006', '无效发卡方', 'the issuer is not valid'],
  ['020007', '找不到原交易记录', 'the original transaction was not found'],
  ['020008', '与原交易信息不相符', 'it differs from the original transaction'],
  ['020009', '黑名单状态错', 'the card is on the hotlist'],
  ['020010', '交易发卡机构和白名单登记不一致', 'the issuer is not the one registered for the BIN'],
  ['020011', '手续费规则未配置', 'no fee rule is configured'],
  ['020012', '收单机构状态无效', 'the acquirer is not active'],
  ['020013', '非白名单卡bin', 'the BIN is not registered'],
  ['020014', '非有效地收单机构', 'not a valid acquirer'],
  ['020016', 'TLV数据错', 'the TLV data is wrong'],
  ['020017', '无效的可疑账申诉机构', 'the disputing party is not valid'],
  ['020018', '不支持的申诉/调整类型', 'the dispute or adjustment type is not supported'],
  ['020019', '接收方拒绝', 'the receiver refused'],
  ['020022', '段3交易状态有误', 'the transaction state in segment 3 is wrong'],
  ['020024', '发卡方拒付', 'the issuer refused to pay'],
  ['020025', '尚有未处理结束的差错,不能提起新的差错', 'an earlier dispute is still open'],
  ['020026', '交易金额异常', 'the amount is not plausible'],
  ['020027', '调整申诉接收方待定', 'the receiver of the dispute is undecided'],
  ['020029', '机构类型和申诉类型不匹配', 'the party and the dispute type do not match'],
  ['020030', '超过申述期限', 'the time to dispute has passed'],
  ['020031', '超过应答期限', 'the time to answer has passed'],
  ['020032', '不符合调整条件', 'the conditions for an adjustment are not met'],
  [
    '020033',
    '不允许有其他差错或前一差错类型不符合要求',
    'another dispute is in the way or the earlier one is of the wrong type'
  ],
  ['020034', '差错金额异常', 'the disputed amount is not plausible'],
  ['020036', 'CM记录与原交易信息不符', 'the confirmation differs from the original transaction'],
  ['020037', '非补票交易的段0受理机构代码与段3不一致', 'the acquirers of segments 0 and 3 differ'],
  ['020038', '受理机构必须等于收单机构或为其子机构', 'the sender must be the acquirer or belong to it'],
  ['020039', '段0发卡机构与段2不一致', 'the issuers of segments 0 and 2 differ'],
  ['020040', '确认查询回复02找不到贷记调整交易', 'no credit adjustment matches this confirmation (answer 02)'],
  ['020041', '无效的收单机构', 'the acquirer is unknown'],
  ['020050', '不能重复退单', 'a chargeback cannot be repeated'],
  ['020051', '找不到回复03确认查询', 'no confirmation query with answer 03 was found'],
  ['020052', '已有其他差错,不能发起异常交易验证', 'another dispute excludes a verification request'],
  ['020055', '例外协商-贷记调整找不到贷记调整', 'exceptional credit adjustment: no credit adjustment found'],
  ['020060', '例外协商-退单找不到退单', 'exceptional chargeback: no chargeback found'],
  ['020065', '例外协商差错未解决-找不到原来的差错', 'the exceptional dispute has no original dispute'],
  ['020070', '例外长款找不到例外协商', 'exceptional surplus: no exceptional agreement found'],
  ['020075', '该差错未到发起时限', 'it is too early to raise this dispute'],
  ['020076', '卡bin已禁用', 'the BIN is disabled'],
  ['020077', '根据发卡机构没有找到对应的卡类型', 'no card type is known for the issuer'],
  ['020078', '未找到该条数据或发码机构配置不正确', 'the code issuer is not configured'],
  ['020079', 'tlv上下车扫码信息都为空', 'neither boarding nor alighting scan is present'],
  ['020080', '长度不符解析错误', 'the length is wrong, or a field cannot be parsed'],
  ['020081', 'tlv数据起始tag不是1000', 'the TLV data does not begin with tag 1000'],
  ['020082', '通讯异常', 'communication failure'],
  ['030001', '日切中请稍后重试', 'the day is being cut; try again'],
  ['600033', '无效的SE发行方', 'the secure-element issuer is not valid'],
  ['600034', '无效应用提供方', 'the application provider is not valid'],
  ['600035', '无效支付方', 'the payer is not valid'],
  // Ours: the interface has no code for it.
  ['029001', '终端安全模块已挂失，暂停清算', 'the security module of the terminal is lost: held back from settlement']
] as const

/** A six-digit code such as '020004'. */
export type ErrorCode = (typeof table)[number][0]

export interface ErrorDescription {
  code: ErrorCode
  chinese: string
  english: string
}

/** The table; index 0 is 000000, success. */
export const errorCodes: readonly ErrorDescription[] = table.map(([code, chinese, english]) => ({
  code,
  chinese,
  english
}))

const indexes = new Map<string, number>(table.map(([code], index) => [code, index]))

/** The index a batch carries for a code. */
export function errorIndex(code: ErrorCode): number {
  return indexes.get(code)!
}

/** The description of a code read from a file or a column; undefined when it is not in the table. */
export function describeError(code: string): ErrorDescription | undefined {
  const index = indexes.get(code)
  return index === undefined ? undefined : errorCodes[index]
}
