import { type RefObject, useLayoutEffect, useState } from 'react'

export interface ScrollBox {
  readonly width: number
  readonly height: number
  readonly scrollTop: number
}

/** The inner size of a scrolled element and how far it is scrolled down. */
export function useScrollBox(element: RefObject<HTMLElement | null>): ScrollBox {
  const [box, setBox] = useState<ScrollBox>({ width: 0, height: 0, scrollTop: 0 })
  useLayoutEffect(() => {
    const node = element.current
    if (!node) return
    const read = (): void => {
      const { clientWidth: width, clientHeight: height, scrollTop } = node
      setBox(before => {
        const isSame =
          before.width === width && before.height === height && before.scrollTop === scrollTop
        return isSame ? before : { width, height, scrollTop }
      })
    }
    read()
    const observer = new ResizeObserver(read)
    observer.observe(node)
    node.addEventListener('scroll', read, { passive: true })
    return () => {
      observer.disconnect()
      node.removeEventListener('scroll', read)
    }
  }, [element])
  return box
}
