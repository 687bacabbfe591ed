import { useEffect, useState } from 'react'
import { whenIdle } from '../base/idle.ts'
import { type ColumnProfile, profileColumn } from './column-profile.ts'
import type { ResultColumn } from './result.ts'

const pauseMs = 1_500

/** A column's profile, made when the browser has nothing better to do, and not with each change of a live result. */
export function useColumnProfile(column: ResultColumn, rows: number): ColumnProfile | null {
  const [made, setMade] = useState<{ profile: ColumnProfile; at: number } | null>(null)
  const madeAt = made?.at ?? 0
  useEffect(() => {
    const wait = Math.max(0, madeAt + pauseMs - performance.now())
    let cancelIdle = (): void => {}
    const timer = setTimeout(() => {
      cancelIdle = whenIdle(() =>
        setMade({ profile: profileColumn(column, rows), at: performance.now() }),
      )
    }, wait)
    return () => {
      clearTimeout(timer)
      cancelIdle()
    }
  }, [column, rows, madeAt])
  return made?.profile ?? null
}
