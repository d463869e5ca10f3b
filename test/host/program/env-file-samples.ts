import * as fc from 'fast-check'

/** A stretch of an env file: lines that belong together, each but perhaps the last with its line end left off. */
export interface EnvSegment {
  /** Its key, or '' for comments and blank lines. */
  readonly key: string
  /** For an assignment: what stands before the value, the value as written, and what follows it. */
  readonly head: string
  readonly value: string
  readonly tail: string
}

export interface EnvSample {
  readonly segments: readonly EnvSegment[]
  readonly lineEnd: '\n' | '\r\n'
  readonly mark: '' | '\ufeff'
  readonly finalLineEnd: 'present' | 'absent'
}

/** The variables that a deployment sets in these samples, and their values. */
export const MANAGED: Readonly<Record<string, string>> = {
  AI_TRADE_IMAGE: 'registry.example:5000/ai-trade@sha256:0123',
  AI_TRADE_RESEARCH_IMAGE: 'registry.example:5000/ai-trade-research:2.0',
  AI_TRADE_PROJECT_DIR: '/opt/ai-trade',
  AI_TRADE_ENV_FILE: '.env.runtime',
}

/** `MANAGED` as the host program's functions take it. */
export const WANTED = Object.entries(MANAGED)
  .map(([key, value]) => `${key}\t${value}`)
  .join('\n')

/** The bytes of a sample. */
export function textOf(sample: EnvSample): string {
  const text = joined(
    sample,
    sample.segments.map(({ head, value, tail }) => head + value + tail),
  )
  return sample.mark + text
}

/** What a sample must become when the managed variables are set: every other byte as it was. */
export function editedTextOf(sample: EnvSample): string {
  const texts = sample.segments.map(({ key, head, value, tail }) => head + (MANAGED[key] ?? value) + tail)
  const missing = Object.keys(MANAGED).filter(
    (key) => !sample.segments.some((segment) => segment.key === key),
  )
  const before = joined(sample, texts)
  // Without a line end there is none to go by; that of a value which is replaced counts too.
  const lineEnd = textOf(sample).includes('\n') ? sample.lineEnd : '\n'
  const gap = missing.length > 0 && before !== '' && !before.endsWith('\n') ? lineEnd : ''
  return sample.mark + before + gap + missing.map((key) => `${key}=${MANAGED[key]}${lineEnd}`).join('')
}

function joined({ lineEnd, finalLineEnd }: EnvSample, texts: readonly string[]): string {
  if (texts.length === 0) return ''
  const text = texts.join('\n') + (finalLineEnd === 'present' ? '\n' : '')
  return text.replaceAll('\n', lineEnd)
}

const words = (characters: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength })

const PLAIN = 'abcXYZ0189_./:@%+,-'
const plain = words(PLAIN, 0, 24)
const own = fc.oneof(
  { weight: 5, arbitrary: words('ABCDEF', 1, 4).map((name) => `MY_${name}`) },
  { weight: 1, arbitrary: words('ab9', 1, 3).map((name) => `9.${name}[0]`) },
)
/** What a careless reader would take for assignments of its own. */
const lookalike = fc.constantFrom(
  'AI_TRADE_IMAGE=inside/a:value',
  'export AI_TRADE_PROJECT_DIR=/inside',
  'AI_TRADE_ENV_FILE: inside',
  '# AI_TRADE_IMAGE=inside',
  'MY_A=inside',
)

const written = fc.oneof(
  plain,
  // Dollars that are none, and defaults: nothing that Compose would warn of.
  fc.constantFrom('a$$b', `'$b'`, `"$$b \\$c"`, `\${MY_Z:-d}/e`, `"\${MY_Z:-d e}\\n"`),
  words(`${PLAIN} #;中文`, 0, 24).map((text) => `'${text}'`),
  words(`${PLAIN} #;'中文`, 0, 24).map((text) => `"${text}"`),
  words('ab c', 0, 8).map((text) => `"say \\"${text}\\" twice"`),
  fc
    .tuple(plain, fc.array(lookalike, { minLength: 1, maxLength: 3 }), plain, fc.constantFrom("'", '"'))
    .map(([first, inside, last, quote]) => `${quote}${[first, ...inside, last].join('\n')}${quote}`),
)

/** The forms of an assignment that Compose accepts. */
const heads: readonly ((key: string) => string)[] = [
  (key) => `${key}=`,
  (key) => `${key} = `,
  (key) => `${key}: `,
  (key) => `export ${key}=`,
  (key) => `  ${key}=`,
]

const assignment = (key: fc.Arbitrary<string>) =>
  fc
    .tuple(key, fc.constantFrom(...heads), written, fc.constantFrom('', '', ' ', ' # a comment', ' # K=v'))
    .map(([name, head, value, tail]): EnvSegment => {
      // Compose takes a comment behind nothing for the value.
      const comment = value === '' ? '' : tail
      return { key: name, head: head(name), value, tail: comment }
    })

/** Compose takes these from its environment, which has none of them. */
const BARE_KEYS: readonly string[] = ['AI_TRADE_IMAGE', 'MY_A']

const filler = fc
  .constantFrom('', '# 注释', '  # AI_TRADE_IMAGE=old', '# MY_A="unclosed', '   ', ...BARE_KEYS)
  .map((text): EnvSegment => ({ key: '', head: text, value: '', tail: '' }))

/** Env files as people write them: every form, duplicates, multi-line values, both line ends. */
export const envSamples: fc.Arbitrary<EnvSample> = fc
  .record({
    segments: fc.array(
      fc.oneof(
        { weight: 2, arbitrary: assignment(own) },
        { weight: 3, arbitrary: assignment(fc.constantFrom(...Object.keys(MANAGED))) },
        { weight: 1, arbitrary: filler },
      ),
      { maxLength: 8 },
    ),
    lineEnd: fc.constantFrom<EnvSample['lineEnd']>('\n', '\r\n'),
    mark: fc.constantFrom<EnvSample['mark']>('', '', '\ufeff'),
    finalLineEnd: fc.constantFrom<EnvSample['finalLineEnd']>('present', 'absent'),
  })
  // Compose does not read a file that ends in a bare key.
  .filter(
    ({ segments, finalLineEnd }) =>
      finalLineEnd === 'present' || !BARE_KEYS.includes(segments.at(-1)?.head ?? ''),
  )
