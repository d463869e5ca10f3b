import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { describeOldNode, isOldNode } from '../../src/output/messages/node-version.ts'

const directory = mkdtempSync(join(tmpdir(), 'old-node-'))
const pretending = join(directory, 'old.cjs')

beforeAll(() => {
  execFileSync(process.execPath, ['.github/tools/build.ts', join(directory, 'dist')], { stdio: 'ignore' })
  // Node as a runner without Node 24 has it, as far as this action could use it too early.
  writeFileSync(
    pretending,
    "Object.defineProperty(process.versions, 'node', { value: '20.20.2' })\ndelete Promise.withResolvers\n",
  )
})
afterAll(() => rmSync(directory, { recursive: true }))

function started(entry: 'main' | 'post') {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--require', pretending, join(directory, 'dist', `${entry}.cjs`)],
    { encoding: 'utf8', env: { PATH: process.env.PATH } },
  )
  return { status, stdout, stderr }
}

describe('a runner without Node 24', () => {
  it('is told what the action needs, before anything else', () => {
    const { status, stdout, stderr } = started('main')
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(stdout).toBe(`::error::${describeOldNode('20.20.2', process.arch)}\n`)
  })

  it('is told nothing more by the post step, which does not fail', () => {
    expect(started('post')).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  it('is advised by its architecture', () => {
    expect(describeOldNode('20.20.2', 'arm')).toContain('x64 or arm64')
    expect(describeOldNode('20.20.2', 'x64')).toContain('2.327.1')
  })

  it('is known by its version', () => {
    expect(['16.20.2', '20.20.2', '23.11.0', '24.0.0', '26.1.0'].map(isOldNode)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
  })
})
