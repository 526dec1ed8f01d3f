// Keys, ceremonies and security modules in words.
import { both } from '../shell/language.js'

export const keyStates = {
  pending: ['badge.warn', both('待启用', 'Pending')],
  active: ['badge.good', both('启用', 'In force')],
  'verify-only': ['badge.accent', both('仅验证', 'For checking only')],
  retired: ['badge', both('停用', 'Laid down')],
  destroyed: ['badge', both('已销毁', 'Destroyed')]
}

export const ceremonyStates = {
  open: ['badge.accent', both('进行中', 'Under way')],
  done: ['badge.good', both('完成', 'Done')],
  refused: ['badge.bad', both('不成立', 'Failed')]
}

export const samKinds = {
  psam: both('PSAM 消费终端', 'PSAM, payment terminal'),
  isam: both('ISAM 充值终端', 'ISAM, load terminal'),
  'mother-card': both('母卡', 'Mother card')
}

export const samStates = {
  'in-stock': ['badge', both('库存', 'In stock')],
  'in-transit': ['badge.accent', both('移交中', 'On its way')],
  'in-service': ['badge.good', both('在用', 'In service')],
  lost: ['badge.bad', both('挂失', 'Lost')],
  destroyed: ['badge', both('已销毁', 'Destroyed')]
}
