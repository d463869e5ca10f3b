import { evidenceNeeds } from '../gate/evidence/needed.ts'
import { type EvidenceLook, evidenceOutlook } from '../gate/evidence/outlook.ts'
import type { Round, Transaction } from '../host/client/transaction.ts'
import type { ContainerInstance } from '../host/protocol/results.ts'
import type { WantedEvidence } from '../model/assessment.ts'
import type { Deployment } from './deployment.ts'

/** News is told at most this often, so that a busy log does not fill the step's. */
const NEWS_SECONDS = 10
/** In a quiet market nothing comes for long; then this often. */
const QUIET_SECONDS = 60

/**
 * Waits until the container instance has logged what is wanted, or `evidence-timeout` is over, and tells how far it is.
 * Returns the counts, in the order of `wanted`.
 */
export async function waitForEvidence(
  transaction: Transaction,
  gateInstance: ContainerInstance,
  wanted: readonly WantedEvidence[],
  { config, ports }: Deployment,
  round: Round,
): Promise<readonly number[]> {
  if (wanted.length === 0) {
    ports.progress.tell({ kind: 'no-evidence', stage: config.closedLoop.stage })
    return []
  }
  const timeoutSeconds = config.deadlines.evidenceSeconds
  const wait = new EvidenceWait(wanted, ports, timeoutSeconds)
  const ended = transaction.evidence(
    gateInstance,
    wanted,
    timeoutSeconds,
    {
      fact: ([name, ...counts]) => {
        if (name === 'evidence') wait.hear(counts.map(Number))
      },
    },
    round,
  )
  await wait.until(ended)
  if ((await ended).kind === 'deadline') ports.progress.tell({ kind: 'evidence-short', timeoutSeconds })
  return wait.counts
}

/** What has been counted, and what of it has been told. */
class EvidenceWait {
  readonly #wanted: readonly WantedEvidence[]
  readonly #ports: Pick<Deployment['ports'], 'clock' | 'progress'>
  readonly #timeoutSeconds: number
  readonly #since: number
  #first: EvidenceLook | undefined
  #toldAt = Number.NEGATIVE_INFINITY
  counts: readonly number[] = []

  constructor(
    wanted: readonly WantedEvidence[],
    ports: Pick<Deployment['ports'], 'clock' | 'progress'>,
    timeoutSeconds: number,
  ) {
    this.#wanted = wanted
    this.#ports = ports
    this.#timeoutSeconds = timeoutSeconds
    this.#since = ports.clock.now()
  }

  hear(counts: readonly number[]): void {
    this.counts = counts
    const look = this.#look()
    const first = this.#first === undefined
    this.#first ??= look
    if (first || look.needs.every(({ reached }) => reached) || this.#quietSeconds() >= NEWS_SECONDS)
      this.#tell(look)
  }

  /** Resolves with the wait, however it ends; tells meanwhile that it goes on. */
  async until(ended: Promise<unknown>): Promise<void> {
    let state: 'waiting' | 'over' = 'waiting'
    const over = ended.then(
      () => {
        state = 'over'
      },
      () => {
        state = 'over'
      },
    )
    for (;;) {
      const left = this.#first ? QUIET_SECONDS - this.#quietSeconds() : QUIET_SECONDS
      await this.#ports.clock.changeOr(over, Math.max(left, 1) * 1000)
      if (state !== 'waiting') return
      if (this.#first && this.#quietSeconds() >= QUIET_SECONDS) this.#tell(this.#look())
    }
  }

  #look(): EvidenceLook {
    const elapsedSeconds = Math.round((this.#ports.clock.now() - this.#since) / 1000)
    return { needs: evidenceNeeds(this.#wanted, this.counts), elapsedSeconds }
  }

  #quietSeconds(): number {
    return (this.#ports.clock.now() - this.#toldAt) / 1000
  }

  #tell(look: EvidenceLook): void {
    this.#toldAt = this.#ports.clock.now()
    const outlook = evidenceOutlook(this.#first ?? look, look)
    const timeoutSeconds = this.#timeoutSeconds
    this.#ports.progress.tell({ kind: 'evidence', ...look, outlook, timeoutSeconds })
  }
}
