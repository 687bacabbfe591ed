import { useEffect, useState } from 'react'
import { useApi } from '../api-client/api-context.ts'
import type { LiveEvent } from '../api-client/live-connection.ts'
import { liveRowsMax, readLiveResult } from '../cell/live-result.ts'
import { nothingYet, type TileResult } from './tile-result.ts'

/** The result of a statement for as long as it is shown; what is shown stays while the server is away. */
export function useLiveResult(sql: string): TileResult {
  const { live } = useApi()
  const [state, setState] = useState(nothingYet)
  useEffect(() => {
    setState(nothingYet)
    const listen = (event: LiveEvent): void => setState(before => reduce(before, event))
    return live.subscribe({ sql, rowsMax: liveRowsMax }, listen)
  }, [live, sql])
  return state
}

function reduce(before: TileResult, event: LiveEvent): TileResult {
  switch (event.type) {
    case 'result': {
      const { result, age } = readLiveResult(event)
      return { result, age, problem: null, isLost: false }
    }
    case 'current': {
      const { ageMs, receivedAt } = event
      return { ...before, age: before.age && { ageMs, receivedAt }, isLost: false }
    }
    case 'failed':
      return { ...before, problem: event.problem, isLost: false }
    case 'lost':
      return { ...before, isLost: true }
  }
}
