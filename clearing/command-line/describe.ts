// Results in words, Chinese first: what people read where --json is not asked for.
import { describeError } from '../card-files/error-codes.ts'
import type { FileReceipt } from '../ingestion/file-receipt.ts'
import { fen } from '../money.ts'
import type { Participant } from '../participants/participant-schemas.ts'
import { netOf } from '../settlement/net-rules.ts'
import type { ClearingDay, Settlement } from '../settlement/settlement-schemas.ts'
import type { TransactionStory } from '../settlement/transaction-story.ts'
import type { DayVerification, Finding } from '../settlement/verify-day.ts'
import type { Publication } from '../statements/statement-schemas.ts'
import { fareLines } from './describe-fares.ts'
import type { DayLine, FileLine } from './command-queries.ts'
import { grouped, money, table } from './output.ts'

export function describeReceipt(receipt: FileReceipt): string {
  const reason = describeError(receipt.code)
  if (receipt.state === 'refused')
    return `✗ 拒收 refused  ${receipt.name}\n  ${receipt.code} ${reason?.chinese} / ${reason?.english}\n  ${receipt.detail}`
  const rejects = receipt.rejects.map(({ code, count }) => {
    const { chinese, english } = describeError(code)!
    return `\n    ${code} ${chinese} / ${english}: ${grouped(count)}`
  })
  const again = receipt.repeated ? '（此前已接收 received before）' : ''
  return `✓ 已接收 accepted  #${receipt.id} ${receipt.name} ${again}
  行 lines ${grouped(receipt.lines)} · 入账 accepted ${grouped(receipt.accepted)} · 拒绝 rejected ${grouped(receipt.rejected)}${rejects.join('')}
  实收 charged ${money(receipt.amount)} 元
  清算日 clearing day ${receipt.clearingDay}`
}

export function describeDay({ day, state, closedAt }: ClearingDay): string {
  return `✓ ${day} 已日切 closed at ${closedAt?.toISOString()}（${state}）`
}

export function describeSettlement(settlement: Settlement, participants: readonly Participant[]): string {
  const byId = new Map(participants.map((each) => [each.id, each]))
  const rows = settlement.positions.map((position) => [
    byId.get(position.participant)?.code ?? '',
    byId.get(position.participant)?.name ?? '',
    money(position.income),
    money(position.expense),
    money(netOf(position))
  ])
  return `✓ ${settlement.day} 已结算 settled
  文件 files ${grouped(settlement.files)} · 交易 transactions ${grouped(settlement.transactions)} · 进站 entries ${grouped(settlement.entries)}
  应收 price ${money(settlement.price)} · 实收 charged ${money(settlement.amount)} · 优惠 discount ${money(fen(settlement.price - settlement.amount))} 元

${table(['机构', '名称 name', '收入 income', '支出 expense', '净额 net'], rows)}
  净额之和为零 the nets sum to zero`
}

export function describePublication({ day, files }: Publication, folder: string): string {
  const kinds = [...Map.groupBy(files, (file) => file.kind)].map(([kind, list]) => [
    kind,
    grouped(list.length),
    grouped(list.reduce((sum, file) => sum + file.lines, 0)),
    grouped(list.reduce((sum, file) => sum + file.size, 0))
  ])
  return `✓ ${day} 已发布 published: ${folder}\n\n${table(['种类 kind', '文件 files', '记录 records', '字节 bytes'], kinds)}`
}

export function describeFinding({ check, detail, sound }: Finding): string {
  return `${sound ? '✓' : '✗'} ${check}  ${detail}`
}

export function describeVerification({ day, findings, firstFault }: DayVerification): string {
  if (!firstFault) return `✓ ${day} 核验通过 sound: ${findings.length} checks`
  return `✗ ${day} 核验不通过。首个问题 the first thing wrong:\n  ${firstFault.check}: ${firstFault.detail}`
}

export function describeDays(days: readonly DayLine[]): string {
  const rows = days.map((day) => [
    day.day,
    day.state,
    grouped(day.files),
    grouped(day.lines),
    grouped(day.accepted),
    grouped(day.rejected),
    money(day.amount)
  ])
  return table(
    ['清算日 day', '状态 state', '文件 files', '行 lines', '入账 accepted', '拒绝 rejected', '实收 charged'],
    rows
  )
}

export function describeFiles(files: readonly FileLine[]): string {
  const rows = files.map((file) => [
    String(file.id),
    file.name,
    file.clearingDay ?? '',
    file.state === 'refused' ? `refused ${file.code}` : file.state,
    grouped(file.lines),
    grouped(file.accepted),
    grouped(file.rejected),
    money(file.amount)
  ])
  const headings = [
    '编号 id',
    '文件 name',
    '清算日 day',
    '状态 state',
    '行 lines',
    '入账 accepted',
    '拒绝 rejected',
    '实收 charged'
  ]
  return table(headings, rows)
}

export function describeStory(story: TransactionStory): string {
  const { file, outcome, transaction, tac, fee, day } = story
  const lines = [
    `交易 transaction ${story.id}`,
    `文件 file        #${file.id} ${file.name} · SM3 ${file.digest}`,
    `                 ${file.sender ?? '—'} · ${file.receivedAt} · 签名 signature ${file.signatureState} · ${file.code} ${file.reason}`
  ]
  if (story.raw !== undefined)
    lines.push(`行 line          ${story.line}（字节 byte ${story.byteOffset}）`, `                 ${story.raw}`)
  if (outcome) lines.push(`结果 outcome     ${outcome.code} ${outcome.chinese} / ${outcome.english} ${outcome.detail}`)
  if (transaction)
    lines.push(
      `时间 time        ${transaction.occurredAt} · ${transaction.service} · ${transaction.passage}`,
      `收单 acquirer    ${transaction.acquirer}`,
      `发卡 issuer      ${transaction.issuer}`,
      `金额 amount      应收 price ${money(transaction.price)} · 实收 charged ${money(transaction.charged)} · 优惠 discount ${money(transaction.discount)} 元`
    )
  if (tac?.proved)
    lines.push(
      `TAC              ${tac.tac} ${tac.algorithm} 密钥 key ${tac.keyVersion}/${tac.keyIndex}: ${tac.verdict}`
    )
  if (tac && !tac.proved) lines.push('TAC              来源文件不带 TAC the source carries none')
  if (fee)
    lines.push(
      `手续费 fee       ${fee.fee} 分 = 实收 × ${fee.chargeRate}（协议 agreement #${fee.agreement}）`,
      `                 收单 acquirer ${fee.acquirerFee} · 发卡 issuer ${fee.issuerFee} · 中心 centre ${fee.centreFee} 分`
    )
  if (story.fare) lines.push(...fareLines(story.fare))
  if (day) lines.push(...dayLines(day))
  return lines.join('\n')
}

function dayLines(day: TransactionStory['day'] & {}): string[] {
  return [
    `清算日 day       ${day.day} ${day.state} · 清分流水号 serial ${day.serial}`,
    ...day.positions.map(
      ({ participant, income, expense }) =>
        `轧差 position    ${participant} 收入 income ${money(income)} · 支出 expense ${money(expense)} 元`
    ),
    ...day.statements.map(
      ({ participant, number, files }) => `结算单 statement ${participant} #${number}: ${files.join(' ')}`
    )
  ]
}
