// The inventory of personal data by column: what it is of whom, why it is kept, on which ground of the PIPL, for how long and in which
// form. controls.test.ts holds it against the schema: a column that looks personal and is not here fails.

type Subject = '旅客 passenger' | '持卡人 card holder' | '员工 staff' | '访问者 visitor'
type Form =
  /** Sealed by the key store; opened with reason and audit. */
  | '密封 sealed'
  /** HMAC under a key of the key store. */
  | '带密钥摘要 keyed digest'
  /** A number of a card, anonymous by default. */
  | '卡号 card number'
  /** A name somebody signs in with. */
  | '登录名 sign-in name'
  | '明文 open'

export interface PersonalData {
  table: string
  columns: readonly string[]
  subject: Subject
  what: string
  form: Form
  purpose: string
  /** Article of the PIPL, as ticketing facts §9 give it. */
  basis: string
  kept: string
}

const legalDuty = '第 13 条第 3 项 法定职责（实名制） legal duty'
const contract = '第 13 条第 2 项 合同 contract'
const consent = '第 13 条第 1 项 同意 consent'
const untilForgotten = '出行后一年加三十日，然后不可逆匿名 a year and thirty days after travel, then forgotten'
const threeYears = '三年 three years'

const travel = (table: string, columns: string[], what: string, form: Form): PersonalData => ({
  table,
  columns,
  subject: '旅客 passenger',
  what,
  form,
  purpose: '实名售票与检票 real-name sale and check',
  basis: legalDuty,
  kept: untilForgotten
})
const card = (table: string, columns: string[], what: string, kept = threeYears): PersonalData => ({
  table,
  columns,
  subject: '持卡人 card holder',
  what,
  form: '卡号 card number',
  purpose: '清分、客服 clearing and service',
  basis: contract,
  kept
})

