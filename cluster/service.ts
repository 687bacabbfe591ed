import type { ServiceName } from './places.ts'

/** One server process of the cluster. */
export interface Service {
  readonly name: ServiceName
  /** Services that have to serve before this one starts. */
  readonly needs: readonly ServiceName[]
  readonly artifacts: ArtifactSet
  /** How long it may take until it serves, in milliseconds. */
  readonly startMsMax: number
  /** Writes its settings, and formats its storage where that is empty. */
  prepare(java: JavaRunner): Promise<void>
  command(): JavaCommand
  /** Writes something and reads it again, as a client would; throws while that fails. */
  probe(): Promise<void>
  /** The server that shows only through this one whether it serves. */
  readonly speaksFor?: ServiceName
  /** Where clients reach it. */
  readonly address: string
}

/** Names a list of Maven artifacts in `cluster/artifacts/`. */
export type ArtifactSet = 'kafka' | 'hbase' | 'spark'

export interface JavaCommand {
  /** Arguments of the virtual machine, the class path excepted. */
  readonly machine: readonly string[]
  /** Folders that stand before the artifacts on the class path. */
  readonly classFolders: readonly string[]
  readonly main: string
  readonly args: readonly string[]
}

/** Runs a Java program to its end. */
export type JavaRunner = (command: JavaCommand) => Promise<void>
