import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { MOST_BYTES } from '../../../src/model/manifest.ts'
import { readRelease } from '../../../src/system/read-release.ts'

let root = ''
const at = (path: string) => join(root, 'work', path)
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'release-'))
  mkdirSync(at('ops/deep'), { recursive: true })
  writeFileSync(at('compose.yml'), 'services: {}\n')
  writeFileSync(at('ops/run.sh'), '#!/bin/sh\n')
  chmodSync(at('ops/run.sh'), 0o755)
  writeFileSync(at('ops/deep/空.conf'), '')
  chmodSync(at('ops/deep/空.conf'), 0o600)
  for (const path of ['compose.yml']) chmodSync(at(path), 0o644)
  for (const path of ['ops', 'ops/deep']) chmodSync(at(path), 0o755)
})
afterEach(() => rmSync(root, { recursive: true }))

const read = (...lines: readonly string[]) =>
  readRelease(
    join(root, 'work'),
    lines.map((line) => {
      const [source = '', target = source] = line.split(' -> ')
      return { source, target }
    }),
  )

async function mistakes(...lines: readonly string[]): Promise<readonly string[]> {
  const reading = await read(...lines)
  return reading.kind === 'wrong' ? reading.mistakes.map(({ got, expected }) => `${got}: ${expected}`) : []
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('readRelease', () => {
  it('reads files, directories and links with their modes, at their targets', async () => {
    symlinkSync('../run.sh', at('ops/deep/run'))
    expect(await read('ops -> conf/ops', 'compose.yml')).toEqual({
      kind: 'read',
      items: [
        {
          ...{ kind: 'file', mode: 0o644, sha256: sha256('services: {}\n'), bytes: 13 },
          ...{ path: 'compose.yml', source: at('compose.yml') },
        },
        { kind: 'directory', mode: 0o755, path: 'conf/ops' },
        { kind: 'directory', mode: 0o755, path: 'conf/ops/deep' },
        { kind: 'link', to: '../run.sh', path: 'conf/ops/deep/run' },
        {
          ...{ kind: 'file', mode: 0o600, sha256: sha256(''), bytes: 0 },
          ...{ path: 'conf/ops/deep/空.conf', source: at('ops/deep/空.conf') },
        },
        {
          ...{ kind: 'file', mode: 0o755, sha256: sha256('#!/bin/sh\n'), bytes: 10 },
          ...{ path: 'conf/ops/run.sh', source: at('ops/run.sh') },
        },
      ],
    })
  })

  it('reads an empty directory, and nothing where nothing is named', async () => {
    mkdirSync(at('empty'), { mode: 0o700 })
    expect(await read('empty')).toEqual({
      kind: 'read',
      items: [{ kind: 'directory', mode: 0o700, path: 'empty' }],
    })
    expect(await read()).toEqual({ kind: 'read', items: [] })
  })

  it('names everything that is wrong at once', async () => {
    symlinkSync('../../outside', at('ops/deep/out'))
    symlinkSync('/etc/passwd', at('ops/absolute'))
    symlinkSync('ops', at('link'))
    writeFileSync(at('ops/a\tb'), '')
    execFileSync('mkfifo', [at('ops/pipe')])
    mkdirSync(at('ops/sub/.git'), { recursive: true })
    expect(await mistakes('absent', 'ops', 'link', 'compose.yml/x')).toEqual([
      expect.stringMatching(/^"absent" .*: a file or directory of the workspace; there is none/u),
      expect.stringMatching(/^"ops\/a\\u\{9\}b" .*: a name in UTF-8|^"ops\/a\\tb" .*: a name in UTF-8/u),
      expect.stringMatching(/^"ops\/absolute" .*: no symbolic link that leaves its entry/u),
      expect.stringMatching(/^"ops\/deep\/out" .*: no symbolic link that leaves its entry/u),
      expect.stringMatching(/^"ops\/pipe" .*: a file, a directory or a link/u),
      expect.stringMatching(/^"ops\/sub\/\.git" .*: no \.git in it/u),
      expect.stringMatching(/^"link" .*: a file or directory; it is a symbolic link/u),
      expect.stringMatching(/^"compose\.yml\/x" .*there is none/u),
    ])
  })

  it('goes through no link that leads out of the workspace', async () => {
    mkdirSync(join(root, 'outside'))
    writeFileSync(join(root, 'outside/secret'), '')
    symlinkSync('../outside', at('door'))
    expect(await mistakes('door/secret')).toEqual([
      expect.stringContaining('a path of the workspace; a link on its way leads out of it'),
    ])
  })

  it('stops at 512 MiB', async () => {
    writeFileSync(at('ops/large'), '')
    truncateSync(at('ops/large'), MOST_BYTES + 1)
    expect(await mistakes('ops')).toEqual([expect.stringContaining('at most 512 MiB in all')])
  })

  it('lists no more mistakes than a person reads', async () => {
    for (let index = 0; index < 50; index += 1) symlinkSync('/etc', at(`ops/link-${index}`))
    expect(await mistakes('ops')).toHaveLength(20)
  })
})
