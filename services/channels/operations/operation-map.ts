// Which of our operations is which of theirs: the Zhuhai V5.0 interface list (珠海客运联网售票系统软件接口规范) and the Fliggy bus and ship
// merchant contract (ticketing facts §1.6, §1.7). Read by people who connect a station system or a platform to us.

export interface MappedOperation {
  step: readonly [chinese: string, english: string]
  /** `METHOD /path` as in the OpenAPI file. */
  ours: string[]
  zhuhai: string[]
  fliggy: string[]
  note: string
}

export const operationMap: readonly MappedOperation[] = [
  {
    step: ['代理认证', 'authenticate'],
    ours: ['POST /v1/client-tokens'],
    zhuhai: ['代理认证'],
    fliggy: ['sign-check'],
    note: '或对每个请求签名（SM2-SIGN），不取令牌。'
  },
  {
    step: ['站点', 'stations and ports'],
    ours: ['GET /v1/places'],
    zhuhai: ['取得中心站点信息', '取客运站站点编码', '站点信息表'],
    fliggy: ['bus.product.querystation', 'ship.product.querystation'],
    note: '全表即增量：站点数量不大，整取。'
  },
  {
    step: ['线路', 'lines'],
    ours: ['GET /v1/lines'],
    zhuhai: ['班次基本信息查询'],
    fliggy: ['ship.product.queryroute'],
    note: ''
  },
  {
    step: ['班次', 'departures'],
    ours: ['GET /v1/departures'],
    zhuhai: ['班次更新', '班次信息表', '班次基本信息查询', '班次信息表增量'],
    fliggy: ['bus.product.querynumber', 'bus.product.query.batchnumber', 'bus.numbers.update'],
    note: '全省一个座位库：各站与各渠道查同一处，没有需要推送更新的副本。'
  },
  {
    step: ['票价与余票', 'price and places'],
    ours: ['POST /v1/quotes', 'GET /v1/departures'],
    zhuhai: ['取票价', '取得班次票价'],
    fliggy: ['bus.product.queryseat', 'ship.product.queryseat', 'numbers.stockprice.update'],
    note: '报价附退票规定与保留分钟数。'
  },
  {
    step: ['锁定座票', 'hold'],
    ours: ['PUT /v1/orders/{id}'],
    zhuhai: ['锁定座票'],
    fliggy: ['bus.order.create', 'ship.order.create'],
    note: '订单号由调用方选定：同号同内容返回同一订单，同号异内容拒绝。'
  },
  {
    step: ['联程与合作承运方', 'through journeys and partner carriers'],
    ours: [
      'GET /v1/journeys',
      'GET /v1/journeys/{journeyNumber}',
      'PUT /v1/orders/{id}/partner-refunds/{refund}',
      'POST /v1/partner-notices/{key}',
      'PUT /v1/connections/{id}/decision'
    ],
    zhuhai: ['锁定座票', '确认接口', '取消锁票', '售票查询'],
    fliggy: ['order.create', 'order.confirm', 'order.query', 'return.confirm'],
    note: '铁路、外省客运等合作程经锁座、出票、取消、查询四个接口办理（我方为调用方）；全程或全部出票，或全部退款。'
  },
  {
    step: ['取消锁票', 'give up a hold'],
    ours: ['DELETE /v1/orders/{id}'],
    zhuhai: ['取消锁票'],
    fliggy: ['kiosk cancel'],
    note: '超时自动释放。'
  },
  {
    step: ['确认、出票', 'confirm and issue'],
    ours: ['POST /v1/orders/{id}/payments'],
    zhuhai: ['确认接口', '售票更新'],
    fliggy: ['bus.order.confirm', 'bus.order.notify', 'ship.order.confirm'],
    note: '渠道以信用账户支付（gateway = credit）；一单全部出票或全不出票。'
  },
  {
    step: ['查询订单', 'query an order'],
    ours: ['GET /v1/orders/{id}', 'GET /v1/orders'],
    zhuhai: ['售票查询', '票务交易查询'],
    fliggy: ['bus.order.query', 'ship.order.query'],
    note: '超时之后以此为准。'
  },
  {
    step: ['取票号、重打印', 'ticket number and credential'],
    ours: ['GET /v1/tickets/{ticketNo}', 'GET /v1/tickets/{ticketNo}/code'],
    zhuhai: ['取票号', '售票重打印', '废票/重打印/退票更新'],
    fliggy: ['eTicketNo, pickup code of order.confirm'],
    note: '票号随订单给出；凭证可反复取得，旧码即失效。'
  },
  {
    step: ['取退票费率', 'quote a refund'],
    ours: ['POST /v1/tickets/{ticketNo}/refund-quote'],
    zhuhai: ['取退票费率', '退票费计算'],
    fliggy: ['bus.return.query', 'ship.return.query'],
    note: '按售出时冻结的规定逐票计算。'
  },
  {
    step: ['退票', 'refund'],
    ours: ['PUT /v1/refunds/{id}'],
    zhuhai: ['退票', '废票/重打印/退票更新'],
    fliggy: ['bus.return.confirm', 'bus.return.notify', 'bus.agent.multiple.refund.confirm', 'ship.return.confirm'],
    note: '退票单号由调用方选定，多票同退或全不退；不可抗力由承运原因免费退。'
  },
  {
    step: ['废票', 'void'],
    ours: ['PUT /v1/refunds/{id}'],
    zhuhai: ['废票'],
    fliggy: ['kiosk refund'],
    note: 'void = true：原售票方在限时内全额撤销。'
  },
  {
    step: ['检票', 'check in'],
    ours: ['POST /v1/boarding/checks'],
    zhuhai: ['检票', '检票信息表'],
    fliggy: ['ticket status'],
    note: '由检票口调用；渠道由推送得知。'
  },
  {
    step: ['状态推送', 'state changes'],
    ours: ['PUT /v1/webhooks/{id}', 'GET /v1/webhooks/{id}/deliveries', 'POST /v1/webhooks/{id}/replays'],
    zhuhai: ['售票更新', '检票信息表增量', '售票明细表增量', '站点信息表增量'],
    fliggy: ['order.notify', 'return.notify', 'bus.item.notify'],
    note: '签名、按票有序、至少一次，可查可重发。'
  },
  {
    step: ['售票明细、对帐', 'settle and reconcile'],
    ours: [
      'GET /v1/channel/movements',
      'GET /v1/revenue/statements',
      'GET /v1/revenue/statements/{party}/{number}',
      'PUT /v1/revenue/reconciliations/{id}'
    ],
    zhuhai: ['售票明细', '对帐明细', '售票明细表(财务对帐用)'],
    fliggy: ['bus.historyorder.get'],
    note: '每日签名结算单，编号连续；对方文件按 ONLY_OURS / ONLY_THEIRS / AMOUNT / STATE 归类差异。'
  },
  {
    step: ['电子发票', 'invoice'],
    ours: ['PUT /v1/tickets/{ticketNo}/invoice', 'PUT /v1/tickets/{ticketNo}/invoice/red-letter'],
    zhuhai: [],
    fliggy: ['bus.invoice.return'],
    note: 'KPLX 1 蓝字、2 红字。'
  }
]

