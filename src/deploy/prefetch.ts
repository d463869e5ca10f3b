import type { DeployConfig } from '../config/config.ts'
import type { Transaction } from '../host/client/transaction.ts'
import type { PulledImage } from '../host/protocol/results.ts'
import { DeployError, type OtherRevision } from '../model/problem.ts'
import type { Deployment } from './deployment.ts'
import { requireSpace } from './space.ts'

/**
 * Brings every image to the host, and looks whether the release was built from the commit of this workflow run.
 * @throws DeployError `prefetch.*`
 */
export async function prefetch(transaction: Transaction, deployment: Deployment): Promise<void> {
  const { config, ports, record } = deployment
  record.enter('prefetch')
  await requireSpace(transaction, deployment)
  const pulled = await transaction.prefetch({ text: (line) => ports.progress.remote(line) })
  for (const { reference, imageId } of pulled) ports.progress.tell({ kind: 'pulled', reference, imageId })
  const [{ reference }] = config.images
  const release = pulled.find((image) => image.reference === reference)
  record.pulledImageId = release?.imageId ?? ''
  // What an earlier commit was built into is what a return is for.
  if (release === undefined || config.purpose.kind === 'return') return
  const other = otherRevision(release, config)
  if (other === undefined) return
  if (config.onOtherRevision === 'refuse')
    throw new DeployError({ code: 'prefetch.other_revision', ...other })
  if (other.revision !== '') record.warn({ kind: 'other-revision', ...other })
}

/**
 * How the image's label `org.opencontainers.image.revision` differs from the commit; undefined where it does not. An
 * image without that label says nothing of the kind, so its `revision` is empty.
 */
export function otherRevision(
  { reference, revision }: PulledImage,
  { run }: { readonly run: Pick<DeployConfig['run'], 'sha'> },
): OtherRevision | undefined {
  const said = revision.trim().toLowerCase()
  const wanted = run.sha.toLowerCase()
  const isSame = said === wanted || (ABBREVIATED.test(said) && wanted.startsWith(said))
  return isSame ? undefined : { reference, revision: revision.trim(), commit: run.sha }
}

/** As git abbreviates a commit. */
const ABBREVIATED = /^[0-9a-f]{7,40}$/u
