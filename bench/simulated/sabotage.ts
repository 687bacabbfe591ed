import type { Files, OpenFile } from '../../backend/base/files.ts'
import type { Lake } from '../../backend/lake/lake.ts'

/** Takes a guard away, to see that its absence is found out. */
export interface Sabotage {
  files?(files: Files): Files
  lake?(lake: Lake): Lake
}

/** A disk that says it has synced. */
export const syncsNothing: Sabotage = {
  files: files => ({
    ...files,
    open: async (path, flags) => {
      const file: OpenFile = await files.open(path, flags)
      return { ...file, sync: async () => {} }
    },
  }),
}

/** A lake in which the last of many rivals for a name wins. */
export const overwrites: Sabotage = {
  lake: lake =>
    changed(lake, {
      async putIfAbsent(path, content) {
        await lake.delete([path])
        return lake.putIfAbsent(path, content)
      },
    }),
}

/** A Delta log that forgets how far it goes. */
export const forgetsOffsets: Sabotage = {
  lake: lake =>
    changed(lake, {
      async readText(path) {
        const text = await lake.readText(path)
        // Without its checksum as well, which would give that away.
        return text?.replace(/^\{"txn".*\n/gm, '').replace(/"sha256":"[0-9a-f]+",/, '')
      },
    }),
}

function changed(lake: Lake, methods: Partial<Lake>): Lake {
  return new Proxy(lake, {
    get(target, name) {
      const member: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
