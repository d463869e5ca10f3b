import type { SshConnection } from '../../model/connection.ts'
import type { Ports } from '../../model/ports.ts'
import { DeployError, type Problem, problemOf, type TransientSshProblem } from '../../model/problem.ts'
import { CONNECT_SECONDS } from '../../model/timeouts.ts'
import type { Reply } from '../protocol/facts.ts'
import type { VerbName } from '../protocol/verbs.ts'
import type { Timeout } from './channel.ts'
import { isTransient, type LostContact, reconnect } from './reconnect.ts'
import { type BytesToSend, sendBytes } from './send-bytes.ts'
import { closeShells, openShells, type Shells } from './shells.ts'

/** Who asks the host; the answer is one of {@link HostChannel.call}. */
export interface HostCaller {
  /** @throws DeployError `ssh.*` when contact is lost for good, or `timeout.problem` */
  call(verb: VerbName, words: readonly string[], timeout: Timeout, stdin?: string): Promise<Reply>
}

/** A host whose jobs are followed. */
export interface FollowedHost extends HostCaller {
  /** How long nothing was heard of it on the shell for jobs; for ever where the link is known to be away. */
  silentSeconds(): number
}

type State =
  | { readonly kind: 'up' }
  | { readonly kind: 'coming-back'; readonly done: Promise<void> }
  | { readonly kind: 'over'; readonly problem: Problem }

/** Of the lease, what is kept for the first call after contact is there again. */
const KEPT_OF_LEASE = 0.1

/** What every call says once the link was closed from here. */
const CLOSED = { code: 'ssh.lost', during: 'a call', detail: 'the connection was closed' } as const

/** What a call says that was given up for others. */
const GIVEN_UP = { code: 'ssh.lost', during: 'a call', detail: 'its shell was given up' } as const

/** How long new shells on a connection that is up may take to answer, in seconds. */
const REOPEN_SECONDS = 10

/**
 * The way to the host: a connection, and two shells on it. Once {@link survive} was called it outlives both: what
 * was asked and not answered is asked again over a new connection, as long as the host keeps the project for this
 * deployment. Every verb that is asked from then on must allow to be asked twice.
 */
