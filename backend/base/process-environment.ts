/**
 * What a process of Millrace has to find in its environment at its start: later is too late for it.
 *
 * - Files, LevelDB and DuckDB share the pool of threads; the default of four starves them.
 * - The allocator of glibc has an arena for each thread, and keeps what it has once been given. With two arenas, and a fixed
 *   size from which on a block is mapped by itself, a quarter to a third of the memory goes back to the system; it takes a
 *   twentieth of the throughput. See `docs/decisions.md`.
 */
export const processEnvironment = {
  UV_THREADPOOL_SIZE: '16',
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: String(2 ** 18),
} as const

/** Arguments of Node for it. */
export const processArguments = markingFrom(256)

/**
 * Has V8 mark its heap only from so many MB on. It counts buffers to the heap that they lie outside of, and would begin to
 * mark all of a small one after some ten megabytes of them: without pause, while rows go through. Buffers that live shortly
 * are freed without. It is no limit. See `docs/decisions.md`.
 */
export function markingFrom(megabytes: number): readonly string[] {
  return [`--initial-old-space-size=${megabytes}`]
}
