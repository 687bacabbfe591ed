import { X } from 'lucide-react'
import { Toast } from 'radix-ui'
import { useStore } from '../base/use-store.ts'
import { Button, IconButton } from './button.tsx'
import { classes } from './classes.ts'
import styles from './toaster.module.css'
import type { ShownToast, Toasts } from './toasts.ts'

const shownForMs = 7_000

export function Toaster({ toasts }: { toasts: Toasts }) {
  const shown = useStore(toasts.shown)
  return (
    <Toast.Provider swipeDirection="down">
      {shown.map(toast => (
        <ToastCard key={toast.id} toast={toast} onClose={() => toasts.close(toast.id)} />
      ))}
      <Toast.Viewport className={styles.viewport} />
    </Toast.Provider>
  )
}

function ToastCard({ toast, onClose }: { toast: ShownToast; onClose: () => void }) {
  const { action } = toast
  return (
    <Toast.Root
      duration={toast.isLasting ? Number.POSITIVE_INFINITY : shownForMs}
      className={classes(styles.toast, toast.tone === 'failed' && styles.failed)}
      onOpenChange={open => !open && onClose()}
    >
      <Toast.Description className={styles.text}>{toast.text}</Toast.Description>
      {action && (
        <Toast.Action asChild altText={action.label}>
          <Button onClick={action.run}>{action.label}</Button>
        </Toast.Action>
      )}
      <Toast.Close asChild>
        <IconButton label="Dismiss" icon={<X size={14} />} />
      </Toast.Close>
    </Toast.Root>
  )
}
