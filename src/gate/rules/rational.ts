/**
 * An exact number; `denominator` is above 0. Rules are calculated with these because a person means decimals:
 * in floating point 0.05 - 0.02 is more than 0.03, and a release would be rolled back for the difference.
 */
export interface Rational {
  readonly numerator: bigint
  readonly denominator: bigint
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/

/** A finite number by its shortest decimal, which is the one that was written (up to 15 digits). */
export function exactly(value: number): Rational {
  return decimal(String(value))
}

/** A decimal number as JavaScript writes it. */
export function decimal(text: string): Rational {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? []
  const digits = BigInt(`${sign}${whole}${fraction}`)
  const shift = Number(exponent) - fraction.length
  const power = 10n ** BigInt(Math.abs(shift))
  return shift < 0
    ? { numerator: digits, denominator: power }
    : { numerator: digits * power, denominator: 1n }
}

export function negative({ numerator, denominator }: Rational): Rational {
  return { numerator: -numerator, denominator }
}

export function plus(left: Rational, right: Rational): Rational {
  return {
    numerator: left.numerator * right.denominator + right.numerator * left.denominator,
    denominator: left.denominator * right.denominator,
  }
}

export function times(left: Rational, right: Rational): Rational {
  return {
    numerator: left.numerator * right.numerator,
    denominator: left.denominator * right.denominator,
  }
}

/** One divided by it; undefined for zero. */
export function inverse({ numerator, denominator }: Rational): Rational | undefined {
  if (numerator === 0n) return undefined
  return numerator < 0n
    ? { numerator: -denominator, denominator: -numerator }
    : { numerator: denominator, denominator: numerator }
}

/** Below 0 where `left` is the smaller one, 0 where they are equal, else above 0. */
export function compared(left: Rational, right: Rational): number {
  const difference = left.numerator * right.denominator - right.numerator * left.denominator
  return difference < 0n ? -1 : Number(difference > 0n)
}

const BITS_KEPT = 64

/** As a floating-point number, right to about 15 digits; infinite where none is so large. */
export function approximately({ numerator, denominator }: Rational): number {
  const above = Math.max(0, bitsOf(numerator) - BITS_KEPT)
  const below = Math.max(0, bitsOf(denominator) - BITS_KEPT)
  const ratio = Number(numerator >> BigInt(above)) / Number(denominator >> BigInt(below))
  // In two steps, because one power alone may be infinite where the result is not.
  const half = Math.trunc((above - below) / 2)
  return ratio * 2 ** half * 2 ** (above - below - half)
}

function bitsOf(value: bigint): number {
  return value.toString(16).length * 4
}
