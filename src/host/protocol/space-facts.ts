import { type Fact, fieldsOf, firstOf } from './facts.ts'

/** A disk as the host program looks at it. */
interface Disk {
  readonly freeBytes: number
  readonly device: string
}

/** The answer to `space`. */
export interface SpaceFacts {
  /** `linux/amd64` */
  readonly platform: string
  /** Absent disk: Docker runs elsewhere, or this account cannot look there. */
  readonly dataRoot: { readonly path: string; readonly disk?: Disk }
  readonly project: { readonly disk: Disk; readonly snapshotBytes: number }
  /** Registries that Docker takes without TLS, by name. */
  readonly insecure: readonly string[]
  /** Images that are there, as `REPOSITORY@DIGEST`. */
  readonly here: readonly string[]
}

const KIBIBYTE = 1024

/** Undefined where the host could not look at the disk of the project. */
export function parseSpace(facts: readonly Fact[]): SpaceFacts | undefined {
  const [project] = fieldsOf(facts, 'project_disk')
  const [root] = fieldsOf(facts, 'data_root')
  const [free, device, snapshot] = project ?? []
  if (!isNumber(free) || device === undefined || !isNumber(snapshot)) return undefined
  const [path = '', rootFree, rootDevice] = root ?? []
  return {
    platform: firstOf(facts, 'platform'),
    dataRoot: {
      path,
      ...(isNumber(rootFree) && rootDevice !== undefined ? { disk: diskOf(rootFree, rootDevice) } : {}),
    },
    project: { disk: diskOf(free, device), snapshotBytes: Number(snapshot) * KIBIBYTE },
    insecure: fieldsOf(facts, 'insecure').flatMap(([name = '']) => name),
    here: fieldsOf(facts, 'here').flatMap(([digest = '']) => digest),
  }
}

function diskOf(free: string, device: string): Disk {
  return { freeBytes: Number(free) * KIBIBYTE, device }
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/u.test(text)
}
