import * as fs from 'node:fs/promises'

/** An open file, as far as durability needs it. */
export interface OpenFile {
  writeFile(content: string | Buffer): Promise<void>
  sync(): Promise<void>
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>
  close(): Promise<void>
}

/** What is needed of `node:fs/promises`, with its names and its errors: a simulation can stand in for the disk. */
export interface Files {
  open(path: string, flags: 'r' | 'r+' | 'wx'): Promise<OpenFile>
  readFile(path: string): Promise<Buffer>
  link(from: string, to: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  rm(path: string, options: { readonly force: true; readonly recursive?: boolean }): Promise<void>
  /** Answers the first folder that it made. */
  mkdir(folder: string, options: { readonly recursive: true }): Promise<string | undefined>
  readdir(
    folder: string,
    options: { readonly withFileTypes: true },
  ): Promise<readonly { readonly name: string; isDirectory(): boolean }[]>
  stat(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }>
}

export const nodeFiles: Files = fs
