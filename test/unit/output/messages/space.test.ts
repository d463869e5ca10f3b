import { describe, expect, it } from '@jest/globals'
import type { Space } from '../../../../src/model/space.ts'
import { size } from '../../../../src/output/messages/quantities.ts'
import { describeSpace } from '../../../../src/output/messages/space.ts'

const MIB = 1024 * 1024
const SPACE: Space = {
  pull: { kind: 'known', downloadBytes: 300 * MIB, bytes: 1200 * MIB },
  dataRoot: { kind: 'here', path: '/var/lib/docker', freeBytes: 900 * MIB },
  project: { path: '/opt/x', needBytes: 2 * MIB, freeBytes: 50 * MIB },
  disks: 'two',
}

describe('the words about disks', () => {
  it.each<[Space, string]>([
    [
      SPACE,
      'the pull needs at most 1.2 GiB (300 MiB compressed), 900 MiB are free where Docker keeps images (/var/lib/docker); snapshot and rollback need 2.0 MiB, 50 MiB are free (/opt/x)',
    ],
    [
      { ...SPACE, disks: 'one', pull: { kind: 'unknown', why: 'docker-hub', detail: '' } },
      'what the pull needs is not known, because Docker Hub counts a question without an account as a pull, 900 MiB are free where Docker keeps images (/var/lib/docker); snapshot and rollback need 2.0 MiB, 50 MiB are free (on the same disk)',
    ],
    [
      {
        ...SPACE,
        dataRoot: { kind: 'elsewhere', path: '/x' },
        pull: { kind: 'unknown', why: 'no-answer', detail: 'no such manifest' },
      },
      'what the pull needs is not known (no such manifest), what is free where Docker keeps images cannot be seen from the host; snapshot and rollback need 2.0 MiB, 50 MiB are free (/opt/x)',
    ],
  ])('say what is needed and what is free', (space, words) => {
    expect(describeSpace(space)).toBe(words)
  })

  it.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1024, '1.0 KiB'],
    [10.4 * 1024, '10 KiB'],
    [1.5 * 1024 ** 3, '1.5 GiB'],
    [5000 * 1024 ** 4, '5000 TiB'],
  ])('show %d as a size', (bytes, text) => {
    expect(size(bytes)).toBe(text)
  })
})
