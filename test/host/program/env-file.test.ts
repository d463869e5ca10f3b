import { afterAll, describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { type EnvSample, editedTextOf, envSamples, MANAGED, textOf, WANTED } from './env-file-samples.ts'
import { programBench, SHELLS, type ShellName } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

const PLAN = `project_dir\t/opt/ai-trade\nenv_file\t.env.runtime\nimage\tAI_TRADE_IMAGE\t${MANAGED.AI_TRADE_IMAGE}\nimage\tAI_TRADE_RESEARCH_IMAGE\t${MANAGED.AI_TRADE_RESEARCH_IMAGE}\nenv\tAI_TRADE_PROJECT_DIR\t/opt/ai-trade\nenv\tAI_TRADE_ENV_FILE\t.env.runtime\n`

describe.each(SHELLS)('the env file under %s', (shell) => {
  const edited = (text: string, wanted: string) => {
    const path = bench.file('env', text)
    const { stdout, stderr } = bench.run(shell, 'edited_env "$1" "$2"', { words: [path, wanted] })
    expect(stderr).toBe('')
    return stdout
  }
  const image = (text: string) => edited(text, 'AI_TRADE_IMAGE\tnew:1')

  it.each([
    ['K=v', 'AI_TRADE_IMAGE=old\n', 'AI_TRADE_IMAGE=new:1\n'],
    ['K = v', 'AI_TRADE_IMAGE = old\n', 'AI_TRADE_IMAGE = new:1\n'],
    ['K: v', 'AI_TRADE_IMAGE: old\n', 'AI_TRADE_IMAGE: new:1\n'],
    ['export', 'export AI_TRADE_IMAGE=old\n', 'export AI_TRADE_IMAGE=new:1\n'],
    ['indented', '\t AI_TRADE_IMAGE=old\n', '\t AI_TRADE_IMAGE=new:1\n'],
    ['no value', 'AI_TRADE_IMAGE=\n', 'AI_TRADE_IMAGE=new:1\n'],
    ['single quotes', "AI_TRADE_IMAGE='old'\n", 'AI_TRADE_IMAGE=new:1\n'],
    ['double quotes', 'AI_TRADE_IMAGE="ol\\"d"\n', 'AI_TRADE_IMAGE=new:1\n'],
    ['a comment', 'AI_TRADE_IMAGE=old   # since May\n', 'AI_TRADE_IMAGE=new:1   # since May\n'],
    ['a comment behind quotes', 'AI_TRADE_IMAGE="old" # "x"\n', 'AI_TRADE_IMAGE=new:1 # "x"\n'],
    ['# inside quotes', "AI_TRADE_IMAGE='a # b'\n", 'AI_TRADE_IMAGE=new:1\n'],
    ['CRLF', 'A=1\r\nAI_TRADE_IMAGE=old\r\n', 'A=1\r\nAI_TRADE_IMAGE=new:1\r\n'],
    ['no final line end', 'A=1\nAI_TRADE_IMAGE=old', 'A=1\nAI_TRADE_IMAGE=new:1'],
    [
      'duplicates',
      'AI_TRADE_IMAGE=a\nB=1\nAI_TRADE_IMAGE=b\n',
      'AI_TRADE_IMAGE=new:1\nB=1\nAI_TRADE_IMAGE=new:1\n',
    ],
    ['missing', 'A=1\n', 'A=1\nAI_TRADE_IMAGE=new:1\n'],
    ['missing, no final line end', 'A=1', 'A=1\nAI_TRADE_IMAGE=new:1\n'],
    ['missing, CRLF, no final line end', 'A=1\r\nB=2', 'A=1\r\nB=2\r\nAI_TRADE_IMAGE=new:1\r\n'],
    ['an empty file', '', 'AI_TRADE_IMAGE=new:1\n'],
    ['only a comment', '# AI_TRADE_IMAGE=old\n', '# AI_TRADE_IMAGE=old\nAI_TRADE_IMAGE=new:1\n'],
    [
      'a longer name',
      'AI_TRADE_IMAGE_TAG=1\nMY_AI_TRADE_IMAGE=2\n',
      'AI_TRADE_IMAGE_TAG=1\nMY_AI_TRADE_IMAGE=2\nAI_TRADE_IMAGE=new:1\n',
    ],
    [
      'an assignment inside a quoted value',
      'A="\nAI_TRADE_IMAGE=inside\n"\nAI_TRADE_IMAGE=old\n',
      'A="\nAI_TRADE_IMAGE=inside\n"\nAI_TRADE_IMAGE=new:1\n',
    ],
    ['a value of several lines', 'AI_TRADE_IMAGE="a\nb" # c\nB=1\n', 'AI_TRADE_IMAGE=new:1 # c\nB=1\n'],
    [
      'a value of several lines that ends the file',
      'B=1\nAI_TRADE_IMAGE="a\nb"',
      'B=1\nAI_TRADE_IMAGE=new:1',
    ],
    [
      'a value of several lines, CRLF',
      'AI_TRADE_IMAGE="a\r\nb" # c\r\nB=1',
      'AI_TRADE_IMAGE=new:1 # c\r\nB=1',
    ],
    ['a byte order mark', '\ufeffAI_TRADE_IMAGE=old\nB=1\n', '\ufeffAI_TRADE_IMAGE=new:1\nB=1\n'],
    ['a byte order mark before a comment', '\ufeff# c\n', '\ufeff# c\nAI_TRADE_IMAGE=new:1\n'],
    ['a key without a value', 'AI_TRADE_IMAGE\nB=1\n', 'AI_TRADE_IMAGE\nB=1\nAI_TRADE_IMAGE=new:1\n'],
    [
      'an assignment inside a quoted value of an odd key',
      '9é.-[0]="\nAI_TRADE_IMAGE=inside\n"\nAI_TRADE_IMAGE=old\n',
      '9é.-[0]="\nAI_TRADE_IMAGE=inside\n"\nAI_TRADE_IMAGE=new:1\n',
    ],
    [
      'behind a quoted value on the same line',
      `A="x" AI_TRADE_IMAGE='old' B="y\nAI_TRADE_IMAGE=inside\n" AI_TRADE_IMAGE=old # c\n`,
      `A="x" AI_TRADE_IMAGE='new:1' B="y\nAI_TRADE_IMAGE=inside\n" AI_TRADE_IMAGE=new:1 # c\n`,
    ],
    [
      'an escaped quote inside a value of several lines',
      'A="x\n\\" AI_TRADE_IMAGE=inside\nAI_TRADE_IMAGE=inside"\nAI_TRADE_IMAGE=old\n',
      'A="x\n\\" AI_TRADE_IMAGE=inside\nAI_TRADE_IMAGE=inside"\nAI_TRADE_IMAGE=new:1\n',
    ],
    [
      'an escaped single quote, which Compose knows too',
      "A='x\\'\nAI_TRADE_IMAGE=inside\n'\nAI_TRADE_IMAGE=old\n",
      "A='x\\'\nAI_TRADE_IMAGE=inside\n'\nAI_TRADE_IMAGE=new:1\n",
    ],
  ])('sets a variable: %s', (_, before, after) => {
    expect(image(before)).toBe(after)
  })

  it('ends an added line as the file did, also where the only line ends were in a value that is replaced', () => {
    const wanted = 'AI_TRADE_IMAGE\tnew:1\nB\t2'
    expect(edited("AI_TRADE_IMAGE='\r\na\r\n'", wanted)).toBe('AI_TRADE_IMAGE=new:1\r\nB=2\r\n')
  })

  it('quotes a value that needs it', () => {
    expect(edited('', 'AI_TRADE_ENV_FILE\tmy env $x')).toBe("AI_TRADE_ENV_FILE='my env $x'\n")
  })

  it.each([
    ['a # b', "'a # b'"],
    ['$HOME $$', "'$HOME $$'"],
    ['x=y', "'x=y'"],
    ['"a" \\n b', '\'"a" \\n b\''],
    ['  two  ', "'  two  '"],
    ['', ''],
    ['中', "'中'"],
  ])(
    'writes %j in quotes where Compose would read it otherwise, and back for a rollback',
    (value, written) => {
      expect(edited('A=1\n', `RELEASE\t${value}`)).toBe(`A=1\nRELEASE=${written}\n`)
      const path = bench.file('raw', `RELEASE=${written}\n`)
      expect(bench.run(shell, 'raw_values "$1"', { words: [path] }).stdout).toBe(`RELEASE\t${written}\n`)
    },
  )

  it('takes the variables from the plan, a value with every sign as it is', () => {
    const plan = [
      'project_dir\t/srv',
      'image\tA_IMAGE\tapp:1',
      'env\tR\ta = $b * \\ # c',
      'env\tE\t',
      '',
    ].join('\n')
    const { stdout } = bench.run(shell, 'use_plan "$1"\nwanted_env', { words: [plan] })
    expect(stdout).toBe('A_IMAGE\tapp:1\nR\ta = $b * \\ # c\nE\t\n')
  })

  it('leaves every byte that belongs to no managed variable, and a second edit changes nothing', () => {
    fc.assert(
      fc.property(envSamples, (sample) => {
        const once = edited(textOf(sample), WANTED)
        expect(once).toBe(editedTextOf(sample))
        expect(edited(once, WANTED)).toBe(once)
      }),
      { numRuns: 60 },
    )
  })

  it('lists keys and values as they are written', () => {
    const path = bench.file(
      'env',
      'B=1\nexport A = "x y" # c\n# C=2\nD=\'a\nE=2\n\' # d\nB: 3\r\n  _f.g-h=4\n9X=5\njust words\n',
    )
    expect(bench.run(shell, 'env_keys "$1"', { words: [path] }).stdout).toBe('9X\nA\nB\nD\n_f.g-h\n')
    const raw = `B\t1\nA\t"x y" # c\nD\t'a\x1fE=2\x1f' # d\nB\t3\n_f.g-h\t4\n9X\t5\n`
    expect(bench.run(shell, 'raw_values "$1"', { words: [path] }).stdout).toBe(raw)
  })

  describe('a file that somebody edited during the deployment', () => {
    const unmanaged = (now: string, old: string, under: ShellName = shell) => {
      const words = [bench.file('now', now), bench.file('old', old), PLAN]
      const { stdout, stderr } = bench.run(under, 'use_plan "$3"\nunmanaged_env "$1" "$2"', { words })
      expect(stderr).toBe('')
      return stdout
    }

    it('keeps the edit and gets the old values of the managed variables back', () => {
      const old = `A=1\nAI_TRADE_IMAGE='old:1'\nexport AI_TRADE_ENV_FILE=.env.runtime\n`
      const now = `A=2\nNEW=3\nAI_TRADE_IMAGE=new:1\nexport AI_TRADE_ENV_FILE=.env.runtime\nAI_TRADE_RESEARCH_IMAGE=r:1\n`
      expect(unmanaged(now, old)).toBe(
        `A=2\nNEW=3\nAI_TRADE_IMAGE='old:1'\nexport AI_TRADE_ENV_FILE=.env.runtime\n`,
      )
    })

    it('does not repeat the comment behind a value', () => {
      const old = 'AI_TRADE_IMAGE=old:1   # since May\n'
      expect(unmanaged(`B=1\n${image(old)}`, old)).toBe(`B=1\n${old}`)
    })

    it('gives the old value of a duplicated variable back as Compose had read it', () => {
      const old = 'AI_TRADE_IMAGE=a:1\nAI_TRADE_IMAGE=b:1\n'
      expect(unmanaged(`${image(old)}B=1\n`, old)).toBe('AI_TRADE_IMAGE=b:1\nAI_TRADE_IMAGE=b:1\nB=1\n')
    })

    it('undoes any edit, byte for byte', () => {
      fc.assert(
        fc.property(envSamples.filter(eachManagedOnce), (sample) => {
          const old = textOf(sample)
          expect(unmanaged(edited(old, WANTED), old)).toBe(old)
        }),
        { numRuns: 60 },
      )
    })
  })
})

function eachManagedOnce({ segments, finalLineEnd }: EnvSample): boolean {
  const managed = segments.filter(({ key }) => key in MANAGED)
  return finalLineEnd === 'present' && new Set(managed.map(({ key }) => key)).size === managed.length
}
