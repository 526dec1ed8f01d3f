// Guangdong's card network as of 2018 (card.md §4.3): issuers, BINs, the known acquirers, the provincial centre; and the
// operators of the Shenzhen open-data file. What is not published is marked as a sample.
import type { BusinessDay } from '../business-day.ts'
import type { NewAgreement, NewBin, NewParticipant } from './participant-queries.ts'

/** The table of BINs was exported in 2018; cards travel in the open-data file of that September. */
const knownFrom = '2018-01-01' as BusinessDay

export const clearingCentreCode = '30085800'
export const shenzhenIssuerCode = '02215840'

/** Issuer code, BIN, city. */
export const issuers = [
  ['01135810', '31048700', '广州'],
  ['01616020', '31048702', '东莞'],
  ['02205810', '31048703', '广州'],
  ['02215840', '31048704', '深圳'],
  ['01056030', '31048705', '中山'],
  ['02775880', '31048707', '佛山'],
  ['02785950', '31048708', '惠州'],
  ['02805890', '31048710', '江门'],
  ['02825930', '31048712', '肇庆'],
  ['02835910', '31048713', '湛江'],
  ['02855970', '31048715', '汕尾'],
  ['02865980', '31048716', '河源'],
  ['02885820', '31048718', '韶关'],
  ['02896050', '31048719', '揭阳'],
  ['02916040', '31048721', '潮州'],
  ['02926060', '31048722', '云浮'],
  ['01355850', '31048724', '珠海']
] as const

/** Acquirer codes that are published; the others are the issuer's company in the acquirer's role, a sample. */
const publishedAcquirers = new Set(['11616020', '12215840'])

/** company_name of the open-data file, in the order of its metro lines. */
export const shenzhenOperators = [
  '巴士集团',
  '西部公共汽车',
  '地铁一号线',
  '地铁二号线',
  '地铁三号线',
  '地铁四号线',
  '地铁五号线',
  '地铁七号线',
  '地铁九号线',
  '地铁十一号线'
] as const

export function guangdongParticipants(): NewParticipant[] {
  return [
    {
      code: clearingCentreCode,
      name: '广东省清分结算中心',
      role: 'clearing-centre',
      ...placeOf(clearingCentreCode),
      fileProfile: 'cttic',
      sample: false
    },
    ...issuers.map(([code, , city]): NewParticipant => member(code, `${city}发卡机构（${code.slice(1, 4)}）`, false)),
    ...issuers.map(([code, , city]): NewParticipant => {
      const acquirer = acquirerCodeOf(code)
      return member(acquirer, `${city}收单机构（${code.slice(1, 4)}）`, !publishedAcquirers.has(acquirer))
    }),
    ...shenzhenOperators.map((name, index): NewParticipant => ({
      ...member(shenzhenOperatorCode(index), name, true),
      fileProfile: 'shenzhen-open-data'
    }))
  ]
}

export function guangdongBins(): NewBin[] {
  return issuers.map(([issuerCode, bin]) => ({ bin, issuerCode, validFrom: knownFrom }))
}

/** The only real tariff seen, of another province (card.md §2.10): a sample here, not Guangdong's rule. */
export const sampleAgreement: NewAgreement = {
  service: null,
  acquirer: null,
  issuer: null,
  chargeRate: '0.0035',
  acquirerShare: '0.5',
  issuerShare: '0.3',
  validFrom: knownFrom,
  sample: true
}

/** The same company as an acquirer: role digit 1 (card.md §2.1). */
export function acquirerCodeOf(issuerCode: string): string {
  return `1${issuerCode.slice(1)}`
}

function shenzhenOperatorCode(index: number): string {
  return `1${String(901 + index)}5840`
}

function member(code: string, name: string, sample: boolean): NewParticipant {
  const role = code.startsWith('0') ? 'issuer' : 'acquirer'
  return { code, name, role, ...placeOf(code), fileProfile: 'cttic', sample }
}

/** A code is role 1 | company 3 | city 4. */
function placeOf(code: string): { company: string; cityCode: string } {
  return { company: code.slice(1, 4), cityCode: code.slice(4) }
}
