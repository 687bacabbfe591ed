import { requiredContext } from '../base/required-context.ts'
import type { ThemeSwitch } from './theme.ts'

export const [ThemeContext, useThemeSwitch] = requiredContext<ThemeSwitch>('ThemeSwitch')
