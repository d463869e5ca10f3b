import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { PrivateHost } from '../support/private-host/private-host.ts'
import { OutputLines } from '../support/runner/output-lines.ts'

/** Something that Docker did to a container. */
export interface DockerEvent {
  /** `create`, `kill`, `die`, `destroy`, `start`, `rename`, `health_status: healthy` … */
  readonly action: string
  readonly container: string
}

/** All that can be seen of a deployment from outside while it goes on. */
export interface Sight {
  /** The content of a file in the transaction's directory; undefined as long as there is none. */
  file(path: string): string | undefined
  /** What its journal says, in order: the states, and other things that happened. */
  states(): readonly string[]
  /** The state it is in; undefined as long as there is none. */
  state(): string | undefined
  /** Whether a holder later than before the deployment has the project's lock, had it, or none came yet. */
  lock(): 'as-before' | 'taken' | 'given-back'
  readonly events: readonly DockerEvent[]
  /** The step's log, as a person sees it. */
  readonly log: readonly string[]
}

/** Looks at a deployment from before its start until it is disposed of. */
export interface Watcher extends Disposable {
  /** For the deployment's `onLine`. */
  readonly onLine: (line: string) => void
  /** Resolves within milliseconds of the first moment at which it is true. */
  until(reached: (sight: Sight) => boolean): Promise<void>
  /** The transaction that was begun since; undefined where none was. */
  transaction(): string | undefined
  readonly sight: Sight
}

const LOOK_MILLISECONDS = 3

/**
 * The host's files and its Docker are looked at from outside, through the kernel: that starts no process in the host,
 * delays nothing there, and whoever looks can strike at once.
 */
export async function watchHost(host: PrivateHost, projectDir: string): Promise<Watcher> {
  const { initProcess } = host.describe()
  const stateDir = join(`/proc/${initProcess}/root`, projectDir, '.closed-loop')
  const known = new Set(namesIn(join(stateDir, 'transactions')))
  const lockBefore = newestLock(stateDir)
  const log: string[] = []
  const events: DockerEvent[] = []
  const stream = await eventsOf(`/proc/${initProcess}/root/run/docker.sock`, events)
  let id: string | undefined
  const transaction = () => {
    id ??= namesIn(join(stateDir, 'transactions')).find((name) => !known.has(name))
    return id
  }
  const file = (path: string) => {
    const found = transaction()
    return found === undefined ? undefined : contentOf(join(stateDir, 'transactions', found, path))
  }
  const sight: Sight = {
    file,
    events,
    log,
    states: () => (file('journal') ?? '').split('\n').flatMap((line) => line.split('\t')[1] ?? []),
    state: () => file('state')?.trim(),
    lock: () => {
      const now = newestLock(stateDir)
      if (now === lockBefore) return 'as-before'
      const holder = contentOf(join(stateDir, 'lock', String(now))) ?? ''
      return /^renewed\t\S+ released/.test(holder) ? 'given-back' : 'taken'
    },
  }
  let over = false
  return {
    sight,
    transaction,
    onLine: (line) => {
      log.push(line)
    },
    until: async (reached) => {
      while (!over && !reached(sight)) await delay(LOOK_MILLISECONDS)
      // Known from now on, also where the host's files cannot be seen from here any more.
      transaction()
    },
    [Symbol.dispose]: () => {
      over = true
      stream.destroy()
    },
  }
}

/** Fills `events` from now on, until Docker ends it. */
function eventsOf(socketPath: string, events: DockerEvent[]): Promise<IncomingMessage> {
  const path = `/events?filters=${encodeURIComponent(JSON.stringify({ type: ['container'] }))}`
  const lines = new OutputLines()
  return new Promise((resolve, reject) => {
    const request = get({ socketPath, path }, (response) => {
      response.on('data', (chunk: Buffer) => {
        for (const line of lines.push(chunk)) {
          const { Action, Actor } = JSON.parse(line)
          events.push({ action: Action, container: Actor.Attributes.name })
        }
      })
      // dockerd may be restarted: what it did until then has been seen.
      response.on('error', () => undefined)
      resolve(response)
    })
    request.on('error', reject)
  })
}

function newestLock(stateDir: string): number {
  const numbers = namesIn(join(stateDir, 'lock')).filter((name) => /^\d+$/.test(name))
  return Math.max(0, ...numbers.map(Number))
}

function namesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : []
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
