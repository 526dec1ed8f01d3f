// The mapping of operations, as JSON and as a page to read and print.
import { Type } from 'typebox'
import { escapeHtml } from '../../../clearing/statements/statement-page.ts'
import type { App } from '../../parts.ts'
import { errorMap, operationMap } from './operation-map.ts'

const Names = Type.Array(Type.String())

export function operationRoutes(app: App): void {
  app.get(
    '/v1/operations',
    {
      config: { permit: 'anyone' },
      schema: {
        tags: ['渠道 Channels'],
        summary: '接口对照 Which of our operations is which of theirs',
        response: {
          200: Type.Object({
            operations: Type.Array(
              Type.Object({
                step: Type.Array(Type.String(), { description: '中文，English' }),
                ours: Names,
                zhuhai: Names,
                fliggy: Names,
                note: Type.String()
              })
            ),
            errors: Type.Array(Type.Object({ theirs: Type.String(), ours: Names, meaning: Type.String() }))
          })
        }
      }
    },
    () => ({ operations: operationMap.map((each) => ({ ...each, step: [...each.step] })), errors: errorMap })
  )

  const page = operationsPage()
  app.get('/docs/operations', { schema: { hide: true } }, (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page)
  )
}

function operationsPage(): string {
  const list = (names: readonly string[], tag = 'span') =>
    names.map((name) => `<${tag}>${escapeHtml(name)}</${tag}>`).join('<br>')
  const operations = operationMap.map(
    ({ step: [chinese, english], ours, zhuhai, fliggy, note }) =>
      `<tr><th scope="row">${escapeHtml(chinese)}<br><span lang="en">${escapeHtml(english)}</span></th><td>${list(ours, 'code')}</td>` +
      `<td>${list(zhuhai)}</td><td lang="en">${list(fliggy)}</td><td>${escapeHtml(note)}</td></tr>`
  )
  const errors = errorMap.map(
    ({ theirs, ours, meaning }) =>
      `<tr><th scope="row">${theirs}</th><td>${escapeHtml(meaning)}</td><td>${ours
        .map((code) => `<a href="/problems/${code}"><code>${code}</code></a>`)
        .join('<br>')}</td></tr>`
  )
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>接口对照 Operations</title>
<link rel="stylesheet" href="/vendor/noto-sans-sc/index.css"><link rel="stylesheet" href="/pages/shell/base.css">
<link rel="stylesheet" href="/pages/shell/parts.css"></head>
<body><main id="main"><h1>接口对照 <span lang="en">Operations</span></h1>
<p>本平台的操作与珠海 V5.0 接口清单、飞猪式商家接口的对应；完整说明见 <a href="/reference">/reference</a>。</p>
<table><thead><tr><th scope="col">步骤 Step</th><th scope="col">本平台 Ours</th><th scope="col">珠海 V5.0</th>
<th scope="col">飞猪 Fliggy</th><th scope="col">说明</th></tr></thead><tbody>${operations.join('\n')}</tbody></table>
<h2>错误码 <span lang="en">Error codes</span></h2>
<table><thead><tr><th scope="col">四位码</th><th scope="col">含义</th><th scope="col">code</th></tr></thead>
<tbody>${errors.join('\n')}</tbody></table></main></body></html>`
}
