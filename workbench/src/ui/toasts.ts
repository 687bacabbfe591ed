import { Store } from '../base/store.ts'

export interface ToastMessage {
  readonly text: string
  readonly tone?: 'plain' | 'failed'
  readonly action?: { label: string; run: () => void }
}

export interface ShownToast extends ToastMessage {
  readonly id: number
}

/** Short messages at the edge of the page, some with a way back. */
export class Toasts {
  readonly shown = new Store<readonly ShownToast[]>([])
  private count = 0

  show(message: ToastMessage): void {
    this.count += 1
    const toast = { ...message, id: this.count }
    this.shown.update(toasts => [...toasts.slice(-2), toast])
  }

  close(id: number): void {
    this.shown.update(toasts => toasts.filter(toast => toast.id !== id))
  }
}
