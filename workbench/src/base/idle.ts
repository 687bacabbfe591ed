/** Calls when the browser has nothing better to do, but soon; the returned function calls it off. */
export function whenIdle(call: () => void, latestAfterMs = 500): () => void {
  // Safari has no idle callbacks.
  if (!('requestIdleCallback' in globalThis)) {
    const timer = setTimeout(call, 1)
    return () => clearTimeout(timer)
  }
  const handle = requestIdleCallback(call, { timeout: latestAfterMs })
  return () => cancelIdleCallback(handle)
}
