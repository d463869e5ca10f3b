import type { DeployConfig } from '../../config/config.ts'
import type { Archive } from '../../model/ports.ts'
import { DeployError, type PreflightFinding } from '../../model/problem.ts'
import type { FilesComparison } from '../../model/release-files.ts'
import { FILES_SECONDS } from '../../model/timeouts.ts'
import { withTimeout } from '../link/channel.ts'
import type { HostLink } from '../link/host-link.ts'
import { fieldsOf, type Reply } from '../protocol/facts.ts'
import { parseFinding } from '../protocol/findings.ts'
import { planText } from '../protocol/plan.ts'
import { filesComparison } from '../protocol/release-files.ts'

/** What the host has of the release, or what speaks against its files. */
export type CompareResult =
  | { readonly kind: 'compared'; readonly comparison: FilesComparison }
  | { readonly kind: 'refused'; readonly findings: readonly PreflightFinding[] }

const TIMEOUT = {
  seconds: FILES_SECONDS,
  problem: { code: 'files.timeout', seconds: FILES_SECONDS },
} as const

/**
 * The files of one release on their way to the host, which keeps them beside the project by this token until a transaction
 * takes them. Nothing that is in use is touched.
 */
export class Staging {
  readonly token: string
  readonly #link: Pick<HostLink, 'calls' | 'send'>
  readonly #plan: string
  readonly #directory: string

  /** `directory`: where the host program keeps its files. */
  constructor(
    token: string,
    link: Pick<HostLink, 'calls' | 'send'>,
    config: DeployConfig,
    directory: string,
  ) {
    this.token = token
    this.#link = link
    this.#directory = directory
    this.#plan = filesPlan(config, token)
  }

  /** @throws DeployError `files.*`, `ssh.*` */
  async compare(manifest: string): Promise<CompareResult> {
    const reply = await this.#ask('compare_files', [], `${this.#plan}=\n${manifest}`)
    const findings = fieldsOf(reply.facts, 'finding').map(parseFinding)
    return findings.length > 0
      ? { kind: 'refused', findings }
      : { kind: 'compared', comparison: filesComparison(reply.facts) }
  }

  /** Brings what the host lacks. @throws DeployError `files.*`, `ssh.*` */
  async send({ bytes, chunks }: Archive, hear: (sent: number) => void): Promise<void> {
    const path = `${this.#directory}/incoming/${this.token}/archive`
    await withTimeout(this.#link.send({ path, bytes, chunks }, hear), TIMEOUT)
  }

  /** Has the host make the whole release of it and prove it. `sha256` is empty where nothing was sent. @throws DeployError `files.*`, `ssh.*` */
  async stage(sha256: string): Promise<void> {
    await this.#ask('stage_files', [sha256], this.#plan)
  }

  /** Has the host copy those that lie in the transaction of an earlier release. @throws DeployError `files.*`, `ssh.*` */
  async take(transaction: string): Promise<void> {
    await this.#ask('take_files', [transaction], this.#plan)
  }

  /** Has the host remove it, where no transaction took it. */
  async discard(): Promise<void> {
    await this.#ask('discard_files', [], this.#plan)
  }

  async #ask(
    verb: 'compare_files' | 'stage_files' | 'take_files' | 'discard_files',
    words: readonly string[],
    stdin: string,
  ): Promise<Reply> {
    const reply = await this.#link.calls.call(verb, [this.token, ...words], TIMEOUT, stdin)
    if (reply.code !== 0) throw new DeployError({ code: 'files.refused', detail: reply.text.join('\n') })
    return reply
  }
}

/** The plan, where only its paths count. */
function filesPlan(config: DeployConfig, token: string): string {
  const { deploy, defer: deferred } = config.services
  return planText(config, {
    ...{ name: '', drifted: [], deferred, arrived: 0, earlier: 'ended' },
    ...{ deploy, touched: [], incoming: token },
  })
}
