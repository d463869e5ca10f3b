import { randomBytes } from 'node:crypto'
import { setTimeout as setTimeoutPromise } from 'node:timers/promises'
import type { DeployConfig } from '../../config/config.ts'
import { JUDGED_WORDS, type RunnerAction, type WantedEvidence } from '../../model/assessment.ts'
import { DeployError, type LockFileHolder, type Problem, problemOf } from '../../model/problem.ts'
import {
  applySeconds,
  confirmSeconds,
  gateSeconds,
  LAST_LOOK_SECONDS,
  recoverSeconds,
  rollbackSeconds,
  snapshotSeconds,
  TRIAL_SECONDS,
} from '../../model/timeouts.ts'
import { withTimeout } from '../link/channel.ts'
import type { HostLink } from '../link/host-link.ts'
import { type JobEnd, JobRecord } from '../link/job-run.ts'
import { type Contact, JobFollower, type JobListener } from '../link/jobs.ts'
import { clientConfiguration } from '../protocol/client-configuration.ts'
import { type ContainerState, parseContainer } from '../protocol/container.ts'
import {
  type DeliveredExtra,
  type DeliveredFile,
  deliveredExtras,
  deliveredFiles,
} from '../protocol/delivered-file.ts'
import { evidenceWords } from '../protocol/evidence.ts'
import { parseException } from '../protocol/exceptions.ts'
import { EXIT_CODES } from '../protocol/exit-codes.ts'
import { type Fact, fieldsOf, firstOf, type Reply } from '../protocol/facts.ts'
import {
  applyProblem,
  confirmProblem,
  leftBehind,
  notStarted,
  prefetchProblem,
  refusal,
  rollbackProblem,
  saysFailed,
  trialEnd,
  watchProblem,
} from '../protocol/job-problems.ts'
import { parseLockFileHolder } from '../protocol/lock.ts'
import { commitOf } from '../protocol/plan.ts'
import { parseServiceLinks, type RestorePlan, restorePlanText } from '../protocol/restore-plan.ts'
import type {
  AbandonResult,
  ApplyResult,
  ContainerInstance,
  LockFileResult,
  PulledImage,
  RecoveryResult,
  RollbackResult,
  Snapshot,
  TransactionStatus,
  TrialEnd,
} from '../protocol/results.ts'
import { parseSpace, type SpaceFacts } from '../protocol/space-facts.ts'
import type { JobKind, VerbName } from '../protocol/verbs.ts'
import { endOf } from './container-end.ts'
import { recoveryResult } from './recovery-result.ts'

const CALL_SECONDS = 60
/** A call that delivers reports: the host reads up to 16 MiB of them for it (phases/assess.sh), with nothing but sh and awk. */
const REPORTS_SECONDS = 180
/** What the watch may take beyond everything it is needed for; then it ends by itself, also without its client. */
const WATCH_SPARE_SECONDS = 600

/** A container is seen to have ended before dockerd has told its end. */
const END_TRIES = 8
const END_PAUSE_MILLISECONDS = 200

/** From here on an exit code is that of a signal, or of a job that could not even write its own. */
const DIED = 128

/** What a run left, as the host delivered it. */
export interface DeliveredReports {
  readonly files: readonly DeliveredFile[]
  readonly extras: readonly DeliveredExtra[]
}

/** The first assessment, or the one of the container instance that `full` started. */
export type Round = 'first' | 'again'

/** A job starts once, so each round has its own. */
const JOB_OF_ROUND = {
  first: { evidence: 'evidence', assess: 'assess' },
  again: { evidence: 'evidence-again', assess: 'assess-again' },
} as const satisfies Record<Round, unknown>

/** The first of its kind: the host starts others where one was killed (watchdog/lock-file.sh). */
const LOCK_FILE_JOB = 'lock-file-1'

/** The way to the host that a transaction needs: it outlives a connection. */
type TransactionLink = Pick<HostLink, 'calls' | 'jobs' | 'reopen' | 'hostBoots'>

/**
 * One transaction on the host, by its id. Long work runs there as jobs; losing the connection ends nothing.
 * Every method throws DeployError `ssh.*` when contact is lost for good, and `lock.lost` when the transaction no
 * longer holds the lock.
 */
export class Transaction {
  readonly id: string
  readonly #link: TransactionLink
  readonly #config: DeployConfig
  #follower: JobFollower
  /** The longest that a container of the snapshot may take to stop; 0 where this client took none. */
  #graceSeconds = 0

  constructor(id: string, link: TransactionLink, config: DeployConfig) {
    this.id = id
    this.#link = link
    this.#config = config
    this.#follower = new JobFollower(link.jobs, id, config.deadlines.leaseSeconds)
  }

