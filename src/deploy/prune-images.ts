import type { DeployConfig } from '../config/config.ts'
import type { HostSession } from '../host/client/session.ts'
import type { Ports } from '../model/ports.ts'
import { problemOf } from '../model/problem.ts'
import { oldImages } from './old-images.ts'
import type { DeploymentRecord } from './record.ts'

/** What is promoted, and the record of the deployment. */
export interface Pruning {
  readonly config: Pick<DeployConfig, 'pruning'>
  readonly ports: Pick<Ports, 'progress'>
  readonly record: DeploymentRecord
}

/**
 * Removes images of earlier releases after the promotion. A failure is a warning and does not change the outcome. Never
 * throws.
 */
export async function pruneImages(
  host: Pick<HostSession, 'oldImages' | 'removeImages'>,
  { config, ports, record }: Pruning,
): Promise<void> {
  if (config.pruning.images === 'none') return
  record.enter('prune')
  try {
    const found = await host.oldImages(record.transactionId)
    const old = oldImages(found, config.pruning.keepReleases)
    const removed = old.length === 0 ? NOTHING : await host.removeImages(record.transactionId, old)
    if (removed === 'busy')
      return record.warn({ kind: 'prune-failed', detail: 'somebody else works on the project' })
    const images = old.filter(({ imageId }) => removed.removed.includes(imageId))
    const { freeBytes } = removed
    const freedBytes =
      freeBytes === undefined || found.freeBytes === undefined
        ? undefined
        : Math.max(freeBytes - found.freeBytes, 0)
    ports.progress.tell({ kind: 'pruned', images, ...(freedBytes === undefined ? {} : { freedBytes }) })
    if (images.length < old.length)
      record.warn({ kind: 'prune-failed', detail: removed.said.at(-1) ?? 'an image has a user by now' })
  } catch (error) {
    record.warn({ kind: 'prune-failed', detail: problemOf(error).code })
  }
}

const NOTHING = { removed: [], freeBytes: undefined, said: [] } as const
