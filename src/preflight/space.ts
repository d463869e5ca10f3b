import type { SpaceFacts } from '../host/protocol/space-facts.ts'
import type { PullNeed, Space } from '../model/space.ts'

/** A layer of an image, as its manifest has it: `bytes` compressed. */
export interface Layer {
  readonly digest: string
  readonly bytes: number
}

/**
 * Docker downloads a layer and unpacks it beside that; with the image store of containerd both stay. gzip makes a third to
 * a half of the files of a Linux system (measured: /usr/share 2.3 times smaller, /usr/sbin 2.9), and less of text.
 */
const BYTES_PER_COMPRESSED = 1 + 3

/** What a rollback can always write (watchdog/arm.sh). */
const RESERVE_BYTES = 1024 * 1024

/** What the pull needs: each layer once, without those that are there. */
export function pullNeed(wanted: readonly Layer[], here: readonly Layer[]): PullNeed {
  const known = new Set(here.map(({ digest }) => digest))
  const missing = new Map(wanted.map(({ digest, bytes }) => [digest, bytes]))
  const downloadBytes = [...missing].reduce(
    (sum, [digest, bytes]) => (known.has(digest) ? sum : sum + bytes),
    0,
  )
  return { kind: 'known', downloadBytes, bytes: downloadBytes * BYTES_PER_COMPRESSED }
}

/** What is needed and what is free, side by side. */
export function measuredSpace(facts: SpaceFacts, pull: PullNeed, projectDir: string): Space {
  const { dataRoot, project } = facts
  return {
    pull,
    dataRoot:
      dataRoot.disk === undefined
        ? { kind: 'elsewhere', path: dataRoot.path }
        : { kind: 'here', path: dataRoot.path, freeBytes: dataRoot.disk.freeBytes },
    project: {
      path: projectDir,
      needBytes: project.snapshotBytes + RESERVE_BYTES,
      freeBytes: project.disk.freeBytes,
    },
    disks: dataRoot.disk?.device === project.disk.device ? 'one' : 'two',
  }
}

/** Whether the deployment would fill a disk; what is not known is no reason. */
export function isEnough({ pull, dataRoot, project, disks }: Space): 'enough' | 'short' {
  const pullBytes = pull.kind === 'known' ? pull.bytes : 0
  const atProject = project.needBytes + (disks === 'one' ? pullBytes : 0)
  if (atProject > project.freeBytes) return 'short'
  return dataRoot.kind === 'here' && pullBytes > dataRoot.freeBytes ? 'short' : 'enough'
}
