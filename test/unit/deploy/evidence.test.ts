import { describe, expect, it } from '@jest/globals'
import type { Progress } from '../../../src/model/progress.ts'
import { settled } from '../health/hand-clock.ts'
import { type Deploying, deploying, KEEPS_ALL, overTime } from './deploying.ts'
import { GOOD_DAY, RUN_ID, reportLines, type Scene } from './scripted-host.ts'

const told = ({ progress }: Deploying) =>
  progress.told.filter((one): one is Extract<Progress, { kind: 'evidence' }> => one.kind === 'evidence')

const base64 = (text: string) => `fact\tbase64\t${Buffer.from(text).toString('base64')}`

/** Reports of a run at that stage, and a meta file. */
function reportsAt(stage: string, overall = 'PASS'): readonly string[] {
  const lines = reportLines({
    closedLoop: { overall_status: overall, run_id: RUN_ID },
    runtimeAssess: { stage, verdict: 'PASS', run_id: RUN_ID },
  })
  const meta = JSON.stringify({ run_id: RUN_ID, action: 'assess', stage })
  return [...lines.slice(0, -2), `fact\treport\trunMeta\tlatest\tnew\t${meta.length}`, base64(meta)]
}

describe('the wait for the evidence', () => {
  /** A deployment that waits until the test lets it go on. */
  async function waiting(variables: Readonly<Record<string, string>> = {}) {
    const words: (readonly string[])[] = []
    const scene = deploying({ jobs: { evidence: (job) => void words.push(job.words) } }, { variables })
    for (let step = 0; step < 50 && words.length === 0; step += 1) await settled()
    return { scene, words, job: scene.host.job('evidence') }
  }

  it('tells how far it is at most every ten seconds, and at least every minute', async () => {
    const { scene, job } = await waiting()
    const hear = async (seconds: number, ...counts: readonly number[]) => {
      await scene.clock.advance(seconds * 1000)
      job.fact('evidence', ...counts.map(String))
      await settled()
      return told(scene).length
    }
    expect(await hear(0, 0, 0)).toBe(1)
    expect(await hear(4, 1, 0)).toBe(1)
    expect(await hear(4, 2, 0)).toBe(1)
    expect(await hear(4, 3, 0)).toBe(2)
    expect(told(scene).at(-1)).toMatchObject({ outlook: { kind: 'no-rate', names: ['GATE_CHECK'] } })
    expect(await hear(12, 4, 1)).toBe(3)
    expect(told(scene).at(-1)).toMatchObject({
      outlook: { kind: 'estimate', seconds: 36 },
      timeoutSeconds: 1800,
    })
    // A quiet market.
    for (let second = 0; second < 150; second += 1) await scene.clock.advance(1000)
    expect(told(scene).length).toBeGreaterThanOrEqual(5)
    expect(told(scene).length).toBeLessThanOrEqual(6)
    const before = told(scene).length
    expect(await hear(1, 10, 1)).toBe(before + 1)
    expect(told(scene).at(-1)?.outlook).toEqual({ kind: 'reached' })
    job.end(0)
    expect((await overTime(scene)).ending.kind).toBe('promoted')
  })

  it('asks the host for what is named, and judges by it', async () => {
    const { scene, words, job } = await waiting({
      CLOSED_LOOP_EVIDENCE: 'GATE_CHECK >= 2\nORDER FILLED >= 3',
      CLOSED_LOOP_MIN_RUNTIME_STATUS: '4',
    })
    expect(words[0]?.slice(4)).toEqual([
      ...['4', 'RUNTIME_STATUS:', '2', 'GATE_CHECK_PASSED\tGATE_CHECK_FAILED', '3', 'ORDER FILLED'],
    ])
    job.fact('evidence', '4', '2', '2')
    job.end(1)
    const { gate } = await overTime(scene)
    expect(gate).toMatchObject({
      decision: {
        kind: 'inconclusive',
        reasons: [{ kind: 'evidence-short', name: 'ORDER FILLED', wanted: 3, got: 2 }],
      },
    })
  })
})

describe('another stage', () => {
  const at = (scene: Scene, variables: Readonly<Record<string, string>> = {}) => {
    const assess: (readonly string[])[] = []
    const started = deploying(
      {
        reports: () => reportsAt('DEPLOY'),
        ...scene,
        jobs: {
          assess: (job, host) => {
            assess.push(job.words)
            GOOD_DAY.assess?.(job, host)
          },
          ...scene.jobs,
        },
      },
      { variables: { CLOSED_LOOP_STAGE: 'DEPLOY', ...variables } },
    )
    return { ...started, assess }
  }

  it('waits for nothing where nothing is named, and tells the runner no minimum', async () => {
    const scene = at({})
    expect((await overTime(scene)).ending.kind).toBe('promoted')
    expect(scene.host.log).not.toContain('start_job evidence')
    expect(scene.progress.told).toContainEqual({ kind: 'no-evidence', stage: 'DEPLOY' })
    expect(scene.assess[0]?.slice(0, 4)).toEqual(['assess', 'DEPLOY', '30m', '0'])
  })

  it('passes by the verdict alone where that is wanted, whatever the runner and the status say', async () => {
    const failing: Scene = {
      reports: () => reportsAt('DEPLOY', 'NOT_READY'),
      jobs: {
        assess: (job) => {
          job.fact('runner_exit', '4')
          job.end(0)
        },
      },
    }
    const verdict = await overTime(at(failing, { CLOSED_LOOP_GATE_ON: 'verdict' }))
    expect(verdict).toMatchObject({
      ending: { kind: 'promoted' },
      gate: { decision: { kind: 'pass', overallStatus: 'NOT_READY' } },
    })
    expect((await overTime(at(failing))).ending).toMatchObject({
      kind: 'rolled_back',
      because: { code: 'gate.error' },
    })
  })
})

describe('extra reports', () => {
  const manifest = (commit: string) => JSON.stringify({ git: { commit } })
  const sha = '0123456789abcdef0123456789abcdef01234567'

  async function deployed(commit: string) {
    const kept: (readonly { readonly name: string }[])[] = []
    const store = {
      ...KEEPS_ALL,
      keep: (...[id, files, extras]: Parameters<typeof KEEPS_ALL.keep>) => {
        kept.push(extras)
        return KEEPS_ALL.keep(id, files, extras)
      },
    }
    const scene = deploying(
      {
        reports: () => [
          ...reportsAt('S3'),
          'fact\treport\textra:run_manifest.json\trun\tnew\t9',
          base64(manifest(commit)),
        ],
      },
      {
        inputs: {
          'extra-reports': 'run_manifest.json runtime.log',
          'gate-rules': 'run_manifest.git.commit == "$COMMIT"',
        },
        variables: { GITHUB_SHA: sha },
        reportStore: store,
      },
    )
    const report = await overTime(scene)
    expect(kept).toEqual([
      [
        { name: 'run_manifest.json', file: { kind: 'found', text: manifest(commit), from: 'run-directory' } },
        { name: 'runtime.log', file: { kind: 'absent' } },
      ],
    ])
    return report
  }

  it('are kept, and let rules compare with the commit of the run', async () => {
    expect((await deployed(sha)).ending.kind).toBe('promoted')
    expect((await deployed('older')).ending).toMatchObject({
      because: { code: 'gate.failed', reasons: [{ kind: 'rule-unmet', got: 'older', limit: sha }] },
    })
    expect((await deployed('***')).ending).toMatchObject({ because: { code: 'gate.error' } })
  })
})
