import { useState } from 'react'
import { useLocation } from 'wouter'
import { useApi } from '../api-client/api-context.ts'
import { useStore } from '../base/use-store.ts'
import { useMonacoTheme } from '../editor/load-monaco.ts'
import { classes } from '../ui/classes.ts'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import styles from './frame.module.css'
import { KeysDialog } from './keys-dialog.tsx'
import { Pages } from './pages.tsx'
import { Palette } from './palette.tsx'
import { Sidebar } from './sidebar.tsx'
import { TopBar } from './top-bar.tsx'
import { useSaveNow } from './use-save-now.ts'
import { useShellKeys } from './use-shell-keys.ts'

type Overlay = 'palette' | 'keys' | null

/** The window: a bar above, the sidebar, and the page of the address. */
export function Frame() {
  const [overlay, setOverlay] = useState<Overlay>(null)
  const [isNarrow, setNarrow] = useState(() => innerWidth < 900)
  const [path] = useLocation()
  const link = useStore(useApi().live.link)
  useMonacoTheme()
  const save = useSaveNow()
  useShellKeys({
    openPalette: () => setOverlay('palette'),
    showKeys: () => setOverlay('keys'),
    save,
  })
  const close = (): void => setOverlay(null)
  return (
    <div className={classes(styles.frame, isNarrow && styles.narrow)}>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      <TopBar
        onSearch={() => setOverlay('palette')}
        onKeys={() => setOverlay('keys')}
        onSidebar={() => setNarrow(!isNarrow)}
      />
      {!isNarrow && <Sidebar />}
      <main id="content" className={styles.main} tabIndex={-1}>
        {link === 'lost' && (
          <p className={styles.banner} role="status">
            Millrace does not answer. This page tries again by itself, and keeps what you type.
          </p>
        )}
        <ErrorBoundary resetKey={path}>
          <Pages />
        </ErrorBoundary>
      </main>
      <Palette isOpen={overlay === 'palette'} onClose={close} onKeys={() => setOverlay('keys')} />
      <KeysDialog isOpen={overlay === 'keys'} onClose={close} />
    </div>
  )
}
