// How the desk calls the classes of cards and those who bear a discount.
import { both } from '../shell/language.js'

export const classes = {
  ordinary: both('普通', 'ordinary'),
  student: both('学生', 'student'),
  senior: both('老人', 'senior'),
  'low-income': both('低收入', 'low income'),
  half: both('半价', 'half fare'),
  free: both('免费', 'free'),
  full: both('无优惠', 'no discount')
}

export const bearers = {
  operator: both('运营方', 'Operator'),
  issuer: both('发卡机构', 'Issuer'),
  government: both('政府', 'Government'),
  overcharge: both('多收，退还持卡人', 'Overcharged, owed to holders')
}
