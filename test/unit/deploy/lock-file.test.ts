import { describe, expect, it } from '@jest/globals'
import { type Deploying, deploying } from './deploying.ts'
import type { Job, Scene } from './scripted-host.ts'

const BUSY = 75
const FILE = '/opt/ai-trade/data/loop.lock'

function holding(hold: (job: Job) => void, scene: Scene = {}): Deploying {
  const inputs = { 'host-lock-file': 'data/loop.lock', 'lock-timeout': '60s' }
  return deploying({ ...scene, jobs: { ...scene.jobs, hold_lock_file: hold } }, { inputs })
}

const times = ({ host }: Deploying, verb: string) => host.log.filter((one) => one === verb).length

describe('the lock file of the host', () => {
  it('is not asked for where none is given', async () => {
    const scene = deploying()
    expect((await scene.report).ending.kind).toBe('promoted')
    expect(scene.host.log).not.toContain('start_job lock-file-1')
  })

  it('that is free is held before the snapshot, after one preflight', async () => {
    const scene = holding((job) => job.fact('holding'))
    expect((await scene.report).ending.kind).toBe('promoted')
    expect(scene.host.log.indexOf('start_job lock-file-1')).toBeLessThan(scene.host.log.indexOf('snapshot'))
    expect([times(scene, 'preflight'), times(scene, 'begin')]).toEqual([1, 1])
    expect(scene.progress.told).toContainEqual({ kind: 'lock-file-held', file: FILE })
  })

  it('that somebody has is waited for, the process named; preflight is repeated, and the plan told again', async () => {
    const scene = holding((job) => {
      expect(job.words).toEqual(['60'])
      job.fact('waiting', '4711', 'ai-trade-scheduler', 'flock loop.lock run ')
      job.fact('waiting', '', '', '')
      job.fact('holding')
    })
    expect((await scene.report).ending.kind).toBe('promoted')
    expect([times(scene, 'preflight'), times(scene, 'begin')]).toEqual([2, 2])
    const own = { kind: 'process', file: FILE } as const
    expect(scene.progress.told.filter(({ kind }) => kind === 'locked')).toMatchObject([
      { holder: { ...own, pid: '4711', container: 'ai-trade-scheduler', command: 'flock loop.lock run' } },
      { holder: { ...own, pid: '', container: '', command: '' } },
    ])
  })

  it('has what the wait for the project left of lock-timeout', async () => {
    let asked = 0
    const seconds: string[] = []
    const scene: Deploying = holding(
      (job) => {
        seconds.push(...job.words)
        job.fact('holding')
      },
      {
        acquire: () => {
          asked += 1
          if (asked > 1) return [['fact\tacquired\t3'], 0]
          void scene.clock.advance(20_000)
          return [['fact\tholder\thold\t-\tocto\twords\t2026'], BUSY]
        },
      },
    )
    expect((await scene.report).ending.kind).toBe('promoted')
    expect(seconds).toEqual(['40'])
  })

  it('that is kept too long: unchanged, abandoned, and who it was', async () => {
    const scene = holding((job) => {
      job.fact('waiting', '4711', '', 'train')
      job.end(BUSY)
    })
    expect((await scene.report).ending).toMatchObject({
      kind: 'unchanged',
      because: { code: 'lock.busy', holder: { kind: 'process', pid: '4711', command: 'train' } },
    })
    expect(scene.host.log).not.toContain('snapshot')
    expect(scene.host.state).toBe('unchanged')
  })

  it('that cannot be taken: unchanged, with the words of the host', async () => {
    const scene = holding((job) => {
      job.text('flock: No locks available')
      job.end(1)
    })
    expect((await scene.report).ending).toMatchObject({
      kind: 'unchanged',
      because: { code: 'lock.file_failed', file: FILE, detail: 'flock: No locks available' },
    })
    expect(scene.host.state).toBe('unchanged')
  })

  it('that was lost when the boundary was to be crossed: unchanged', async () => {
    const scene = holding((job) => job.fact('holding'), {
      jobs: {
        apply: (job) => {
          job.fact('refused', 'lock_file_lost')
          job.end(10)
        },
      },
    })
    expect((await scene.report).ending).toMatchObject({
      kind: 'unchanged',
      because: { code: 'lock.file_lost' },
    })
  })
})
