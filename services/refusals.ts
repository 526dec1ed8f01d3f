// Every refusal of the services half, in one table. Sorted by room; codes are stable and documented in the OpenAPI file.
import { refusals } from '../clearing/refusal.ts'

export const serviceRefusals = {
  // access
  'account-locked': [
    'forbidden',
    '连续登录失败，账号已暂时锁定',
    'too many failures: the account is locked for a while'
  ],
  'account-name-taken': ['conflict', '该登录名已被使用', 'this sign-in name is taken'],
  'not-permitted': ['forbidden', '当前角色无此权限', 'the role does not have this permit'],
  'sample-mode-only': ['not-found', '仅在本机示例模式下可用', 'only in sample mode, and only from this machine'],
  'session-required': ['unauthenticated', '请先登录', 'sign in first'],
  'sign-in-failed': ['unauthenticated', '登录名、密码或动态口令不正确', 'name, password or one-time code is wrong'],
  // clearing desk
  'arrival-not-found': ['not-found', '没有这份来件', 'no such arrival'],
  'published-file-not-found': ['not-found', '结算文件不存在', 'no such published file'],
  // platform
  starting: ['unavailable', '平台正在准备，请稍候', 'the platform is getting ready']
} as const

export const refuse = refusals(serviceRefusals)
