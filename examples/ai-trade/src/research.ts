/**
 * The research image's program:
 *   train|assess|full --run-dir D [--stage NAME] [--min-runtime-status N] [--activation allowed|later]
 * `assess` judges D/runtime.log, `train` fits and registers a model, `full` does both. Everything is written into D;
 * a run whose runtime verdict is FAIL stops after its runtime_assess.json. Runs that passed and judged something become
 * the latest ones. Summaries and retention follow every run.
 * Exit code: 0 PASS or PASS_WITH_ACTIONS, 3 FAIL, 2 usage, 1 anything else.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type ResearchCall, researchCall } from './research/arguments.ts'
import { writeJson } from './research/json-file.ts'
import { publishLatest } from './research/publish.ts'
import {
  assessRuntime,
  closedLoopReport,
  type RuntimeAssessReport,
  runFiles,
  runMeta,
} from './research/reports.ts'
import { removeOldModels, removeOldRuns } from './research/retention.ts'
import { objectIn, runsIn } from './research/runs.ts'
import { dayOf, summaryFile, summaryOf, weekOf } from './research/summaries.ts'
import { train } from './research/train/training.ts'

function main(): number {
  const call = researchCall(process.argv.slice(2), process.env)
  if (typeof call === 'string') {
    console.error(`[ERROR] ${call}`)
    return 2
  }
  if (!existsSync(join(call.runDir, 'run.json'))) {
    console.error(
      `[ERROR] ${call.runDir} is not the same directory here as on the host: AI_TRADE_PROJECT_DIR must be the absolute path of the project directory on the host`,
    )
    return 1
  }
  const verdict = ran(call)
  tidyUp(call)
  return verdict === 'failed' ? 3 : 0
}

/** What comes after a run is no part of it: that it does not succeed is said, and changes nothing about the verdict. */
function tidyUp({ runDir, keepRuns, modelsDirectory }: ResearchCall): void {
  const outputRoot = dirname(runDir)
  try {
    summarize(outputRoot, runDir)
    const complaints = [
      ...removeOldRuns(outputRoot, keepRuns, basename(runDir)),
      ...removeOldModels(modelsDirectory, outputRoot, keepRuns),
    ]
    for (const complaint of complaints) console.log(`[WARN] retention: ${complaint}`)
  } catch (error) {
    console.log(`[WARN] summaries and retention: ${String(error)}`)
  }
}

/** The run itself. Its summaries' names are known before they are written. */
function ran(call: ResearchCall): 'passed' | 'failed' {
  const { action, runDir, stage } = call
  const now = new Date()
  const files = runFiles(runDir)
  const training = action === 'assess' ? undefined : train(call)
  const runtime = action === 'train' ? undefined : assessed(call)
  const failed = runtime?.verdict === 'FAIL'
  const sections = training?.conclude({
    runId: basename(runDir),
    at: now,
    hold: failed ? 'runtime-failed' : call.activation === 'later' ? 'deployment' : 'none',
  })
  if (sections) {
    writeJson(files.training, sections)
    console.log(`[INFO] training: ${sections.registry?.activation_reason ?? 'no model'}`)
    for (const reason of sections.data_quality.fail_reasons) console.log(`[FAIL] ${reason}`)
  }
  if (failed) return 'failed'
  const report = closedLoopReport(runtime, sections ?? {}, now)
  const outputRoot = dirname(runDir)
  const facts = {
    ...{ runDir, action, stage },
    dailySummary: summaryFile(outputRoot, dayOf(startOf(runDir))),
    weeklySummary: summaryFile(outputRoot, weekOf(startOf(runDir))),
    imageId: imageOf(runDir),
  }
  writeJson(files.closedLoop, report)
  writeJson(files.meta, runMeta(facts, report))
  if (report.overall_status === 'FAIL') return 'failed'
  // The latest files are all of one run, and one that judged nothing has no runtime assessment.
  if (runtime) publishLatest(runDir)
  return 'passed'
}

function assessed({ runDir, stage, minRuntimeStatus }: ResearchCall): RuntimeAssessReport {
  const files = runFiles(runDir)
  const runtime = assessRuntime(readFileSync(files.log, 'utf8'), stage, minRuntimeStatus)
  writeJson(files.runtimeAssess, runtime)
  console.log(`[INFO] runtime assess: stage=${runtime.stage}, verdict=${runtime.verdict}`)
  for (const reason of runtime.fail_reasons) console.log(`[FAIL] ${reason}`)
  for (const reason of runtime.warn_reasons) console.log(`[WARN] ${reason}`)
  return runtime
}

/**
 * Of every run, also of those that FAIL: what goes wrong is what a summary is read for. A run belongs to the day on which
 * it began.
 */
function summarize(outputRoot: string, runDir: string): void {
  mkdirSync(join(outputRoot, 'summary'), { recursive: true })
  const runs = runsIn(outputRoot)
  for (const period of [dayOf(startOf(runDir)), weekOf(startOf(runDir))]) {
    const file = summaryFile(outputRoot, period)
    const summary = summaryOf(runs, period, new Date(), objectIn(file))
    writeJson(file, summary)
    writeJson(join(outputRoot, `latest_${period.kind}_summary.json`), summary)
  }
}

/** As the runner wrote it down. */
function startOf(runDir: string): Date {
  return new Date(String(objectIn(join(runDir, 'run.json')).started_at_utc))
}

/** As the runner wrote it down: in a container nobody can tell its own image. Empty where it did not. */
function imageOf(runDir: string): string {
  const { research_image_id } = objectIn(join(runDir, 'run.json'))
  return typeof research_image_id === 'string' ? research_image_id : ''
}

process.exitCode = main()
