import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

const HEX = 'a'.repeat(64)

describe.each(SHELLS)('references under %s', (shell) => {
  it.each([
    ['app', 'docker.io/library/app:latest'],
    ['app:1', 'docker.io/library/app:1'],
    ['docker.io/app', 'docker.io/library/app:latest'],
    ['docker.io/library/app:1', 'docker.io/library/app:1'],
    ['acme/app:1', 'docker.io/acme/app:1'],
    ['index.docker.io/acme/app:1', 'docker.io/acme/app:1'],
    ['docker.io/acme/team/app:1', 'docker.io/acme/team/app:1'],
    ['localhost/app:1', 'localhost/app:1'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['registry:5000/app:1', 'registry:5000/app:1'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    ['ghcr.io/acme/app', 'ghcr.io/acme/app:latest'],
    ['registry-1.docker.io/acme/app:1', 'registry-1.docker.io/acme/app:1'],
    [`app@sha256:${HEX}`, `docker.io/library/app@sha256:${HEX}`],
    [`ghcr.io/acme/app:1@sha256:${HEX}`, `ghcr.io/acme/app@sha256:${HEX}`],
  ])('%s is %s', (reference, canonical) => {
    expect(bench.run(shell, 'canonical', { stdin: `${reference}\n` }).stdout).toBe(`${canonical}\n`)
  })

  it('own the digests of their repositories, however those are spelled, and nothing of ours', () => {
    const digests = [
      'id1\tclosed-loop-hold@sha256:1',
      'id1\tclosed-loop-new@sha256:1',
      'id1\tghcr.io/acme/app@sha256:1',
      'id1\tghcr.io/acme/app-backup@sha256:1',
      'id1\tmirror.example.com/acme/app@sha256:1',
      'id2\tacme/side@sha256:2',
      'id2\tside@sha256:2',
      'id3\tredis@sha256:3',
    ]
    const { stdout } = bench.run(shell, 'own_digests "$1"', {
      words: ['ghcr.io/acme/app:old\nindex.docker.io/acme/side\n\nsha256:abc\ndocker.io/library/redis:7'],
      stdin: `${digests.join('\n')}\n`,
    })
    expect(stdout.split('\n').slice(0, -1)).toEqual([digests[2], digests[5], digests[7]])
  })

  it('own nothing where none is known', () => {
    const { code, stdout } = bench.run(shell, `own_digests ''`, { stdin: 'id1\tghcr.io/acme/app@sha256:1\n' })
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  })
})
