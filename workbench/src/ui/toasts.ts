import { Store } from '../base/store.ts'

export interface ToastMessage {
  readonly text: string
  readonly tone?: 'plain' | 'failed'
  readonly action?: { label: string; run: () => void }
  /** It stays until it is closed: it tells of what goes on. */
  readonly isLasting?: boolean
}

export interface ShownToast extends ToastMessage {
  readonly id: number
}

/** Short messages at the edge of the page, some with a way back. */
export class Toasts {
  readonly shown = new Store<readonly ShownToast[]>([])
  private count = 0

  show(message: ToastMessage): number {
    this.count += 1
    const toast = { ...message, id: this.count }
    this.shown.update(toasts => [...latest(toasts), toast])
    return toast.id
  }

  /** Says something else in a toast, unless that was closed. */
  restate(id: number, text: string): void {
    this.shown.update(toasts => toasts.map(toast => (toast.id === id ? { ...toast, text } : toast)))
  }

  close(id: number): void {
    this.shown.update(toasts => toasts.filter(toast => toast.id !== id))
  }
}

const passingMax = 3

/** What stays when another one comes. */
function latest(toasts: readonly ShownToast[]): ShownToast[] {
  const passing = toasts.filter(toast => !toast.isLasting)
  const dropped = passing.slice(0, Math.max(0, passing.length + 1 - passingMax))
  return toasts.filter(toast => !dropped.includes(toast))
}
