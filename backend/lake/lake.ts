export interface LakeFile {
  /** From the lake's root, with `/` between its parts. */
  readonly path: string
  readonly sizeBytes: number
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number
}

export interface LocalFilesOptions {
  /** Of all files, where that is known: what does not fit is not brought first. */
  readonly bytes?: number
  /** Called as each of them is here. */
  readonly onHere?: () => void
}

/**
 * Whole files, written once and never changed: a local folder, or HDFS. What a method has resolved survives a crash of
 * the machine, and no reader ever sees a part of a file.
 */
export interface Lake {
  /** A local folder to build files in before `putFile`; on the lake's own disk where it has one. */
  readonly stagingFolder: string
  /** Moves a local file into place under a name that must be new. */
  putFile(localFile: string, path: string): Promise<void>
  /** Writes a small file only if there is none of this name; answers whether it did. One of many rivals wins. */
  putIfAbsent(path: string, content: string): Promise<boolean>
  /** Writes a small file in the place of whatever is there. */
  replace(path: string, content: string): Promise<void>
  readText(path: string): Promise<string | undefined>
  /** Bytes `start` up to, not including, `end`. */
  readRange(path: string, start: number, end: number): Promise<Buffer>
  /**
   * Brings a file as the lake has it to this machine, into the staging folder, for the caller to remove; answers whether
   * there is one.
   */
  fetchFile(path: string, localFile: string): Promise<boolean>
  /** The files of a folder and of all folders below it; none when there is no such folder. */
  list(folder: string): AsyncGenerator<LakeFile>
  /** Deletes files; those that are not there do not matter. */
  delete(paths: readonly string[]): Promise<void>
  /** How many bytes of files may lie on this machine; infinite where they lie here in any case. */
  readonly localBytesMax: number
  /** The SHA-256 of a file on this machine, as hex: of one of `localFiles`, or of one in the staging folder. */
  localChecksum(localFile: string): Promise<string>
  /** The name of a file on this machine, once it is here. */
  localPath(path: string): string
  /**
   * The names under which DuckDB reads the files on this machine. They can be read until `user` asks for others, and for
   * as long after that as a statement may take.
   * @throws Failure `lake-cache-full` when they are more than may lie here beside what others have: `user` has what it had
   */
  localFiles(user: string, paths: readonly string[], options?: LocalFilesOptions): Promise<string[]>
  close(): Promise<void>
}
