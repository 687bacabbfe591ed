import { requiredContext } from '../base/required-context.ts'
import type { DashboardSessions } from './dashboard-sessions.ts'

export const [DashboardContext, useDashboards] =
  requiredContext<DashboardSessions>('DashboardSessions')
