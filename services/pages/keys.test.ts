import type { Page } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import { createTestApp } from '../test-app.ts'
import { faultsOf, openTestBrowser, overflowOf } from './test-browser.ts'

const { app, passwords } = await createTestApp()
const { visit, complaints } = await openTestBrowser(app)
afterEach(() => {
  // A step that is refused answers 409, which a browser also tells its console.
  expect(complaints.splice(0).filter((complaint) => !complaint.includes('409'))).toEqual([])
})

async function signIn(page: Page): Promise<void> {
  await page.click('main .button.main')
  await page.fill('#sign-in-name', 'operator')
  await page.fill('#sign-in-password', passwords.get('operator')!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  await page.waitForSelector('.custody')
}

/** Opens a form by its title and fills it field by field. */
async function take(page: Page, title: string, fields: Record<string, string>): Promise<void> {
  const form = page.locator(`:is(details, section.card):has(> :is(summary, h2):text-is("${title}"))`).first()
  if ((await form.getAttribute('open')) === null && (await form.locator('summary').count()) > 0)
    await form.locator('summary').click()
  for (const [name, value] of Object.entries(fields)) {
    const choice = form.locator(`select[name="/${name}"]`)
    if ((await choice.count()) > 0) await choice.selectOption(value)
    else await form.locator(`[name="/${name}"]`).fill(value)
  }
  await form.locator('button').first().click()
}

test('two custodians bring a key in and put it in force; a lost security module is held back', async () => {
  const page = await visit('/keys', { width: 1440, height: 900 })
  await signIn(page)
  const [chen, li] = ['陈', '李'].map((custodian) => ({ custodian, passphrase: `${custodian} knows this one` }))
  await take(page, '登记保管员', chen!)
  await page.locator('p', { hasText: '保管员：陈' }).waitFor()
  await take(page, '登记保管员', li!)
  await page.locator('p', { hasText: '保管员：陈、李' }).waitFor()
  const ceremony = { key: 'tac//2/1/sm4', custodians: '陈，李', checkValue: '2677F4' }
  await take(page, '开始仪式', { ...ceremony, ...chen })
  await take(page, '录入分量', { ...chen, component: '0123456789ABCDEFFEDCBA9876543211' })
  await page.locator('li', { hasText: '1/2' }).waitFor()
  await take(page, '录入分量', { ...li, component: '00000000000000000000000000000001' })
  await page.locator('td', { hasText: '2677F4' }).waitFor()
  await take(page, '计划变更', { key: 'tac//2/1/sm4', to: 'active', from: '2026-01-01', ...li })
  await take(page, '待第二人复核', li!)
  await page.locator('section.card [lang=en]', { hasText: 'a second person must approve' }).waitFor()
  await take(page, '待第二人复核', chen!)
  await page.locator('li', { hasText: '已执行' }).waitFor()
  expect(await overflowOf(page)).toBe(0)
  expect(await faultsOf(page)).toEqual([])

  await page.setViewportSize({ width: 390, height: 844 })
  await page.click('nav [data-view=sams]')
  await page.locator('summary', { hasText: '登记' }).waitFor()
  const sam = { number: '000000000077', kind: 'psam', keyNames: 'purchase//1/1/sm4', holder: '某公交公司' }
  await take(page, '登记', { ...sam, place: '粤A12345' })
  await page.click('a.mono')
  await page.fill('[name="/lostSince"]', '2026-01-01T08:00')
  await page.click('.button.danger')
  await page.locator('.notice.bad', { hasText: '挂失' }).waitFor()
  expect(await overflowOf(page)).toBe(0)
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  await page.click('#language')
  await page.locator('.notice.bad', { hasText: 'Lost since' }).waitFor()
  await expect.poll(() => faultsOf(page)).toEqual([])
})
