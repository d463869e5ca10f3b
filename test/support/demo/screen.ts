import { paint, type Style, type StyledLine, styled, wrap } from './styled-text.ts'

/** Where the demo is watched. Every text is wrapped to the width of the screen. */
export interface Screen {
  /** Columns that a text within a step has. */
  readonly width: number
  /** The heading of the whole. */
  title(text: string): void
  /** The heading of a step, and why it is done. */
  step(heading: string, why: string): void
  /** Words of ours; a line end starts a new line. */
  say(text: string, style?: Style): void
  /** One of several things. */
  item(text: string): void
  /** A line that is laid out already, at most `width` columns wide. */
  line(line: StyledLine): void
  /** A frame around lines that are laid out already, at most `width - 2` columns wide. */
  framed(caption: string, lines: readonly StyledLine[]): void
  /** What goes on, line by line, each with the seconds since this call. Dispose of it when the work is done. */
  live(): LiveLog
}

export interface LiveLog extends Disposable {
  line(text: string): void
}

const INDENT = '   '
const NARROWEST_SCREEN = 60
const WIDEST_SCREEN = 140
/** Columns, where the output is no terminal. */
const WIDTH_OF_A_FILE = 110
const SILENCE_SECONDS = 10

/** A screen on a stream. `write` gets whole lines with their end. */
export function createScreen(options: {
  readonly columns: number | undefined
  readonly colours: 'on' | 'off'
  readonly write: (text: string) => void
}): Screen {
  const columns = Math.min(Math.max(options.columns ?? WIDTH_OF_A_FILE, NARROWEST_SCREEN), WIDEST_SCREEN)
  const width = columns - INDENT.length - 1
  let steps = 0

  const put = (line: StyledLine) => options.write(`${paint(line, options.colours).trimEnd()}\n`)
  const indented = (line: StyledLine) => put([...styled(INDENT), ...line])
  const say = (text: string, style: Style = 'plain') => {
    for (const part of text.split('\n')) for (const line of wrap(styled(part, style), width)) indented(line)
  }

  return {
    width,
    title(text) {
      put(styled(''))
      put(styled(text, 'title'))
      put(styled('═'.repeat(columns - 1), 'title'))
    },
    step(heading, why) {
      steps += 1
      put(styled(''))
      put(styled(`${steps}. ${heading}`, 'title'))
      say(why)
    },
    say,
    item(text) {
      for (const [index, line] of wrap(styled(text), width - 2).entries()) {
        indented([...styled(index === 0 ? '• ' : '  '), ...line])
      }
    },
    line: indented,
    framed(caption, lines) {
      indented([...styled('┌─ ', 'dim'), ...styled(caption, 'bold')])
      for (const line of lines) indented([...styled('│ ', 'dim'), ...line])
      indented(styled('└─', 'dim'))
    },
    live: () => liveLog(indented, width),
  }
}

function liveLog(put: (line: StyledLine) => void, width: number): LiveLog {
  const startedAt = performance.now()
  let lastLineAt = startedAt
  const line = (text: string, style: Style) => {
    lastLineAt = performance.now()
    const seconds = `${((lastLineAt - startedAt) / 1000).toFixed(1)} s`.padStart(8)
    const [first = [], ...others] = wrapHanging(text, style, width - seconds.length - 3)
    put([...styled(`${seconds} │ `, 'dim'), ...first])
    for (const other of others) put([...styled(`${' '.repeat(seconds.length)} │ `, 'dim'), ...other])
  }
  const heartbeat = setInterval(() => {
    const silentSeconds = (performance.now() - lastLineAt) / 1000
    if (silentSeconds >= SILENCE_SECONDS) line('… still at it', 'dim')
  }, 500)
  return {
    line: (text) => line(text.replace(/\p{Cc}/gu, ''), styleOf(text)),
    [Symbol.dispose]: () => clearInterval(heartbeat),
  }
}

/** Further lines start below the text of the first one. */
function wrapHanging(text: string, style: Style, width: number): readonly StyledLine[] {
  const indent = ' '.repeat(text.length - text.trimStart().length)
  return wrap(styled(text.trimStart(), style), width - indent.length).map((line) => [
    ...styled(indent),
    ...line,
  ])
}

/** By the marks that the action and the runner put in front of what they print. */
function styleOf(text: string): Style {
  if (text.startsWith('▶ ')) return 'bold'
  if (text.startsWith('Error: ')) return 'bad'
  if (text.startsWith('Warning: ')) return 'doubtful'
  if (text.startsWith('Notice: ')) return 'good'
  return text.startsWith('  | ') ? 'dim' : 'plain'
}