/** Their numbers for what goes wrong, as our refusals. */
export const errorMap: { theirs: string; ours: string[]; meaning: string }[] = [
  { theirs: '1102', ours: ['departure-cancelled'], meaning: '班次停运' },
  {
    theirs: '1103',
    ours: ['sale-closed', 'sale-after-report', 'sale-not-open', 'channel-closed'],
    meaning: '不在售票时间'
  },
  { theirs: '1104', ours: ['no-places-left', 'quota-spent'], meaning: '余票不足' },
  { theirs: '1105', ours: ['order-not-payable'], meaning: '锁票超时' },
  { theirs: '1114', ours: ['departure-not-found'], meaning: '查询不到班次' },
  {
    theirs: '1201',
    ours: ['document-check-digit', 'document-malformed', 'document-birth-date', 'document-required'],
    meaning: '证件有误'
  },
  { theirs: '1202', ours: ['identity-holds-ticket'], meaning: '该证件已购本班次' },
  { theirs: '1203', ours: ['too-many-free-children', 'child-needs-adult'], meaning: '儿童数超限' },
  { theirs: '1301', ours: ['price-changed'], meaning: '票价已变' },
  { theirs: '1501', ours: ['order-not-found', 'ticket-not-found'], meaning: '订单不存在' },
  { theirs: '1502', ours: ['ticket-not-refundable'], meaning: '状态不符' },
  { theirs: '1601', ours: ['refund-closed'], meaning: '已过退票时限' },
  { theirs: '1602', ours: ['refund-amount-changed'], meaning: '退款金额不符' },
  { theirs: '1603', ours: ['already-refunded'], meaning: '已退票' },
  {
    theirs: '1701',
    ours: ['changed-before', 'change-closed', 'change-other-line', 'ticket-not-changeable'],
    meaning: '不可改签'
  },
  { theirs: '1801', ours: ['ticket-already-checked'], meaning: '已检票' },
  { theirs: '1901', ours: ['signature-invalid'], meaning: '签名错误' },
  { theirs: '1902', ours: ['request-replayed', 'clock-off'], meaning: '重放' },
  { theirs: '9999', ours: ['internal-error'], meaning: '结果不明，须查询' }
]