  /**
   * Gives up what is under way, and takes new shells: an answer may not come although the link is up.
   * @throws DeployError `ssh.*`
   */
  async reopen(): Promise<void> {
    this.#follower.leave()
    this.#follower = new JobFollower(this.#link.jobs, this.id, this.#config.deadlines.leaseSeconds)
    await this.#link.reopen()
  }

  /** Whether the host was restarted meanwhile: then everything of this transaction has ended there. */
  get hostBoots(): 'same' | 'restarted' {
    return this.#link.hostBoots
  }

  /**
   * Has a job of the host hold the lock file of its own loop from now to the end of the transaction. Waits so long for it.
   * `waits` hears who has it meanwhile. @throws DeployError `lock.file_failed`
   */
  async holdLockFile(seconds: number, waits: (holder: LockFileHolder) => void): Promise<LockFileResult> {
    const file = this.#config.hostLockFile
    const { promise: held, resolve } = Promise.withResolvers<'held'>()
    let holder: LockFileHolder | undefined
    const record = new JobRecord({
      fact: ([name, ...fields]) => {
        if (name === 'holding') resolve('held')
        if (name !== 'waiting') return
        holder = parseLockFileHolder(file, fields)
        waits(holder)
      },
    })
    const ended = this.#follower.follow(LOCK_FILE_JOB, record)
    await this.#start(LOCK_FILE_JOB, 'hold_lock_file', [String(Math.ceil(seconds))])
    const problem = noAnswer(LOCK_FILE_JOB)
    const end = await withTimeout(Promise.race([held, ended]), { seconds: seconds + CALL_SECONDS, problem })
    if (end === 'held') return { kind: 'held', when: holder === undefined ? 'at-once' : 'after-others' }
    if (end === EXIT_CODES.BUSY.code && holder !== undefined) return { kind: 'busy', holder }
    const detail = record.outputTail() || `the job that was to hold it ended with code ${end}`
    throw new DeployError({ code: 'lock.file_failed', file, detail })
  }

