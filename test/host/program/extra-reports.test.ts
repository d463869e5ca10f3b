import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { assessedRun, COMMIT, EARLIER, MINE } from './runner-bench.ts'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

const SECRET = 'hunter2-hunter2'
const MANIFEST = `{"git":{"commit":"${COMMIT}"},"run_id":"${MINE}","key":"${SECRET}","n":12345678}`
const environment = `printf 'API_KEY=${SECRET}\\nRELEASE=${COMMIT}\\nLIMIT=12345678\\n' >>"$root/../.env.runtime"`

describe.each(SHELLS)('files of extra-reports, under %s', (shell) => {
  it('are delivered as they are, but for values of the env file, and are no part of the baseline', () => {
    const log = `2026 start\n"odd ${SECRET} *** 12345678\nend\u0007`
    const { extras, decision, projectDir } = assessedRun(bench, shell, {
      extras: ['run_manifest.json', 'runtime.log', 'step_status.jsonl', 'gone.json'],
      before: environment,
      runner: `reports PASS; put run_manifest.json '${MANIFEST}'; put runtime.log '${log}'
put step_status.jsonl '{"a":1}
{"b":12345678}'`,
    })
    expect(decision.kind).toBe('pass')
    const text = (name: string) => {
      const file = extras.find((one) => one.name === name)?.file
      return file?.kind === 'found' ? file.text : file?.kind
    }
    expect(JSON.parse(text('run_manifest.json') ?? '')).toEqual({
      // Public, although the env file has it too.
      git: { commit: COMMIT },
      run_id: MINE,
      key: '***',
      n: '***',
    })
    expect(text('runtime.log')).toBe('2026 start\n"odd *** *** ***\nend\n')
    expect(text('step_status.jsonl')).toBe('{"a":1}\n{"b":***}\n')
    expect(text('gone.json')).toBe('absent')
    const kept = join(projectDir, '.closed-loop', 'transactions', 'abc', 'reports')
    expect(readdirSync(kept).filter((name) => name.startsWith('extra'))).toEqual([])
    expect(existsSync(join(kept, 'runtimeAssess.run'))).toBe(true)
  })

  it('keep no value that colours or null bytes cut into pieces', () => {
    const spread = [...SECRET].join('\\0000')
    const { extras } = assessedRun(bench, shell, {
      extras: ['runtime.log'],
      before: environment,
      runner: `reports PASS; printf '%b' 'wide ${spread} red hunter2\\033[31m-hunter2\\n' >"$run/runtime.log"`,
    })
    const [log] = extras
    const text = log?.file.kind === 'found' ? log.file.text : ''
    expect(text).toContain('wide ***')
    expect(text.replaceAll(/[^a-z0-9-]/gu, '')).not.toContain(SECRET)
  })

  it('are those of the proven run alone, and whatever is wrong with one decides nothing', () => {
    const { extras, decision, projectDir } = assessedRun(bench, shell, {
      extras: ['link.json', 'outside.log', 'huge.log', 'directory', 'pipe', 'bytes.log', 'broken.json'],
      before: `earlier PASS; echo {} >"$root/${EARLIER}/link.json"; echo x >"$root/../secret"`,
      runner: `reports PASS; cd "$run"; ln -s ../${EARLIER}/link.json link.json; ln -s ../../secret outside.log
head -c 8388609 /dev/zero | tr '\\0' x >huge.log; mkdir directory; mkfifo pipe; printf 'a\\377b' >bytes.log; echo '{' >broken.json`,
    })
    expect(decision.kind).toBe('pass')
    expect(Object.fromEntries(extras.map(({ name, file }) => [name, file]))).toEqual({
      'link.json': { kind: 'stale', detail: expect.stringContaining('a link to a file of another place') },
      'outside.log': { kind: 'unreadable', detail: expect.stringContaining('leads out') },
      'huge.log': { kind: 'unreadable', detail: expect.stringContaining('more than 8 MiB') },
      directory: { kind: 'absent' },
      pipe: { kind: 'absent' },
      'bytes.log': { kind: 'found', text: 'a\ufffdb\n', from: 'run-directory' },
      'broken.json': { kind: 'found', text: '{\n', from: 'run-directory' },
    })
    // A baseline is kept all the same.
    expect(existsSync(join(projectDir, '.closed-loop', 'transactions', 'abc', 'reports', 'run-id'))).toBe(
      true,
    )
  })

  it('are not looked for where no run is proven', () => {
    const { extras } = assessedRun(bench, shell, {
      extras: ['run_manifest.json'],
      runner: 'run=$root/other; reports PASS; put run_manifest.json {}; run=$root/another; reports PASS',
    })
    expect(extras).toEqual([
      { name: 'run_manifest.json', file: expect.objectContaining({ kind: 'unproven', because: 'run' }) },
    ])
  })
})

describe.each(SHELLS)('the call of the runner, under %s', (shell) => {
  const called = (minimum: number) =>
    assessedRun(bench, shell, {
      stage: 'DEPLOY',
      minimum,
      extras: ['call.log'],
      runner: `put runtime_assess.json '{"stage":"DEPLOY","verdict":"PASS","run_id":"${MINE}"}'
put closed_loop_report.json '{"overall_status":"PASS"}'
put run_meta.json '{"run_id":"${MINE}","action":"assess","stage":"DEPLOY"}'
put call.log "$* commit=$CLOSED_LOOP_GIT_COMMIT run=\${CLOSED_LOOP_RUN_ID#*Z}"`,
    })

  it('takes any stage, the commit of the run, and a minimum only where there is one', () => {
    for (const [minimum, option] of [
      [0, ''],
      [4, ' --min-runtime-status 4'],
    ] as const) {
      const { extras, decision } = called(minimum)
      expect(decision.kind).toBe('pass')
      const [{ file } = { file: undefined }] = extras
      expect(file?.kind === 'found' && file.text).toMatch(
        new RegExp(`--stage DEPLOY --since 30m${option} commit=${COMMIT} run=-abc\n$`),
      )
    }
  })

  it('proves a verdict alone by the directory that has the name which the runner was given', () => {
    const name = 'run=$root/$CLOSED_LOOP_RUN_ID; root=$root'
    const kindOf = (runner: string) => assessedRun(bench, shell, { gateOn: 'verdict', runner }).decision.kind
    expect([
      kindOf(`${name}; put runtime_assess.json '{"stage":"S3","verdict":"PASS"}'; exit 4`),
      kindOf(`${name}; put runtime_assess.json '{"stage":"S3","verdict":"PASS"}'; kill -9 $$`),
      // Busy, and somebody else's run began just then.
      kindOf('reports PASS; exit 5'),
      kindOf(`reports PASS; echo "busy: $run is at work"; exit 5`),
      kindOf(`${name}; put runtime_assess.json '{"stage":"S3","verdict":"PASS","run_id":"older"}'; exit 4`),
      kindOf(`${name}; put runtime_assess.json '{"stage":"S3","verdict":"FAIL"}'; exit 1`),
      kindOf(`${name}; put runtime_assess.json '{"stage":"S3","verdict":"PASS"}'; exit 0`),
      kindOf(`${name}; reports PASS; put closed_loop_report.json '{"overall_status":"NOT_READY"}'; exit 0`),
    ]).toEqual(['pass', 'pass', 'error', 'error', 'error', 'fail', 'error', 'pass'])
  })
})
