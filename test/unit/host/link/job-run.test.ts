import { describe, expect, it } from '@jest/globals'
import { JobRecord } from '../../../../src/host/link/job-run.ts'

const recordOf = (...lines: readonly string[]) => {
  const record = new JobRecord({})
  for (const line of lines) record.text(line)
  return record
}

describe('JobRecord', () => {
  it('keeps the last words of the step that it was at last apart', () => {
    const record = recordOf(
      ...[
        '$ docker pull a:1',
        'Status: Downloaded newer image for a:1',
        '$ docker pull b:1',
        'denied',
        '1 $ docker',
      ],
    )
    expect(record.lastStep()).toBe('denied\n1 $ docker')
    expect(record.outputTail()).toContain('Status: Downloaded newer image for a:1')
  })

  it('gives all that it kept where no step was said, or its beginning is out of sight', () => {
    expect(recordOf('a', 'b').lastStep()).toBe('a\nb')
    const many = Array.from({ length: 60 }, (_, line) => `line ${line}`)
    expect(recordOf('$ docker pull a:1', ...many).lastStep()).toBe(many.slice(-40).join('\n'))
  })
})
