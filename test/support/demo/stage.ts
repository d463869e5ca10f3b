import type { PrivateHost } from '../private-host/private-host.ts'
import type { Cleanup } from './cleanup.ts'

/** One line for the person who watches, another for the one who has to cure it. */
export interface StageStep {
  readonly heading: string
  readonly why: string
  readonly ifItFails: string
}

/** Where the demo plays: what it needs to find there, and how it gets a server to deploy to. */
export interface Stage {
  /** One sentence. */
  readonly introduction: string
  readonly preparing: StageStep
  /** Sees to it that everything needed is there. Throws `CannotPlay` where a person has to do something first. */
  prepare(log: (line: string) => void): Promise<void>
  readonly starting: StageStep
  /** Everything that it starts or writes is put under `cleanup` at once. */
  start(log: (line: string) => void, cleanup: Cleanup): Promise<Server>
  /** What of the preparation is kept on purpose, so that the next demo starts at once. */
  whatStays(): readonly string[]
}

/** A server to deploy to, and the project directory on it. */
export interface Server {
  readonly host: PrivateHost
  readonly projectDir: string
}

/** The demo cannot play here before a person has done what the lines say. Nothing was touched. */
export class CannotPlay extends Error {
  readonly toDo: readonly string[]

  constructor(toDo: readonly string[]) {
    super(toDo.join('\n'))
    this.toDo = toDo
  }
}
