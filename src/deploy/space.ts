import type { DeployConfig } from '../config/config.ts'
import { registryOf, repositoryOf } from '../config/image.ts'
import { isDockerHub, isSameRegistry } from '../config/registry.ts'
import type { Transaction } from '../host/client/transaction.ts'
import { parseManifest } from '../host/protocol/manifest.ts'
import type { SpaceFacts } from '../host/protocol/space-facts.ts'
import { DeployError } from '../model/problem.ts'
import type { PullNeed } from '../model/space.ts'
import { SPACE_SECONDS } from '../model/timeouts.ts'
import { isEnough, type Layer, measuredSpace, pullNeed } from '../preflight/space.ts'
import type { Deployment } from './deployment.ts'

/**
 * Compares what the pull and the transaction need of the disks with what is free there, and says both. What a registry does
 * not tell is no reason to stop.
 * @throws DeployError `prefetch.no_space`: nothing was pulled
 */
export async function requireSpace(
  transaction: Pick<Transaction, 'space' | 'manifest'>,
  { config, ports }: Deployment,
): Promise<void> {
  const facts = await transaction.space()
  if (facts === undefined) return
  const asking = new Asking(transaction, config, facts, ports.clock)
  const wanted = await asking.layersOf(pulledReferences(config))
  let pull: PullNeed = wanted.kind === 'known' ? pullNeed(wanted.layers, []) : wanted
  let space = measuredSpace(facts, pull, config.host.projectDir)
  // A registry may count questions: it is asked for what is there already only where that matters.
  if (wanted.kind === 'known' && isEnough(space) === 'short') {
    pull = pullNeed(wanted.layers, await asking.layersAmong(facts.here))
    space = measuredSpace(facts, pull, config.host.projectDir)
  }
  ports.progress.tell({ kind: 'space', space })
  if (isEnough(space) === 'short') throw new DeployError({ code: 'prefetch.no_space', space })
}

/** What is pulled. A return to an earlier release asks no registry for what the host has. */
function pulledReferences({ images, purpose }: DeployConfig): readonly string[] {
  if (purpose.kind === 'release') return images.map(({ reference }) => reference)
  return purpose.to.images.filter(({ presence }) => presence === 'gone').map(({ source }) => source)
}

type Known = { readonly kind: 'known'; readonly layers: readonly Layer[] }
type Unknown = Extract<PullNeed, { readonly kind: 'unknown' }>

/** Asks registries for the sizes of images, within a time for all of it. */
class Asking {
  readonly #transaction: Pick<Transaction, 'manifest'>
  readonly #config: DeployConfig
  readonly #facts: SpaceFacts
  readonly #clock: Deployment['ports']['clock']
  readonly #until: number

  constructor(
    transaction: Pick<Transaction, 'manifest'>,
    config: DeployConfig,
    facts: SpaceFacts,
    clock: Deployment['ports']['clock'],
  ) {
    this.#transaction = transaction
    this.#config = config
    this.#facts = facts
    this.#clock = clock
    this.#until = clock.now() + SPACE_SECONDS * 1000
  }

  /** Of all of them, or why not. */
  async layersOf(references: readonly string[]): Promise<Known | Unknown> {
    const layers: Layer[] = []
    for (const reference of references) {
      const one = await this.#layers(reference)
      if (one.kind === 'unknown') return one
      layers.push(...one.layers)
    }
    return { kind: 'known', layers }
  }

  /** Of those that the registry tells of. */
  async layersAmong(references: readonly string[]): Promise<readonly Layer[]> {
    const layers: Layer[] = []
    for (const reference of references) {
      const one = await this.#layers(reference)
      if (one.kind === 'known') layers.push(...one.layers)
    }
    return layers
  }

  async #layers(reference: string): Promise<Known | Unknown> {
    const { registry } = this.#config
    const isAnonymous = registry.kind !== 'token' || !isSameRegistry(registryOf(reference), registry.server)
    if (isAnonymous && isDockerHub(registryOf(reference)))
      return { kind: 'unknown', why: 'docker-hub', detail: '' }
    const first = await this.#manifest(reference)
    if (first.kind !== 'list') return first
    const second = await this.#manifest(`${repositoryOf(reference)}@${first.digest}`)
    return second.kind === 'list' ? NO_ANSWER : second
  }

  async #manifest(
    reference: string,
  ): Promise<Known | Unknown | { readonly kind: 'list'; readonly digest: string }> {
    if (this.#clock.now() > this.#until) return NO_ANSWER
    const isInsecure = this.#facts.insecure.some((name) => isSameRegistry(name, registryOf(reference)))
    const text = await this.#transaction.manifest(reference, isInsecure ? 'insecure' : 'tls')
    const manifest = parseManifest(text, this.#facts.platform)
    switch (manifest.kind) {
      case 'unknown':
        return { ...NO_ANSWER, detail: text.split('\n').at(-1) ?? '' }
      case 'layers':
        return { kind: 'known', layers: manifest.layers }
      case 'list':
        return manifest
    }
  }
}

const NO_ANSWER = { kind: 'unknown', why: 'no-answer', detail: '' } as const
