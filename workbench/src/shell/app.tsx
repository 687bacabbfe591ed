import { ApiContext } from '../api-client/api-context.ts'
import { CatalogContext } from '../catalog/catalog-context.ts'
import { DashboardContext } from '../dashboard/dashboard-context.ts'
import { DocumentContext } from '../document/document-context.ts'
import { NotebookContext } from '../notebook/notebook-context.ts'
import { HintProvider } from '../ui/hint.tsx'
import { ThemeContext } from '../ui/theme-context.ts'
import { ToastContext } from '../ui/toast-context.ts'
import { Toaster } from '../ui/toaster.tsx'
import type { Page } from './build-page.ts'
import { Frame } from './frame.tsx'

/** The page with all that its parts ask for. */
export function App({ page }: { page: Page }) {
  const { queries, live, verifications, client, documents } = page
  return (
    <ThemeContext value={page.themes}>
      <ToastContext value={page.toasts}>
        <ApiContext value={{ queries, live, verifications }}>
          <DocumentContext value={{ documents, client }}>
            <CatalogContext value={page.catalog}>
              <NotebookContext value={page.notebooks}>
                <DashboardContext value={page.dashboards}>
                  <HintProvider>
                    <Frame />
                    <Toaster toasts={page.toasts} />
                  </HintProvider>
                </DashboardContext>
              </NotebookContext>
            </CatalogContext>
          </DocumentContext>
        </ApiContext>
      </ToastContext>
    </ThemeContext>
  )
}