export const personalData: readonly PersonalData[] = [
  travel('coupon', ['identity'], '姓名与证件 name and document', '密封 sealed'),
  travel(
    'coupon',
    ['document_kind', 'document_digest'],
    '证件种类与摘要 kind and digest of the document',
    '带密钥摘要 keyed digest'
  ),
  travel(
    'identity_verdict',
    ['document_kind', 'document_digest'],
    '核验结果 verdict of the registry',
    '带密钥摘要 keyed digest'
  ),
  travel('boarding_check', ['named'], '检票时的证件核对 how the document was checked', '明文 open'),
  travel('broken_connection', ['passengers'], '订单内的旅客序号 passengers of the order by number', '明文 open'),
  travel(
    'ticket_order',
    ['owner', 'request_digest'],
    '下单账号与请求摘要 account and digest of the request',
    '带密钥摘要 keyed digest'
  ),
  travel('disruption', ['request_digest'], '请求摘要 digest of the request', '带密钥摘要 keyed digest'),
  travel('refund', ['request_digest', 'reason', 'overrule_note'], '退票请求 the request for a refund', '明文 open'),
  {
    table: 'sign_in_account',
    columns: ['name', 'password_digest', 'phone', 'phone_digest'],
    subject: '旅客 passenger',
    what: '登录名、密码摘要、手机号 sign-in name, digest of the password, phone',
    form: '密封 sealed',
    purpose: '登录 signing in',
    basis: contract,
    kept: '账号存续期 as long as the account'
  },
  {
    table: 'sign_in_session',
    columns: ['account', 'token_digest'],
    subject: '旅客 passenger',
    what: '会话 sessions',
    form: '登录名 sign-in name',
    purpose: '登录 signing in',
    basis: contract,
    kept: '到期即删 until they end'
  },
  {
    table: 'phone_code',
    columns: ['phone_digest', 'code_digest'],
    subject: '旅客 passenger',
    what: '短信验证码 codes sent by text message',
    form: '带密钥摘要 keyed digest',
    purpose: '登录 signing in',
    basis: contract,
    kept: '到期即删 until they end'
  },
  {
    table: 'sign_in_audit',
    columns: ['account', 'address'],
    subject: '访问者 visitor',
    what: '登录记录与网络地址 attempts to sign in, network address',
    form: '明文 open',
    purpose: '安全审计 security audit',
    basis: '网络安全法第 21 条 Cybersecurity Law 21',
    kept: '一年 a year'
  },
  {
    table: 'identity_access',
    columns: ['actor', 'reason', 'note'],
    subject: '员工 staff',
    what: '谁、为何看过实名信息 who looked at whose identity and why',
    form: '登录名 sign-in name',
    purpose: '审计 audit',
    basis: legalDuty,
    kept: threeYears
  },
  {
    table: 'service_case',
    columns: ['owner', 'request_digest'],
    subject: '旅客 passenger',
    what: '投诉人账号 account of who complains',
    form: '登录名 sign-in name',
    purpose: '服务监督 supervision',
    basis: contract,
    kept: threeYears
  },
  {
    table: 'case_event',
    columns: ['actor', 'words'],
    subject: '旅客 passenger',
    what: '投诉内容 what was said',
    form: '密封 sealed',
    purpose: '服务监督 supervision',
    basis: contract,
    kept: threeYears
  },
  {
    table: 'card',
    columns: ['holder', 'holder_digest'],
    subject: '持卡人 card holder',
    what: '记名卡持有人 holder of a named card',
    form: '密封 sealed',
    purpose: '挂失、退款 lost cards, refunds',
    basis: consent,
    kept: '至撤回同意或销卡 until consent is withdrawn or the card ends'
  },
  card('card', ['number', 'replaced_by'], '卡号 card number'),
  ...[
    'card_challenge',
    'card_credit',
    'card_load',
    'card_keeper',
    'metro_completion',
    'ride_trip',
    'hotlist_entry'
  ].map((table) => card(table, ['card_number'], '卡务 service of the card')),
  card('ride_account', ['card_number', 'pay_account'], '乘车码账户 account for ride codes'),
  card('card_event', ['card_number', 'actor', 'note'], '卡务记录 what became of the card'),
  card('card_claim', ['card_number', 'to_card', 'words'], '退款申请 claims for money'),
  card('card_keeper', ['account', 'shown_by'], '保管此卡的账号 account that keeps the card'),
  card('card_keeper_failure', ['account'], '认卡失败次数 failed attempts'),
  ...['card_transaction', 'card_doubt', 'forwarded_line', 'priced_ride', 'discount_counter'].map((table) =>
    card(
      table,
      ['card_number'],
      '刷卡行程（敏感：行踪轨迹） where the card was used, sensitive',
      '清算档案期 as long as the clearing archive'
    )
  ),
  {
    table: 'crew_member',
    columns: ['name'],
    subject: '员工 staff',
    what: '驾驶员、船员姓名 names of drivers and crew',
    form: '明文 open',
    purpose: '报班检查 reporting vehicles',
    basis: legalDuty,
    kept: '任职期 as long as they serve'
  },
  {
    table: 'paper',
    columns: ['number'],
    subject: '员工 staff',
    what: '从业资格证号 numbers of licences',
    form: '明文 open',
    purpose: '报班检查 reporting vehicles',
    basis: legalDuty,
    kept: '任职期 as long as they serve'
  },
  {
    table: 'coupon_invoice',
    columns: ['tax_number'],
    subject: '旅客 passenger',
    what: '购方税号 tax number of the buyer',
    form: '明文 open',
    purpose: '电子发票 invoices',
    basis: legalDuty,
    kept: '五年 five years'
  },
  {
    table: 'invoice_document',
    columns: ['tax_number'],
    subject: '旅客 passenger',
    what: '购方税号 tax number of the buyer',
    form: '明文 open',
    purpose: '电子发票 invoices',
    basis: legalDuty,
    kept: '五年 five years'
  },
  {
    table: 'participant_account',
    columns: ['account'],
    subject: '员工 staff',
    what: '机构门户账号 account of the portal',
    form: '登录名 sign-in name',
    purpose: '机构门户 participant portal',
    basis: contract,
    kept: '合作期 as long as it takes part'
  },
  {
    table: 'participant_contact',
    columns: ['address'],
    subject: '员工 staff',
    what: '机构联系人地址 where a participant is reached',
    form: '明文 open',
    purpose: '催报文件 asking for files',
    basis: contract,
    kept: '合作期 as long as it takes part'
  }
]

/** Columns that name whoever of the staff did something: sign-in names, kept as long as what they stand beside. */
export const staffColumn = /(^actor$|_by$|^keeper$|^holder$)/

/** Look personal by their names and are not. */
export const notPersonal: readonly string[] = [
  // Of stations, ports and shops.
  'place.address',
  // Networks of the members that send files.
  'transfer_member.addresses',
  // What became of a security module.
  'sam_event.words',
  // The simulators of outside parties keep what a real one would; they are not part of a real installation.
  'simulated_message.address',
  'simulated_sms.phone'
]
