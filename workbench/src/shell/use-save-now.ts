import { useDashboards } from '../dashboard/dashboard-context.ts'
import { useNotebooks } from '../notebook/notebook-context.ts'

/** Saves at once what waits to be saved. */
export function useSaveNow(): () => void {
  const notebooks = useNotebooks()
  const dashboards = useDashboards()
  return () => {
    void notebooks.saveAll()
    void dashboards.saveAll()
  }
}
