import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { inputVariable, readActionManifest, resolveInputs } from '../../../support/runner/action-manifest.ts'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manifest-'))
})

afterAll(() => rm(directory, { recursive: true }))

async function manifest(text: string) {
  await writeFile(join(directory, 'action.yml'), text)
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
