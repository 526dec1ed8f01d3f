// What the register calls things, in both languages.
import { both } from '../shell/language.js'

export const paperNames = {
  'vehicle-licence': both('行驶证', 'Vehicle licence'),
  'transport-permit': both('道路运输证', 'Transport permit'),
  'liability-insurance': both('承运人责任险', 'Liability insurance'),
  seaworthiness: both('船舶检验证书', 'Seaworthiness'),
  'operation-permit': both('船舶营业运输证', 'Operation permit'),
  'driving-licence': both('驾驶证', 'Driving licence'),
  qualification: both('从业资格证', 'Qualification'),
  competency: both('船员适任证书', 'Certificate of competency')
}

/** What must be held to be reported (报班), by register and mode. */
export const papersAsked = {
  vehicles: {
    coach: ['vehicle-licence', 'transport-permit', 'liability-insurance'],
    ferry: ['seaworthiness', 'operation-permit', 'liability-insurance']
  },
  crew: { coach: ['driving-licence', 'qualification'], ferry: ['competency'] }
}

export const modeNames = { coach: both('班车', 'Coach'), ferry: both('船舶', 'Vessel') }

export const passageNames = {
  boarding: both('检票上车', 'Boarding'),
  security: both('安检', 'Security'),
  hall: both('候车厅', 'Waiting hall'),
  transfer: both('换乘', 'Transfer'),
  deck: both('车辆甲板', 'Vehicle deck'),
  parking: both('停车场', 'Parking')
}

/** What a gate would do if its network failed now: how its badge looks, and what it says. */
export const freshnessNames = {
  fresh: ['span.badge.good', both('名单新', 'Lists fresh')],
  warn: ['span.badge.warn', both('名单偏旧', 'Lists getting old')],
  document: ['span.badge.warn', both('断网须核证件', 'Offline: documents asked for')],
  stopped: ['span.badge.bad', both('断网即停检', 'Offline: nobody passes')],
  never: ['span.badge', both('未取过名单', 'Never had lists')]
}

export const revocationReasons = {
  lost: both('丢失', 'Lost'),
  stolen: both('被盗', 'Stolen'),
  replaced: both('更换', 'Replaced'),
  compromised: both('密钥疑似泄露', 'Its key may have leaked')
}
