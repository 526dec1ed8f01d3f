// /v1/clearing/published and progress: statements to download, with what anybody needs to check them with public tools alone.
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { Type } from 'typebox'
import { rawToDer } from '../../card-crypto/sm2-der.ts'
import { sm2PublicKeyToPem } from '../../card-crypto/sm2-keys.ts'
import { listProgress } from '../../clearing/progress-queries.ts'
import { statementKey } from '../../clearing/statements/statement-schemas.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { listDeskPublished, listPostponedWork, type DeskPublished } from './clearing-desk-queries.ts'
import { PostponedWork, ShownProgress } from './clearing-desk-schemas.ts'
import { paceOf } from './progress-rules.ts'

const tags = ['清分台 Clearing desk']
const config = { permit: 'read-clearing' } as const
const params = Type.Object({ id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) })

export function publishedRoutes(app: App, parts: Parts): void {
  downloads(app, parts)
  statementKeyRoute(app, parts)
  progressRoutes(app, parts)
}

function downloads(app: App, { sql, context }: Parts): void {
  const find = async (id: number): Promise<DeskPublished> => {
    const [file] = await listDeskPublished(sql, { id })
    if (!file) throw refuse('published-file-not-found')
    return file
  }

  app.get(
    '/v1/clearing/published/:id',
    {
      config,
      schema: { tags, summary: '下载结算文件 Download a published file', params, response: { ...missing } }
    },
    async ({ params }, reply) => {
      const file = await find(params.id)
      return reply
        .type(mediaType(file.name))
        .header('content-length', file.size)
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`)
        .header('content-digest', `sm3=:${Buffer.from(file.digest, 'hex').toString('base64')}:`)
        .send(createReadStream(join(context.folders.published, file.storedAs)))
    }
  )

  app.get(
    '/v1/clearing/published/:id/signature',
    {
      config,
      schema: {
        tags,
        summary: '下载分离签名（SM2，DER） Download its detached signature',
        params,
        response: { ...missing }
      }
    },
    async ({ params }, reply) => {
      const file = await find(params.id)
      return reply
        .type('application/octet-stream')
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(`${file.name}.sig`)}`)
        .send(Buffer.from(rawToDer(file.signature)))
    }
  )
}

function statementKeyRoute(app: App, { keys }: Parts): void {
  app.get(
    '/v1/clearing/statement-key',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '验签公钥（PEM） The public key statements are signed with',
        description: 'openssl dgst -sm3 -verify key.pem -signature FILE.sig -sigopt distid:1234567812345678 FILE'
      }
    },
    async (_request, reply) =>
      reply.type('application/x-pem-file').send(sm2PublicKeyToPem(await keys.publicKey(statementKey)))
  )
}

function progressRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/clearing/progress',
    {
      config,
      schema: {
        tags,
        summary: '进度 Work in progress first, then the latest',
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }) }),
        response: { 200: Type.Array(ShownProgress) }
      }
    },
    async ({ query }) => (await listProgress(sql, query.limit)).map((work) => ({ ...work, ...paceOf(work) }))
  )

  app.get(
    '/v1/clearing/postponed',
    {
      config,
      schema: {
        tags,
        summary: '待重试的工作 Work that failed and will be tried again',
        response: { 200: Type.Array(PostponedWork) }
      }
    },
    async () => await listPostponedWork(sql)
  )
}

const missing = problems('published-file-not-found')

function mediaType(name: string): string {
  if (name.endsWith('.html')) return 'text/html; charset=utf-8'
  if (name.endsWith('.pdf')) return 'application/pdf'
  if (name.endsWith('.xlsx')) return 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
  if (name.endsWith('.csv')) return 'text/csv; charset=utf-8'
  return 'text/plain; charset=gbk'
}
