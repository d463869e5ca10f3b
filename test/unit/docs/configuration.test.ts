import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import * as z from 'zod'
import { scriptOptions } from '../../../src/check/script-options.ts'
import { readCheckConfig } from '../../../src/config/read.ts'
import { staleNames } from '../../support/docs/example-names.ts'
import { exampleTexts } from '../../support/docs/example-texts.ts'
import { configOf, environmentWith } from '../config/environment.ts'
import { readDocument } from './markdown-document.ts'

const example = exampleTexts()

describe('the names in the documents of the example', () => {
  it('are those that there are', () => {
    expect(staleNames(example)).toEqual([])
    expect(scriptOptions(example.runner.text).parsed.length).toBeGreaterThan(7)
  })

  type Part = 'envTemplate' | 'runner' | 'reference' | 'readme'
  it.each<[part: Part, from: string | RegExp, to: string, complaint: RegExp]>([
    [
      'envTemplate',
      'AI_TRADE_STOP_GRACE=',
      'AI_TRADE_OLD=1\nAI_TRADE_STOP_GRACE=',
      /\.env\.example has AI_TRADE_OLD, which nothing/,
    ],
    [
      'envTemplate',
      'AI_TRADE_STOP_GRACE=',
      'X=',
      /^\S+\.env\.example lacks AI_TRADE_STOP_GRACE, which \S+prod\.yml uses$/,
    ],
    [
      'envTemplate',
      '# AI_TRADE_TICK_M',
      'AI_TRADE_TOCK_M',
      /configuration\.md has no table row for AI_TRADE_TOCK_MILL/,
    ],
    [
      'envTemplate',
      '# AI_TRADE_TICK_M',
      '#AI_TRADE_TOCK_M',
      /configuration\.md has no table row for AI_TRADE_TOCK_MILL/,
    ],
    ['readme', 'AI_TRADE_KEEP_RUNS', 'AI_TRADE_KEEP_2', /README\.md names AI_TRADE_KEEP_2, which nothing/],
    [
      'reference',
      '| `AI_TRADE_KEEP_RUNS`',
      '| keep',
      /configuration\.md has no table row for AI_TRADE_KEEP_RUNS of/,
    ],
    [
      'reference',
      '| `AI_TRADE_KEEP_RUNS`',
      '| `KEEP`',
      /configuration\.md describes KEEP, which \S+ does not have$/,
    ],
    [
      'readme',
      'AI_TRADE_KEEP_RUNS',
      'AI_TRADE_KEPT_RUNS',
      /README\.md names AI_TRADE_KEPT_RUNS, which nothing/,
    ],
    ['runner', '  --run-id NAME', '  NAME', /the --help of \S+ does not describe --run-id$/],
    [
      'runner',
      '  --run-id NAME',
      '  --run-name NAME',
      /closed_loop_runner\.sh does not know --run-name of its --help$/,
    ],
    ['runner', '    --since)', '    --since) ;; --keep)', /configuration\.md has no table row for --keep of/],
    ['reference', '| `--since', '| `--until', /configuration\.md has --until, which/],
    ['reference', '| `--since', '| since `', /configuration\.md has no table row for --since/],
    ['readme', '| `--stage', '| `stage', /README\.md has no table row for --stage/],
    [
      'readme',
      'closed_loop_runner.sh assess --stage',
      'closed_loop_runner.sh assess \\\n  --phase',
      /README\.md has --phase/,
    ],
  ])('%s with %j as %j is stale', (part, from, to, complaint) => {
    const { path, text } = example[part]
    const changed = { path, text: text.replaceAll(from, to) }
    expect(changed.text).not.toBe(text)
    expect(staleNames({ ...example, [part]: changed }).filter((one) => complaint.test(one))).not.toEqual([])
  })
})

describe('the table of the variables', () => {
  const rows = [...example.reference.text.matchAll(/^\| `([A-Z]\w+)` \| (.*?) \|/gm)].map(
    ([, name = '', cell = '']) => [name, cell.replaceAll('`', '').trim()] as const,
  )

  it('has the defaults of the template', () => {
    const shown = new Map(
      [...example.envTemplate.text.matchAll(/^(?:# )?(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    )
    const [required, optional] = [
      rows.filter(([, byDefault]) => byDefault === '**required**'),
      rows.filter(([, byDefault]) => byDefault !== '**required**'),
    ]
    expect(optional.filter(([name, byDefault]) => shown.get(name) !== byDefault)).toEqual([])
    // Those that the template leaves to be filled in.
    expect(required.map(([name]) => name)).toEqual(
      [...example.envTemplate.text.matchAll(/^(\w+)=$/gm)].map(([, name]) => name),
    )
  })
})

describe('the variables that a deployment sets', () => {
  it('are shown as the action accepts them', () => {
    const [fence = ''] = readDocument('docs/configuration.md').fences('yaml')
    const inputs = z.record(z.string(), z.string()).parse(parse(fence))
    expect(configOf(environmentWith(inputs)).managedEnv.map(({ key }) => key)).toEqual([
      ...['AI_TRADE_PROJECT_DIR', 'AI_TRADE_ENV_FILE', 'RELEASE_ID', 'RELEASE_COMMIT'],
    ])
  })
})

describe('the workflow that checks documents', () => {
  const document = readDocument('docs/configuration.md')
  const { jobs } = z
    .object({ jobs: z.object({ documents: z.object({ steps: z.array(z.unknown()) }) }) })
    .parse(parse(document.fences('yaml').at(-1) ?? ''))
  const step = z.object({ with: z.record(z.string(), z.string()) }).parse(jobs.documents.steps.at(-1))

  it('is a configuration that the action accepts without a host, and shows the default', () => {
    const read = (inputs: Readonly<Record<string, string>>) =>
      readCheckConfig(environmentWith({ host: '', username: '', 'private-key': '', image: '', ...inputs }))
    expect(read(step.with)).toMatchObject({ kind: 'ok' })
    expect(read(step.with)).toEqual(read({}))
  })
})
