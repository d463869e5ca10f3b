import type { EvidenceNeed, EvidenceOutlook } from './assessment.ts'
import type { Check } from './check.ts'
import type { EarlierRelease } from './earlier-release.ts'
import type { GateDecision } from './gate-decision.ts'
import type { LockHolder, Problem, TransientSshProblem } from './problem.ts'
import type { Space } from './space.ts'

/** An account on a server. */
interface Login {
  readonly host: string
  readonly port: number
  readonly username: string
}

/** One event of a deployment, as data; `src/output` has the words. */
export type Progress =
  | { readonly kind: 'budget'; readonly seconds: number }
  | ({
      readonly kind: 'connected'
      readonly route:
        | { readonly kind: 'direct' }
        | { readonly kind: 'through-bastion'; readonly bastion: Login }
    } & Login)
  /** The first connection failed. `seconds`: how long the action goes on trying. */
  | { readonly kind: 'connecting-again'; readonly because: Problem; readonly seconds: number }
  /** `seconds`: how long the action tries to reconnect. */
  | { readonly kind: 'contact-lost'; readonly because: TransientSshProblem; readonly seconds: number }
  | { readonly kind: 'contact-regained'; readonly afterSeconds: number }
  | { readonly kind: 'files-read'; readonly entries: number; readonly files: number; readonly bytes: number }
  /** `changed` paths of the project differ; the host lacks the contents of `lacking` files. */
  | {
      readonly kind: 'files-compared'
      readonly changed: number
      readonly lacking: number
      readonly bytes: number
    }
  | { readonly kind: 'files-sent'; readonly sent: number; readonly bytes: number }
  | { readonly kind: 'files-staged' }
  /** Services that are deployed too, and services that are recreated, because of the files of the release. */
  | {
      readonly kind: 'files-concern'
      readonly joined: readonly string[]
      readonly touched: readonly string[]
    }
  | {
      readonly kind: 'state-size'
      readonly kibibytes: number
      readonly limitKibibytes: number
      readonly freeKibibytes: number
    }
  /** The facts that the host could read; at least one. */
  | { readonly kind: 'host-read'; readonly facts: readonly HostFact[] }
  | { readonly kind: 'locked'; readonly holder: LockHolder; readonly timeoutSeconds: number }
  | { readonly kind: 'lock-file-held'; readonly file: string }
  /** An earlier deployment without an end, and its state. */
  | { readonly kind: 'recovering'; readonly transaction: string; readonly state: string }
  | { readonly kind: 'transaction'; readonly id: string; readonly projectDir: string }
  | {
      readonly kind: 'snapshot'
      readonly containers: readonly {
        readonly name: string
        readonly imageId: string
        readonly state: string
      }[]
    }
  /** What is needed of the disks, and what is free. */
  | { readonly kind: 'space'; readonly space: Space }
  | { readonly kind: 'pulled'; readonly reference: string; readonly imageId: string }
  /** `actions/rollback` has chosen it. */
  | { readonly kind: 'returning'; readonly release: EarlierRelease }
  /** `preflight-command` ended well, or is tried again. */
  | { readonly kind: 'tried' }
  | {
      readonly kind: 'trying-again'
      readonly exitCode: number
      readonly tryNumber: number
      readonly tries: number
    }
  | { readonly kind: 'boundary' }
  | { readonly kind: 'running'; readonly service: string; readonly imageId: string }
  | { readonly kind: 'waiting-for'; readonly service: string; readonly state: string }
  | { readonly kind: 'ready'; readonly services: readonly string[] }
  | {
      readonly kind: 'evidence'
      readonly needs: readonly EvidenceNeed[]
      readonly outlook: EvidenceOutlook
      readonly elapsedSeconds: number
      readonly timeoutSeconds: number
    }
  /** At this stage nothing is waited for, because nothing is named. */
  | { readonly kind: 'no-evidence'; readonly stage: string }
  /** The runner, called with `full`, restarted the service. */
  | { readonly kind: 'restarted'; readonly service: string }
  | { readonly kind: 'evidence-short'; readonly timeoutSeconds: number }
  | {
      readonly kind: 'gate'
      readonly decision: GateDecision
      readonly enforcement: 'enforced' | 'not_enforced'
    }
  /** The checks of `actions/verify`, or after a promotion. */
  | { readonly kind: 'checked'; readonly checks: readonly Check[] }
  /** Images of old releases were removed, by ID and tags; `freedBytes`: where that could be seen. */
  | {
      readonly kind: 'pruned'
      readonly images: readonly { readonly imageId: string; readonly tags: readonly string[] }[]
      readonly freedBytes?: number
    }
  | { readonly kind: 'status'; readonly id: string; readonly state: string }
  | { readonly kind: 'rolling-back'; readonly because: Problem }
  | { readonly kind: 'rolled-back' }

/** One fact about the host. */
export type HostFact =
  | { readonly kind: 'docker' | 'compose'; readonly version: string }
  | { readonly kind: 'project'; readonly name: string }
  | { readonly kind: 'containers'; readonly count: number }
  | { readonly kind: 'free'; readonly kibibytes: number }
