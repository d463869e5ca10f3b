/**
 * The research image's program:
 *   assess --run-dir D [--stage S3|S5] [--min-runtime-status N]
 * judges D/runtime.log and writes D/runtime_assess.json; unless the verdict is FAIL, the summary report
 * and the run's meta too. Exit code: 0 PASS or PASS_WITH_ACTIONS, 3 FAIL, 2 usage, 1 anything else.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { assessRuntime, closedLoopReport, runFiles, runMeta } from './research/reports.ts'
import { STAGE_RULES, type Stage } from './research/stage-rules.ts'

interface AssessArguments {
  readonly runDir: string
  readonly stage: Stage
  readonly minRuntimeStatus: number
}

function main(): number {
  const parsed = assessArguments(process.argv.slice(2))
  if (typeof parsed === 'string') {
    console.error(`[ERROR] ${parsed}`)
    return 2
  }
  const files = runFiles(parsed.runDir)
  const runtime = assessRuntime(readFileSync(files.log, 'utf8'), parsed.stage, parsed.minRuntimeStatus)
  writeJson(files.runtimeAssess, runtime)
  console.log(`[INFO] runtime assess: stage=${runtime.stage}, verdict=${runtime.verdict}`)
  for (const reason of runtime.fail_reasons) console.log(`[FAIL] ${reason}`)
  for (const reason of runtime.warn_reasons) console.log(`[WARN] ${reason}`)
  if (runtime.verdict === 'FAIL') return 3
  const now = new Date()
  writeJson(files.closedLoop, closedLoopReport(runtime, now))
  writeJson(files.meta, runMeta(parsed.runDir, runtime, now))
  return 0
}

/** The arguments, or what is wrong with them. */
function assessArguments(args: readonly string[]): AssessArguments | string {
  const [command, ...rest] = args
  if (command !== 'assess') return `unknown command '${command ?? ''}': assess is the only one`
  const { values } = parseArgs({
    args: rest,
    options: {
      'run-dir': { type: 'string', default: '' },
      stage: { type: 'string', default: 'S3' },
      'min-runtime-status': { type: 'string', default: '' },
    },
  })
  const stage = (['S3', 'S5'] as const).find((known) => known === values.stage)
  if (stage === undefined) return `--stage must be S3 or S5, not '${values.stage}'`
  const wanted = values['min-runtime-status']
  const minRuntimeStatus = wanted === '' ? STAGE_RULES[stage].minRuntimeStatus : Number(wanted)
  if (!Number.isInteger(minRuntimeStatus) || minRuntimeStatus < 0) {
    return `--min-runtime-status must be a whole number, not '${wanted}'`
  }
  if (values['run-dir'] === '') return '--run-dir is missing'
  return { runDir: values['run-dir'], stage, minRuntimeStatus }
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
}

process.exitCode = main()
