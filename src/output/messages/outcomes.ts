import type { DeploymentReport, Ending } from '../../model/outcome.ts'
import { type EndingWords, promoted, rollbackFailed, rolledBack, unchanged, unknown } from './ending.ts'

/** Everything that is told about one outcome. */
interface OutcomeRow<EndingOfKind> {
  readonly icon: string
  /** The usual title: one short line without foreign text. */
  readonly title: string
  readonly words: (report: DeploymentReport, ending: EndingOfKind) => EndingWords
  /** Exit code of the step, and of the post step where that finds the deployment so. */
  readonly exitCode: 0 | 1
  readonly postExitCode: 0 | 1
  /** For docs/troubleshooting.md, in Markdown. */
  readonly docs: { readonly runsNow: string; readonly next: string }
}

/** A row for each outcome. */
export const OUTCOMES: { readonly [Kind in Ending['kind']]: OutcomeRow<Extract<Ending, { kind: Kind }>> } = {
  promoted: {
    icon: '✅',
    title: 'The release is in service',
    words: promoted,
    exitCode: 0,
    postExitCode: 0,
    docs: {
      runsNow:
        'the release: the pulled images, ready, gate passed (or not enforced, and the message says so)',
      next: 'nothing; read the warnings',
    },
  },
  unchanged: {
    icon: '⛔',
    title: 'Nothing was changed',
    words: unchanged,
    exitCode: 1,
    postExitCode: 0,
    docs: {
      runsNow: 'what ran before; this deployment touched nothing that serves',
      next: 'what the message names, then run the job again',
    },
  },
  rolled_back: {
    icon: '↩️',
    title: 'The release was rolled back',
    words: rolledBack,
    exitCode: 1,
    postExitCode: 0,
    docs: {
      runsNow: 'what ran before, compared with the snapshot; every exception is named',
      next: 'correct what `fault` says, deploy again',
    },
  },
  rollback_failed: {
    icon: '🚨',
    title: 'The rollback failed: the host needs a person',
    words: rollbackFailed,
    exitCode: 1,
    postExitCode: 1,
    docs: {
      runsNow:
        'a mixture, or something that the host could not verify; with `on-rollback-failure: stop` none of the deployed services, except those that the message names. The summary has the last state seen',
      next: 'look at the host now; cure what the message names; `host.sh rollback ID`',
    },
  },
  unknown: {
    icon: '❓',
    title: 'The end of the deployment is unknown',
    words: unknown,
    exitCode: 1,
    postExitCode: 1,
    docs: {
      runsNow: 'the release, what ran before, or a mixture',
      next: 'read the result of the post step at the end of the job; if it could not end the deployment either, look at the host now',
    },
  },
}

/** What happened, what runs now and what to do next. */
export function describeEnding(report: DeploymentReport): Required<EndingWords> {
  const { ending } = report
  // The row of this kind takes this ending, which the compiler cannot follow.
  const { title, words } = OUTCOMES[ending.kind] as OutcomeRow<Ending>
  return { title, ...words(report, ending) }
}
