/**
 * What a process of Millrace has to find in its environment at its start: later is too late for it.
 *
 * - Files, LevelDB and DuckDB share the pool of threads; the default of four starves them.
 * - The allocator of Linux keeps what it has once been given, in an arena for each thread: after each merge of large files
 *   the process would be larger. From the second arena on they are shared, and a block of DuckDB goes back when it is freed.
 *   It takes a twentieth of the throughput, and a quarter to a third of the memory away.
 */
export const processEnvironment = {
  UV_THREADPOOL_SIZE: '16',
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: String(2 ** 18),
} as const
