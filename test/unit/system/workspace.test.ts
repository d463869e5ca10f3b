import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readInWorkspace } from '../../../src/system/workspace.ts'

let root = ''
const inWorkspace = (path: string) => join(root, 'work', path)
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'workspace-'))
  mkdirSync(inWorkspace('docs'), { recursive: true })
  writeFileSync(inWorkspace('docs/配置手册.md'), '文档')
  writeFileSync(join(root, 'outside'), 'secret')
})
afterEach(() => rmSync(root, { recursive: true }))

const read = (path: string) => readInWorkspace(join(root, 'work'), path)

describe('readInWorkspace', () => {
  it('reads a file, and one that a link inside leads to', () => {
    symlinkSync('docs/配置手册.md', inWorkspace('link.md'))
    expect([read('docs/配置手册.md'), read('link.md')]).toEqual([
      { kind: 'text', text: '文档' },
      { kind: 'text', text: '文档' },
    ])
  })

  it('reads past a byte order mark, which is no part of the first line', () => {
    writeFileSync(inWorkspace('.env'), '\ufeffA=1\n')
    expect(read('.env')).toEqual({ kind: 'text', text: 'A=1\n' })
  })

  it('says that the repository itself is not a file', () => {
    expect(read('.')).toEqual({ kind: 'unreadable', why: 'it is not a file' })
  })

  it.each(['no.md', 'no/no.md', 'docs/配置手册.md/no.md'])('says that %s is not there', (path) => {
    expect(read(path)).toEqual({ kind: 'absent' })
  })

  it.each<[what: string, make: (path: string) => void, why: string]>([
    [
      'a link that leads out',
      (path) => symlinkSync(join(root, 'outside'), path),
      'it is a link that leads out of the repository',
    ],
    [
      'a device behind a link',
      (path) => symlinkSync('/dev/zero', path),
      'it is a link that leads out of the repository',
    ],
    ['a directory', (path) => mkdirSync(path), 'it is not a file'],
    [
      'a file without end',
      (path) => {
        writeFileSync(path, '')
        truncateSync(path, 5 * 1024 * 1024)
      },
      'it is longer than 4 MiB',
    ],
    [
      'a text of another encoding',
      (path) => writeFileSync(path, '\ufeffA=1\n', 'utf16le'),
      'it is no UTF-8 text',
    ],
    ['a binary file', (path) => writeFileSync(path, Buffer.from([0x7f, 0x45, 0, 1])), 'it is no UTF-8 text'],
    [
      'what git keeps of it',
      (path) => {
        mkdirSync(inWorkspace('.git'))
        writeFileSync(inWorkspace('.git/config'), 'token')
        symlinkSync('.git/config', path)
      },
      'it is no file of the repository',
    ],
    ['a FIFO', (path) => execFileSync('mkfifo', [path]), 'it is not a file'],
    ['a link to itself', (path) => symlinkSync(path, path), 'ELOOP'],
  ])('does not read %s', (_what, make, why) => {
    make(inWorkspace('x.md'))
    expect(read('x.md')).toEqual({ kind: 'unreadable', why: expect.stringContaining(why) })
  })
})
