import { ODataError } from '../error.ts';
import {
  type Comparison,
  comparisons,
  type Expression,
  type Literal,
  textTests,
  type Value,
} from './expression.ts';
import { type Token, tokenize } from './tokens.ts';

const longest = 8_192;
const deepest = 64;

/**
 * Reads a decoded `$filter`: comparisons, `and`, `or`, `not`, `in`, parentheses, `startswith`, `endswith`, `contains`,
 * `tolower`, `toupper` and `isof`. Type casts before a property are dropped.
 *
 * @throws ODataError with the position of what cannot be read
 */
export function parseFilter(filter: string): Expression {
  if (filter.length > longest) {
    throw new ODataError('$filter', `$filter is longer than ${longest} characters; narrow it.`);
  }
  const parser = new Parser(tokenize(filter));
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#either();
    const rest = this.#peek();
    if (rest !== undefined) this.#fail('the end or "and" or "or"');
    return expression;
  }

  #either(): Expression {
    this.#depth += 1;
    if (this.#depth > deepest) {
      throw new ODataError('$filter', `$filter nests deeper than ${deepest} levels; simplify it.`);
    }
    let left = this.#both();
    while (this.#takeWord('or')) left = { kind: 'or', left, right: this.#both() };
    this.#depth -= 1;
    return left;
  }

  #both(): Expression {
    let left = this.#negated();
    while (this.#takeWord('and')) left = { kind: 'and', left, right: this.#negated() };
    return left;
  }

  #negated(): Expression {
    let negations = 0;
    while (this.#takeWord('not')) negations += 1;
    const operand = this.#comparedWithTruth(this.#primary());
    return negations % 2 === 0 ? operand : { kind: 'not', operand };
  }

  /** `startswith(…) eq true` says the same as `startswith(…)`. */
  #comparedWithTruth(expression: Expression): Expression {
    const operator = this.#takeAnyWord(['eq', 'ne']);
    if (operator === undefined) return expression;
    const token = this.#take();
    if (token?.kind !== 'literal' || typeof token.value !== 'boolean') this.#fail('true or false');
    return token.value === (operator === 'eq') ? expression : { kind: 'not', operand: expression };
  }

  #primary(): Expression {
    if (this.#takePunctuation('(')) {
      const inner = this.#either();
      this.#expect(')');
      return inner;
    }
    const call = this.#callAhead();
    if (call === 'isof') return this.#isOf();
    const test = textTests.find((name) => name === call);
    if (test !== undefined) {
      const [value, part] = this.#twoArguments();
      return { kind: 'text', test, value, part };
    }
    return this.#comparison();
  }

  #comparison(): Expression {
    const left = this.#value();
    if (this.#takeWord('in')) return { kind: 'in', value: left, among: this.#list() };
    const operator: Comparison | undefined = this.#takeAnyWord(comparisons);
    if (operator !== undefined) return { kind: 'compare', operator, left, right: this.#value() };
    if (left.kind === 'literal') {
      if (typeof left.value === 'boolean') return { kind: 'constant', value: left.value };
      return this.#fail('a comparison such as eq');
    }
    return {
      kind: 'compare',
      operator: 'eq',
      left,
      right: { kind: 'literal', value: true },
    };
  }

  #isOf(): Expression {
    this.#next += 2;
    const token = this.#take();
    const type =
      token?.kind === 'name'
        ? token.text
        : token?.kind === 'literal' && typeof token.value === 'string'
          ? token.value
          : undefined;
    if (type === undefined) return this.#fail("a type such as 'microsoft.graph.iosVppApp'");
    this.#expect(')');
    return { kind: 'isOf', type: typeName(type) };
  }

  #twoArguments(): readonly [Value, Value] {
    this.#next += 2;
    const first = this.#value();
    this.#expect(',');
    const second = this.#value();
    this.#expect(')');
    return [first, second];
  }

  #value(): Value {
    const call = this.#callAhead();
    if (call === 'tolower' || call === 'toupper') {
      this.#next += 2;
      const inner = this.#value();
      this.#expect(')');
      return inner;
    }
    const token = this.#take();
    if (token?.kind === 'literal') return { kind: 'literal', value: token.value };
    if (token?.kind !== 'name' || call !== undefined) return this.#fail('a property or a value');
    const path = token.text.split('/').filter((segment) => !segment.includes('.'));
    if (path.length === 0) return this.#fail('a property after the type');
    return { kind: 'property', path };
  }

  #list(): readonly Literal[] {
    this.#expect('(');
    const literals: Literal[] = [];
    do {
      const token = this.#take();
      if (token?.kind !== 'literal') return this.#fail('a value');
      literals.push(token.value);
    } while (this.#takePunctuation(','));
    this.#expect(')');
    return literals;
  }

  /** The lower-case name of a function whose call begins here. */
  #callAhead(): string | undefined {
    const token = this.#peek();
    const following = this.#tokens[this.#next + 1];
    if (token?.kind !== 'name' || following?.kind !== 'punctuation' || following.text !== '(') {
      return undefined;
    }
    const name = token.text.toLowerCase();
    return name === 'not' || name === 'in' ? undefined : name;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #take(): Token | undefined {
    const token = this.#tokens[this.#next];
    this.#next += 1;
    return token;
  }

  #takeWord(word: string): boolean {
    return this.#takeAnyWord([word]) !== undefined;
  }

  #takeAnyWord<Word extends string>(words: readonly Word[]): Word | undefined {
    const token = this.#peek();
    if (token?.kind !== 'name') return undefined;
    const text = token.text.toLowerCase();
    const found = words.find((word) => word === text);
    if (found !== undefined) this.#next += 1;
    return found;
  }

  #takePunctuation(text: string): boolean {
    const token = this.#peek();
    if (token?.kind !== 'punctuation' || token.text !== text) return false;
    this.#next += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#takePunctuation(text)) this.#fail(`"${text}"`);
  }

  #fail(expected: string): never {
    const token = this.#peek() ?? this.#tokens.at(-1);
    const where = token === undefined ? 'which is empty' : `near position ${token.at}`;
    throw new ODataError('$filter', `$filter cannot be read ${where}: expected ${expected}.`);
  }
}

/** `#microsoft.graph.iosVppApp`, `graph.iosVppApp` and `iosVppApp` name the same type. */
export function typeName(qualified: string): string {
  return qualified.replace(/^#/, '').replace(/^(?:microsoft\.)?graph\./i, '');
}
