import { useEffect, useState } from 'react'
import { whenIdle } from '../base/idle.ts'
import type { Theme } from '../ui/theme.ts'
import { useThemeSwitch } from '../ui/theme-context.ts'

export type MonacoRuntime = typeof import('./monaco-runtime.ts')
type MonacoParts = MonacoRuntime & typeof import('./monaco-models.ts')

let loading: Promise<MonacoParts> | null = null
let loaded: MonacoParts | null = null
const waiting = new Set<(parts: MonacoParts) => void>()

/** Loads the editor's code, once. */
export function loadMonaco(): Promise<MonacoParts> {
  loading ??= Promise.all([import('./monaco-runtime.ts'), import('./monaco-models.ts')])
    .then(([runtime, models]) => {
      loaded = { ...runtime, ...models }
      runtime.applyTheme(document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light')
      for (const call of waiting) call(loaded)
      waiting.clear()
      return loaded
    })
    .catch(error => {
      loading = null
      throw error
    })
  return loading
}

/** Calls once the editor is loaded, by whoever needs it; the returned function calls it off. */
export function whenMonacoIsLoaded(call: (parts: MonacoParts) => void): () => void {
  if (loaded) call(loaded)
  else waiting.add(call)
  return () => {
    waiting.delete(call)
  }
}

/** The editor once it is wanted and loaded; what asks for it goes on without it until then. */
export function useMonaco(isWanted: boolean): MonacoParts | null {
  const [monaco, setMonaco] = useState<MonacoParts | null>(null)
  useEffect(() => {
    if (!isWanted || monaco) return
    let isOver = false
    const give = (parts: MonacoParts): void => {
      if (!isOver) setMonaco(parts)
    }
    const cancel = whenIdle(() => {
      if (loaded) give(loaded)
      // Without the editor the plain one stays, which does all but the comfort.
      else loadMonaco().then(give, () => {})
    })
    return () => {
      isOver = true
      cancel()
    }
  }, [isWanted, monaco])
  return monaco
}

/** Keeps the editors' colours those of the page. */
export function useMonacoTheme(): void {
  const themes = useThemeSwitch()
  useEffect(() => {
    const apply = (theme: Theme): void => loaded?.applyTheme(theme)
    return themes.theme.subscribe(() => apply(themes.theme.get()))
  }, [themes])
}
