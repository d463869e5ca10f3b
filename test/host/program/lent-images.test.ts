import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

/** A Compose whose file says `${AI_TRADE_IMAGE:?}`, and which reads no env file: it is told what that lacks. */
const bench = programBench({
  docker: `[ -n "\${AI_TRADE_IMAGE-}" ] || exit 15
printf 'name: p\\nservices:\\n  app:\\n    image: %s\\n' "$AI_TRADE_IMAGE"`,
})
afterAll(() => bench[Symbol.dispose]())

const PLAN = ['project_dir\t/', 'compose_file\tcompose.yml', 'image\tAI_TRADE_IMAGE\tnew:1'].join('\n')

describe.each(SHELLS)('what the env file lacks, under %s,', (shell) => {
  const facts = (env: string) => {
    const words = [bench.file('env', env), PLAN]
    return bench.run(shell, 'use_plan "$2"\nlend_images "$1" && service_facts "$1"', { words })
  }

  it.each([
    ['NOTE=one\n', 'absent'],
    ['AI_TRADE_IMAGE\n', 'named only'],
    ['AI_TRADE_IMAGE=\n', 'empty'],
    ['AI_TRADE_IMAGE=', 'empty, without a line end'],
    ['export AI_TRADE_IMAGE =  \r\n', 'empty, with blanks'],
    ['AI_TRADE_IMAGE=""\n', 'empty in quotes'],
    [`AI_TRADE_IMAGE: '' # set by the deployment\n`, 'empty in quotes, with a comment'],
    [`AI_TRADE_IMAGE=''NOTE=one\n`, 'empty, before another statement'],
    ['AI_TRADE_IMAGE=old:1\nAI_TRADE_IMAGE=\n', 'empty at last'],
  ])('is lent: %j (%s)', (env) => {
    expect(facts(env)).toMatchObject({ code: 0, stdout: expect.stringContaining('service\tapp\tnew:1\t') })
  })

  it('is lent beside the images what the plan sets otherwise, blanks as no end of a word', () => {
    const words = [bench.file('env', 'NOTE=one\n'), `${PLAN}\nenv\tR\ta b * $c\nenv\tE\t\nenv\tNOTE\tx`]
    const { stdout } = bench.run(shell, 'use_plan "$2"\nlend_images "$1"; echo "$LENT_IMAGES"', { words })
    expect(stdout).toBe('AI_TRADE_IMAGE=new:1 R=a_b_*_$c \n')
  })

  it.each([
    ['AI_TRADE_IMAGE=old:1\n', 'set'],
    ['AI_TRADE_IMAGE=\nAI_TRADE_IMAGE="old:1"\n', 'set at last'],
    [`AI_TRADE_IMAGE='\n'\n`, 'a value of two lines'],
    ['AI_TRADE_IMAGE= # none\n', 'what Compose reads as a value'],
  ])('is not lent: %j (%s)', (env) => {
    expect(facts(env)).toMatchObject({ code: 1, stdout: '' })
  })
})
