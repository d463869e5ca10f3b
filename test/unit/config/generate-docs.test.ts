import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'

const GENERATOR = resolve('.github/tools/generate-docs.ts')
const README = ['inputs', 'outputs', 'variables']
  .map((name) => `# ${name}\n<!-- ${name}:start -->\nold\n<!-- ${name}:end -->\n`)
  .join('kept\n')

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'generate-docs-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function generate(...args: readonly string[]) {
  const { status, stderr } = spawnSync(process.execPath, [GENERATOR, ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, stderr }
}

function written(name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}

describe('generate-docs', () => {
  it('writes an action.yml with the required inputs, defaults and outputs', () => {
    expect(generate()).toEqual({ status: 0, stderr: '' })
    const action = parse(written('action.yml'))
    const required = Object.entries<{ required: boolean }>(action.inputs).filter(
      ([, input]) => input.required,
    )
    expect(required.map(([name]) => name)).toEqual([])
    expect(action.inputs.port).toMatchObject({ required: false, default: '22' })
    expect(action.inputs.passphrase).not.toHaveProperty('default')
    expect(action.outputs.outcome.description).toContain('promoted')
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/main.cjs', post: 'dist/post.cjs' })
    // The runner reads an expression in a description as an error.
    expect(written('action.yml')).not.toContain('${'.concat('{'))
  })

  it('does not pass a README.md without the place of a table', () => {
    writeFileSync(join(folder, 'README.md'), README.replace('<!-- outputs:end -->', ''))
    expect(generate().status).toBe(1)
    const { status, stderr } = generate('--check')
    expect(status).toBe(1)
    expect(stderr).toContain('README.md has no place for the table of outputs')
  })

  it('fills the tables of README.md and leaves the rest alone', () => {
    writeFileSync(join(folder, 'README.md'), README)
    expect(generate().status).toBe(0)
    const readme = written('README.md')
    expect(readme).not.toMatch(/^old$/m)
    expect(readme.match(/^kept$/gm)).toHaveLength(2)
    expect(readme).toContain('| `host` | **required** to `deploy`, `verify` |')
    expect(readme).toContain('| `image` | **required** to `deploy` |')
    expect(readme).toContain('| `port` | `22` |')
    // A default of several lines stays in its row.
    expect(readme).toMatch(/^\| `docs-map` \| `docker-compose\.prod\.yml -> .*`<br>`tools\/.* \|$/m)
    expect(readme).toContain('| `passphrase` |  |')
    expect(readme).toContain('| `CLOSED_LOOP_STAGE` | `S3` |')
    expect(readme).toContain('| `outcome` |')
    expect(generate('--check')).toEqual({ status: 0, stderr: '' })
  })

  it('only names stale files when it checks', () => {
    writeFileSync(join(folder, 'README.md'), README)
    expect(generate('--check')).toEqual({ status: 1, stderr: 'stale: action.yml\nstale: README.md\n' })
    expect(written('README.md')).toBe(README)
  })

  it('finds the action.yml of this repository up to date', () => {
    generate()
    expect(readFileSync('action.yml', 'utf8')).toBe(written('action.yml'))
  })
})
