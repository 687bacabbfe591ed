import { useEffect, useState } from 'react'
import type { Problem } from '../../../backend/contract/problem.ts'
import { useApi } from '../api-client/api-context.ts'
import type { LiveEvent } from '../api-client/live-connection.ts'
import type { DataAge } from '../cell/data-age.ts'
import { liveRowsMax, readLiveResult } from '../cell/live-result.ts'
import type { Result } from '../result/result.ts'

export interface LiveResult {
  readonly result: Result | null
  readonly age: DataAge | null
  readonly problem: Problem | null
  readonly isLost: boolean
}

const nothing: LiveResult = { result: null, age: null, problem: null, isLost: false }

/** The result of a statement for as long as it is shown; what is shown stays while the server is away. */
export function useLiveResult(sql: string): LiveResult {
  const { live } = useApi()
  const [state, setState] = useState(nothing)
  useEffect(() => {
    setState(nothing)
    const listen = (event: LiveEvent): void => setState(before => reduce(before, sql, event))
    return live.subscribe({ sql, rowsMax: liveRowsMax }, listen)
  }, [live, sql])
  return state
}

function reduce(before: LiveResult, sql: string, event: LiveEvent): LiveResult {
  switch (event.type) {
    case 'result': {
      const { result, age } = readLiveResult(sql, event)
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
