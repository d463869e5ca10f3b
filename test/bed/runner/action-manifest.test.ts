import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { inputVariable, readActionManifest, resolveInputs } from '../../support/runner/action-manifest.ts'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manifest-'))
})

afterAll(() => rm(directory, { recursive: true }))

async function manifest(inputs: string, runs = '{using: node24, main: dist/main.cjs}') {
  await writeFile(join(directory, 'action.yml'), `${inputs}runs: ${runs}\n`)
  return readActionManifest(directory)
}

describe('inputs', () => {
  it('become variables: upper case, spaces replaced, hyphens kept', () => {
    expect(inputVariable('private-key')).toBe('INPUT_PRIVATE-KEY')
    expect(inputVariable('my input')).toBe('INPUT_MY_INPUT')
  })

  it('get their default only when absent: an empty string counts as given', async () => {
    const declared = await manifest(
      'inputs:\n  port: {default: 22}\n  strict: {default: true}\n  host: {required: true}\n  mode: {default: deploy}\n',
    )
    expect(resolveInputs(declared, { mode: '' }, 'token')).toEqual({
      environment: { INPUT_PORT: '22', INPUT_STRICT: 'true', INPUT_HOST: '', INPUT_MODE: '' },
      unexpected: [],
    })
  })

  it('that are not declared are passed all the same and named', async () => {
    const declared = await manifest('inputs:\n  host: {}\n')
    expect(resolveInputs(declared, { Host: 'a', hots: 'b' }, 'token')).toEqual({
      environment: { INPUT_HOST: 'a', INPUT_HOTS: 'b' },
      unexpected: ['hots'],
    })
  })

  it('may default to the token and to no other expression', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of the workflow language
    const token = await manifest("inputs:\n  github-token: {default: '${{ github.token }}'}\n")
    expect(resolveInputs(token, {}, 'ghs_x').environment).toEqual({ 'INPUT_GITHUB-TOKEN': 'ghs_x' })
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of the workflow language
    const other = await manifest("inputs:\n  actor: {default: '${{ github.actor }}'}\n")
    expect(() => resolveInputs(other, {}, 'ghs_x')).toThrow("input 'actor'")
  })
})

describe('the parts of the action', () => {
  it('are a main, and a post if one is declared', async () => {
    expect(await manifest('')).toMatchObject({ main: 'dist/main.cjs', post: { kind: 'none' } })
    expect(await manifest('', '{main: a.cjs, post: dist/post.cjs}')).toMatchObject({
      main: 'a.cjs',
      post: { kind: 'script', path: 'dist/post.cjs', condition: 'always()' },
    })
  })

  it('run under the condition always() only: no other is evaluated here', async () => {
    const declared = await manifest('', "{main: a.cjs, post: b.cjs, post-if: 'always()'}")
    expect(declared.post).toMatchObject({ condition: 'always()' })
    await expect(manifest('', '{main: a.cjs, post: b.cjs, post-if: cancelled()}')).rejects.toThrow('post-if')
  })
})