  /** Records what a rollback returns to. @throws DeployError `snapshot.failed` */
  async snapshot(): Promise<Snapshot> {
    const seconds = snapshotSeconds(this.#config)
    const reply = await this.#link.calls.call('snapshot', [this.id], {
      seconds,
      problem: { code: 'snapshot.failed', detail: `it took more than ${seconds} s` },
    })
    this.#mindLock('snapshot', reply)
    if (reply.code !== 0) throw new DeployError({ code: 'snapshot.failed', detail: reply.text.join('\n') })
    this.#graceSeconds = Number(firstOf(reply.facts, 'grace')) || 0
    return {
      containers: fieldsOf(reply.facts, 'container').map(parseContainer),
      links: parseServiceLinks(reply.facts),
    }
  }

  /** What is free on the disks; undefined where the host could not look. */
  async space(): Promise<SpaceFacts | undefined> {
    const { code, facts } = await this.#call('space', [this.id])
    return code === 0 ? parseSpace(facts) : undefined
  }

  /** What a registry says of an image, or why not: foreign text. `insecure`: Docker itself asks it without TLS. */
  async manifest(reference: string, transport: 'insecure' | 'tls'): Promise<string> {
    const options = transport === 'insecure' ? ['--insecure'] : []
    const { text } = await this.#call('manifest', [this.id, reference, ...options], this.#registryLogin())
    return text.join('\n')
  }

  /** Brings every image to the host; local tags mean afterwards what they meant. @throws DeployError `prefetch.*` */
  async prefetch(hear: Partial<JobListener>): Promise<readonly PulledImage[]> {
    const seconds = this.#config.deadlines.prefetchSeconds
    const { registry } = this.#config
    const end = await this.#job('prefetch', 'prefetch', [], seconds, hear, this.#registryLogin())
    if (end.kind === 'deadline') throw new DeployError({ code: 'prefetch.timeout', seconds })
    const { facts } = end.record
    if (end.code !== 0) throw new DeployError(prefetchProblem(facts, end.record.lastStep(), registry))
    return fieldsOf(facts, 'pulled').map(parsePulled)
  }

  /** Runs `preflight-command` once in the new image, beside what serves. */
  async trial(tryNumber: number, hear: Partial<JobListener>): Promise<TrialEnd> {
    // A job starts once, so each try has its own.
    const job = tryNumber === 1 ? 'trial' : `trial-${tryNumber}`
    const words = [String(TRIAL_SECONDS + 60)]
    const end = await this.#job(job, 'trial', words, TRIAL_SECONDS, hear)
    const { facts } = end.record
    const detail = end.record.outputTail()
    return end.kind === 'deadline' ? { kind: 'deadline', detail } : trialEnd(facts, detail)
  }

  /**
   * Crosses the mutation boundary, once the host has stored the plan of its rollback.
   * @throws DeployError `apply.*`: then the host is past it and needs a rollback
   */
  async apply(plan: RestorePlan, hear: Partial<JobListener>): Promise<ApplyResult> {
    const seconds = applySeconds(this.#config, this.#graceSeconds)
    const end = await this.#job('apply', 'apply', [], seconds, hear, restorePlanText(plan))
    const { record } = end
    if (end.kind === 'ended' && end.code === EXIT_CODES.NOT_APPLIED.code) {
      return { kind: 'refused', problem: refusal(record.facts, record.outputTail()) }
    }
    if (end.kind === 'deadline') throw new DeployError({ code: 'apply.timeout', seconds })
    if (end.code !== 0) throw new DeployError(applyProblem(record.facts, record.outputTail()))
    return { kind: 'applied', instances: fieldsOf(record.facts, 'running').map(parseInstance) }
  }

  /** Starts the watch over the project's containers; `ended` hears why nothing more is heard of them. */
  async watch(hear: Partial<JobListener>, ended: (problem: Problem) => void): Promise<void> {
    const record = new JobRecord(hear)
    const end = this.#follower.follow('watch', record)
    end.then(
      (code) => ended(watchProblem(code, record.outputTail())),
      (error: unknown) => ended(problemOf(error)),
    )
    const needed = gateSeconds(this.#config) + confirmSeconds(this.#config)
    await this.#start('watch', 'watch', [String(needed + WATCH_SPARE_SECONDS)])
  }

  /** Resolves once everything has been heard that the host had to tell by now, also where contact was away. */
  upToDate(): Promise<Contact> {
    return this.#follower.upToDate()
  }

  /** Counts the log lines of the gate service's container instance until `wanted` is reached; `deadline` when it was not in time. */
  evidence(
    instance: ContainerInstance,
    wanted: readonly WantedEvidence[],
    seconds: number,
    hear: Partial<JobListener>,
    round: Round,
  ): Promise<JobEnd> {
    // The host's own limit is for the case that this client is gone by then.
    const words = [
      String(seconds + 60),
      instance.id,
      instance.startedAt,
      this.#config.closedLoop.since,
      ...evidenceWords(wanted),
    ]
    return this.#job(JOB_OF_ROUND[round].evidence, 'evidence', words, seconds, hear)
  }

  /** Runs the host's runner once. */
  assess(action: RunnerAction, hear: Partial<JobListener>, round: Round): Promise<JobEnd> {
    const { stage, since, minRuntimeStatus, outputRoot } = this.#config.closedLoop
    const words = [action, stage, since, String(minRuntimeStatus), outputRoot]
    const given = this.#config.runnerEnv.map(({ key, value }) => `${key}=${value.reveal()}\n`).join('')
    const { assessSeconds } = this.#config.deadlines
    return this.#job(JOB_OF_ROUND[round].assess, 'assess', words, assessSeconds, hear, given)
  }

  /** What the job of a round is called on the host. */
  jobOf(round: Round): string {
    return JOB_OF_ROUND[round].assess
  }

  /** Which run the assessment was, as facts for `seenRuns`; also when it was ended at its deadline. */
  async assessed(round: Round): Promise<readonly Fact[]> {
    const words = [this.id, JOB_OF_ROUND[round].assess, this.#config.closedLoop.outputRoot]
    return (await this.#call('assessed', words)).facts
  }

  /** What the run left behind; `runId` is '' where no run directory is proven to be ours. */
  async reports(runId: string): Promise<DeliveredReports> {
    const { outputRoot } = this.#config.closedLoop
    const words = [this.id, outputRoot, runId, ...wordsOf(this.#config)]
    const { facts } = await this.#call('reports', words, '', REPORTS_SECONDS)
    return { files: deliveredFiles(facts), extras: deliveredExtras(facts) }
  }

  /** What the last confirmed deployment left behind, for `baselineOf`. */
  baseline(): Promise<Reply> {
    return this.#call('baseline', [this.id, ...wordsOf(this.#config)], '', REPORTS_SECONDS)
  }

  /** Makes the release final, deferred services included. @throws DeployError `confirm.*`, `health.lost` */
  async confirm(
    instances: readonly ContainerInstance[],
    hear: Partial<JobListener>,
  ): Promise<readonly ContainerState[]> {
    const stdin = instances
      .map((instance) => [instance.id, instance.startedAt, instance.imageId, instance.service].join('\t'))
      .join('\n')
    const seconds = confirmSeconds(this.#config)
    const end = await this.#job('confirm', 'confirm', [], seconds, hear, stdin)
    if (end.kind === 'deadline') throw new DeployError({ code: 'confirm.timeout', seconds })
    if (end.code !== 0)
      throw new DeployError(confirmProblem(end.record.facts, end.record.outputTail(), instances))
    return fieldsOf(end.record.facts, 'container').map(parseContainer)
  }

  /** Where the transaction stands, for whoever comes when its own client is gone. */
  async status(): Promise<TransactionStatus> {
    const { code, facts, text } = await this.#call('state', [this.id])
    if (code !== 0) throw new DeployError({ code: 'preflight.failed', detail: text.join('\n') })
    return {
      state: firstOf(facts, 'state'),
      before: fieldsOf(facts, 'before').map(parseContainer),
      pulled: fieldsOf(facts, 'pulled').map(parsePulled),
    }
  }

  /**
   * Back to the snapshot, verified on the host, which lets one rollback work at a time. Never throws for a rollback
   * that failed, and says so only where the host did.
   */
  async rollback(hear: Partial<JobListener>, job: string): Promise<RollbackResult> {
    const seconds = rollbackSeconds(this.#config, this.#graceSeconds)
    const end = await this.#job(job, 'rollback', [], seconds, hear)
    const { facts } = end.record
    const containers = fieldsOf(facts, 'container').map(parseContainer)
    if (end.kind === 'deadline') return { kind: 'unsettled', problem: { code: 'rollback.timeout', seconds } }
    if (fieldsOf(facts, 'promoted').length > 0) return { kind: 'promoted', containers }
    if (fieldsOf(facts, 'untouched').length > 0) return { kind: 'untouched' }
    // Whoever has the project now ends this transaction before anything else.
    if (end.code === EXIT_CODES.LOST_LOCK.code)
      return { kind: 'unsettled', problem: { code: 'lock.lost', during: 'rollback' } }
    if (end.code !== 0) {
      const detail = end.record.outputTail()
      if (end.code >= DIED || !saysFailed(facts)) return { kind: 'died', detail }
      const left = leftBehind(facts, this.#config.onRollbackFailure)
      return { kind: 'failed', problem: rollbackProblem(facts, detail), containers, left }
    }
    // What it did not say, because the disk was full, say, is not claimed.
    if (fieldsOf(facts, 'rolled_back').length === 0)
      return { kind: 'died', detail: 'it ended well, and did not say how' }
    return {
      kind: 'rolled_back',
      containers,
      exceptions: fieldsOf(facts, 'exception').map(parseException),
      ranBefore: fieldsOf(facts, 'nothing_ran').length > 0 ? 'nothing' : 'something',
    }
  }

  /** Brings a transaction that somebody left in the middle to its end, verified on the host. */
  async recover(hear: Partial<JobListener>): Promise<RecoveryResult> {
    const job = `recover-${randomBytes(4).toString('hex')}`
    const seconds = recoverSeconds(this.#config)
    return recoveryResult(await this.#job(job, 'recover', [], seconds, hear), seconds)
  }

  /** Ends a transaction before its boundary: tags and images as they were. */
  async abandon(): Promise<AbandonResult> {
    const reply = await this.#call('abandon', [this.id])
    if (reply.code === 0) return { kind: 'done' }
    // Only a rollback can end it then.
    if (reply.code === EXIT_CODES.WRONG_STATE.code) return { kind: 'past-boundary' }
    const detail = reply.text.join('\n')
    return fieldsOf(reply.facts, 'untouched').length > 0
      ? { kind: 'untidy', detail }
      : { kind: 'failed', detail }
  }

  /**
   * Whether a container that is lost ended by itself, or Docker was told to end it, or was ended itself; `unknown` where
   * Docker does not answer.
   */
  async endedBy(containerId: string, change: string): Promise<'itself' | 'docker' | 'unknown'> {
    // A rollback waits for this answer.
    const until = performance.now() + LAST_LOOK_SECONDS * 1000
    for (let left = END_TRIES; ; left--) {
      const { code, facts } = await this.#lastLook('ended_by', [this.id, containerId])
      if (code !== 0) return 'unknown'
      const end = endOf(fieldsOf(facts, 'event'), change)
      if (end !== 'unseen') return end
      if (performance.now() > until) return 'unknown'
      if (left === 0) return 'docker'
      await setTimeoutPromise(END_PAUSE_MILLISECONDS)
    }
  }

  /** The last lines of a container's log, redacted. */
  async logTail(containerId: string, lines: number): Promise<readonly string[]> {
    return (await this.#lastLook('log_tail', [this.id, containerId, String(lines)])).text
  }

  /** Ends a job and everything it started; returns when nothing of it is left. */
  async stop(job: string): Promise<void> {
    await this.#call('stop_job', [this.id, job])
  }

  #registryLogin(): string {
    const { registry, images } = this.#config
    const references = images.map(({ reference }) => reference)
    return registry.kind === 'token' ? clientConfiguration(registry, references) : ''
  }

  async #job(
    name: string,
    kind: JobKind,
    words: readonly string[],
    seconds: number,
    hear: Partial<JobListener>,
    stdin = '',
  ): Promise<JobEnd> {
    const record = new JobRecord(hear)
    const ended = this.#follower.follow(name, record)
    await this.#start(name, kind, words, stdin)
    const { promise: deadline, resolve } = Promise.withResolvers<'deadline'>()
    const timer = setTimeout(() => resolve('deadline'), seconds * 1000)
    try {
      const first = await Promise.race([ended, deadline])
      if (first !== 'deadline') return { kind: 'ended', code: first, record }
      // What ends a transaction is never cut short: the host goes on with it.
      if (kind === 'rollback' || kind === 'recover') {
        // It may have come to its end while contact was away.
        const late = await Promise.race([ended, this.#heardAll()])
        return typeof late === 'number' ? { kind: 'ended', code: late, record } : { kind: 'deadline', record }
      }
      await this.stop(name)
      const code = await withTimeout(ended, { seconds: CALL_SECONDS, problem: noAnswer(name) })
      // It may have ended by itself while contact was away for so long that nobody here heard of it. A code above is that of
      // the signals by which it was stopped.
      return code >= DIED ? { kind: 'deadline', record } : { kind: 'ended', code, record }
    } finally {
      clearTimeout(timer)
    }
  }

  /** The end of a job is told once everything that it said was heard: with the answer after that. */
  async #heardAll(): Promise<Contact> {
    const contact = await this.#follower.upToDate()
    if (contact === 'was-away') await this.#follower.nextAnswer()
    return contact
  }

  async #start(name: string, kind: JobKind, words: readonly string[], stdin = ''): Promise<void> {
    // Asked again because the answer was lost, the host knows it by this for the same.
    const request = `${kind}@${randomBytes(8).toString('hex')}`
    const reply = await this.#call('start_job', [this.id, name, request, ...words], stdin)
    if (reply.code !== 0) throw new DeployError(notStarted(kind, reply.text.join(' ')))
  }

  async #call(verb: VerbName, words: readonly string[], stdin = '', seconds = CALL_SECONDS): Promise<Reply> {
    const patience = { seconds, problem: noAnswer(verb, seconds) }
    const reply = await this.#link.calls.call(verb, words, patience, stdin)
    this.#mindLock(verb, reply)
    return reply
  }

  /** A rollback waits for the answer. */
  async #lastLook(verb: VerbName, words: readonly string[]): Promise<Reply> {
    const seconds = LAST_LOOK_SECONDS
    const detail = `no answer within ${seconds} s`
    const problem = { code: 'ssh.lost', during: verb, detail } as const
    const reply = await this.#link.calls.call(verb, words, { seconds, problem })
    this.#mindLock(verb, reply)
    return reply
  }

  #mindLock(during: string, { code }: Reply): void {
    if (code === EXIT_CODES.LOST_LOCK.code) throw new DeployError({ code: 'lock.lost', during })
  }
}

function parsePulled([reference = '', imageId = '', revision = '']: readonly string[]): PulledImage {
  return { reference, imageId, revision }
}

function parseInstance([
  service = '',
  container = '',
  id = '',
  imageId = '',
  startedAt = '',
]: readonly string[]): ContainerInstance {
  return { service, container, id, imageId, startedAt }
}

/** What the reports are judged by: the host hides none of it, even if a value of the env file is the same. */
function wordsOf({ closedLoop, run }: DeployConfig): readonly string[] {
  const { rules, stage } = closedLoop
  const commit = commitOf(run)
  const words = [...JUDGED_WORDS, stage, ...rules.flatMap(({ path }) => path.keys)]
  return [...new Set(commit === '' ? words : [...words, commit])]
}

function noAnswer(during: string, seconds = CALL_SECONDS): Problem {
  return { code: 'ssh.lost', during, detail: `no answer within ${seconds} s` }
}
