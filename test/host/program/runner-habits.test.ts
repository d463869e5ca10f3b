import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import type { GateDecision } from '../../../src/model/gate-decision.ts'
import { describeGateReason } from '../../../src/output/messages/gate-reasons.ts'
import { assessedRun, EARLIER, MINE, type RunnerCase } from './runner-bench.ts'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

/** A run that cron, the scheduler or a person starts while ours goes on, without the lock. */
const FOREIGN = '20260214T151230Z'

/** Beside the parts of `runner-bench.ts`: `foreign VERDICT` makes that run, `shows RUN` its words, `finished` our own last line. */
const HABITS = `
foreign() { (run=$root/${FOREIGN}; reports "$1"; latest); }
shows() { echo "ai-trade | [INFO] closed loop assess finished: $root/$1"; }
finished() { echo "[INFO] closed loop $action finished: $run"; }
`

interface Case extends RunnerCase {
  readonly gate: GateDecision['kind']
  readonly says?: readonly string[]
}

const HOW_A_RUN_ENDS: Readonly<Record<string, Case>> = {
  'FAIL, exit 1, and latest_* left alone': { runner: 'reports FAIL; exit 1', gate: 'fail' },
  'FAIL, exit 1, and latest_* written': { runner: 'reports FAIL; latest; exit 1', gate: 'fail' },
  'FAIL, exit 0, and latest_* left alone': { runner: 'reports FAIL; exit 0', gate: 'fail' },
  'FAIL, exit 0, and latest_* written': { runner: 'reports FAIL; latest; exit 0', gate: 'fail' },
  'FAIL, exit 0, and a last line all the same': { runner: 'reports FAIL; latest; finished', gate: 'fail' },
  'FAIL, exit 1, and words that name no run': {
    runner: 'reports FAIL; echo "[ERROR] FAIL"; exit 1',
    gate: 'fail',
  },
  'FAIL in the middle, nothing after it': {
    before: 'earlier PASS',
    runner: `put runtime_assess.json '{"stage":"S3","verdict":"FAIL"}'; exit 1`,
    gate: 'fail',
  },
  'PASS and a last line': { runner: 'reports PASS; latest; finished', gate: 'pass' },
  'PASS of a full run': { action: 'full', runner: 'reports PASS; latest; finished', gate: 'pass' },
  'PASS and no word': { runner: 'reports PASS; latest', gate: 'pass' },
  'PASS and words that name the run, but no last line': {
    runner: 'echo "[INFO] run $run"; reports PASS; latest; echo bye',
    gate: 'pass',
  },
  'a last line with a relative path': {
    runner: `reports PASS; echo "[INFO] closed loop assess finished: data/reports/${MINE}"`,
    gate: 'pass',
  },
  'a last line with a slash, a carriage return and empty lines after it': {
    runner: `reports PASS; printf '[INFO] closed loop assess finished: %s/ \\r\\n\\n  \\n' "$run"`,
    gate: 'pass',
  },
  'a meta file with absolute paths and further keys': {
    runner: `reports PASS
      put run_meta.json '{"run_id":"${MINE}","action":"assess","stage":"S3","run_dir":"'"$run"'","final_report":"'"$run"'/closed_loop_report.json","git":{"sha":"1"},"版本":[1,null]}'`,
    gate: 'pass',
  },
  'a meta file with relative paths': {
    runner: `reports PASS; put run_meta.json '{"run_id":"${MINE}","action":"assess","stage":"S3","run_dir":"./${MINE}"}'`,
    gate: 'pass',
  },
}

const SOMEBODY_ELSE: Readonly<Record<string, Case>> = {
  'a run at the same time, and the runner names its own last': {
    runner: 'foreign PASS; reports PASS; finished',
    gate: 'pass',
  },
  'a PASS at the same time, beside the FAIL that the runner names': {
    runner: 'foreign PASS; reports FAIL; finished; exit 0',
    gate: 'fail',
  },
  'a FAIL at the same time, beside the PASS that the runner names': {
    runner: 'foreign FAIL; reports PASS; finished',
    gate: 'pass',
  },
  'a PASS at the same time, beside a FAIL of a runner that stops there': {
    runner: 'foreign PASS; reports FAIL; exit 1',
    gate: 'error',
    says: ['Several run directories appeared', FOREIGN, MINE],
  },
  'a run at the same time, of a runner that never speaks': {
    runner: 'foreign PASS; reports PASS',
    gate: 'error',
    says: ['Several run directories appeared'],
  },
  'the last line of another run, shown before the own one': {
    runner: `foreign FAIL; shows ${FOREIGN}; reports PASS; finished`,
    gate: 'pass',
  },
  'the last line of another run, shown somewhere on the way': {
    runner: `foreign PASS; shows ${FOREIGN}; reports FAIL; echo "[ERROR] FAIL"; exit 1`,
    gate: 'error',
    says: ['Several run directories appeared'],
  },
  'the last line of another action': {
    runner: `foreign PASS; reports FAIL; echo "closed loop full finished: $root/${FOREIGN}"; exit 1`,
    gate: 'error',
    says: ['Several run directories appeared'],
  },
  'a run of somebody else, while ours does nothing and says why': {
    runner: 'foreign PASS; echo "[INFO] another run is at work, nothing to do"',
    gate: 'error',
    says: [
      'A run directory appeared during the assessment, but the runner did not name it as its own',
      FOREIGN,
    ],
  },
  'a run of somebody else, while ours names an old one': {
    before: 'earlier PASS',
    runner: `foreign PASS; shows ${EARLIER}`,
    gate: 'error',
  },
  'latest_* of somebody else, written over those of ours': {
    runner: 'reports PASS; latest; rm "$run/run_meta.json"; foreign PASS; finished',
    gate: 'error',
    says: [`latest_run_meta.json names run ${FOREIGN}, this run is ${MINE}`],
  },
  'a directory that somebody else made in the very same second': {
    before: 'mkdir "$run"',
    runner: 'reports PASS; latest; finished',
    gate: 'error',
    says: ['The assessment left no new run directory'],
  },
  'a run of another stage into the very same directory': {
    runner: `reports PASS; latest; put runtime_assess.json '{"stage":"S5","verdict":"PASS"}'; finished`,
    gate: 'error',
    says: ['stage is "S5", expected "S3"'],
  },
  'a run of another action into the very same directory': {
    runner: 'reports PASS; (action=full; reports PASS; latest); finished',
    gate: 'error',
    says: ['action is "full", expected "assess"'],
  },
}

