// For the auditor: each control of GB/T 22239 level 3 and GB/T 39786 that software can meet, where it lives, the test that shows it, and
// what whoever runs the platform must do. The standards' texts were not at hand: the controls are named as they are commonly known,
// nothing claims conformance, and what is not met is said.

export interface Control {
  standard: 'GB/T 22239-2019 三级' | 'GB/T 39786-2021' | 'PIPL'
  /** 中文，English */
  control: readonly [string, string]
  state: 'met' | 'partly' | 'not met'
  where: readonly string[]
  tests: readonly string[]
  operator: string
}

const mlps = 'GB/T 22239-2019 三级'
const crypto = 'GB/T 39786-2021'

export const controlMap: readonly Control[] = [
  {
    standard: mlps,
    control: ['身份鉴别：口令与一次性口令，失败锁定', 'Authentication: password and one-time code, lock-out'],
    state: 'met',
    where: ['services/access/sign-in.ts', 'services/access/one-time-code.ts', 'services/access/access-rules.ts'],
    tests: ['services/access/access.test.ts'],
    operator: '为每人单独开户，停用示例账号。 One account a person; end the sample accounts.'
  },
  {
    standard: mlps,
    control: [
      '访问控制：角色与权限一张表，逐格测试',
      'Access control: roles and permits in one table, tested cell by cell'
    ],
    state: 'met',
    where: ['services/access/permit-rules.ts', 'services/access/require-permit.ts'],
    tests: ['services/access/access.test.ts', 'services/app.test.ts'],
    operator: '定期复核账号。 Look over the accounts.'
  },
  {
    standard: mlps,
    control: ['双人复核：密钥、调账、豁免', 'Two persons where keys, corrections and waivers move'],
    state: 'met',
    where: [
      'services/keys/custody-routes.ts',
      'clearing/adjustments/open-adjustment.ts',
      'clearing/disputes/answer-dispute.ts'
    ],
    tests: [
      'services/pages/keys.test.ts',
      'clearing/adjustments/adjustment.test.ts',
      'clearing/disputes/dispute.test.ts'
    ],
    operator: '保管员各自保管口令。 Custodians keep their passphrases apart.'
  },
  {
    standard: mlps,
    control: ['安全审计：登录、查看实名信息留痕，不可修改', 'Audit: sign-ins and looks at identities, append-only'],
    state: 'partly',
    where: ['migrations/0005-access.sql', 'migrations/0042-identity-desk.sql', 'services/identity/reveal-identity.ts'],
    tests: ['services/access/access.test.ts', 'services/identity/identity-desk.test.ts'],
    operator:
      '审计记录尚未像账本一样链接；按月导出归档。 The audit is not chained like the ledger yet; export it monthly.'
  },
  {
    standard: mlps,
    control: [
      '数据完整性：账本、客票日志链式摘要与每日签名',
      'Integrity: ledger and ticket log chained, heads signed daily'
    ],
    state: 'met',
    where: [
      'clearing/ledger/chain-rules.ts',
      'clearing/ledger/verify-chain.ts',
      'services/ticket-log/append-events.ts'
    ],
    tests: ['clearing/ledger/ledger.test.ts', 'services/pages/ticket-log.test.ts'],
    operator: '把每日签名头存到别处。 Keep the daily heads elsewhere.'
  },
  {
    standard: mlps,
    control: ['剩余信息与个人信息保护：密封、脱敏、到期匿名', 'Personal data sealed, masked, forgotten on time'],
    state: 'met',
    where: [
      'services/identity/seal-identity.ts',
      'services/identity/masking-rules.ts',
      'services/identity/retention/forget-identities.ts',
      'services/insight/controls/personal-data.ts'
    ],
    tests: [
      'services/identity/retention/forget-identities.test.ts',
      'services/identity/masking-rules.test.ts',
      'services/insight/controls/controls.test.ts'
    ],
    operator: '确认保存期限与告知。 Confirm retention times and notices.'
  },
  {
    standard: mlps,
    control: [
      '入侵防范：输入校验、响应头、限流、文件上限',
      'Intrusion: strict input, headers, rate limits, size limits'
    ],
    state: 'partly',
    where: ['services/validation.ts', 'services/app.ts', 'services/channels/webhooks/webhook-routes.ts'],
    tests: ['services/app.test.ts', 'services/channels/webhooks/webhooks.test.ts'],
    operator:
      '前置 TLS 与 WAF；全量模糊测试尚未做。 TLS and a firewall in front; the fuzzing of every operation is not done.'
  },
  {
    standard: mlps,
    control: ['备份与恢复', 'Backup and restore'],
    state: 'not met',
    where: [],
    tests: [],
    operator: '用 PostgreSQL 自身的备份并异地保存。 Use PostgreSQL’s own backup, kept elsewhere.'
  },
  {
    standard: crypto,
    control: ['密码算法：SM2、SM3、SM4', 'Algorithms: SM2, SM3, SM4'],
    state: 'met',
    where: ['card-crypto/sm2.ts', 'card-crypto/sm3.ts', 'card-crypto/sm4.ts', 'card-crypto/seal.ts'],
    tests: ['card-crypto/sm2.test.ts', 'card-crypto/sm3.test.ts', 'card-crypto/sm4.test.ts'],
    operator: '软件实现，未经商用密码产品认证。 Software, not a certified product.'
  },
  {
    standard: crypto,
    control: [
      '密钥管理：独立进程、双人、分量、签名记录',
      'Key management: a process of its own, two persons, components, signed record'
    ],
    state: 'partly',
    where: [
      'card-crypto/key-service/client-rights.ts',
      'card-crypto/key-custody/custody.ts',
      'card-crypto/pkcs11/pkcs11-key-store.ts'
    ],
    tests: ['services/pages/keys.test.ts'],
    operator: '生产环境接入认证密码机。 Use a certified HSM in production.'
  },
  {
    standard: crypto,
    control: [
      '设备接入：检票机 SM2 证书、请求签名防重放',
      'Devices: SM2 certificates of gates, signed requests, no replay'
    ],
    state: 'met',
    where: ['services/boarding/gates/devices/authenticate-device.ts', 'services/access/signing/signed-bodies.ts'],
    tests: ['services/boarding/gates/devices/devices.test.ts', 'services/channels/channels.test.ts'],
    operator: '丢失设备当日吊销。 Revoke lost devices the same day.'
  },
  {
    standard: 'PIPL',
    control: ['客流数据不回指个人：少于十人的格子不出', 'Flows never point back at a person: no cell below ten'],
    state: 'partly',
    where: ['services/insight/flow/suppression-rules.ts'],
    tests: ['services/insight/flow/flow.test.ts'],
    operator:
      '同一批出行的不同切分相减可得小数，勿外传多种切分。 Several cuts of the same rides can be subtracted: hand out one.'
  }
]
