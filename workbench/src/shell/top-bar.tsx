import { CircleHelp, Monitor, Moon, PanelLeft, Search, Sun } from 'lucide-react'
import { Link, useRoute } from 'wouter'
import { useStore } from '../base/use-store.ts'
import { useDashboards } from '../dashboard/dashboard-context.ts'
import { useDocumentParts } from '../document/document-context.ts'
import { SaveState } from '../document/save-state.tsx'
import { useNotebooks } from '../notebook/notebook-context.ts'
import { LiveBadge } from '../stream/live-badge.tsx'
import { IconButton } from '../ui/button.tsx'
import { Keys } from '../ui/keys.tsx'
import { Logo } from '../ui/logo.tsx'
import { Menu, MenuChoice } from '../ui/menu.tsx'
import type { ThemeChoice } from '../ui/theme.ts'
import { useThemeSwitch } from '../ui/theme-context.ts'
import { usePageTitle } from './page-title.ts'
import { TitleField } from './title-field.tsx'
import styles from './top-bar.module.css'

interface TopBarProps {
  onSearch: () => void
  onKeys: () => void
  onSidebar: () => void
}

export function TopBar({ onSearch, onKeys, onSidebar }: TopBarProps) {
  return (
    <header className={styles.bar}>
      <div className={styles.brand}>
        <Link href="/" className={styles.home}>
          <Logo /> Millrace
        </Link>
        <IconButton
          label="Show or hide the sidebar"
          icon={<PanelLeft size={15} />}
          onClick={onSidebar}
        />
      </div>
      <Crumbs />
      <button type="button" className={styles.search} onClick={onSearch}>
        <Search size={14} aria-hidden />
        <span>Search or run a command</span>
        <Keys keys="Mod+K" />
      </button>
      <LiveBadge />
      <ThemeMenu />
      <IconButton label="All keys" shortcut="?" icon={<CircleHelp size={16} />} onClick={onKeys} />
    </header>
  )
}

/** Where one is, and whether it is saved. */
function Crumbs() {
  const [isNotebook, notebook] = useRoute('/notebooks/:name')
  const [isDashboard, dashboard] = useRoute('/dashboards/:name')
  const [isStream, stream] = useRoute('/streams/*?')
  if (isNotebook) return <NotebookCrumb name={decodeURIComponent(notebook.name)} />
  if (isDashboard) return <DashboardCrumb name={decodeURIComponent(dashboard.name)} />
  if (isStream) return <StreamCrumb name={decodeURIComponent(stream['*'] ?? '')} />
  return <NoCrumb />
}

function StreamCrumb({ name }: { name: string }) {
  usePageTitle(name || 'Streams')
  return (
    <div className={styles.crumbs}>
      <strong>Streams</strong>
    </div>
  )
}

function NoCrumb() {
  usePageTitle(null)
  return <div className={styles.crumbs} />
}

function NotebookCrumb({ name }: { name: string }) {
  const session = useNotebooks().open(name)
  useStore(session.state)
  const view = useStore(session.document.view)
  usePageTitle(session.title)
  return (
    <div className={styles.crumbs}>
      <span className={styles.place}>Notebooks /</span>
      <TitleField
        title={session.title}
        onChange={title => session.apply({ type: 'titled', title })}
      />
      <SaveState view={view} onSave={() => void session.document.saveNow()} />
    </div>
  )
}

function DashboardCrumb({ name }: { name: string }) {
  const { documents } = useDocumentParts()
  const document = useDashboards().open(name)
  const view = useStore(document.view)
  useStore(documents.view)
  const title = documents.summaries('dashboards').find(entry => entry.name === name)?.title ?? name
  usePageTitle(title)
  return (
    <div className={styles.crumbs}>
      <span className={styles.place}>Dashboards /</span> <strong>{title}</strong>
      <SaveState view={view} onSave={() => void document.saveNow()} />
    </div>
  )
}

const themeOptions = [
  { value: 'system', label: 'As the system', icon: <Monitor size={14} /> },
  { value: 'light', label: 'Light', icon: <Sun size={14} /> },
  { value: 'dark', label: 'Dark', icon: <Moon size={14} /> },
] as const satisfies readonly { value: ThemeChoice; label: string; icon: React.ReactNode }[]

function ThemeMenu() {
  const themes = useThemeSwitch()
  const choice = useStore(themes.choice)
  const theme = useStore(themes.theme)
  const icon = theme === 'dark' ? <Moon size={15} /> : <Sun size={15} />
  return (
    <Menu trigger={<IconButton label="Light or dark" icon={icon} />}>
      <MenuChoice value={choice} options={themeOptions} onChange={next => themes.choose(next)} />
    </Menu>
  )
}
