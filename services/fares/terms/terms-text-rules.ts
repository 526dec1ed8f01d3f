// The terms a ticket is sold under, as sentences in both languages made from the terms themselves: what is shown before payment is what
// will be charged (Civil Code 816, E-commerce Law).
import { yuan, type Fen } from '../../../clearing/money.ts'
import type { PolicyTerms, RefundTable, RefundTier } from '../policy-schemas.ts'

/** One sentence, and the field of the terms it speaks of. */
export interface TermsLine {
  field: 'refund' | 'change' | 'void'
  zh: string
  en: string
}

type Sentence = Omit<TermsLine, 'field'>

export function describeTerms({
  refund,
  change,
  voidMinutes
}: Pick<PolicyTerms, 'refund' | 'change' | 'voidMinutes'>): TermsLine[] {
  return [
    ...describeRefund(refund).map((line) => ({ field: 'refund' as const, ...line })),
    ...describeChange(change).map((line) => ({ field: 'change' as const, ...line })),
    ...describeVoid(voidMinutes).map((line) => ({ field: 'void' as const, ...line }))
  ]
}

/** A refund table as passengers are shown it. */
export function refundTermsOf(table: RefundTable): { code: string; name: string; lines: Sentence[] } {
  return { code: table.code, name: table.name, lines: describeRefund(table) }
}

/** What a party at a group price must know before it pays. */
export function groupTerms({ groupFare }: Pick<PolicyTerms, 'groupFare'>): Sentence[] {
  if (!groupFare) return []
  const { from, rate } = groupFare
  const percent = Math.round(Number(rate) * 1000) / 10
  return [
    {
      zh: `团体票：同单全票 ${from} 人及以上按票价的 ${percent}%；退票后留下不足 ${from} 人的，余票先按单人票价重计`,
      en: `Group fare: ${from} or more at full fare on one order pay ${percent}%; when fewer than ${from} stay, theirs are first counted at the single fare`
    }
  ]
}

const isEarly = ({ beforeDay = false }: RefundTier): boolean => beforeDay

/** The tiers from the earliest on, then what makes a ticket dearer to give back, then what is always free. */
export function describeRefund(table: RefundTable): Sentence[] {
  const [early, timed] = [table.tiers.filter(isEarly), table.tiers.filter((tier) => !isEarly(tier))]
  const bounds = [...new Set(timed.map(({ atLeastSeconds }) => atLeastSeconds))].toSorted((a, b) => b - a)
  const tiers = bounds.map((bound, index) => {
    const when = periodOf(bound, bounds[index - 1] ?? null)
    const fees = timed.filter(({ atLeastSeconds }) => atLeastSeconds === bound).map((tier) => feeOf(tier))
    return {
      zh: `${when.zh}退票：${fees.map(({ zh }) => zh).join('、')}`,
      en: `Refund ${when.en}: ${fees.map(({ en }) => en).join(', ')}`
    }
  })
  const last = bounds.at(-1)
  const closed =
    last === undefined
      ? { zh: '不退票', en: 'No refund' }
      : { zh: `${momentOf(last).zh}不退票`, en: `No refund ${momentOf(last).en}` }
  const late = (applies: boolean, zh: string, en: string): Sentence[] =>
    applies ? [{ zh: `${zh}按开车（航）前最后一档收取`, en: `${en}: the fee of the last period before departure` }] : []
  return [
    ...early.map(feeOf).map(({ zh, en }) => ({
      zh: `乘车日之前退票：${zh}`,
      en: `Refund before the day of departure: ${en}`
    })),
    ...tiers,
    closed,
    ...late(table.changedCountsAsLate, '改签过的票退票', 'A ticket that was changed'),
    ...late(table.checkedCountsAsLate, '已检票未乘车退票', 'A ticket that was checked but not used'),
    { zh: '承运人原因全额退款', en: 'Whatever the carrier is the cause of is refunded in full' }
  ]
}

