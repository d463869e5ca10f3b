import { createHash } from 'node:crypto'
import type { DeployConfig } from '../../config/config.ts'
import { JUDGED_WORDS } from '../../model/assessment.ts'
import { RESTART_WINDOW_SECONDS } from '../../model/check.ts'
import type { EarlierReleases } from '../../model/earlier-release.ts'
import type { DiagnosticFile } from '../../model/ports.ts'
import { DeployError, type LockHolder } from '../../model/problem.ts'
import {
  DIAGNOSTICS_SECONDS,
  PREFLIGHT_TIMEOUT,
  PRUNE_TIMEOUT,
  VERIFY_TIMEOUT,
} from '../../model/timeouts.ts'
import { withTimeout } from '../link/channel.ts'
import type { HostLink } from '../link/host-link.ts'
import { diagnosticFiles } from '../protocol/diagnostic-file.ts'
import { earlierReleases } from '../protocol/earlier-releases.ts'
import { EXIT_CODES } from '../protocol/exit-codes.ts'
import { fieldsOf, firstOf, type Reply } from '../protocol/facts.ts'
import { parseHolder } from '../protocol/lock.ts'
import {
  type OldImage,
  type OldImages,
  parseOldImages,
  parseRemoved,
  type RemovedImages,
} from '../protocol/old-images.ts'
import { type LookedAt, planText, type ResolvedProject, verifyPlanText } from '../protocol/plan.ts'
import {
  type DockerAnswer,
  dockerAnswer,
  type PreflightFacts,
  preflightFacts,
} from '../protocol/preflight-facts.ts'
import type { Unfinished } from '../protocol/results.ts'
import { loadInstalled, lookDirectory, lookOnly, useStateDir } from '../protocol/shell-session.ts'
import type { VerbName } from '../protocol/verbs.ts'
import { type VerifyFacts, verifyFacts } from '../protocol/verify-facts.ts'
import type { ProbeProcess } from './detachment.ts'
import { Staging } from './staging.ts'
import { Transaction } from './transaction.ts'

/** Whether the project's lock is held for a transaction of ours. */
export type LockOwner =
  | { readonly kind: 'nobody-of-ours' }
  | { readonly kind: 'ours'; readonly transactionId: string }

export type AcquireResult =
  /** `number` counts who had the lock so far, this one included. */
  | { readonly kind: 'acquired'; readonly number: number }
  | { readonly kind: 'busy'; readonly holder: LockHolder }

export type BeginResult =
  | { readonly kind: 'begun'; readonly transaction: Transaction }
  /** Nothing was begun. */
  | { readonly kind: 'unfinished'; readonly earlier: Unfinished }

/** The connected host, and the program of this action known to it. */
export class HostSession {
  readonly #link: HostLink
  readonly #program: string
  readonly #sha256: string
  /** Where the host program keeps what it works with; absent: in its own directory of the project. */
  #scratch = ''

  private constructor(link: HostLink, program: string) {
    this.#link = link
    this.#program = program
    this.#sha256 = createHash('sha256').update(program).digest('hex')
  }

  /** @throws DeployError `ssh.lost` */
  static async open(link: HostLink, program: string): Promise<HostSession> {
    await link.prepare(program)
    return new HostSession(link, program)
  }

  /**
   * Reads the host; changes nothing outside our own state directory. `lock`: by whom the project is held already; the
   * lease is renewed while this lasts. `incoming`: the token of the staged files; empty where the release has none.
   */
  async preflight(config: DeployConfig, lock: LockOwner, incoming: string): Promise<PreflightFacts> {
    const plan = lookPlan(config, config.host.projectName ?? '', incoming)
    const reply = await this.#look('preflight', [idOf(lock)], plan)
    return preflightFacts(reply.facts)
  }

