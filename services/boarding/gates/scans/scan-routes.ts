// What gates bring back (/v1/boarding/gates/:gate/scans), and the conflicts that the station's desk settles.
import { Type } from 'typebox'
import { sessionOf } from '../../../access/require-permit.ts'
import { Id } from '../../../network/network-schemas.ts'
import type { App, Parts } from '../../../parts.ts'
import { problems } from '../../../problem.ts'
import { viewerOf } from '../../../ticketing/show-order.ts'
import { undoScan } from '../../check-in.ts'
import { requireOwnGate } from '../devices/authenticate-device.ts'
import { byGate } from '../devices/device-schemas.ts'
import { ScanUpload, UploadAnswer } from '../gate-schemas.ts'
import { listConflicts } from './conflict-queries.ts'
import { AgreementRequest, Conflict, ConflictQuery, ResolutionRequest } from './conflict-schemas.ts'
import { agreeToWaiver, nameConflict, settleConflict } from './resolve-conflict.ts'
import { takeScans } from './take-scans.ts'

const tags = ['检票口 Gates']
/** Five hundred scans with their codes. */
const uploadBytesMax = 1024 * 1024

export function scanRoutes(app: App, parts: Parts): void {
  uploadRoute(app, parts)
  undoRoute(app, parts)
  conflictRoutes(app, parts)
}

function uploadRoute(app: App, { sql, keys, clock }: Parts): void {
  app.post(
    '/v1/boarding/gates/:gate/scans',
    {
      config: { permit: 'sync-gate' },
      bodyLimit: uploadBytesMax,
      schema: {
        tags,
        summary: '上传离线检票记录 Scans a gate made on its own',
        description:
          '按编号升序上传；重发同一批得到同一结果。acknowledged 以前的可以删除；missing 为缺失的编号段，须补传。与平台所知不符的扫描记为冲突，由车站处理，不丢弃。',
        params: Type.Object(byGate.properties),
        body: ScanUpload,
        response: { 200: UploadAnswer, ...problems('gate-not-found', 'gate-elsewhere', 'log-elsewhere') }
      }
    },
    async (request) => {
      const sender = { gate: requireOwnGate(request, request.params.gate), actor: viewerOf(sessionOf(request)).owner }
      return await takeScans({ sql, keys }, request.body, sender, clock())
    }
  )
}

function undoRoute(app: App, { sql, clock }: Parts): void {
  app.delete(
    '/v1/boarding/gates/:gate/scans/:nonce',
    {
      config: { permit: 'sync-gate' },
      schema: {
        tags,
        summary:
          '取消已上传的离线检票 Take back a scan of the gate’s own that it has sent, before the departure has left',
        params: Type.Object({ ...byGate.properties, nonce: Type.String({ format: 'uuid' }) }),
        response: { 204: Type.Null(), ...problems('gate-elsewhere', 'check-not-found', 'check-not-undoable') }
      }
    },
    async (request, reply) => {
      const scan = { gate: requireOwnGate(request, request.params.gate), nonce: request.params.nonce }
      await undoScan({ sql }, scan, viewerOf(sessionOf(request)).owner, clock())
      return reply.code(204).send(null)
    }
  )
}

function conflictRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/boarding/conflicts',
    {
      config: { permit: 'watch-gates' },
      schema: {
        tags,
        summary: '检票冲突 Conflicts between what gates did and what the platform knew; the newest first',
        querystring: ConflictQuery,
        response: { 200: Type.Array(Conflict) }
      }
    },
    async ({ query: { place = null, open = null, before = null } }) =>
      (await listConflicts(sql, { place, open, before })).map(nameConflict)
  )

  app.put(
    '/v1/boarding/conflicts/:id/resolution',
    {
      config: { permit: 'settle-gate-conflicts' },
      schema: {
        tags,
        summary: '处理冲突 Settle a conflict, once',
        description:
          '有应补款而不收的，只记为申请（proposed），由站长同意后生效。售票员补收的现金计入本人当班，须已开班。',
        params: Type.Object({ id: Id }),
        body: ResolutionRequest,
        response: { 200: Conflict, ...problems('conflict-not-found', 'conflict-resolved', 'shift-required') }
      }
    },
    async (request) => {
      const { resolution, note } = request.body
      const actor = viewerOf(sessionOf(request)).owner
      const asked = { id: request.params.id, resolution, note: note?.trim() || null, actor }
      return await settleConflict(sql, asked, clock())
    }
  )

  app.put(
    '/v1/boarding/conflicts/:id/agreement',
    {
      config: { permit: 'agree-to-waivers' },
      schema: {
        tags,
        summary: '同意或退回不收 A second’s word on a fare that was proposed not to be collected',
        params: Type.Object({ id: Id }),
        body: AgreementRequest,
        response: { 200: Conflict, ...problems('conflict-not-found', 'conflict-resolved', 'conflict-not-proposed') }
      }
    },
    async (request) => {
      const actor = viewerOf(sessionOf(request)).owner
      return await agreeToWaiver(sql, { id: request.params.id, agree: request.body.agree, actor }, clock())
    }
  )
}
