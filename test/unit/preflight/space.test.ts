import { describe, expect, it } from '@jest/globals'
import { parseSpace } from '../../../src/host/protocol/space-facts.ts'
import type { PullNeed, Space } from '../../../src/model/space.ts'
import { isEnough, measuredSpace, pullNeed } from '../../../src/preflight/space.ts'

const MIB = 1024 * 1024
const layer = (digest: string, bytes: number) => ({ digest, bytes })

describe('pullNeed', () => {
  it('counts each layer once, compressed and with what it becomes', () => {
    const wanted = [layer('a', 10), layer('b', 5), layer('a', 10)]
    expect(pullNeed(wanted, [])).toEqual({ kind: 'known', downloadBytes: 15, bytes: 60 })
  })

  it('leaves out what is there', () => {
    const wanted = [layer('a', 10), layer('b', 5)]
    expect(pullNeed(wanted, [layer('a', 10), layer('x', 1)])).toMatchObject({ downloadBytes: 5 })
    expect(pullNeed(wanted, wanted)).toMatchObject({ bytes: 0 })
  })
})

describe('the facts of the disks', () => {
  const FACTS = [
    ['platform', 'linux/amd64'],
    ['data_root', '/var/lib/docker', '2048', '7'],
    ['project_disk', '1024', '7', '12'],
    ['insecure', 'registry.local:5000'],
    ['here', 'registry.local:5000/app@sha256:1'],
  ] as const

  it('are read', () => {
    expect(parseSpace(FACTS)).toEqual({
      platform: 'linux/amd64',
      dataRoot: { path: '/var/lib/docker', disk: { freeBytes: 2 * MIB, device: '7' } },
      project: { disk: { freeBytes: MIB, device: '7' }, snapshotBytes: 12 * 1024 },
      insecure: ['registry.local:5000'],
      here: ['registry.local:5000/app@sha256:1'],
    })
  })

  it('may lack the disk of Docker, and are none without that of the project', () => {
    const remote = FACTS.map((fact) => (fact[0] === 'data_root' ? (['data_root', '/x'] as const) : fact))
    expect(parseSpace(remote)?.dataRoot).toEqual({ path: '/x' })
    expect(parseSpace(FACTS.filter(([name]) => name !== 'project_disk'))).toBeUndefined()
    expect(parseSpace([])).toBeUndefined()
  })
})

describe('the space', () => {
  const pull = (mebibytes: number): PullNeed => ({
    kind: 'known',
    downloadBytes: (mebibytes * MIB) / 4,
    bytes: mebibytes * MIB,
  })
  const UNKNOWN: PullNeed = { kind: 'unknown', why: 'no-answer', detail: '' }
  const disk = (mebibytes: number, device: string) => ({ freeBytes: mebibytes * MIB, device })
  const space = (need: PullNeed, root: number | 'elsewhere', project: number, device = '2'): Space =>
    measuredSpace(
      {
        platform: 'linux/amd64',
        dataRoot: { path: '/d', ...(root === 'elsewhere' ? {} : { disk: disk(root, '1') }) },
        project: { disk: disk(project, device), snapshotBytes: 3 * MIB },
        insecure: [],
        here: [],
      },
      need,
      '/opt/x',
    )

  it('says both needs and both disks', () => {
    expect(space(pull(8), 10, 20)).toEqual({
      pull: pull(8),
      dataRoot: { kind: 'here', path: '/d', freeBytes: 10 * MIB },
      project: { path: '/opt/x', needBytes: 4 * MIB, freeBytes: 20 * MIB },
      disks: 'two',
    })
  })

  it.each<[string, Space, 'enough' | 'short']>([
    ['all of one disk', space(pull(10), 10, 4), 'enough'],
    ['a byte too much of Docker’s', space(pull(10.5), 10, 4), 'short'],
    ['too much of the project’s', space(pull(1), 10, 3), 'short'],
    ['both on one disk, just', space(pull(6), 10, 10, '1'), 'enough'],
    ['both on one disk, which is too much', space(pull(7), 10, 10, '1'), 'short'],
    ['what nobody knows', space(UNKNOWN, 0, 4), 'enough'],
    ['what nobody knows, and too much of the project’s', space(UNKNOWN, 10, 3), 'short'],
    ['much on a disk that nobody sees', space(pull(1000), 'elsewhere', 4), 'enough'],
  ])('is judged: %s', (_, measured, verdict) => {
    expect(isEnough(measured)).toBe(verdict)
  })
})
