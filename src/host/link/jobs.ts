import { DeployError } from '../../model/problem.ts'
import { exitCode, type Fact, type JobNews, type Reply } from '../protocol/facts.ts'
import type { FollowedHost } from './host-link.ts'

/** Who hears of a job. Both are called in the order the lines were written, and must not throw. */
export interface JobListener {
  fact(fact: Fact): void
  /** A line that another program printed: redacted, data only. */
  text(line: string): void
}

/** Whether the host was heard of all the time up to now. */
export type Contact = 'in-contact' | 'was-away'

/** How long one call waits on the host for news, at most: each one renews the lease. */
const LONG_POLL_SECONDS = 20
const CALLS_IN_A_LEASE = 3
/** A host that is in contact says something each second, if only an empty line (lib/jobs.sh, verb_follow). */
const SILENT_SECONDS = 4

interface Offsets {
  facts: string
  out: string
}

interface Followed extends Offsets {
  readonly listener: JobListener
  readonly ended: PromiseWithResolvers<number>
}

/**
 * Follows the detached jobs of a transaction over a shell of its own, by file offset. A job is not tied
 * to this: it goes on when the connection is gone, and is followed on from the byte that was had.
 */
export class JobFollower {
  readonly #host: FollowedHost
  readonly #transaction: string
  readonly #jobs = new Map<string, Followed>()
  /** How far the host has told of jobs that nobody follows here, so that it does not tell it again and again. */
  readonly #others = new Map<string, Offsets>()
  readonly #pollSeconds: number
  #running = false
  #heard = Promise.withResolvers<void>()
  #failure: { readonly error: unknown } | undefined

  constructor(host: FollowedHost, transaction: string, leaseSeconds: number) {
    this.#host = host
    this.#transaction = transaction
    this.#pollSeconds = Math.min(LONG_POLL_SECONDS, Math.floor(leaseSeconds / CALLS_IN_A_LEASE))
  }

  /**
   * Resolves with the job's exit code once everything it wrote has been heard. Call it before the job starts.
   * @throws DeployError `ssh.lost`: the job may still run
   */
  follow(job: string, listener: JobListener): Promise<number> {
    const followed: Followed = { listener, ended: Promise.withResolvers<number>(), facts: '0', out: '0' }
    // The end of a job nobody waits for any more is no unhandled rejection.
    followed.ended.promise.catch(() => undefined)
    this.#jobs.set(job, followed)
    this.#others.delete(job)
    if (this.#failure) followed.ended.reject(this.#failure.error)
    else if (!this.#running) void this.#run()
    return followed.ended.promise
  }

  /**
   * Resolves once the host has told what there was to tell: at once while it is in contact, and after its next answer where
   * contact is away, perhaps unnoticed so far; also when nobody is followed any more.
   */
  async upToDate(): Promise<Contact> {
    if (!this.#running || this.#host.silentSeconds() <= SILENT_SECONDS) return 'in-contact'
    await this.#heard.promise
    return 'was-away'
  }

  /** Resolves with the next answer of the host; at once when nobody is followed any more. */
  async nextAnswer(): Promise<void> {
    if (this.#running) await this.#heard.promise
  }

  /** Asks no more: who still waits for a job is told so. */
  leave(): void {
    this.#fail(new DeployError({ code: 'ssh.lost', during: 'follow', detail: 'it was given up' }))
  }

  async #run(): Promise<void> {
    this.#running = true
    try {
      while (this.#active()) {
        const reply = await this.#ask()
        if (!this.#failure) this.#hear(reply)
        this.#tellHeard()
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#running = false
      this.#tellHeard()
    }
  }

  #tellHeard(): void {
    this.#heard.resolve()
    this.#heard = Promise.withResolvers<void>()
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    for (const followed of this.#jobs.values()) followed.ended.reject(error)
  }

  #active(): boolean {
    return !this.#failure && [...this.#jobs.values()].some(({ facts }) => facts !== 'ended')
  }

  #ask(): Promise<Reply> {
    const known = [...this.#jobs, ...this.#others].flatMap(([job, { facts, out }]) => [job, facts, out])
    const problem = { code: 'ssh.lost', during: 'follow', detail: 'the host no longer answers' } as const
    return this.#host.call('follow', [this.#transaction, String(this.#pollSeconds), ...known], {
      seconds: this.#pollSeconds + 60,
      problem,
    })
  }

  #hear(reply: Reply): void {
    if (reply.code !== 0) {
      throw new DeployError({ code: 'ssh.lost', during: 'follow', detail: reply.text.join('\n') })
    }
    for (const news of reply.news) this.#deliver(news)
    for (const [name, job = '', first = '', second = ''] of reply.facts) {
      if (name === 'offset') Object.assign(this.#offsetsOf(job), { facts: first, out: second })
      if (name !== 'ended') continue
      Object.assign(this.#offsetsOf(job), { facts: 'ended', out: 'ended' })
      this.#jobs.get(job)?.ended.resolve(exitCode(first))
    }
  }

  #offsetsOf(job: string): Offsets {
    const known = this.#jobs.get(job) ?? this.#others.get(job)
    if (known) return known
    const other = { facts: '0', out: '0' }
    this.#others.set(job, other)
    return other
  }

  #deliver(news: JobNews): void {
    const listener = this.#jobs.get(news.job)?.listener
    if (news.kind === 'fact') listener?.fact(news.fact)
    else listener?.text(news.line)
  }
}
