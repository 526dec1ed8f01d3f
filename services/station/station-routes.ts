// All of the station's routes, by part.
import type { App, Parts } from '../parts.ts'
import { boardRoutes } from './board/board-routes.ts'
import { cashRefundRoutes } from './cash-refunds/cash-refund-routes.ts'
import { dispatchRoutes } from './dispatch/dispatch-routes.ts'
import { disruptionRoutes } from './disruption/disruption-routes.ts'
import { noticeRoutes } from './notices/notice-routes.ts'
import { registerRoutes } from './register/register-routes.ts'
import { reportRoutes } from './report/report-routes.ts'

export function stationRoutes(app: App, parts: Parts): void {
  boardRoutes(app, parts)
  registerRoutes(app, parts)
  reportRoutes(app, parts)
  dispatchRoutes(app, parts)
  disruptionRoutes(app, parts)
  noticeRoutes(app, parts)
  cashRefundRoutes(app, parts)
}
