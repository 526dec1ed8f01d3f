// Every refusal of the services half, in one table. Sorted by room; codes are stable and documented in the OpenAPI file.
import { refusals } from '../clearing/refusal.ts'

export const serviceRefusals = {
  // access
  'account-locked': [
    'forbidden',
    '连续登录失败，账号已暂时锁定',
    'too many failures: the account is locked for a while'
  ],
  'account-name-taken': ['conflict', '该登录名已被使用', 'this sign-in name is taken'],
  'not-permitted': ['forbidden', '当前角色无此权限', 'the role does not have this permit'],
  'sample-mode-only': ['not-found', '仅在本机示例模式下可用', 'only in sample mode, and only from this machine'],
  'session-required': ['unauthenticated', '请先登录', 'sign in first'],
  'sign-in-failed': ['unauthenticated', '登录名、密码或动态口令不正确', 'name, password or one-time code is wrong'],
  // boarding
  'check-not-found': ['not-found', '没有这次检票记录', 'no such check'],
  'check-not-undoable': [
    'conflict',
    '该检票不能取消：班次已发出或已取消过',
    'the check cannot be undone: departed, or undone before'
  ],
  'code-or-document-required': ['unacceptable', '请出示乘车码或证件', 'show a code or a document'],
  'gate-not-found': ['not-found', '检票口不存在', 'no such gate'],
  'nonce-reused': ['conflict', '该流水号已用于另一次检票', 'this nonce belongs to another check'],
  'reissue-id-reused': ['conflict', '补办单号已用于另一内容', 'this re-issue id was used with another content'],
  'reissue-identity-mismatch': [
    'conflict',
    '证件与购票证件不符',
    'the document is not the one the ticket was bought with'
  ],
  'ticket-not-reissuable': ['conflict', '车票当前不能补办', 'the ticket cannot be re-issued in its present state'],
  'ticket-without-code': ['conflict', '该车票当前没有乘车码', 'the ticket has no code in its present state'],
  // channels
  'channel-closed': ['conflict', '该渠道当前不在营业时间内', 'the channel is outside its opening hours'],
  'channel-not-found': ['not-found', '没有这个渠道', 'no such channel'],
  'channel-suspended': ['forbidden', '该渠道已停用', 'the channel is suspended'],
  'client-credential-required': [
    'unacceptable',
    '接口客户端至少要有密钥或公钥',
    'a client needs a secret, a public key or both'
  ],
  'client-not-found': ['not-found', '没有这个接口客户端', 'no such API client'],
  'clock-off': [
    'unauthenticated',
    '请求时间戳与平台时钟相差过大',
    'the time stamp of the request is too far from our clock'
  ],
  'public-key-malformed': ['unacceptable', 'SM2 公钥格式不正确', 'not an SM2 public key'],
  'request-replayed': ['unauthenticated', '该请求已收到过', 'this request was received before'],
  'signature-invalid': ['unauthenticated', '请求签名无效', 'the signature of the request is not valid'],
  'top-up-id-reused': ['conflict', '充值单号已用于另一金额', 'this top-up id was used with another amount'],
  'webhook-not-found': ['not-found', '没有这个推送订阅', 'no such webhook'],
  'webhook-target': ['unacceptable', '推送地址不被允许', 'this address may not be a target of webhooks'],
  // clearing desk
  'arrival-not-found': ['not-found', '没有这份来件', 'no such arrival'],
  'digest-differs': [
    'unacceptable',
    '文件摘要与 Content-Digest 不符',
    'the bytes do not have the digest that was given'
  ],
  'file-name-waiting': ['conflict', '同名文件正在等待处理', 'another file of this name is waiting to be taken in'],
  'published-file-not-found': ['not-found', '结算文件不存在', 'no such published file'],
  'upload-broken': ['unacceptable', '上传中断', 'the upload broke off'],
  'upload-too-large': ['too-large', '上传的文件过大', 'the upload is too large'],
  // counter
  'shift-closed': ['conflict', '该班已交班，清点结果不能更改', 'the shift is closed; its count cannot change'],
  'shift-id-reused': ['conflict', '该班号已用于另一内容', 'this shift id was used with another content'],
  'shift-not-found': ['not-found', '没有这个班', 'no such shift'],
  'shift-open': ['conflict', '上一班尚未交班', 'the shift before is still open'],
  // fares
  'ceiling-below-fare': [
    'conflict',
    '上限票价低于已公布的票价',
    'a published fare is above this ceiling; publish lower fares first'
  ],
  'fare-above-ceiling': ['unacceptable', '票价高于上限票价', 'the fare is above the price ceiling'],
  'fare-exists': ['conflict', '该日起的票价已发布', 'a fare from this day on was published before'],
  'fare-request-unclear': [
    'unacceptable',
    '请填写各段票价或公式之一，半价不高于全价',
    'give either stretches or a formula, and no half fare above its full fare'
  ],
  'fare-too-early': ['unacceptable', '未满公布期限', 'fares are published so many days before they apply'],
  'line-not-found': ['not-found', '线路不存在', 'no such line'],
  'policy-empty': ['unacceptable', '未写明任何规定', 'a version must set at least one knob'],
  'policy-incomplete': [
    'unacceptable',
    '该范围的规定尚不完整',
    'some knobs have no value in this scope: publish the whole set first'
  ],
  'policy-not-found': ['not-found', '查询不到适用的规定', 'no terms of sale are in force for this'],
  'policy-scope-unknown': [
    'unacceptable',
    '承运人、站点或线路不存在',
    'the carrier, place or line of the scope is unknown'
  ],
  'policy-span': ['unacceptable', '起止日期颠倒', 'the span ends before it begins'],
  'policy-too-early': [
    'unacceptable',
    '规定最早自次日起生效',
    'a version takes effect for departures from tomorrow on at the earliest'
  ],
  'stretch-not-found': ['unacceptable', '线路不经过这两站', 'the line does not run from here to there'],
  // identity
  'document-area': ['unacceptable', '证件号码的地区码不正确', 'the area of the number does not exist'],
  'document-birth-date': ['unacceptable', '证件号码的出生日期不正确', 'the birth date in the number is not possible'],
  'document-check-digit': ['unacceptable', '证件号码的校验位不正确', 'the check digit of the number is wrong'],
  'document-first-generation': [
    'unacceptable',
    '第一代身份证（15位）已停用',
    'first-generation cards (15 digits) are no longer valid'
  ],
  'document-for-minors': [
    'unacceptable',
    '该证件仅限未满16周岁者使用',
    'this document serves only those under sixteen'
  ],
  'document-kind-mismatch': [
    'unacceptable',
    '证件号码与证件类型不符',
    'the number belongs to another kind of document'
  ],
  'document-malformed': ['unacceptable', '证件号码格式不正确', 'the number does not have the shape of its kind'],
  'access-rate-limited': [
    'forbidden',
    '查看证件次数已达上限，请稍后再试',
    'too many full identities seen in an hour; wait, or ask for another account'
  ],
  'clock-exists': ['conflict', '该日起的保存期限已发布', 'a clock from this day on was published before'],
  'half-tickets-full': ['conflict', '该班次半票已售完', 'this departure sells no more half tickets'],
  'identity-forgotten': ['not-found', '身份信息已按保存期限删除', 'the identity was forgotten when its clock had run'],
  'identity-holds-ticket': [
    'conflict',
    '该证件已购买本班次车票',
    'this identity already holds a ticket on this departure'
  ],
  'identity-mismatch': [
    'unacceptable',
    '姓名与证件号码核验不符',
    'the registry says that name and number do not belong together'
  ],
  'identity-tickets-full': [
    'conflict',
    '该证件当日购票已达上限',
    'this identity holds as many tickets of the day as it may'
  ],
  'identity-unverified': [
    'unavailable',
    '身份核验暂无应答，请稍后再试或到人工窗口',
    'the identity registry does not answer, and this sale needs its answer'
  ],
  'journeys-overlap': [
    'conflict',
    '该证件已购买时间冲突的其他班次',
    'this identity travels elsewhere at that time, or too soon before or after'
  ],
  'minor-alone': [
    'unacceptable',
    '未成年人须由成人同单陪同',
    'a child this young travels with an adult of the same order'
  ],
  'retention-below-law': ['unacceptable', '短于法定保存期限', 'the law asks to keep this longer'],
  'retention-too-early': [
    'unacceptable',
    '保存期限最早自次日起变更',
    'a clock changes from tomorrow on at the earliest'
  ],
  'too-many-infants': [
    'unacceptable',
    '婴儿数超过成人可携带的人数',
    'more infants than the adults of the order may carry'
  ],
  // network
  'place-not-found': ['not-found', '站点不存在', 'no such station or port'],
  // payments
  'charge-decided': ['conflict', '该笔支付已有结果', 'this payment has been decided'],
  'charge-not-found': ['not-found', '没有这笔支付', 'no such payment'],
  'credit-only': ['unacceptable', '接口渠道只能以其信用账户支付', 'a channel pays from its credit account'],
  'credit-spent': ['conflict', '渠道信用额度不足', 'the credit of the channel is spent'],
  'credit-suspended': ['conflict', '渠道已停用，不能支付', 'the channel is suspended and cannot pay'],
  'quota-spent': ['conflict', '渠道当日售票配额已用完', 'the quota of the channel is spent for today'],
  // platform
  starting: ['unavailable', '平台正在准备，请稍候', 'the platform is getting ready'],
  // revenue
  'invoice-closed': ['conflict', '已超过开票期限', 'too late for an invoice'],
  'invoice-made-twice': ['conflict', '发票只能重开一次', 'the invoice was made again once before'],
  'invoice-not-issued': ['conflict', '没有可红冲的发票', 'there is no invoice to take back'],
  'invoice-stands': ['conflict', '该车票已有发票，请先红冲', 'the ticket has an invoice; take it back first'],
  'party-not-found': ['not-found', '没有这个清分方', 'no such party of ticket revenue'],
  'reconciliation-id-reused': ['conflict', '对账单号已用于另一文件', 'this id was used with another file'],
  'reconciliation-malformed': ['unacceptable', '对账文件有格式错误的行', 'the file has rows that cannot be read'],
  'reconciliation-not-found': ['not-found', '没有这次对账', 'no such reconciliation'],
  'red-letter-first': ['conflict', '车票已开发票，须先红冲', 'the ticket has an invoice: the red letter comes first'],
  'statement-not-found': ['not-found', '没有这份结算单', 'no such statement'],
  'ticket-not-invoiceable': [
    'conflict',
    '车票当前状态不能开票',
    'the ticket cannot have an invoice in its present state'
  ],
  // ticketing
  'age-unproven': [
    'unacceptable',
    '儿童票需填写证件所载或另填的出生日期',
    'a child fare needs a birth day, from the document or given'
  ],
  'already-refunded': ['conflict', '车票已退', 'the ticket was refunded before'],
  'change-amount-changed': [
    'conflict',
    '应补或应退金额已变动，请重新确认',
    'the amount due has changed; please confirm again'
  ],
  'change-closed': ['conflict', '已超过改签时限', 'too late for a change'],
  'change-lower-price': ['conflict', '不能改签为较低票价', 'not to a cheaper departure'],
  'change-not-found': ['not-found', '没有这次改签', 'no such change'],
  'change-one-leg': ['unacceptable', '一次只能改签同一程的客票', 'the tickets of one change are of one leg'],
  'change-other-line': ['conflict', '只能改签同一线路的班次', 'only to a departure of the same line'],
  'change-other-price': ['conflict', '只能改签相同票价的班次', 'only to a departure of the same price'],
  'change-other-stops': ['conflict', '不能变更上下车站', 'only between the same stops'],
  'change-same-departure': ['unacceptable', '车票已是该班次', 'the ticket is for this departure already'],
  'change-with-vehicle': ['conflict', '随车客票不能单独改签', 'a vehicle and its driver are not changed by themselves'],
  'changed-before': ['conflict', '已改签过，不能再次改签', 'the ticket has been changed as often as it may'],
  'changed-not-refundable': ['conflict', '改签过的车票不能退票或废票', 'a changed ticket cannot be refunded or voided'],
  'child-needs-adult': [
    'unacceptable',
    '免费儿童须与成人同一订单',
    'a free child travels with an adult of the same order'
  ],
  'connection-too-short': ['unacceptable', '前后两程衔接不上', 'the next leg cannot be reached in time'],
  'counter-required': [
    'unacceptable',
    '窗口售票须注明售票车站和窗口',
    'a clerk says at which station and window he sells'
  ],
  'dangerous-goods-not-carried': ['conflict', '本航次不载危险货物车辆', 'this sailing carries no dangerous goods'],
  'deck-full': ['conflict', '车位不足', 'not enough room on the car deck'],
  'departure-cancelled': ['conflict', '班次已停运', 'the departure is cancelled'],
  'departure-not-found': ['not-found', '查询不到该班次', 'no such departure between these places'],
  'departure-without-seats': ['unacceptable', '该班次没有座号', 'the seats of this departure have no numbers'],
  'document-required': ['unacceptable', '实名制班次须填写证件', 'this line asks for an identity document'],
  'driver-required': [
    'unacceptable',
    '每辆车须有一名填写证件的成人旅客为驾驶员',
    'each vehicle needs an adult passenger with a document as its driver'
  ],
  'driver-taken': ['unacceptable', '一名驾驶员只能驾驶一辆车', 'a driver drives one vehicle'],
  'fare-not-entitled': ['unacceptable', '年龄不符合该票种', 'the age does not entitle to this fare'],
  'hold-expired': ['conflict', '占座已超时', 'the hold has expired'],
  'journey-unclear': [
    'unacceptable',
    '请填写一程，或在 legs 中填写各程',
    'give either one departure with from and to, or legs'
  ],
  'new-energy-quota-full': ['conflict', '本航次新能源车位已满', 'no more new-energy vehicles on this sailing'],
  'new-energy-sale-not-open': ['conflict', '新能源车票尚未开始预售', 'the sale to new-energy vehicles is not open yet'],
  'no-interchange': ['unacceptable', '前后两程不在同一换乘点', 'no way to change from one leg to the next'],
  'leg-not-open': ['conflict', '该票已定班次或已失效', 'the ticket has its departure, or is not valid'],
  'no-places-left': ['conflict', '余票不足', 'not enough places left'],
  'open-leg-over': ['conflict', '已超过返程有效期', 'after the last day of the open way back'],
  'order-id-reused': ['conflict', '订单号已用于另一内容', 'this order id was used with another content'],
  'order-not-found': ['not-found', '订单不存在', 'no such order'],
  'order-not-payable': ['conflict', '订单不在待支付状态', 'the order is not waiting for payment'],
  'price-changed': ['conflict', '票价已变动，请重新确认', 'the price has changed; please confirm again'],
  'product-mismatch': ['unacceptable', '各程与所选产品不符', 'the legs are not those of the product'],
  'product-not-found': ['not-found', '没有这个联程产品', 'no such through product'],
  'refund-amount-changed': [
    'conflict',
    '可退金额已变动，请重新确认',
    'the refundable amount has changed; please confirm again'
  ],
  'refund-closed': ['conflict', '已超过退票时限', 'too late for a refund'],
  'refund-id-reused': ['conflict', '退票单号已用于另一内容', 'this refund id was used with another content'],
  'refund-not-found': ['not-found', '退票单不存在', 'no such refund'],
  'sale-closed': ['conflict', '已停止售票', 'the sale is closed'],
  'sale-not-open': ['conflict', '尚未开始预售', 'the sale is not open yet'],
  'seat-taken': ['conflict', '所选座位已被占用', 'the chosen seat is taken'],
  'ticket-already-checked': ['conflict', '车票已检，不能退票', 'the ticket has been checked in'],
  'ticket-not-changeable': ['conflict', '车票当前状态不能改签', 'the ticket cannot be changed in its present state'],
  'ticket-not-found': ['not-found', '车票不存在', 'no such ticket'],
  'ticket-not-refundable': ['conflict', '车票当前状态不能退票', 'the ticket cannot be refunded in its present state'],
  'too-many-free-children': ['unacceptable', '每位成人限免费携带一名儿童', 'too many free children for the adults'],
  'too-many-passengers': ['unacceptable', '超过单笔订单人数上限', 'more passengers than one order may hold'],
  'vehicle-needs-driver': ['conflict', '车辆须有驾驶员同行', 'a vehicle sails with its driver'],
  'vehicle-not-carried': ['unacceptable', '本航次不载此类车辆', 'this departure carries no such vehicle'],
  'vehicle-sale-closed': ['conflict', '已停止售车票', 'the sale to vehicles is closed'],
  'void-closed': ['conflict', '已超过废票时限，请按退票办理', 'too late to void; refund instead'],
  'void-handed-over': ['conflict', '该笔售票已交班，请按退票办理', 'the shift of the sale is closed; refund instead'],
  'waitlist-closed': ['conflict', '候补截止时间已过', 'the deadline of the entry has passed'],
  'waitlist-entry-not-found': ['not-found', '没有这个候补单', 'no such entry on the waitlist'],
  'waitlist-nothing-fits': ['conflict', '没有票价不超过上限的班次', 'no departure costs as little as the limit'],
  'waitlist-over': ['conflict', '候补单已兑现或已结束', 'the entry was filled or has ended'],
  'waitlist-unclear': ['unacceptable', '请填写班次或日期之一', 'give either departures or a day'],
  // timetable
  'effective-day-passed': ['conflict', '生效日已过', 'the day it is to be in force has passed'],
  'loading-station-closed': ['conflict', '本站已发班或已停班', 'the loading station has dispatched or is cancelled'],
  'loading-station-not-found': ['not-found', '该班次不在此站配载', 'the departure does not load at this place'],
  'notice-too-short': [
    'conflict',
    '距生效日的公布期限不足',
    'the notice before the day it is in force is shorter than the rules ask for'
  ],
  'timetable-import-not-found': ['not-found', '没有这次导入', 'no such import'],
  'timetable-unreadable': ['unacceptable', '班次表文件无法读取', 'the timetable file cannot be read'],
  'timetable-version-not-found': ['not-found', '没有这个班次表版本', 'no such timetable version']
} as const

export const refuse = refusals(serviceRefusals)
