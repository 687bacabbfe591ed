import { requiredContext } from '../base/required-context.ts'
import type { Toasts } from './toasts.ts'

export const [ToastContext, useToasts] = requiredContext<Toasts>('Toasts')
