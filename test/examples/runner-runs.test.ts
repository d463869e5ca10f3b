/** What a run leaves, and what it takes away, beside its verdict: training, run ids, the lock without a deployment, retention. */
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { casesOf } from '../support/jest/tiers.ts'
import { eventLine, GATE_PASSED, statusLines } from './log-text.ts'
import { type RunnerBench, runnerBench } from './runner-bench.ts'

const GOOD_LOG = [...statusLines(10), GATE_PASSED, ''].join('\n')
const BAD_LOG = [...statusLines(10), GATE_PASSED, eventLine('crossed book', 'CRITICAL'), ''].join('\n')
const LATEST = ['latest_closed_loop_report.json', 'latest_run_meta.json', 'latest_runtime_assess.json']

describe.each([[['dash']], ...casesOf('ci', [[['busybox', 'sh']]])])('a run under %j', (shell) => {
  let bench: RunnerBench
  beforeEach(() => {
    bench = runnerBench(shell)
  })
  afterEach(() => bench[Symbol.dispose]())

  const keep = (runs: number) => ({ AI_TRADE_KEEP_RUNS: String(runs) })
  const models = () => readdirSync(bench.inProject('data/models')).toSorted()

  it('of train fits, registers and activates a model, and is no latest one', () => {
    bench.run(GOOD_LOG, 'assess', '--run-id', 'judged')
    const ended = bench.run('', 'train', '--run-id', 'trained')
    expect(ended).toMatchObject({ code: 0 })
    expect(ended.lines.at(-1)).toBe(`[INFO] closed loop train finished: ${bench.inReports('trained')}`)
    const { sections, overall_status, account_outcome } = bench.json('trained/closed_loop_report.json')
    expect(Object.keys(sections)).toEqual(['data_quality', 'baseline', 'integrator', 'registry'])
    expect({ overall_status, samples: account_outcome.samples }).toEqual({
      overall_status: 'PASS',
      samples: 0,
    })
    expect(models()).toEqual(['active.json', `${sections.registry.model_id}.json`])
    expect(bench.json('trained/run_meta.json')).toMatchObject({
      ...{ run_id: 'trained', action: 'train', overall_status: 'PASS', runtime_verdict: null },
    })
    expect(existsSync(bench.inReports('trained/runtime_assess.json'))).toBe(false)
    expect(bench.json('latest_run_meta.json')).toMatchObject({ run_id: 'judged' })
    expect(readlinkSync(bench.inReports('latest'))).toBe('judged')
  })

  it('of full does both, and all latest_* are of it', () => {
    expect(bench.run(GOOD_LOG, 'full', '--run-id', 'both')).toMatchObject({ code: 0 })
    const report = bench.json('latest_closed_loop_report.json')
    expect(Object.keys(report.sections)).toEqual([
      ...['data_quality', 'baseline', 'integrator', 'registry', 'runtime'],
    ])
    expect(report).toMatchObject({ overall_status: 'PASS', sections: { runtime: { verdict: 'PASS' } } })
    expect(bench.json('latest_run_meta.json')).toMatchObject({
      ...{ run_id: 'both', action: 'full', runtime_verdict: 'PASS' },
    })
    for (const name of LATEST)
      expect(readFileSync(bench.inReports(name))).toEqual(
        readFileSync(bench.inReports(`both/${name.replace('latest_', '')}`)),
      )
  })

  it('of full with a FAIL leaves the active model and latest_* alone, and keeps what was trained', () => {
    expect(bench.run(BAD_LOG, 'full', '--run-id', 'bad')).toMatchObject({ code: 1 })
    const { registry } = bench.json('bad/training.json')
    expect(registry).toMatchObject({ activation: 'kept', active_model_id: null })
    expect(models()).toEqual([`${registry.model_id}.json`])
    expect(readdirSync(bench.inReports('')).filter((name) => LATEST.includes(name))).toEqual([])
  })

  it('of full within a deployment leaves the active model alone, and its own lock is no deployment', () => {
    const token = { CLOSED_LOOP_LOCK_TOKEN: 'of-a-deployment' }
    expect(bench.runIn(token, GOOD_LOG, 'full', '--run-id', 'judging')).toMatchObject({ code: 0 })
    expect(bench.json('judging/training.json').registry).toMatchObject({ activation: 'kept' })
    bench.placeHostProgram()
    expect(bench.run(GOOD_LOG, 'full', '--run-id', 'nightly')).toMatchObject({ code: 0 })
    expect(bench.json('nightly/training.json').registry).toMatchObject({ activation: 'activated' })
  })

  it('has the name that it is given, once', () => {
    expect(bench.run(GOOD_LOG, 'assess', '--run-id', '20260214T151200Z-0a1b')).toMatchObject({ code: 0 })
    expect(bench.runIds()).toEqual(['20260214T151200Z-0a1b'])
    expect(bench.calls()).toContain('--name ai-trade-research-20260214T151200Z-0a1b')
    const again = bench.run(GOOD_LOG, 'assess', '--run-id', '20260214T151200Z-0a1b')
    expect(again).toMatchObject({ code: 2, complaint: expect.stringContaining('there is a run') })
  })

  it('tells by which image it was made, in the words of Docker', () => {
    const imageId = `sha256:${'0a1b'.repeat(16)}`
    writeFileSync(join(bench.directory, 'image-id'), `${imageId}\n`)
    expect(bench.run(GOOD_LOG, 'assess', '--run-id', 'told')).toMatchObject({ code: 0, complaint: '' })
    expect(bench.json('told/run.json')).toMatchObject({ run_id: 'told', research_image_id: imageId })
    expect(bench.json('latest_run_meta.json')).toMatchObject({ run_id: 'told', research_image_id: imageId })
    expect(bench.run(BAD_LOG, 'full', '--run-id', 'failed').code).toBe(1)
    expect(bench.json('failed/run.json').research_image_id).toBe(imageId)
  })

  it.each([
    ['the image is not there', undefined],
    ['Docker says nothing', ''],
    ['Docker says what is no ID', 'sha256:"},{"action":"train'],
    ['Docker says two', `sha256:${'a'.repeat(64)}\nsha256:${'b'.repeat(64)}`],
  ])('is no run the less where %s', (_what, said) => {
    if (said !== undefined) writeFileSync(join(bench.directory, 'image-id'), said)
    expect(bench.run(GOOD_LOG, 'assess', '--run-id', 'untold')).toMatchObject({ code: 0, complaint: '' })
    expect(Object.keys(bench.json('untold/run.json'))).toEqual([
      'run_id',
      'action',
      'stage',
      'started_at_utc',
    ])
    expect(bench.json('latest_run_meta.json')).not.toHaveProperty('research_image_id')
  })

  it('takes a stage of the caller, and notes the commit that a deployment names', () => {
    const commit = '5f0c2a9e1b7d4c3f8a6e5d4c3b2a190817263544'
    const call = ['assess', '--stage', 'DEPLOY', '--run-id']
    expect(bench.runIn({ CLOSED_LOOP_GIT_COMMIT: commit }, GOOD_LOG, ...call, 'one')).toMatchObject({
      code: 0,
    })
    expect(bench.json('one/run_manifest.json')).toEqual({
      run_id: 'one',
      action: 'assess',
      stage: 'DEPLOY',
      git: { commit },
    })
    expect(bench.json('latest_runtime_assess.json')).toMatchObject({ stage: 'DEPLOY', verdict: 'PASS' })
    bench.runIn({ CLOSED_LOOP_GIT_COMMIT: '","x":"' }, GOOD_LOG, ...call, 'two')
    expect(bench.json('two/run_manifest.json')).toMatchObject({ git: { commit: '' } })
  })

  it('hands its name on where it waits for the lock', () => {
    bench.placeHostProgram()
    expect(bench.run(GOOD_LOG, 'assess', '--run-id', 'under-lock')).toMatchObject({ code: 0 })
    expect(bench.runIds()).toEqual(['under-lock'])
  })

  it('uses the images of the env file, whatever the caller exports', () => {
    bench.runIn({ AI_TRADE_IMAGE: 'old:1', AI_TRADE_RESEARCH_IMAGE: 'old:2' }, GOOD_LOG, 'assess')
    const exported = readFileSync(join(bench.directory, 'exported'), 'utf8').split('\n')
    // `docker image inspect` and `docker ps` are told what they are asked for.
    expect(exported.filter((images) => images.trim() !== '')).toEqual(['old:1 old:2', 'old:1 old:2'])
    expect(exported).toContain(' ')
  })

  it('does nothing while another one is at work, before there was a deployment too', async () => {
    bench.waitOnly(0)
    writeFileSync(join(bench.directory, 'hangs'), '')
    const first = bench.start(GOOD_LOG, 'assess', '--run-id', 'first')
    await until(() => existsSync(bench.inReports('first/runtime.log')))
    const second = bench.run(GOOD_LOG, 'assess', '--run-id', 'second')
    expect(second).toMatchObject({ code: 75, complaint: expect.stringContaining('busy, not run') })
    first.kill('SIGTERM')
    await once(first, 'exit')
    expect(bench.runIds()).toEqual(['first'])
    rmSync(join(bench.directory, 'hangs'))
    expect(bench.run(GOOD_LOG, 'assess', '--run-id', 'third')).toMatchObject({ code: 0 })
  })

  it('takes its container with it when it is ended, and sweeps up what others left', async () => {
    writeFileSync(join(bench.directory, 'hangs'), '')
    const run = bench.start(GOOD_LOG, 'assess', '--run-id', 'ended')
    await until(() => existsSync(join(bench.directory, 'calls')) && bench.calls().includes(' run '))
    run.kill('SIGTERM')
    expect(await once(run, 'exit')).toEqual([1, null])
    expect(bench.calls()).toContain('rm --force --volumes ai-trade-research-ended\n')
    writeFileSync(join(bench.directory, 'left'), 'abc123\ndef456\n')
    rmSync(join(bench.directory, 'hangs'))
    bench.run(GOOD_LOG, 'assess')
    expect(bench.calls()).toContain('\nrm --volumes abc123 def456\n')
  })

  it('removes what is too old: never itself, nor what latest_* speak of, nor what is no run', () => {
    bench.runIn(keep(2), GOOD_LOG, 'assess', '--run-id', 'passed')
    mkdirSync(bench.inReports('of-somebody'))
    for (const name of ['bad-1', 'bad-2', 'bad-3', 'bad-4']) {
      bench.runIn(keep(2), BAD_LOG, 'assess', '--run-id', name)
      // As if each were a second later than the one before.
      const file = bench.inReports(`${name}/run.json`)
      const second = `2026-02-14T15:00:0${name.at(-1)}Z`
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace(/"started_at_utc":"[^"]*"/, `"started_at_utc":"${second}"`),
      )
    }
    expect(bench.runIn(keep(1), BAD_LOG, 'assess', '--run-id', 'now').code).toBe(1)
    expect(bench.runIds().toSorted()).toEqual(['now', 'passed'])
    expect(readdirSync(bench.inReports('')).toSorted()).toEqual([
      ...['latest', 'latest_closed_loop_report.json', 'latest_daily_summary.json', 'latest_run_id'],
      ...['latest_run_meta.json', 'latest_runtime_assess.json', 'latest_weekly_summary.json'],
      ...['now', 'of-somebody', 'passed', 'summary'],
    ])
    expect(bench.json('latest_run_meta.json')).toMatchObject({ run_id: 'passed' })
    // Those that were removed count as well.
    expect(bench.json('latest_weekly_summary.json').runs.by_status).toEqual({ PASS: 1, FAIL: 5 })
  })

  it('of train removes the models that are too old', () => {
    const elder = bench.inProject('data/models/m-0123456789ab.json')
    mkdirSync(bench.inProject('data/models'), { recursive: true })
    writeFileSync(elder, '{}')
    utimesSync(elder, 0, 0)
    expect(bench.runIn(keep(2), '', 'train')).toMatchObject({ code: 0 })
    expect(models()).toHaveLength(3)
    expect(bench.runIn(keep(1), '', 'train')).toMatchObject({ code: 0 })
    expect(models()).toEqual(['active.json', expect.not.stringContaining('0123456789ab')])
  })

  it('is what it is though its summaries cannot be written', () => {
    mkdirSync(bench.inReports(''), { recursive: true })
    writeFileSync(bench.inReports('summary'), 'somebody else wrote this')
    const ended = bench.run(GOOD_LOG, 'assess', '--run-id', 'judged')
    expect(ended).toMatchObject({ code: 0 })
    expect(ended.lines.join('\n')).toContain('[WARN] summaries and retention:')
    expect(bench.json('latest_run_meta.json')).toMatchObject({ run_id: 'judged' })
  })

  it('says where the paths of host and container do not agree', () => {
    const docker = join(bench.directory, 'bin/docker')
    writeFileSync(docker, readFileSync(docker, 'utf8').replace('shift 2', 'shift 2; rm "$3/run.json"'))
    const ended = bench.run(GOOD_LOG, 'assess')
    expect(ended.code).toBe(1)
    expect(ended.complaint).toContain('AI_TRADE_PROJECT_DIR must be the absolute path')
  })

  it('names every option in its help', () => {
    const { code, lines } = bench.run('', 'assess', '--help')
    expect(code).toBe(0)
    expect(lines.flatMap((line) => /^ {2}(--[a-z-]+)/.exec(line)?.[1] ?? [])).toEqual([
      ...['--compose-file', '--env-file', '--output-root', '--stage', '--since'],
      ...['--min-runtime-status', '--run-id', '--help'],
    ])
  })
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20)
}
