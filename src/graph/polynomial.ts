// Exact polynomials with integer coefficients: sizes of axes and parameter counts, symbolic first, numbers second.

/** A sum of terms; no two share the same factors, none is zero. `factors` is sorted; a square lists its symbol twice. */
export interface Polynomial {
  readonly terms: readonly Term[];
}

interface Term {
  readonly coefficient: number;
  readonly factors: readonly string[];
}

export const zero: Polynomial = { terms: [] };

export function constantOf(value: number): Polynomial {
  return normal([{ coefficient: value, factors: [] }]);
}

export function symbol(name: string): Polynomial {
  return { terms: [{ coefficient: 1, factors: [name] }] };
}

export function plus(...summands: readonly Polynomial[]): Polynomial {
  return normal(summands.flatMap(({ terms }) => terms));
}

export function minus(left: Polynomial, right: Polynomial): Polynomial {
  return plus(left, times(constantOf(-1), right));
}

export function times(...operands: readonly Polynomial[]): Polynomial {
  const product = operands.reduce(
    (left, right) => ({
      terms: left.terms.flatMap((a) =>
        right.terms.map((b) => ({
          coefficient: a.coefficient * b.coefficient,
          factors: [...a.factors, ...b.factors].sort(),
        })),
      ),
    }),
    { terms: [{ coefficient: 1, factors: [] as string[] }] } as Polynomial,
  );
  return normal(product.terms);
}

/** The number a polynomial is when every symbol has a value. Throws when one has none: callers know their symbols. */
export function evaluate(polynomial: Polynomial, values: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const { coefficient, factors } of polynomial.terms) {
    let product = coefficient;
    for (const factor of factors) {
      const value = values.get(factor);
      if (value === undefined) throw new Error(`no value for ${factor} in ${formatPolynomial(polynomial)}`);
      product *= value;
    }
    total += product;
  }
  return total;
}

/** The same polynomial with the symbols that have values replaced by them. */
export function substitute(polynomial: Polynomial, values: ReadonlyMap<string, number>): Polynomial {
  return normal(
    polynomial.terms.map(({ coefficient, factors }) => ({
      coefficient: factors.reduce((product, factor) => product * (values.get(factor) ?? 1), coefficient),
      factors: factors.filter((factor) => !values.has(factor)),
    })),
  );
}

export function symbolsOf(polynomial: Polynomial): ReadonlySet<string> {
  return new Set(polynomial.terms.flatMap(({ factors }) => factors));
}

export function same(left: Polynomial, right: Polynomial): boolean {
  return minus(left, right).terms.length === 0;
}

/** `length × d + rank × s`, or `76,800`. */
export function formatPolynomial({ terms }: Polynomial): string {
  if (terms.length === 0) return "0";
  return terms
    .map(({ coefficient, factors }, index) => {
      const size = Math.abs(coefficient);
      const parts = size === 1 && factors.length > 0 ? factors : [size.toLocaleString("en-US"), ...factors];
      const sign = coefficient < 0 ? (index === 0 ? "−" : " − ") : index === 0 ? "" : " + ";
      return sign + parts.join(" × ");
    })
    .join("");
}

function normal(terms: readonly Term[]): Polynomial {
  const collected = new Map<string, Term>();
  for (const term of terms) {
    const key = term.factors.join(" ");
    const coefficient = (collected.get(key)?.coefficient ?? 0) + term.coefficient;
    collected.set(key, { coefficient, factors: term.factors });
  }
  return { terms: [...collected.values()].filter(({ coefficient }) => coefficient !== 0) };
}
