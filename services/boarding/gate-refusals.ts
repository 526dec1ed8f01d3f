// Everything a gate may answer instead of opening: a stable code, the station-system number (ticketing facts §1.8), and the words for the
// passenger in Chinese and English, with the facts that help. The same source runs in the server and in the gate page.

/** code → [number, 中文, English]; the words may name {day}, {time}, {boarding}, {from}, {gate}, {checked}, {issued} and {asOf}. */
export const gateRefusals = {
  // What was shown is no ticket code
  'code-unreadable': [1804, '这不是车票的乘车码', 'this is not a ticket code'],
  'code-too-long': [1804, '这个码太长，不是车票的乘车码', 'this code is too long for a ticket'],
  'web-address': [1804, '这是网址的二维码，请出示车票的乘车码', 'this is a web address: show the code of the ticket'],
  'ride-code': [
    1804,
    '这是公交、地铁的乘车码，请打开车票出示客票的码',
    'this is a ride code for city transport: open your ticket and show its code'
  ],
  'code-version': [
    1804,
    '这是旧版或本机不识的乘车码，请打开车票刷新',
    'a code of another version: open your ticket for a new one'
  ],
  'code-truncated': [1804, '乘车码不完整，请重新扫描', 'a part of the code is missing: scan again'],
  'code-altered': [1804, '乘车码被改动过或损坏，请重新扫描', 'the code was re-written or damaged: scan again'],
  // Who signed it
  'issuer-unknown': [1804, '乘车码的签发方未知', 'the issuer of the code is not known here'],
  'issuer-revoked': [
    1901,
    '签发这个码的密钥已作废，请打开车票刷新或到窗口换凭条',
    'the key that signed this code was revoked: refresh the ticket, or get a new slip at the counter'
  ],
  'issuer-retired': [
    1804,
    '这个码由已停用的旧密钥签发，请打开车票刷新或到窗口换凭条',
    'this code was signed with a key no longer in use: refresh the ticket, or get a new slip at the counter'
  ],
  'signature-invalid': [1901, '乘车码签名无效，疑似伪造', 'the signature is wrong: probably forged'],
  // Time
  'gate-clock-wrong': [
    1803,
    '本机时钟不对，请先校时再检票',
    'the clock of this gate is wrong: set it before checking tickets'
  ],
  'check-in-not-open': [
    1803,
    '这张票是 {day} {time} 的班次，{opens} 开始检票',
    'the ticket is for {time} on {day}: check-in opens at {opens}'
  ],
  'check-in-not-begun': [
    1803,
    '{day} {time} 的班次还没有开检，请稍候',
    'check-in of the {time} on {day} has not begun yet: please wait'
  ],
  'check-in-closed': [
    1803,
    '这张票是 {day} {time} 的班次，检票已于 {closed} 结束',
    'the ticket is for {time} on {day}: check-in closed at {closed}'
  ],
  'wrong-day': [
    1803,
    '这张票是 {day} {time} 的班次，今天是 {today}',
    'the ticket is for {time} on {day}; today is {today}'
  ],
  // Place and departure
  'wrong-place': [1802, '这张票在 {from} 上车，不在本站', 'the ticket boards at {from}, not here'],
  'wrong-departure': [
    1802,
    '这张票是 {time} 的班次，本口正在检 {boarding} 的班次',
    'the ticket is for the {time} departure; this gate is boarding {boarding}'
  ],
  'door-for-vehicles': [1802, '这里是车辆通道，请走旅客通道', 'this door is for vehicles: passengers use another'],
  'door-first': [1802, '请先通过{door}', 'pass the {doorEnglish} first'],
  'door-for-persons': [1802, '车辆票请走车辆通道', 'the ticket is for a vehicle: use the lane for vehicles'],
  // Freshness
  'code-stale': [
    1804,
    '乘车码已过期，请打开车票刷新（截图无效）',
    'the code is out of date: refresh it, screenshots do not work'
  ],
  'code-ahead': [
    1804,
    '手机时间比检票口快，请校准手机时间后刷新',
    'the clock of the phone is fast: set it and refresh the code'
  ],
  'device-signature-invalid': [
    1901,
    '这个码不是由购票手机生成的',
    'this code was not made by the phone the ticket belongs to'
  ],
  'lists-stale': [
    1804,
    '本机名单已过时（{asOf} 更新），请走人工通道',
    'the lists of this gate are out of date (of {asOf}): use the staffed gate'
  ],
  'not-checkable-offline': [
    1804,
    '本机没有这个班次的名单，联网前请走人工通道',
    'this gate has no list of that departure: use the staffed gate until it is connected'
  ],
  // Document
  'document-required': [1805, '请同时出示购票证件', 'show the document the ticket was bought with'],
  'document-mismatch': [1805, '证件与车票不符', 'the document is not the one of the ticket'],
  'no-ticket-for-document': [
    1501,
    '该证件没有本站现在可检的车票',
    'no ticket of this document can be checked here now'
  ],
  // Revocation
  'credential-revoked': [
    1804,
    '这个码已作废（补办或挂失），请出示新的乘车码',
    'this code was revoked, as when a ticket is re-issued: show the new one'
  ],
  'ticket-unknown': [1501, '系统中没有这张票', 'the ticket is not known'],
  'departure-cancelled': [1102, '班次已停运，请到窗口退票或改签', 'the departure is cancelled: see the counter'],
  'ticket-refunded': [1603, '车票已退', 'the ticket was refunded'],
  'ticket-changed': [1502, '车票已改签，请出示改签后的新票', 'the ticket was changed: show the new one'],
  'ticket-missed': [1502, '车票已按漏乘处理，请到窗口', 'the ticket counts as missed: see the counter'],
  'ticket-invalid': [1502, '车票已失效', 'the ticket is no longer valid'],
  // Used
  'already-checked': [1801, '已于 {checked} 在 {gate} 号口检票', 'checked already at {checked}, gate {gate}']
} as const

export type GateRefusal = keyof typeof gateRefusals

export interface Refused {
  code: GateRefusal
  /** What the words name. Never a person. */
  named: Record<string, string>
}

export function refused(code: GateRefusal, named: Record<string, string> = {}): Refused {
  return { code, named }
}

/** [中文, English] of a refusal with its names filled in; `placeName` turns a place's code into its name. */
export function wordsOf(
  { code, named }: Refused,
  placeName: (code: string) => string = (code) => code
): [string, string] {
  const [, chinese, english] = gateRefusals[code]
  const fill = (text: string) =>
    text.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      name === 'from' ? placeName(named['from'] ?? '') : (named[name] ?? '')
    )
  return [fill(chinese), fill(english)]
}
