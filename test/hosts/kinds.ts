import {
  type DebianRelease,
  type HostKind,
  type ImageStore,
  releaseOfMachine,
} from '../support/private-host/host-kind.ts'

/** A host that the product is tried on: a release of Debian with its own Docker, and where that keeps its images. */
export interface TestedKind {
  readonly release: DebianRelease
  readonly store: ImageStore
}

/** In the order of the table. Docker 20.10, of the oldest, has no other store than its own. */
export const TESTED_KINDS: readonly TestedKind[] = [
  { release: 'bookworm', store: 'docker' },
  { release: 'trixie', store: 'docker' },
  { release: 'trixie', store: 'containerd' },
  { release: 'forky', store: 'docker' },
  { release: 'forky', store: 'containerd' },
]

/** The host of a kind: this machine's root file system where it is of that release. */
export function hostKindOf({ release, store }: TestedKind): Pick<HostKind, 'release' | 'store'> {
  return { release: release === releaseOfMachine() ? 'machine' : release, store }
}