export class HostLink {
  readonly calls: HostCaller = { call: (...ask) => this.#call('calls', ask) }
  readonly jobs: FollowedHost = {
    call: (...ask) => this.#call('jobs', ask),
    silentSeconds: () =>
      this.#state.kind === 'up' ? this.#shells.jobs.silentSeconds() : Number.POSITIVE_INFINITY,
  }
  readonly #ports: Pick<Ports, 'connect' | 'clock' | 'progress'>
  readonly #leaseSeconds: number
  readonly #givenUp = new AbortController()
  #connection: SshConnection
  #shells: Shells
  #state: State = { kind: 'up' }
  #load: string | undefined
  /** Calls of an earlier generation are not asked again. */
  #generation = 0
  #heardAt: number
  /** How often contact was made again since the host last answered. */
  #fruitless = 0
  #hostBoots: 'same' | 'restarted' = 'same'

  private constructor(
    connection: SshConnection,
    shells: Shells,
    ports: Pick<Ports, 'connect' | 'clock' | 'progress'>,
    leaseSeconds: number,
  ) {
    this.#connection = connection
    this.#shells = shells
    this.#ports = ports
    this.#leaseSeconds = leaseSeconds
    this.#heardAt = ports.clock.now()
  }

  /** Both shells have `seconds` to answer. @throws DeployError `ssh.lost`, `ssh.shell_unusable` */
  static async over(
    connection: SshConnection,
    ports: Pick<Ports, 'connect' | 'clock' | 'progress'>,
    leaseSeconds: number,
    seconds: number,
  ): Promise<HostLink> {
    return new HostLink(connection, await openShells(connection, seconds), ports, leaseSeconds)
  }

  /** Whether the host was restarted since the first contact, as far as was seen when contact was made again. */
  get hostBoots(): 'same' | 'restarted' {
    return this.#hostBoots
  }

  /** Runs shell text that answers nothing in the shell for calls: definitions and settings. */
  async prepare(shellText: string): Promise<void> {
    await this.#shells.calls.prepare(shellText)
  }

  /**
   * Sends bytes into a file of the host over this connection; over one of its own where sshd allows the two shells only.
   * @throws DeployError `files.not_sent`, `ssh.*`
   */
  async send(bytes: BytesToSend, hear: (sent: number) => void): Promise<void> {
    try {
      await sendBytes(this.#connection, bytes, hear)
    } catch (error) {
      if (problemOf(error).code !== 'ssh.shell_unusable') throw error
      const connection = await this.#ports.connect(CONNECT_SECONDS)
      this.#givenUp.signal.addEventListener('abort', () => void connection.close().catch(() => undefined))
      try {
        await sendBytes(connection, bytes, hear)
      } finally {
        await connection.close()
      }
    }
  }

  /** From now on the link outlives its connection. `load` makes the program known to a new shell. */
  async survive(load: string): Promise<void> {
    this.#load = load
    await this.#shells.jobs.prepare(load)
  }

  /**
   * Gives up what is under way, for the case that an answer did not come although the link is up, and takes new
   * shells. @throws DeployError `ssh.*`
   */
  async reopen(): Promise<void> {
    this.#generation += 1
    await this.#restore(this.#shells, GIVEN_UP)
  }

  /** Ends it at once, also where it is being made again; whatever is under way fails with `ssh.lost`. */
  async close(): Promise<void> {
    this.#state = { kind: 'over', problem: CLOSED }
    this.#givenUp.abort()
    await this.#connection.close()
  }

  async #call(role: 'calls' | 'jobs', ask: Parameters<HostCaller['call']>): Promise<Reply> {
    const generation = this.#generation
    for (;;) {
      if (this.#state.kind === 'coming-back') await this.#state.done
      if (this.#state.kind === 'over') throw new DeployError(this.#state.problem)
      if (generation !== this.#generation) throw new DeployError(GIVEN_UP)
      const shells = this.#shells
      try {
        const reply = await shells[role].call(...ask)
        this.#heardAt = this.#ports.clock.now()
        this.#fruitless = 0
        return reply
      } catch (error) {
        const problem = problemOf(error)
        const isLost = shells[role].state === 'ended' && isTransient(problem)
        if (!isLost || generation !== this.#generation) throw error
        await this.#restore(shells, problem)
      }
    }
  }

  /** Makes sure of other shells than these; whoever comes second waits for the first. */
  async #restore(shells: Shells, because: Problem): Promise<void> {
    if (this.#state.kind === 'over') throw new DeployError(this.#state.problem)
    if (this.#load === undefined || !isTransient(because)) throw new DeployError(because)
    if (this.#state.kind === 'up' && shells === this.#shells) {
      const done = this.#regain(because, this.#load)
      // Whoever asked hears of it; nobody may be asking just now.
      done.catch(() => undefined)
      this.#state = { kind: 'coming-back', done }
    }
    if (this.#state.kind === 'coming-back') await this.#state.done
  }

  async #regain(because: TransientSshProblem, load: string): Promise<void> {
    const fruitless = this.#fruitless
    // New shells that were asked for say nothing against the connection.
    if (because !== GIVEN_UP) this.#fruitless += 1
    try {
      // First, because sshd may allow no more than the two sessions that we have.
      closeShells(this.#shells)
      // A shell can die alone. Where that did not help, only another connection can.
      const here = fruitless === 0 ? await this.#reopenHere(load) : 'impossible'
      if (here === 'impossible') await this.#connectAnew({ because, fruitless }, load)
      if (this.#givenUp.signal.aborted) throw new DeployError(CLOSED)
      this.#state = { kind: 'up' }
    } catch (error) {
      if (this.#state.kind !== 'over') this.#state = { kind: 'over', problem: problemOf(error) }
      throw error
    }
  }

  async #reopenHere(load: string): Promise<'reopened' | 'impossible'> {
    try {
      this.#take(await loadedShells(this.#connection, load, REOPEN_SECONDS))
      return 'reopened'
    } catch {
      return 'impossible'
    }
  }

  async #connectAnew(loss: Pick<LostContact, 'because' | 'fruitless'>, load: string): Promise<void> {
    void this.#connection.close().catch(() => undefined)
    const contact = { ...loss, seconds: this.#secondsLeft(), givenUp: this.#givenUp.signal }
    const { connection, opened } = await reconnect(this.#ports, contact, (fresh, seconds) =>
      loadedShells(fresh, load, seconds),
    )
    this.#connection = connection
    this.#take(opened)
    if (this.#givenUp.signal.aborted) void connection.close().catch(() => undefined)
  }

  #take(shells: Shells): void {
    const boots = [this.#shells.bootId, shells.bootId]
    if (!boots.includes('') && boots[0] !== boots[1]) this.#hostBoots = 'restarted'
    this.#shells = shells
  }

  /** What the lease, counted from the last answer, leaves for connecting again. */
  #secondsLeft(): number {
    const silentSeconds = (this.#ports.clock.now() - this.#heardAt) / 1000
    return this.#leaseSeconds * (1 - KEPT_OF_LEASE) - silentSeconds
  }
}

async function loadedShells(connection: SshConnection, load: string, seconds: number): Promise<Shells> {
  const shells = await openShells(connection, seconds)
  await Promise.all([shells.calls.prepare(load), shells.jobs.prepare(load)])
  return shells
}
