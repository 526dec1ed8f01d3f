// Every refusal of the services half, in one table. Sorted by room; codes are stable and documented in the OpenAPI file.
import { refusals } from '../clearing/refusal.ts'

export const serviceRefusals = {
  // access
  'bank-not-connected': ['unavailable', '尚未接入银行', 'no bank is connected'],
  'account-locked': [
    'forbidden',
    '连续登录失败，账号已暂时锁定',
    'too many failures: the account is locked for a while'
  ],
  'account-name-taken': ['conflict', '该登录名已被使用', 'this sign-in name is taken'],
  'not-permitted': ['forbidden', '当前角色无此权限', 'the role does not have this permit'],
  'sample-mode-only': ['not-found', '仅在本机示例模式下可用', 'only in sample mode, and only from this machine'],
  'phone-code-not-sent': ['unavailable', '验证码没有发出，请稍后再试', 'the code could not be sent: try again'],
  'phone-code-too-many': ['forbidden', '该号码今天的验证码已用完', 'this number was sent its codes for today'],
  'phone-code-too-soon': ['conflict', '验证码刚刚发过，请稍候再发', 'a code was sent a moment ago'],
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
  'conflict-not-found': ['not-found', '没有这条冲突记录', 'no such conflict'],
  'conflict-not-proposed': ['conflict', '没有待同意的免收申请', 'nothing is proposed for this conflict'],
  'conflict-resolved': ['conflict', '该冲突已按其他结论处理', 'the conflict was settled in another way'],
  'device-key-enrolled': ['conflict', '该设备密钥已登记过', 'a device with this key is enrolled already'],
  'device-not-found': ['not-found', '没有这台设备', 'no such device'],
  'device-revoked': ['unauthenticated', '设备证书已吊销或过期', 'the certificate of the device is revoked or over'],
  'enrolment-code-wrong': [
    'unauthenticated',
    '登记码不正确、已用过或已过期',
    'the enrolment code is wrong, used or out of date'
  ],
  'device-proof-invalid': ['unacceptable', '手机密钥的签名不正确', 'the proof of the phone’s key is not valid'],
  'devices-too-many': [
    'conflict',
    '该车票已绑定的手机过多，请先作废旧码',
    'too many phones hold this ticket: end its codes first'
  ],
  'gate-not-found': ['not-found', '检票口不存在', 'no such gate'],
  'gate-elsewhere': ['forbidden', '该设备不属于此检票口', 'the device does not stand at this gate'],
  'log-elsewhere': ['conflict', '该日志属于其他检票口', 'this log is of another gate'],
  'issuer-key-not-found': ['not-found', '没有这个版本的签发密钥', 'no issuer key of this version'],
  'issuer-keys-two': [
    'conflict',
    '已有两个签发密钥在用，旧钥停用后才能再轮换',
    'two issuer keys are accepted already: wait for the older one to end, or revoke it'
  ],
  'nonce-reused': ['conflict', '该流水号已用于另一次检票', 'this nonce belongs to another check'],
  'reissue-id-reused': ['conflict', '补办单号已用于另一内容', 'this re-issue id was used with another content'],
  'reissue-identity-mismatch': [
    'conflict',
    '证件与购票证件不符',
    'the document is not the one the ticket was bought with'
  ],
  'signing-request-malformed': [
    'unacceptable',
    '证书请求无法读取或签名不符',
    'the signing request cannot be read, or is not signed with its own key'
  ],
  'ticket-not-reissuable': ['conflict', '车票当前不能补办', 'the ticket cannot be re-issued in its present state'],
  'ticket-without-code': ['conflict', '该车票当前没有乘车码', 'the ticket has no code in its present state'],
  // cards
  'agent-float-spent': [
    'conflict',
    '代理点余额或额度不足，或代理点已停用',
    'the float and limit of the agent are spent, or the agent is suspended'
  ],
  'card-anonymous': [
    'conflict',
    '不记名卡不能挂失：无法证明卡是谁的，余额随卡',
    'an anonymous card cannot be stopped: nobody can show that it is his, and its money goes with it'
  ],
  'card-holder-differs': ['forbidden', '证件与记名不符', 'the document is not the one the card is named with'],
  'card-not-yours': [
    'not-found',
    '这张卡不在您的卡包里，或须凭证件添加',
    'not among your cards, or only held to a reader'
  ],
  'card-owed-first': [
    'conflict',
    '有待补登金额：请选择转入另一张卡，或先补登',
    'money is owed to the card: move it to another card, or load it first'
  ],
  'card-proof-missing': [
    'unacceptable',
    '记名卡请出示证件；不记名卡请将卡放上读卡器',
    'give the document it is named with, or hold the card to a reader'
  ],
  'card-proof-too-many': ['forbidden', '核对失败次数过多，请一小时后再试', 'too many failures: try again in an hour'],
  'claim-differs': ['conflict', '该编号已用于另一申请', 'this id is another claim'],
  'claim-not-found': ['not-found', '没有这项申请', 'no such claim'],
  'claim-not-open': ['conflict', '该申请不在待复核状态', 'the claim does not wait for a second person'],
  'claim-open': ['conflict', '该卡已有一项申请在办', 'a claim on this card is open'],
  'card-no-answer': ['conflict', '卡片已离开读卡器，请重新放卡核对', 'the card is gone: lay it on the reader again'],
  'reader-away': ['unavailable', '读卡器没有应答', 'the card reader does not answer'],
  'reader-empty': ['conflict', '读卡器上没有卡', 'no card lies on the reader'],
  'card-needs-consent': ['unacceptable', '记名须经持卡人同意', 'a card is named only with its holder’s consent'],
  'card-needs-name': ['unacceptable', '该卡种须实名', 'this kind of card needs its holder’s name'],
  'card-not-active': ['conflict', '该卡不在使用状态', 'the card is not in use'],
  'card-not-found': ['not-found', '没有这张卡的发行记录', 'we have not issued this card'],
  'card-not-in-stock': ['conflict', '该卡不在库存', 'the card is not in stock'],
  'card-order-differs': ['conflict', '该编号已用于另一张订单', 'this id is another order'],
  'card-order-not-found': ['not-found', '没有这张制卡订单', 'no such order of cards'],
  'card-order-not-made': [
    'conflict',
    '制卡文件尚未生成，或已回报',
    'its file is not made yet, or it was reported before'
  ],
  'card-product-not-found': ['not-found', '没有这种卡产品，或不适用', 'no such card product, or not for this'],
  'card-balance-too-high': ['conflict', '充值后将超过卡内余额上限', 'the card would hold more than it may'],
  'card-credit-not-found': ['not-found', '没有这笔待补登金额', 'nothing of this is owed to the card'],
  'card-daily-limit': ['conflict', '该卡当日充值已达上限', 'the card has reached its limit for the day'],
  'card-issuer-unknown': ['unacceptable', '卡号不属于已知的发卡机构', 'no known issuer has this card number'],
  'card-key-unknown': [
    'unacceptable',
    '没有这个密钥版本或算法',
    'there is no key of this version, index and algorithm'
  ],
  'ride-account-not-found': ['not-found', '该卡没有乘车码账户', 'the card has no account for ride codes'],
  'ride-account-suspended': ['conflict', '乘车码账户有欠款，已停用', 'the account owes for rides and is stopped'],
  'ride-amount-too-high': ['conflict', '金额超过单次上限', 'the amount is above the limit of a trip'],
  'ride-code-refused': ['unacceptable', '乘车码未通过校验', 'the ride code did not pass its checks'],
  'ride-debt-too-high': ['conflict', '欠款已达上限', 'too much would be owed'],
  'ride-differs': ['conflict', '该编号已用于另一次乘车', 'this id is another ride'],
  'package-not-found': ['not-found', '没有这个参数包版本或终端', 'no such package version, or no such terminal'],
  'package-unchanged': ['conflict', '城市名单没有变化', 'the list of cities says nothing new'],
  'load-agent-not-found': ['not-found', '没有这个充值代理点，或不由您操作', 'no such load agent, or not yours'],
  'load-amount-out-of-range': ['unacceptable', '充值金额不在允许范围内', 'the amount is out of range'],
  'load-card-differs': ['conflict', '卡的充值计数早于该笔充值', 'the counter of the card is behind this load'],
  'load-challenge-missing': ['conflict', '请先发起充值以取得核对金额', 'ask for a load first: it gives the challenge'],
  'load-differs': ['conflict', '该编号已用于另一笔充值', 'this id is another load'],
  'load-ended': ['conflict', '该笔充值已有结论', 'the load has ended'],
  'load-mac-wrong': ['unacceptable', '卡的 MAC1 校验不正确', 'the MAC1 of the card is wrong'],
  'load-not-found': ['not-found', '没有这笔充值', 'no such load'],
  'load-tac-wrong': ['unacceptable', '充值 TAC 校验不正确', 'the TAC of the load is wrong'],
  'load-undecided': [
    'conflict',
    '该卡上一笔充值尚无结论：请以核对金额重新初始化并提交',
    'the last load of this card is undecided: prove its counter with the challenge as the amount'
  ],
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
  'account-of-nobody': ['forbidden', '该账号未归属任何机构', 'the account belongs to no participant'],
  'difference-not-open': ['conflict', '没有这项未了结的差异', 'no such difference is open'],
  'published-file-not-found': ['not-found', '结算文件不存在', 'no such published file'],
  'upload-broken': ['unacceptable', '上传中断', 'the upload broke off'],
  'upload-too-large': ['too-large', '上传的文件过大', 'the upload is too large'],
  // counter
  'shift-closed': ['conflict', '该班已交班，清点结果不能更改', 'the shift is closed; its count cannot change'],
  'shift-id-reused': ['conflict', '该班号已用于另一内容', 'this shift id was used with another content'],
  'shift-not-found': ['not-found', '没有这个班', 'no such shift'],
  'shift-open': ['conflict', '上一班尚未交班', 'the shift before is still open'],
  'shift-required': ['conflict', '请先开班再收付现金', 'open a shift before taking or handing out cash'],
  // insight
  'flow-day-not-found': ['not-found', '这一日的客流尚未分析', 'the passenger flow of this day was not analysed'],
  // fares
  'cabin-unknown': ['unacceptable', '没有这个舱位等级', 'no such class of cabin'],
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
  // keys
  'custody-refused': ['conflict', '密管步骤未被接受', 'custody does not take this step; its reason is in the facts'],
  'sam-not-found': ['not-found', '没有登记过这个安全模块', 'no such security module is registered'],
  'sam-step-unfit': [
    'conflict',
    '该安全模块现在不能这样变更',
    'the security module cannot become that from what it is'
  ],
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
  'pay-code-unknown': ['unacceptable', '这不是可用的付款码', 'this is nobody’s payment code'],
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
  // supervision
  'already-rated': ['conflict', '该车票已评价过', 'the ticket was rated before'],
  'case-id-reused': ['conflict', '工单号已用于另一内容', 'this case id was used with another content'],
  'case-not-claim': ['conflict', '工单没有车票，或尚未受理', 'the case has no ticket, or was not accepted yet'],
  'case-not-found': ['not-found', '没有这个工单', 'no such case'],
  'case-step-not-possible': [
    'conflict',
    '工单当前状态不能这样处理',
    'the case cannot take this step in its present state'
  ],
  'claim-id-reused': ['conflict', '赔付单号已用于另一内容', 'this claim id was used with another content'],
  'claim-incomplete': [
    'unacceptable',
    '索赔须注明车票和金额，其他工单不填金额',
    'a claim names its ticket and amount; nothing else names one'
  ],
  'claim-too-high': ['conflict', '赔付超过该票所付金额', 'more than is left of what was paid for the ticket'],
  'journey-not-over': ['conflict', '行程尚未结束，请按退票办理', 'the journey is not over: refund the ticket instead'],
  'journey-not-ratable': [
    'conflict',
    '只能在乘车后 15 天内评价',
    'a journey is rated within 15 days after it was made'
  ],
  'transfer-party-required': [
    'unacceptable',
    '转办须注明承办方，其他步骤不填',
    'a transfer names the party; no other step does'
  ],
  // ticket-log
  'ticket-log-empty': [
    'unavailable',
    '存证日志尚未签署，请稍后再试',
    'no head of the ticket log has been signed yet; ask again soon'
  ],
  'ticket-log-head-not-found': ['not-found', '没有这样的已签日志头', 'no signed head covers that many events'],
  // station
  'cash-refund-documents': [
    'conflict',
    '出示的证件与待退车票不符，每张票须本人证件',
    'the documents shown are not those of the tickets; each takes its own'
  ],
  'admission-id-reused': ['conflict', '该补检单号已用于另一张票', 'this admission id was used for another ticket'],
  'admission-not-mixed': ['conflict', '该班次不允许混检', 'the departure takes no tickets of others'],
  'admission-other-day': ['conflict', '客票日期不在混检范围内', 'the ticket is for a day too far away'],
  'admission-other-line': ['conflict', '客票不是本站本线路的', 'the ticket is for another line or place'],
  'admission-too-late': ['conflict', '已超过补检时限', 'too late to be let aboard'],
  'bay-taken': [
    'conflict',
    '该发车位（泊位）前后十分钟内有其他班次',
    'another departure has this bay within ten minutes'
  ],
  'carrier-not-found': ['not-found', '没有这个承运人', 'no such carrier'],
  'check-in-too-early': ['conflict', '未到开检时间', 'it is too early to open check-in'],
  'conveyance-elsewhere': ['conflict', '该车船同一时间在另一班次', 'the vehicle is on another departure at this time'],
  'conveyance-not-fit': [
    'conflict',
    '该车船不属于本线路承运人、类型不符或已停用',
    'the vehicle is another carrier’s, of another kind, or withdrawn'
  ],
  'conveyance-not-found': ['not-found', '登记簿中没有该车船', 'no such vehicle or vessel in the register'],
  'count-not-differing': ['conflict', '该方人数没有待查的差异', 'these counts do not differ'],
  'crew-elsewhere': [
    'conflict',
    '驾驶员（船员）同一时间在另一班次',
    'one of the crew is on another departure at this time'
  ],
  'crew-member-not-found': ['not-found', '登记簿中没有该驾驶员（船员）', 'no such driver or master in the register'],
  'crew-not-fit': [
    'conflict',
    '驾驶员（船员）不属于本线路承运人、类型不符或已停用',
    'one of the crew is another carrier’s, of another kind, or withdrawn'
  ],
  'crew-too-few': ['conflict', '驾驶员（船员）人数不足', 'not enough crew'],
  'departure-not-here': ['conflict', '班次当前状态不能办理', 'the departure is not in a state for this'],
  'departure-not-reported': ['conflict', '班次尚未报班', 'the departure has not been reported'],
  'dispatch-not-found': ['not-found', '班次尚未从本站发出', 'the departure has not left this place'],
  'dispatch-too-early': ['conflict', '未到发班时间', 'it is too early to dispatch'],
  'inspection-id-reused': ['conflict', '该安检单号已用于另一内容', 'this inspection id was used with another content'],
  'inspection-not-valid': [
    'conflict',
    '安检缺失、不合格或已过时效',
    'the safety inspection is missing, failed, or too old'
  ],
  'more-sold-than-places': ['conflict', '已售座位超过该车船核定载客', 'more is sold than the vehicle has places'],
  'papers-not-valid': ['conflict', '证照缺失或过期', 'papers are missing or have run out'],
  'report-at-origin': ['conflict', '报班在始发站办理', 'a departure is reported at its first station'],
  'report-closed': ['conflict', '班次当前状态不能报班或取消报班', 'the departure is not in a state for this report'],
  'report-id-reused': ['conflict', '该报班单号已用于另一内容', 'this report id was used with another content'],
  'report-not-found': ['not-found', '没有这次报班', 'no such report'],
  'report-too-early': ['conflict', '未到报班时间', 'it is too early to report'],
  'report-too-late': ['conflict', '已超过报班时间', 'it is too late to report'],
  'ticket-not-admissible': ['conflict', '客票当前状态不能补检', 'the ticket is not in a state to be let aboard'],
  'too-many-aboard': ['conflict', '已检人数超过核定载客', 'more are aboard than the vehicle may carry'],
  'departure-cannot': ['conflict', '其中有班次当前状态不能这样处置', 'a departure is not in a state for this'],
  'disruption-cause-required': [
    'unacceptable',
    '涉及多个班次时须写明事由',
    'many departures at once need a stated reason'
  ],
  'disruption-id-reused': ['conflict', '该处置单号已用于另一内容', 'this id was used for another disruption'],
  'disruption-needs-manager': [
    'forbidden',
    '一次处置多个班次须由站长办理',
    'many departures at once are for the station manager'
  ],
  'disruption-not-found': ['not-found', '没有这次处置', 'no such disruption'],
  'disruption-unclear': [
    'unacceptable',
    '晚点须填分钟数，并班须填目标班次，换车须填座位数；其余不填',
    'a delay has minutes, a merge its target, a replacement its places, and nothing else has them'
  ],
  'merge-other-line': [
    'conflict',
    '只能并入同线路、同日、尚未发出的另一班次',
    'only into another departure of the line on the day that has not left'
  ],
  // ticketing
  'age-unproven': [
    'unacceptable',
    '儿童票需填写证件所载或另填的出生日期',
    'a child fare needs a birth day, from the document or given'
  ],
  'already-refunded': ['conflict', '车票已退', 'the ticket was refunded before'],
  'cabin-full': ['conflict', '该舱位等级余票不足', 'not enough places left in this class'],
  'cabin-not-offered': ['unacceptable', '该班次没有这个舱位等级', 'the departure has no such class'],
  'cabin-required': ['unacceptable', '请选择舱位等级', 'this departure is sold by class: choose one'],
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
  'change-with-vehicle': ['conflict', '车辆须与驾驶员一同改签', 'a vehicle and its driver are changed together'],
  'changed-before': ['conflict', '已改签过，不能再次改签', 'the ticket has been changed as often as it may'],
  'changed-not-refundable': ['conflict', '改签过的车票不能退票或废票', 'a changed ticket cannot be refunded or voided'],
  'child-needs-adult': [
    'unacceptable',
    '免费儿童须与成人同一订单',
    'a free child travels with an adult of the same order'
  ],
  'choice-gone': ['conflict', '所选方案已变动，请重新选择', 'this way on is no longer offered; choose again'],
  'connection-not-found': ['not-found', '没有这次衔接中断', 'no such broken connection'],
  'connection-not-open': ['conflict', '该次衔接中断已处理', 'this broken connection has been dealt with'],
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
  'journey-not-found': ['not-found', '没有这个联程', 'no such journey'],
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
  'open-leg-costs-more': [
    'conflict',
    '该舱位等级的票价高于所付，请选其他等级',
    'this class costs more than was paid for the way back'
  ],
  'open-leg-over': ['conflict', '已超过返程有效期', 'after the last day of the open way back'],
  'order-id-reused': ['conflict', '订单号已用于另一内容', 'this order id was used with another content'],
  'order-not-found': ['not-found', '订单不存在', 'no such order'],
  'order-not-payable': ['conflict', '订单不在待支付状态', 'the order is not waiting for payment'],
  'partner-attempt-over': [
    'conflict',
    '该订单的合作程已放弃，请用新的订单号重新下单',
    'the partner legs of this order were given up: place it again under a new id'
  ],
  'partner-leg-not-found': ['not-found', '该订单没有这一合作程', 'the order has no such partner leg'],
  'partner-legs-unclear': ['unacceptable', '前程、后程各至多一程', 'one partner leg before ours and one after at most'],
  'partner-offer-not-found': ['not-found', '查询不到合作方的该班次', 'the partner offers no such departure'],
  'partner-refused': ['conflict', '合作方余票不足或已停售', 'the partner has no places left'],
  'partner-silent': ['unavailable', '合作方暂无应答，请稍后再试', 'the partner does not answer; nothing is held'],
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
  'sale-after-report': ['conflict', '该班次待车辆报到后发售', 'this departure is sold once its vehicle has reported'],
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
