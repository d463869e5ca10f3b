import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { failedRuns } from '../../support/docs/example-runs.ts'

/** Compose, as far as it is asked: every image that is wanted, unless the file \`wrong\` is there. */
const COMPOSE = `#!/bin/sh
[ ! -e wrong ] || { echo "services.ai-trade: no such key" >&2; exit 15; }
for image in ai-trade:dev ai-trade-research:dev ai-trade-research:latest "\${AI_TRADE_IMAGE-}"; do
  echo "    image: $image"
done
`

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'example-runs-'))
  writeFileSync(join(folder, '.env.example'), '')
  writeFileSync(join(folder, 'compose'), COMPOSE)
  chmodSync(join(folder, 'compose'), 0o755)
})
afterEach(() => rmSync(folder, { recursive: true }))

function failed(text: string): readonly string[] {
  return failedRuns(folder, [{ path: 'X.md', text }], join(folder, 'compose'))
}

const block = (info: string, text: string) => `\`\`\`${info}\n${text}\n\`\`\`\n`

describe('failedRuns', () => {
  it('types the runnable blocks in their order, in a copy', () => {
    const text = `${block('bash runnable', 'mkdir data\ndocker compose ps | grep dev')}${block('bash runnable', 'ls data')}`
    expect(failed(text)).toEqual([])
    expect(readdirSync(folder).sort()).toEqual(['.env.example', 'compose'])
  })

  it.each([
    [
      'a command that fails',
      'bash runnable',
      'echo broken >&2; false',
      /^X\.md: the runnable block\necho broken.*ended with 1: broken$/s,
    ],
    ['one in the middle', 'bash runnable', 'false | cat\ntrue', /ended with 1/],
    [
      'more of docker than compose',
      'bash runnable',
      'docker ps',
      /ended with 127: check:docs has no docker but/,
    ],
    ['words that are no commands', 'bash runnable on-host', 'for x in', /syntax error/],
  ])('tells %s', (_what, info, text, complaint) => {
    expect(failed(block(info, text))).toEqual([expect.stringMatching(complaint)])
  })

  it('types all of a block, also behind a command that reads what is typed', () => {
    expect(failed(block('bash runnable', 'cat >/dev/null\nfalse'))).toEqual([
      expect.stringMatching(/ended with 1/),
    ])
  })

  it.each([
    ['in a list', '- so:\n\n  ```bash runnable\n  false\n  ```\n'],
    ['with a longer fence', '````bash runnable\nfalse\n````\n'],
    ['with tildes', '~~~bash runnable\nfalse\n~~~\n'],
    ['with blanks behind its end', '```bash runnable\nfalse\n```  \n'],
    ['with Windows line ends', '```bash runnable\r\nfalse\r\n```\r\n'],
    ['without its end', '```bash runnable\nfalse\n'],
    ['without lines', '```\n```\n\n```bash runnable\nfalse\n```\n'],
  ])('types a block %s', (_what, text) => {
    expect(failed(text)).toHaveLength(1)
  })

  it('types no block that is shown inside another one', () => {
    expect(failed('````markdown\n```bash runnable\nfalse\n```\n````\n')).toEqual([])
  })

  it('leaves alone what is not marked, and types nothing that needs a host', () => {
    expect(failed(`${block('bash', 'false')}${block('bash runnable on-host', 'false')}`)).toEqual([])
  })

  it('tells that compose does not accept the files', () => {
    writeFileSync(join(folder, 'wrong'), '')
    expect(failed('')).toEqual([
      expect.stringMatching(
        /^docker compose -f docker-compose\.yml .*ended with 15: services\.ai-trade: no such key$/,
      ),
      expect.stringMatching(/^AI_TRADE_IMAGE=dummy docker compose .*ended with 15/),
    ])
  })

  it('tells that compose takes other images', () => {
    writeFileSync(join(folder, 'compose'), '#!/bin/sh\necho "    image: ai-trade:dev"\n')
    expect(failed('')).toHaveLength(3)
  })
})
