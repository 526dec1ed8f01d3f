import { describe, expect, it } from 'vitest'
import { refundTables, samplePolicies } from '../../local/sample-province/sample-policies.ts'
import { resolvePolicy } from '../policy-rules.ts'
import { describeRefund, describeTerms } from './terms-text-rules.ts'

const sheets = samplePolicies('2026-01-01').map((version, index) => ({
  ...version,
  id: index,
  validTo: version.validTo ?? null
}))
const termsOf = (about: { mode: 'coach' | 'ferry'; carrier?: string }) =>
  resolvePolicy(sheets, about, '2026-12-01')!.terms
const table = (code: string) => refundTables.find((one) => one.code === code)!

describe('refund terms in both languages', () => {
  it.each([
    [
      'coach-10-20',
      [
        [
          '开车（航）前 2 小时以上退票：票价的 10%，最低 0.50 元',
          'Refund 2 hours or more before departure: 10 % of the fare, at least ¥0.50'
        ],
        [
          '开车（航）前 2 小时以内退票：票价的 20%，最低 1.00 元',
          'Refund less than 2 hours before departure: 20 % of the fare, at least ¥1.00'
        ],
        ['开车（航）后不退票', 'No refund after departure']
      ]
    ],
    [
      'coach-10-20-50',
      [
        [
          '开车（航）前 2 小时以上退票：票价的 10%，最低 0.50 元',
          'Refund 2 hours or more before departure: 10 % of the fare, at least ¥0.50'
        ],
        [
          '开车（航）前 2 小时以内退票：票价的 20%，最低 1.00 元',
          'Refund less than 2 hours before departure: 20 % of the fare, at least ¥1.00'
        ],
        ['开车（航）后 1 小时以内退票：票价的 50%', 'Refund up to 1 hour after departure: 50 % of the fare'],
        ['开车（航）后超过 1 小时不退票', 'No refund later than 1 hour after departure']
      ]
    ],
    [
      'strait-2024',
      [
        ['开车（航）前 2 小时以上退票：免费', 'Refund 2 hours or more before departure: free'],
        [
          '开车（航）前 2 小时以内退票：全票 5.00 元、半票 3.00 元、免费儿童 免费、车辆 30.00 元、货车 免费',
          'Refund less than 2 hours before departure: adult ¥5.00, half fare ¥3.00, free child free, vehicle ¥30.00, truck free'
        ],
        ['开车（航）后不退票', 'No refund after departure'],
        [
          '改签过的票退票按开车（航）前最后一档收取',
          'A ticket that was changed: the fee of the last period before departure'
        ],
        [
          '已检票未乘车退票按开车（航）前最后一档收取',
          'A ticket that was checked but not used: the fee of the last period before departure'
        ]
      ]
    ]
  ])('%s', (code, lines) => {
    const always = ['承运人原因全额退款', 'Whatever the carrier is the cause of is refunded in full']
    expect(describeRefund(table(code)).map(({ zh, en }) => [zh, en])).toEqual([...lines, always])
  })

  it('say what happens when there is no tier at all, or one before the end', () => {
    const [coach] = table('coach-10-20').tiers
    expect(describeRefund({ ...table('coach-10-20'), tiers: [] })[0]!.en).toBe('No refund')
    const early = {
      ...table('coach-10-20'),
      tiers: [
        { ...coach!, atLeastSeconds: 1800 },
        { ...coach!, atLeastSeconds: 86_400 }
      ]
    }
    expect(
      describeRefund(early)
        .slice(0, 3)
        .map(({ en }) => en)
    ).toEqual([
      'Refund 1 day or more before departure: 10 % of the fare, at least ¥0.50',
      'Refund less than 1 day before departure and at least 30 minutes: 10 % of the fare, at least ¥0.50',
      'No refund less than 30 minutes before departure'
    ])
  })
})

describe('the other terms', () => {
  const others = (about: Parameters<typeof termsOf>[0]) =>
    describeTerms(termsOf(about)).filter(({ field }) => field !== 'refund')

  it('of a coach: one change until two hours before, on its line', () => {
    expect(others({ mode: 'coach' })).toEqual([
      {
        field: 'change',
        zh: '可改签 1 次，须在开车（航）前 2 小时以前办理，免手续费，限同一线路',
        en: 'May be changed once until 2 hours before departure, free of charge, on the same line'
      },
      { field: 'void', zh: '售出后 30 分钟内原窗口可废票', en: 'The window that sold it may void it within 30 minutes' }
    ])
  })

  it('across the strait: free before sailing, within two hours after at the late fee, not once in the port', () => {
    expect(others({ mode: 'ferry', carrier: 'F01' })[0]).toEqual({
      field: 'change',
      zh: '可改签 1 次，最迟开车（航）后 2 小时办理，开车（航）前免手续费，之后收取最后一档退票费，限同一线路，进港后不能改签',
      en: 'May be changed once until 2 hours after departure, free before departure, later at the last refund fee, on the same line, not after entering the port'
    })
  })

  it('that forbid a change or its refund say so', () => {
    const coach = termsOf({ mode: 'coach' })
    const never = describeTerms({ ...coach, change: { ...coach.change, timesMax: 0 }, voidMinutes: 0 })
    expect(never.at(-1)).toEqual({ field: 'change', zh: '不能改签', en: 'No changes' })
    const kept = describeTerms({ ...coach, change: { ...coach.change, changedRefundable: false }, voidMinutes: 0 })
    expect(kept.at(-1)!.en).toBe('Once changed it is not refunded')
  })
})
