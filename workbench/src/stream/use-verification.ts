import { useCallback, useEffect, useState } from 'react'
import type { Problem } from '../../../backend/contract/problem.ts'
import type { Verification } from '../../../backend/contract/verification.ts'
import { useApi } from '../api-client/api-context.ts'
import { isAbort, problemOf } from '../api-client/problem-error.ts'

export interface VerificationView {
  /** Null until the server has told. */
  readonly verification: Verification | null
  /** Why the server could not be asked. */
  readonly problem: Problem | null
  start(): void
  cancel(): void
}

const busyEveryMs = 300
const idleEveryMs = 10_000

/** The check of a stream, looked at again and again: others start checks, too. */
export function useVerification(stream: string): VerificationView {
  const { verifications } = useApi()
  const [verification, setVerification] = useState<Verification | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const take = useCallback(async (answer: Promise<Verification>): Promise<void> => {
    try {
      setVerification(await answer)
      setProblem(null)
    } catch (error) {
      if (!isAbort(error)) setProblem(problemOf(error))
    }
  }, [])
  const isBusy = isUnderWay(verification)
  useEffect(() => {
    const abort = new AbortController()
    const look = (): void => void take(verifications.state(stream, abort.signal))
    look()
    const timer = setInterval(look, isBusy ? busyEveryMs : idleEveryMs)
    return () => {
      clearInterval(timer)
      abort.abort()
    }
  }, [verifications, stream, isBusy, take])
  return {
    verification,
    problem,
    start: () => void take(verifications.start(stream)),
    cancel: () => void take(verifications.cancel(stream)),
  }
}

export function isUnderWay(verification: Verification | null): boolean {
  return verification?.state === 'waiting' || verification?.state === 'running'
}