describe.each(SHELLS)('under %s, whatever the habits of a runner,', (shell) => {
  it.each(Object.entries({ ...HOW_A_RUN_ENDS, ...SOMEBODY_ELSE }))('%s', (_name, one) => {
    const { decision, files, identity } = assessedRun(bench, shell, { ...one, runner: HABITS + one.runner })
    const said = decision.reasons.map(describeGateReason).join('\n')
    expect({ gate: decision.kind, said }).toMatchObject({ gate: one.gate })
    for (const words of one.says ?? []) expect(said).toContain(words)
    if (decision.kind === 'pass') expect(identity).toEqual({ kind: 'proven', runId: MINE })
    const shown = Object.values(files).flatMap((file) => (file.kind === 'found' ? [file.text] : []))
    expect(shown.filter((text) => text.includes(FOREIGN))).toEqual([])
  })
})

/** Writes down how it was called, and by which run id in its environment. */
const WRITES_DOWN = `printf '%s %s\\n' "\${CLOSED_LOOP_RUN_ID-none}" "$*" >>./calls\n`
/** Takes `--run-id` where it is given. */
const TAKES_RUN_ID = `${WRITES_DOWN}for word; do [ "\${last-}" != --run-id ] || run=$root/$word; last=$word; done\n`
const RUN_ID = /^\d{8}T\d{6}Z-abc$/

/** Every call of the runner, by its words. */
function callsOf(projectDir: string): readonly string[] {
  const file = join(projectDir, 'calls')
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
}

describe.each(SHELLS)('under %s, a runner that takes --run-id', (shell) => {
  it('is given one, and then only the run of that name is ours', () => {
    const runner = `${TAKES_RUN_ID}${HABITS}reports PASS; foreign FAIL; shows ${FOREIGN}`
    const { decision, identity, projectDir } = assessedRun(bench, shell, { runner })
    expect(decision.kind).toBe('pass')
    expect(identity).toEqual({ kind: 'proven', runId: expect.stringMatching(RUN_ID) })
    expect(callsOf(projectDir)).toEqual([expect.stringMatching(/^(\S+-abc) assess .* --run-id \1$/)])
  })

  it.each([
    ['makes none of that name', 'run=$root/20260214T151200Z; reports PASS; echo "[INFO] run $run"'],
    ['leaves all to somebody else', 'foreign PASS'],
    ['leaves all to somebody else and fails', 'foreign PASS; exit 1'],
  ])('is not believed where it %s', (_what, rest) => {
    const { decision } = assessedRun(bench, shell, { runner: TAKES_RUN_ID + HABITS + rest })
    expect(decision.kind).toBe('error')
  })

  it('is believed by its last line where it makes none of that name', () => {
    const runner = `${TAKES_RUN_ID}${HABITS}foreign FAIL; run=$root/${MINE}; reports PASS; finished`
    const { decision, identity } = assessedRun(bench, shell, { runner })
    expect(decision.kind).toBe('pass')
    expect(identity).toEqual({ kind: 'proven', runId: MINE })
  })
})

