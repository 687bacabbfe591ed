import { type RefObject, useEffect, useState } from 'react'

const margin = '600px 0px'

/** Whether an element is in view or close to it. */
export function useNear(element: RefObject<Element | null>): boolean {
  const [isNear, setNear] = useState(false)
  useEffect(() => {
    const node = element.current
    if (!node) return
    const observer = new IntersectionObserver(
      entries => setNear(entries.at(-1)?.isIntersecting ?? false),
      { rootMargin: margin },
    )
    observer.observe(node)
    return () => observer.disconnect()
  }, [element])
  return isNear
}
