import { createHash, randomBytes } from 'node:crypto'
import { planText, type ResolvedProject } from '../commands/plan.ts'
import { loadInstalled, sessionCommand, useStateDir } from '../commands/session.ts'
import type { Config } from '../config/config.ts'
import { PREFLIGHT_SECONDS } from '../deadlines.ts'
import { DeployError, type PreflightFinding, type Problem } from '../errors.ts'
import type { SshConnection } from '../ssh/connection.ts'
import { HostChannel } from './channel.ts'
import { type ContainerState, parseContainer } from './container.ts'
import { fieldsOf, firstOf, type Reply } from './facts.ts'
import { parseFinding } from './findings.ts'
import { JobFollower } from './jobs.ts'
import { Transaction } from './transaction.ts'

/** What preflight read on the host, and every reason it found against a deployment. */
export interface PreflightFacts {
  readonly findings: readonly PreflightFinding[]
  readonly dockerVersion: string
  readonly composeVersion: string
  readonly projectName: string
  readonly containers: readonly ContainerState[]
  readonly services: readonly string[]
  readonly freeKibibytes: number
}

/** The connected host: one shell for calls, the program of this action known to it. */
export class HostSession {
  readonly #connection: SshConnection
  readonly #channel: HostChannel
  readonly #program: string

  private constructor(connection: SshConnection, channel: HostChannel, program: string) {
    this.#connection = connection
    this.#channel = channel
    this.#program = program
  }

  /** @throws DeployError `ssh.lost`, `ssh.shell_unusable` */
  static async open(connection: SshConnection, program: string): Promise<HostSession> {
    const channel = new HostChannel(await connection.open(sessionCommand()))
    await channel.prepare(program)
    return new HostSession(connection, channel, program)
  }

  /** Reads the host; changes nothing outside our own state directory. */
  async preflight(config: Config): Promise<PreflightFacts> {
    const plan = planText(config, {
      name: config.host.projectName ?? '',
      drifted: [],
      deferred: config.services.defer,
    })
    const reply = await this.#channel.call(
      'preflight',
      [],
      patience(PREFLIGHT_SECONDS, {
        code: 'preflight.timeout',
        seconds: PREFLIGHT_SECONDS,
      }),
      plan,
    )
    if (reply.code !== 0) throw new DeployError({ code: 'preflight.failed', detail: reply.text.join('\n') })
    return {
      findings: fieldsOf(reply.facts, 'finding').map(parseFinding),
      dockerVersion: firstOf(reply.facts, 'docker'),
      composeVersion: firstOf(reply.facts, 'compose'),
      projectName: firstOf(reply.facts, 'project'),
      containers: fieldsOf(reply.facts, 'container').map(parseContainer),
      services: fieldsOf(reply.facts, 'service').map(([service = '']) => service),
      freeKibibytes: Number(firstOf(reply.facts, 'disk')),
    }
  }

  /**
   * Opens a transaction on the host and a second channel that follows its jobs.
   * @throws DeployError `preflight.unfinished` when an earlier transaction did not end
   */
  async begin(config: Config, project: ResolvedProject): Promise<Transaction> {
    const id = randomBytes(8).toString('hex')
    const sha256 = createHash('sha256').update(this.#program).digest('hex')
    const stateDir = `${config.host.projectDir}/.closed-loop`
    await this.#channel.prepare(useStateDir(stateDir))
    const installed = await this.#setUp('installed', [sha256], '')
    if (installed.code !== 0) {
      const written = await this.#setUp('install', [sha256], this.#program)
      if (written.code !== 0)
        throw new DeployError({ code: 'preflight.failed', detail: written.text.join('\n') })
    }
    const begun = await this.#setUp('begin', [id, sha256], planText(config, project))
    const [unfinished] = fieldsOf(begun.facts, 'unfinished')
    if (unfinished) {
      const [transaction = '', state = ''] = unfinished
      throw new DeployError({
        code: 'preflight.unfinished',
        transaction,
        state,
        projectDir: config.host.projectDir,
      })
    }
    if (begun.code !== 0) throw new DeployError({ code: 'preflight.failed', detail: begun.text.join('\n') })
    const openInstalled = async () => {
      const channel = new HostChannel(await this.#connection.open(sessionCommand()))
      await channel.prepare(loadInstalled(stateDir, sha256))
      return channel
    }
    const follower = async () => new JobFollower(await openInstalled(), id)
    const reopen = async () => ({ channel: await openInstalled(), follower: await follower() })
    return new Transaction(id, { channel: this.#channel, follower: await follower() }, reopen, config)
  }

  #setUp(verb: string, words: readonly string[], stdin: string): Promise<Reply> {
    return this.#channel.call(
      verb,
      words,
      patience(PREFLIGHT_SECONDS, { code: 'preflight.timeout', seconds: PREFLIGHT_SECONDS }),
      stdin,
    )
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}

function patience(seconds: number, problem: Problem) {
  return { seconds, problem }
}