describe.each(SHELLS)('under %s, a runner that does not take --run-id', (shell) => {
  it.each([
    ['nothing like it', ''],
    ['an option that is called nearly so', '# --run-id-file, x--run-id and ---run-id'],
    ['a word on that of another tool', '# see --run-id of the other tool'],
    ['a call that hands it on', 'assess() { python3 assess.py --run-id "$CLOSED_LOOP_RUN_ID"; }'],
  ])('is called once, without it: its text has %s', (_what, comment) => {
    const { decision, identity, projectDir } = assessedRun(bench, shell, {
      runner: `${comment}\n${WRITES_DOWN}reports PASS`,
    })
    expect(decision.kind).toBe('pass')
    expect(identity).toEqual({ kind: 'proven', runId: MINE })
    expect(callsOf(projectDir)).toEqual([expect.stringMatching(/^\d{8}T\d{6}Z-abc assess /)])
    expect(callsOf(projectDir).join()).not.toContain('--run-id')
  })

  it.each(['PASS', 'FAIL'] as const)('has it in its environment: %s', (verdict) => {
    const runner = `run=$root/$CLOSED_LOOP_RUN_ID; ${HABITS}reports ${verdict}; foreign PASS; echo bye`
    const { decision, identity } = assessedRun(bench, shell, { runner })
    expect(decision.kind).toBe(verdict === 'PASS' ? 'pass' : 'fail')
    expect(identity).toEqual({ kind: 'proven', runId: expect.stringMatching(RUN_ID) })
  })
})

describe.each(SHELLS)('under %s, a report that is caught half-written', (shell) => {
  const HALF = `reports PASS; put runtime_assess.json '{"stage":"S3","verd'`

  it('is judged as it is a moment later', () => {
    const meanwhile = `printf 'ict":"PASS"}' >>"$run/runtime_assess.json"`
    const { decision, looks } = assessedRun(bench, shell, { runner: HALF, meanwhile })
    expect({ gate: decision.kind, looks }).toEqual({ gate: 'pass', looks: 2 })
  })

  it('is an error where it stays so', () => {
    const { decision, looks } = assessedRun(bench, shell, { runner: HALF })
    expect({ gate: decision.kind, looks }).toEqual({ gate: 'error', looks: 2 })
  })

  it('is a FAIL where it turns out to be one', () => {
    const meanwhile = `printf 'ict":"FAIL"}' >>"$run/runtime_assess.json"`
    expect(assessedRun(bench, shell, { runner: HALF, meanwhile }).decision.kind).toBe('fail')
  })

  it('is looked at once where it is whole', () => {
    expect(assessedRun(bench, shell, { runner: 'reports PASS' }).looks).toBe(1)
  })
})

describe.each(SHELLS)('under %s, a report that is written while it is read', (shell) => {
  it('is never judged, though every state of it is a report', () => {
    // What reads it last makes it another one.
    const tools = `base64() { command base64; printf ' ' >>"$STATE_DIR/../reports/${MINE}/runtime_assess.json"; }`
    const { decision, looks } = assessedRun(bench, shell, { runner: 'reports PASS', tools })
    expect(looks).toBe(2)
    expect(decision.kind).toBe('error')
    expect(decision.reasons.map(describeGateReason)).toEqual([
      'latest_runtime_assess.json could not be read: it changed while it was read.',
    ])
  })
})

describe.each(SHELLS)('under %s, a host that cannot write down what was there before', (shell) => {
  it.each(['assessing', 'runs-before', 'latest-before'])('does not call the runner: %s', (file) => {
    const before = `earlier PASS; mkdir -p "$STATE_DIR/transactions/abc/${file}"`
    const runner = `printf '%s\\n' "$*" >>./calls; echo "closed loop assess finished: $root/${EARLIER}"`
    const { decision, projectDir } = assessedRun(bench, shell, { before, runner })
    expect(decision.kind).toBe('error')
    expect(callsOf(projectDir)).toEqual([])
  })
})

describe.each(SHELLS)('under %s, a full run', (shell) => {
  const line = (id: string, startedAt: string) =>
    [
      'ai-trade',
      'ai-trade',
      '1',
      'False',
      'sha256:1',
      'a:1',
      'running',
      'healthy',
      'no:0',
      'h',
      id,
      startedAt,
    ].join('\\t')

  it('tells what became of the containers meanwhile', () => {
    const { stdout } = bench.run(
      shell,
      `container_lines() { printf '${line('kept', 'now')}\\n${line('made', 'now')}\\n'; }
call_runner() { :; }; PROJECT_DIR=. TX=tx TX_DIR=$PWD watch_known=
project_container_ids() { [ -z "$watch_known" ] && printf 'kept\\nlost\\n' || printf 'kept\\nmade\\n'; }
job_assess full S3 30m 10 ./none`,
    )
    expect(stdout.trimEnd().split('\n')).toEqual([
      'fact\tgone\tlost',
      expect.stringMatching(/^fact\tstate\tai-trade\t.*\tkept\tnow$/),
      expect.stringMatching(/^fact\tstate\tai-trade\t.*\tmade\tnow$/),
      'fact\trunner_exit\t0',
    ])
  })

  it('tells nothing of containers that cannot be read', () => {
    const { stdout, stderr } = bench.run(
      shell,
      `project_container_ids() { echo 'they cannot be read' >&2; return 1; }
call_runner() { :; }; PROJECT_DIR=. TX=tx TX_DIR=$PWD
job_assess full S3 30m 10 ./none`,
    )
    expect({ stdout, stderr }).toEqual({ stdout: 'fact\trunner_exit\t0\n', stderr: '' })
  })
})
