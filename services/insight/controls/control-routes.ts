// The auditor's map and the inventory of personal data, as JSON and as one page to read and print.
import { Type } from 'typebox'
import { escapeHtml } from '../../../clearing/statements/statement-page.ts'
import type { App } from '../../parts.ts'
import { controlMap, type Control } from './control-map.ts'
import { personalData, type PersonalData } from './personal-data.ts'

const Texts = Type.Array(Type.String())

export function controlRoutes(app: App): void {
  app.get(
    '/v1/controls',
    {
      config: { permit: 'anyone' },
      schema: {
        tags: ['开放数据 Open data'],
        summary: '控制项对照与个人信息清单 The auditor’s map and the inventory of personal data',
        response: {
          200: Type.Object({
            controls: Type.Array(
              Type.Object({
                standard: Type.String(),
                control: Texts,
                state: Type.Enum(['met', 'partly', 'not met']),
                where: Texts,
                tests: Texts,
                operator: Type.String()
              })
            ),
            personalData: Type.Array(
              Type.Object({
                table: Type.String(),
                columns: Texts,
                subject: Type.String(),
                what: Type.String(),
                form: Type.String(),
                purpose: Type.String(),
                basis: Type.String(),
                kept: Type.String()
              })
            )
          })
        }
      }
    },
    async (_request, reply) =>
      await reply.send({
        controls: controlMap.map((each) => ({
          ...each,
          control: [...each.control],
          where: [...each.where],
          tests: [...each.tests]
        })),
        personalData: personalData.map((each) => ({ ...each, columns: [...each.columns] }))
      })
  )

  const page = controlPage()
  app.get('/docs/controls', { schema: { hide: true } }, (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page)
  )
}

const states = { met: '已做到 met', partly: '部分 partly', 'not met': '未做到 not met' }

function controlPage(): string {
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>控制项对照 Controls</title>
<link rel="stylesheet" href="/vendor/noto-sans-sc/index.css"><link rel="stylesheet" href="/pages/shell/base.css">
<link rel="stylesheet" href="/pages/shell/parts.css"></head>
<body><main id="main" class="stack"><h1>控制项对照 <span lang="en">Controls</span></h1>
<p>标准原文不在手边，控制项按通行叫法列出；本页不声称符合任何标准。 <span lang="en">The texts of the standards were not at hand; nothing here claims conformance.</span></p>
${table(['标准 Standard', '控制项 Control', '状态 State', '在哪里 Where', '哪个测试 Test', '运营者须做 Operator'], controlMap.map(controlRow))}
<h2>个人信息清单 <span lang="en">Personal data</span></h2>
${table(['表 Table', '列 Columns', '对象 Whose', '内容 What', '形式 Form', '目的 Purpose', '依据 Basis', '保存 Kept'], personalData.map(dataRow))}
</main></body></html>`
}

function table(heads: readonly string[], rows: readonly string[]): string {
  return `<div class="table-scroll" tabindex="0" role="region" aria-label="${escapeHtml(heads[0]!)}"><table><thead><tr>${heads
    .map((head) => `<th scope="col">${escapeHtml(head)}</th>`)
    .join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

function controlRow({ standard, control: [chinese, english], state, where, tests, operator }: Control): string {
  const paths = (names: readonly string[]) =>
    names.map((name) => `<code>${escapeHtml(name)}</code>`).join('<br>') || '—'
  return `<tr><td>${escapeHtml(standard)}</td><th scope="row">${escapeHtml(chinese)}<br><span lang="en">${escapeHtml(english)}</span></th><td>${states[state]}</td><td>${paths(where)}</td><td>${paths(tests)}</td><td>${escapeHtml(operator)}</td></tr>`
}

function dataRow({ table: name, columns, ...rest }: PersonalData): string {
  const { subject, what, form, purpose, basis, kept } = rest
  const cells = [subject, what, form, purpose, basis, kept].map((text) => `<td>${escapeHtml(text)}</td>`)
  return `<tr><th scope="row"><code>${name}</code></th><td>${columns.map((column) => `<code>${column}</code>`).join(' ')}</td>${cells.join('')}</tr>`
}