function describeChange({ timesMax, closesMinutes, lateFee, ...limits }: PolicyTerms['change']): Sentence[] {
  if (timesMax === 0) return [{ zh: '不能改签', en: 'No changes' }]
  const until = untilMinutes(closesMinutes)
  const free = lateFee
    ? { zh: '开车（航）前免手续费，之后收取最后一档退票费', en: 'free before departure, later at the last refund fee' }
    : { zh: '免手续费', en: 'free of charge' }
  const rules: [boolean, string, string][] = [
    [limits.sameLine, '限同一线路', 'on the same line'],
    [limits.sameStops, '限相同上下车站', 'between the same stops'],
    [limits.samePrice, '限相同票价', 'at the same price'],
    [!limits.lowerPrice, '不能改为较低票价', 'not to a lower price'],
    [limits.untilPortEntry, '进港后不能改签', 'not after entering the port']
  ]
  const held = rules.filter(([holds]) => holds)
  const all: Sentence[] = [
    {
      zh: [`可改签 ${timesMax} 次，${until.zh}，${free.zh}`, ...held.map(([, zh]) => zh)].join('，'),
      en: [
        `May be changed ${timesMax === 1 ? 'once' : `${timesMax} times`} ${until.en}, ${free.en}`,
        ...held.map(([, , en]) => en)
      ].join(', ')
    }
  ]
  return limits.changedRefundable ? all : [...all, { zh: '改签后不能退票', en: 'Once changed it is not refunded' }]
}

function describeVoid(minutes: number): Sentence[] {
  if (minutes === 0) return []
  return [
    { zh: `售出后 ${minutes} 分钟内原窗口可废票`, en: `The window that sold it may void it within ${minutes} minutes` }
  ]
}

/** From a bound of a tier up to the one before it; positive is before departure. */
function periodOf(from: number, before: number | null): Sentence {
  if (from < 0) return { zh: `开车（航）后 ${spell(-from).zh}以内`, en: `up to ${spell(-from).en} after departure` }
  if (before === null)
    return from === 0
      ? { zh: '开车（航）前', en: 'before departure' }
      : { zh: `开车（航）前 ${spell(from).zh}以上`, en: `${spell(from).en} or more before departure` }
  const under = { zh: `开车（航）前 ${spell(before).zh}以内`, en: `less than ${spell(before).en} before departure` }
  if (from === 0) return under
  return { zh: `${under.zh}、${spell(from).zh}以上`, en: `${under.en} and at least ${spell(from).en}` }
}

/** The end of the last period. */
function momentOf(seconds: number): Sentence {
  if (seconds === 0) return { zh: '开车（航）后', en: 'after departure' }
  if (seconds < 0)
    return { zh: `开车（航）后超过 ${spell(-seconds).zh}`, en: `later than ${spell(-seconds).en} after departure` }
  return { zh: `开车（航）前不足 ${spell(seconds).zh}`, en: `less than ${spell(seconds).en} before departure` }
}

function untilMinutes(minutes: number): Sentence {
  const { zh, en } = spell(Math.abs(minutes) * 60)
  if (minutes === 0) return { zh: '开车（航）前办理', en: 'before departure' }
  return minutes > 0
    ? { zh: `须在开车（航）前 ${zh}以前办理`, en: `until ${en} before departure` }
    : { zh: `最迟开车（航）后 ${zh}办理`, en: `until ${en} after departure` }
}

function spell(seconds: number): Sentence {
  if (seconds % 86_400 === 0) return counted(seconds / 86_400, '天', 'day')
  if (seconds % 3600 === 0) return counted(seconds / 3600, '小时', 'hour')
  return counted(Math.round(seconds / 60), '分钟', 'minute')
}

const counted = (count: number, zh: string, en: string): Sentence => ({
  zh: `${count} ${zh}`,
  en: `${count} ${en}${count === 1 ? '' : 's'}`
})

const kinds: Record<RefundTier['fareKind'], Sentence> = {
  any: { zh: '', en: '' },
  full: { zh: '全票 ', en: 'adult ' },
  half: { zh: '半票 ', en: 'half fare ' },
  free: { zh: '免费儿童 ', en: 'free child ' },
  vehicle: { zh: '车辆 ', en: 'vehicle ' },
  truck: { zh: '货车 ', en: 'truck ' }
}

function feeOf({ fareKind, rate, minimum, fixed }: RefundTier): Sentence {
  const whose = kinds[fareKind]
  const amount = (sum: number): string => yuan(sum as Fen)
  if (fixed !== null && fixed > 0) return { zh: `${whose.zh}${amount(fixed)} 元`, en: `${whose.en}¥${amount(fixed)}` }
  const percent = Math.round(Number(rate) * 1000) / 10
  if (fixed === 0 || (percent === 0 && minimum === 0)) return { zh: `${whose.zh}免费`, en: `${whose.en}free` }
  const least =
    minimum > 0 ? { zh: `，最低 ${amount(minimum)} 元`, en: `, at least ¥${amount(minimum)}` } : { zh: '', en: '' }
  return { zh: `${whose.zh}票价的 ${percent}%${least.zh}`, en: `${whose.en}${percent} % of the fare${least.en}` }
}
