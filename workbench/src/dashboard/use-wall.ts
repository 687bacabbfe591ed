import { useEffect } from 'react'
import { isTyping } from '../shell/use-shell-keys.ts'

/** Full screen without anything around the tiles: by the returned function or the key F, until Escape. */
export function useWall(): () => void {
  useEffect(() => {
    const follow = (): void => {
      document.documentElement.toggleAttribute('data-wall', document.fullscreenElement !== null)
    }
    const onKeyDown = (event: KeyboardEvent): void => {
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey
      if (event.key === 'f' && isPlain && !isTyping(event.target)) openWall()
    }
    document.addEventListener('fullscreenchange', follow)
    addEventListener('keydown', onKeyDown)
    return () => {
      document.removeEventListener('fullscreenchange', follow)
      removeEventListener('keydown', onKeyDown)
      document.documentElement.removeAttribute('data-wall')
    }
  }, [])
  return openWall
}

function openWall(): void {
  if (document.fullscreenElement) void document.exitFullscreen()
  else void document.documentElement.requestFullscreen()
}
