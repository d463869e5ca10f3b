import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { type ActionRun, runAction, runPost } from '../../support/runner/run-action.ts'

const mains: ActionRun[] = []
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'post-'))
  await writeFile(
    join(directory, 'action.yml'),
    'inputs: {host: {}, mode: {default: deploy}}\nruns: {using: node24, main: main.cjs, post: post.cjs}\n',
  )
})

afterEach(() => Promise.all(mains.splice(0).map((main) => main.dispose())))
afterAll(() => rm(directory, { recursive: true }))

const append = (variable: string, text: string) =>
  `require('node:fs').appendFileSync(process.env.${variable}, ${JSON.stringify(text)});`

async function mainAndPost(main: string, post: string): Promise<{ main: ActionRun; post: ActionRun }> {
  await writeFile(join(directory, 'main.cjs'), main)
  await writeFile(join(directory, 'post.cjs'), post)
  const step = { inputs: { host: 'a' }, env: { CLOSED_LOOP_STAGE: 'S3' }, actionDirectory: directory }
  const mainRun = await runAction(step)
  mains.push(mainRun)
  return { main: mainRun, post: await runPost(mainRun, { ...step, within: 20 }) }
}

describe('post', () => {
  it('gets the inputs anew, the state of main, and its places; nothing of its command files', async () => {
    const { main, post } = await mainAndPost(
      append('GITHUB_STATE', 'transaction=t-1\n') +
        append('GITHUB_OUTPUT', 'outcome=unknown\n') +
        append('GITHUB_ENV', 'EXPORTED=yes\n') +
        `require('node:fs').writeFileSync(process.env.RUNNER_TEMP + '/kept', '')`,
      `const fs = require('node:fs')
      fs.appendFileSync(process.env.GITHUB_OUTPUT, 'outcome=rolled_back\\n')
      fs.statSync(process.env.RUNNER_TEMP + '/kept')
      console.log(JSON.stringify(process.env))`,
    )
    expect(JSON.parse(post.rawLog)).toMatchObject({
      INPUT_HOST: 'a',
      INPUT_MODE: 'deploy',
      CLOSED_LOOP_STAGE: 'S3',
      STATE_transaction: 't-1',
      EXPORTED: 'yes',
      RUNNER_TEMP: main.runnerTemp,
      GITHUB_WORKSPACE: main.workspace,
    })
    expect(post.rawLog).not.toContain('STATE_outcome')
    expect({ main: main.outputs, post: post.outputs, state: post.state }).toEqual({
      main: { outcome: 'unknown' },
      post: { outcome: 'rolled_back' },
      state: {},
    })
  })

  it('masks what main asked to mask', async () => {
    const { post } = await mainAndPost(`console.log('::add-mask::canary')`, `console.log('a canary')`)
    expect(post.log).toBe('a ***\n')
  })

  it('runs when main crashed, too', async () => {
    const { main, post } = await mainAndPost(
      `${append('GITHUB_STATE', 'id=1\n')} process.abort()`,
      `console.log('state ' + process.env.STATE_id)`,
    )
    expect(main.ended).toEqual({ how: 'signalled', signal: 'SIGABRT' })
    expect(post).toMatchObject({ log: 'state 1\n', conclusion: 'success' })
  })

  it('leaves the places to main when it is disposed of', async () => {
    const { main, post } = await mainAndPost('', '')
    await post.dispose()
    await stat(main.runnerTemp)
    await main.dispose()
    await expect(stat(main.runnerTemp)).rejects.toThrow('ENOENT')
  })

  it('is given up at its deadline', async () => {
    await writeFile(join(directory, 'main.cjs'), '')
    await writeFile(join(directory, 'post.cjs'), `console.log('stuck'); setInterval(() => {}, 1000)`)
    const main = await runAction({ inputs: {}, actionDirectory: directory })
    mains.push(main)
    await expect(runPost(main, { inputs: {}, actionDirectory: directory, within: 1 })).rejects.toThrow(
      /did not end within 1 s(.|\n)*stuck/,
    )
    await stat(main.runnerTemp)
  })

  it('needs an action that has one', async () => {
    const { main } = await mainAndPost('', '')
    await writeFile(join(directory, 'action.yml'), 'runs: {using: node24, main: main.cjs}\n')
    await expect(runPost(main, { inputs: {}, actionDirectory: directory })).rejects.toThrow('no post')
  })
})
