import { useEffect, useState } from 'react'
import { useApi } from '../api-client/api-context.ts'
import { isAbort, problemOf } from '../api-client/problem-error.ts'
import { newQueryId, type QueryClient } from '../api-client/query-client.ts'
import { systemClock } from '../base/clock.ts'
import type { DataAge } from '../cell/data-age.ts'
import { followToEnd, runQuery } from '../cell/query-run.ts'
import { oldestAge } from '../cell/run-state.ts'
import type { Result } from '../result/result.ts'
import { nothingYet, type TileResult } from './tile-result.ts'

const restMs = 60_000

/** The result of a statement that Spark runs: at once, and again a minute after each answer. */
export function useRepeatedResult(sql: string): TileResult {
  const { queries } = useApi()
  const [state, setState] = useState(nothingYet)
  useEffect(() => {
    setState(nothingYet)
    const abort = new AbortController()
    let callOff = (): void => {}
    const run = async (): Promise<void> => {
      try {
        const { result, age } = await runOnSpark(queries, sql, abort.signal)
        setState({ result, age, problem: null, isLost: false })
      } catch (error) {
        if (isAbort(error) || abort.signal.aborted) return
        setState(before => ({ ...before, problem: problemOf(error) }))
      }
      if (!abort.signal.aborted) callOff = systemClock.after(restMs, () => void run())
    }
    void run()
    return () => {
      abort.abort()
      callOff()
    }
  }, [queries, sql])
  return state
}

async function runOnSpark(
  queries: QueryClient,
  sql: string,
  signal: AbortSignal,
): Promise<{ result: Result; age: DataAge | null }> {
  let age: DataAge | null = null
  const id = newQueryId()
  const options = {
    queries,
    clock: systemClock,
    signal,
    onState: (state: Parameters<typeof oldestAge>[0]) => {
      age = oldestAge(state, systemClock.now()) ?? age
    },
  }
  const result = await runQuery({ id, sql, engine: 'spark' }, options)
  await followToEnd(id, options)
  return { result, age }
}