  /** What docker says to a call that changes nothing, of the project and the containers that were read. */
  async askDocker(
    config: DeployConfig,
    { lock, incoming }: { readonly lock: LockOwner; readonly incoming: string },
    { projectName, images, containers }: PreflightFacts,
    { words, profiles }: { readonly words: readonly string[]; readonly profiles: 'all' | 'enabled' },
  ): Promise<DockerAnswer> {
    const names = containers.map(({ name }) => `container\t${name}\n`).join('')
    const plan = `${lookPlan(config, projectName, incoming)}${names}`
    return dockerAnswer(await this.#look('ask_docker', [idOf(lock), images, profiles, ...words], plan))
  }

  /**
   * Whether what a login left running lives on after it. @throws DeployError `preflight.failed` where that cannot be told
   */
  async checkProbe({ words }: ProbeProcess, afterSeconds: number): Promise<'lives' | 'ended'> {
    const reply = await this.#look('probe_check', [...words, afterSeconds.toFixed(1)], '')
    return firstOf(reply.facts, 'survived') === 'yes' ? 'lives' : 'ended'
  }

  /**
   * Takes the lock of the project, for the transaction of this id, or says who has it. Waits on the host for a while.
   * @throws DeployError `preflight.failed` when the lock cannot be kept at all
   */
  async acquire(
    id: string,
    config: DeployConfig,
    project: ResolvedProject,
    waitSeconds: number,
  ): Promise<AcquireResult> {
    await this.#install(config)
    const words = [id, String(config.deadlines.leaseSeconds), String(waitSeconds)]
    const reply = await this.#setUp('acquire', words, planText(config, project))
    if (reply.code === 0) {
      return { kind: 'acquired', number: Number(firstOf(reply.facts, 'acquired')) }
    }
    const [holder] = fieldsOf(reply.facts, 'holder')
    if (reply.code !== EXIT_CODES.BUSY.code || !holder)
      throw new DeployError({ code: 'preflight.failed', detail: reply.text.join('\n') })
    return { kind: 'busy', holder: parseHolder(holder) }
  }

  /** Gives back what was acquired, where no transaction began. */
  async release(id: string): Promise<void> {
    await this.#setUp('release', [id], '')
  }

  /**
   * Opens the transaction that holds the lock, and a second channel that follows its jobs; or says which earlier one
   * has to be brought to its end first. @throws DeployError `lock.*`
   */
  async begin(id: string, config: DeployConfig, project: ResolvedProject): Promise<BeginResult> {
    const words = [id, this.#sha256, String(config.deadlines.leaseSeconds)]
    const begun = await this.#setUp('begin', words, planText(config, project))
    const [unfinished] = fieldsOf(begun.facts, 'unfinished')
    if (unfinished) {
      const [transaction = '', state = ''] = unfinished
      return { kind: 'unfinished', earlier: { transaction, state } }
    }
    const newer = firstOf(begun.facts, 'superseded')
    if (newer !== '') throw new DeployError({ code: 'lock.superseded', runNumber: newer })
    if (begun.code === EXIT_CODES.LOST_LOCK.code)
      throw new DeployError({ code: 'lock.lost', during: 'begin' })
    if (begun.code !== 0) throw new DeployError({ code: 'preflight.failed', detail: begun.text.join('\n') })
    return { kind: 'begun', transaction: await this.#transaction(id, config) }
  }

  /** Tells a transaction that has just begun what was seen of the project since. @throws DeployError `lock.lost` */
  async planAgain(id: string, config: DeployConfig, project: ResolvedProject): Promise<void> {
    const words = [id, this.#sha256, String(config.deadlines.leaseSeconds)]
    const { code, text } = await this.#setUp('begin', words, planText(config, project))
    if (code === EXIT_CODES.LOST_LOCK.code) throw new DeployError({ code: 'lock.lost', during: 'begin' })
    if (code !== 0) throw new DeployError({ code: 'preflight.failed', detail: text.join('\n') })
  }

  /** The transaction of this id, which somebody else may have begun. */
  async resume(id: string, config: DeployConfig): Promise<Transaction> {
    await this.#install(config)
    return this.#transaction(id, config)
  }

  /** The files of a release on their way to the host, which keeps them by this token. */
  staging(token: string, config: DeployConfig): Staging {
    return new Staging(token, this.#link, config, this.#scratch || stateDirOf(config))
  }

  /**
   * What the host has to say of a transaction that came to its end, for people to read.
   * @throws DeployError `ssh.*`
   */
  async diagnostics(id: string): Promise<readonly DiagnosticFile[]> {
    const detail = `no answer within ${DIAGNOSTICS_SECONDS} s`
    const problem = { code: 'ssh.lost', during: 'diagnostics', detail } as const
    const patience = { seconds: DIAGNOSTICS_SECONDS, problem }
    const asking = this.#link.calls.call('diagnostics', [id], patience)
    // Contact may have to be made again first: for all of that together.
    const reply = await withTimeout(asking, patience)
    if (reply.code !== 0) throw new DeployError({ code: 'ssh.shell_unusable', detail: reply.text.join('\n') })
    return diagnosticFiles(reply.facts)
  }

  /** What runs, and what the closed loop left. Changes nothing on the host. @throws DeployError `verify.*`, `ssh.*` */
  async verify(config: LookedAt): Promise<VerifyFacts> {
    const words = [config.closedLoop.outputRoot, String(RESTART_WINDOW_SECONDS), ...JUDGED_WORDS]
    const asking = this.#link.calls.call('verify', words, VERIFY_TIMEOUT, verifyPlanText(config))
    // As with diagnostics: a lease, within which contact is made again, may be longer than anybody waits here.
    const reply = await withTimeout(asking, VERIFY_TIMEOUT)
    if (reply.code !== 0) throw new DeployError({ code: 'verify.failed', detail: reply.text.join('\n') })
    return verifyFacts(reply.facts)
  }

  /** From here on the host program changes nothing, not even in its own directory. `token`: a random word. */
  async lookOnly(token: string): Promise<void> {
    this.#scratch = lookDirectory(token)
    await this.#link.prepare(lookOnly(token))
  }

  /** The releases that were confirmed and are still recorded. Changes nothing on the host. @throws DeployError `preflight.failed` */
  async earlierReleases(config: LookedAt): Promise<EarlierReleases> {
    return earlierReleases((await this.#look('releases', [], verifyPlanText(config))).facts)
  }

  /** The images of earlier releases, as the host has them. @throws DeployError `ssh.*` */
  async oldImages(id: string): Promise<OldImages> {
    const reply = await withTimeout(this.#link.calls.call('old_images', [id], PRUNE_TIMEOUT), PRUNE_TIMEOUT)
    if (reply.code !== 0) throw new DeployError({ code: 'ssh.shell_unusable', detail: reply.text.join('\n') })
    return parseOldImages(reply.facts)
  }

  /**
   * Removes images, each only if it has exactly these tags and no container: the others stay. `busy`: somebody else is at
   * work on the project.
   */
  async removeImages(id: string, images: readonly OldImage[]): Promise<RemovedImages | 'busy'> {
    const lines = images.map(({ imageId, tags }) => [imageId, ...tags].join('\t')).join('\n')
    const asking = this.#link.calls.call('remove_images', [id], PRUNE_TIMEOUT, `${lines}\n`)
    const reply = await withTimeout(asking, PRUNE_TIMEOUT)
    if (reply.code === EXIT_CODES.LOST_LOCK.code) return 'busy'
    if (reply.code !== 0) throw new DeployError({ code: 'ssh.shell_unusable', detail: reply.text.join('\n') })
    return { ...parseRemoved(reply.facts), said: reply.text }
  }

  /** From here on a lost connection is made again: what the host knows of the transaction allows it. */
  async #transaction(id: string, config: DeployConfig): Promise<Transaction> {
    await this.#link.survive(loadInstalled(stateDirOf(config), this.#sha256))
    return new Transaction(id, this.#link, config)
  }

  /** Puts this program where jobs, and a person at the host's shell, find it. */
  async #install(config: DeployConfig): Promise<void> {
    await this.#link.prepare(useStateDir(stateDirOf(config)))
    const installed = await this.#setUp('installed', [this.#sha256], '')
    if (installed.code === 0) return
    const written = await this.#setUp('install', [this.#sha256], this.#program)
    if (written.code !== 0)
      throw new DeployError({ code: 'preflight.failed', detail: written.text.join('\n') })
  }

  async #look(verb: VerbName, words: readonly string[], stdin: string): Promise<Reply> {
    const reply = await this.#setUp(verb, words, stdin)
    if (reply.code !== 0) throw new DeployError({ code: 'preflight.failed', detail: reply.text.join('\n') })
    return reply
  }

  #setUp(verb: VerbName, words: readonly string[], stdin: string): Promise<Reply> {
    return this.#link.calls.call(verb, words, PREFLIGHT_TIMEOUT, stdin)
  }

  close(): Promise<void> {
    return this.#link.close()
  }
}

function idOf(lock: LockOwner): string {
  return lock.kind === 'ours' ? lock.transactionId : ''
}

/** The plan of a look at the host, where what only the host can tell is not known yet. */
function lookPlan(config: DeployConfig, name: string, incoming: string): string {
  const { deploy, defer: deferred } = config.services
  return planText(config, {
    ...{ name, drifted: [], deferred, arrived: 0, earlier: 'ended' },
    ...{ deploy, touched: [], incoming },
  })
}

function stateDirOf({ host }: DeployConfig): string {
  return `${host.projectDir}/.closed-loop`
}
