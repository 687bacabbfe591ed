import { useCallback, useEffect, useRef, useState } from 'react'

const calmAfterMs = 700

/** Whether nothing was typed for a moment; the returned function says that something was. */
export function useCalm(): readonly [isCalm: boolean, stir: () => void] {
  const [isCalm, setCalm] = useState(true)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const stir = useCallback(() => {
    setCalm(false)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setCalm(true), calmAfterMs)
  }, [])
  return [isCalm, stir]
}
