import { lazy, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { NotebookPage } from '../notebook/notebook-page.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Home } from './home.tsx'

const DashboardPage = lazy(async () => ({
  default: (await import('../dashboard/dashboard-page.tsx')).DashboardPage,
}))
const StreamPage = lazy(async () => ({
  default: (await import('../stream/stream-page.tsx')).StreamPage,
}))

/** The page of each address. */
export function Pages() {
  return (
    <Suspense>
      <Switch>
        <Route path="/">
          <Home />
        </Route>
        <Route path="/notebooks/:name">
          {({ name }) => <NotebookPage key={name} name={decodeURIComponent(name)} />}
        </Route>
        <Route path="/dashboards/:name">
          {({ name }) => <DashboardPage key={name} name={decodeURIComponent(name)} />}
        </Route>
        <Route path="/streams">
          <StreamPage stream={null} />
        </Route>
        <Route path="/streams/:stream">
          {({ stream }) => <StreamPage stream={decodeURIComponent(stream)} />}
        </Route>
        <Route>
          <EmptyState title="There is nothing here">
            The address leads nowhere. Choose a notebook or a dashboard at the left.
          </EmptyState>
        </Route>
      </Switch>
    </Suspense>
  )
}
