import { Buffer } from 'node:buffer'
import type { Files, OpenFile } from '../../backend/base/files.ts'
import type { SimulatedDisk } from './simulated-disk.ts'
import type { Manner, SimulatedProcess } from './simulated-process.ts'

/** `node:fs/promises` of one process on a simulated disk. */
export function simulatedFiles(disk: SimulatedDisk, process: SimulatedProcess): Files {
  const touch = <T>(name: string, path: string, work: () => T): Promise<T> =>
    process.touch({ name: `${name} ${path}` }, work)
  return {
    open: (path, flags) =>
      touch(`open ${flags}`, path, () => {
        if (flags === 'wx') disk.create(path)
        else if (flags === 'r+') disk.stat(path)
        return openFile(disk, process, path)
      }),
    readFile: path => touch('read', path, () => disk.read(path)),
    link: (from, to) => touch('link', to, () => disk.link(from, to)),
    rename: (from, to) => touch('rename', to, () => disk.rename(from, to)),
    rm: path => touch('remove', path, () => disk.remove(path)),
    mkdir: path => touch('make folder', path, () => disk.makeFolder(path)),
    readdir: path => touch('list', path, () => disk.list(path)),
    stat: path => touch('stat', path, () => disk.stat(path)),
  }
}

function openFile(disk: SimulatedDisk, process: SimulatedProcess, path: string): OpenFile {
  const write = (content: string | Buffer) => (manner: Manner) => {
    const bytes = Buffer.from(content)
    disk.write(path, manner === 'part' ? bytes.subarray(0, bytes.length >> 1) : bytes)
  }
  return {
    writeFile: content => process.touch({ name: `write ${path}`, does: 'write' }, write(content)),
    sync: () =>
      process.touch({ name: `sync ${path}`, does: 'sync' }, manner =>
        manner === 'unsynced' ? disk.failSync(path) : disk.sync(path),
      ),
    read: (buffer, offset, length, position) =>
      process.touch({ name: `read ${path}`, does: 'read' }, manner => {
        const wanted = manner === 'part' ? Math.ceil(length / 2) : length
        const bytesRead = disk.read(path).copy(buffer, offset, position, position + wanted)
        return { bytesRead }
      }),
    close: async () => {},
  }
}
