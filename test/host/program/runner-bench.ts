import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { judge } from '../../../src/gate/judge.ts'
import { identityOf } from '../../../src/gate/reports/run-identity.ts'
import {
  assessmentOf,
  extrasOf,
  isExtraHalfWritten,
  isHalfWritten,
  runnerEndOf,
  seenRuns,
} from '../../../src/host/client/assessment-result.ts'
import { NOT_ASKED } from '../../../src/host/client/baseline-result.ts'
import { JobRecord } from '../../../src/host/link/job-run.ts'
import { deliveredExtras, deliveredFiles } from '../../../src/host/protocol/delivered-file.ts'
import type { Fact } from '../../../src/host/protocol/facts.ts'
import { quoted } from '../../../src/host/protocol/quoted.ts'
import {
  type ExtraReport,
  type GateOn,
  JUDGED_WORDS,
  type ReportFile,
  type RunIdentity,
  type RunnerAction,
} from '../../../src/model/assessment.ts'
import type { GateDecision } from '../../../src/model/gate-decision.ts'
import { holdLock } from './held-lock.ts'
import type { ProgramBench, ShellName } from './shells.ts'

/** The run that the runners make, and one that is not theirs. */
export const MINE = '20260214T151200Z'
export const EARLIER = '20260101T000000Z'
export const COMMIT = '5f0c2a9e1b7d4c3f8a6e5d4c3b2a190817263544'

/** What runners are made of: `put`, `reports`, `concluded` (a meta file that says of what), `latest`; `$run` is the directory of this run. */
const PARTS = `
action=\${1:-assess}
root=$7
run=$root/${MINE}
put() { mkdir -p "$run" && printf '%s' "$2" >"$run/$1"; }
reports() {
  put runtime_assess.json '{"stage":"S3","verdict":"'"$1"'"}'
  put closed_loop_report.json '{"overall_status":"'"$1"'","sections":{"runtime":{"stage":"S3","verdict":"'"$1"'"}}}'
  put run_meta.json '{"run_id":"'"\${run##*/}"'","action":"'"$action"'","stage":"S3"}'
}
concluded() { put run_meta.json '{"run_id":"'"\${run##*/}"'","action":"'"$action"'","stage":"S3","runtime_verdict":"'"$1"'","overall_status":"'"$1"'"}'; }
latest() { for name in runtime_assess closed_loop_report run_meta; do cp "$run/$name.json" "$root/latest_$name.json"; done; }
# A run as it was before, for the directory to hold.
earlier() { (run=$root/${EARLIER}; reports "$1"; latest); }
`

/** A runner, and what else happens on its host. */
export interface RunnerCase {
  /** Shell text; what it does before the assessment stands in `before`. */
  readonly runner: string
  readonly before?: string
  readonly firstLine?: string
  readonly mode?: number
  /** Default `assess`. */
  readonly action?: RunnerAction
  /** Shell functions that stand in for tools of the host while the reports are read. */
  readonly tools?: string
  /** The files of `extra-reports`. */
  readonly extras?: readonly string[]
  /** Default S3. */
  readonly stage?: string
  /** Default 10. */
  readonly minimum?: number
  readonly gateOn?: GateOn
  /** Shell text of what happens on the host before the reports are looked at once more. */
  readonly meanwhile?: string
}

/** What the client makes of it. */
export interface JudgedRun {
  readonly decision: GateDecision
  readonly files: Readonly<Record<string, ReportFile>>
  readonly identity: RunIdentity
  readonly extras: readonly ExtraReport[]
  readonly looks: number
  readonly projectDir: string
}

/** One assessment by the host program, bound and judged as the client does it. */
export function assessedRun(bench: ProgramBench, shell: ShellName, one: RunnerCase): JudgedRun {
  const projectDir = join(bench.directory, 'project')
  const reportRoot = join(projectDir, 'reports')
  const transactionDir = join(projectDir, '.closed-loop', 'transactions', 'abc')
  rmSync(projectDir, { recursive: true, force: true })
  for (const made of [join(projectDir, 'tools'), reportRoot, join(transactionDir, 'jobs', 'assess')])
    mkdirSync(made, { recursive: true })
  writeFileSync(join(projectDir, '.env.runtime'), 'A=1\n')
  writeFileSync(
    join(transactionDir, 'plan'),
    [
      ...[`project_dir\t${projectDir}`, 'compose_file\tcompose.yml', 'env_file\t.env.runtime'],
      ...['project_name\tp', `commit\t${COMMIT}`],
      ...(one.extras ?? []).map((name) => `extra_report\t${name}`),
      '',
    ].join('\n'),
  )
  holdLock(join(projectDir, '.closed-loop'), 'abc')
  const {
    mode = 0o755,
    firstLine = '#!/bin/sh',
    before = '',
    action = 'assess',
    meanwhile = '',
    tools = '',
    stage = 'S3',
    minimum = 10,
    gateOn = 'both',
    extras = [],
    runner,
  } = one
  writeFileSync(
    join(projectDir, 'tools', 'closed_loop_runner.sh'),
    `${firstLine}${firstLine === '' ? '' : '\n'}${PARTS}\n${runner}\n`,
    { mode },
  )
  const onHost = (script: string): readonly Fact[] => {
    const { stdout } = bench.run(shell, `STATE_DIR='${projectDir}/.closed-loop'\n${script}`)
    return stdout
      .split('\n')
      .filter((line) => line.startsWith('fact\t'))
      .map((line) => line.split('\t').slice(1))
      .map(([name = '', ...fields]): Fact => [name, ...fields])
  }

  if (before !== '') onHost(`set -- '' '' '' '' '' '' '${reportRoot}'\n${PARTS}\n${before}`)
  const facts = onHost(`
open_transaction abc && job_assess ${action} ${stage} 30m ${minimum} '${reportRoot}' 2>"$TX_DIR/jobs/assess/out"
verb_assessed abc assess '${reportRoot}'`)
  const record = new JobRecord({})
  for (const fact of facts) record.fact(fact)
  const end = runnerEndOf({ kind: 'ended', code: 0, record }, 60)
  const identity = identityOf(seenRuns(facts), end)
  const runId = identity.kind === 'proven' ? identity.runId : ''
  const look = () => {
    const words = [...JUDGED_WORDS, stage, COMMIT].join(' ')
    const told = onHost(`${tools}\nverb_reports abc '${reportRoot}' ${quoted(runId)} ${words}`)
    return { files: deliveredFiles(told), extras: deliveredExtras(told) }
  }
  const first = look()
  const again = first.files.some(isHalfWritten) || first.extras.some(isExtraHalfWritten)
  if (again && meanwhile !== '') onHost(`root='${reportRoot}'\nrun=$root/${MINE}\n${meanwhile}`)
  const last = again ? look() : first
  const further = extrasOf(extras, identity, last.extras)
  const assessment = assessmentOf(end, identity, last.files, further)
  const decision = judge({
    assessment,
    wanted: { stage, action, strictness: 'strict', gateOn, commit: COMMIT },
    evidence: { wanted: [{ text: 'GATE_CHECK', least: 1 }], counts: [1] },
    rules: [],
    baseline: NOT_ASKED,
  })
  return { decision, identity, extras: further, files: assessment.files, looks: again ? 2 : 1, projectDir }
}
