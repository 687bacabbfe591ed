import { useEffect, useRef } from 'react'

interface ShellActions {
  openPalette: () => void
  showKeys: () => void
  save: () => void
}

/** Keys that work everywhere on the page. */
export function useShellKeys(actions: ShellActions): void {
  const latest = useRef(actions)
  latest.current = actions
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const isCommand = event.ctrlKey || event.metaKey
      const key = event.key.toLowerCase()
      if (isCommand && key === 'k') latest.current.openPalette()
      else if (isCommand && key === 's') latest.current.save()
      else if (event.key === '?' && !isTyping(event.target)) latest.current.showKeys()
      else return
      event.preventDefault()
    }
    addEventListener('keydown', onKeyDown, { capture: true })
    return () => removeEventListener('keydown', onKeyDown, { capture: true })
  }, [])
}

/** Whether a key goes into a text that is edited. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}
